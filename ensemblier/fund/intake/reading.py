"""Reading a démarche into imports: asked on a page, done by the task worker, resumed where cut.

Each page of files is kept as soon as it is read. A reading that fails says why on the page of the
démarche; asked again, it goes on from the last page kept. Nothing of it is applied: the imports it
makes are shown line by line, as those of a table.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from ensemblier.base.pages.formats import in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.fund.intake import access
from ensemblier.fund.intake.actions import MOST_LINES, ImportRefused, keep
from ensemblier.fund.intake.demarche import (
    MOST_PAGES,
    OPEN_STATES,
    PAGE,
    STATES,
    Client,
    Page,
    Remote,
    as_table,
    check_cursor,
)
from ensemblier.fund.intake.linking import client_of, note
from ensemblier.fund.intake.models import Batch, Demarche, DemarchePage, ImportedFile
from ensemblier.fund.intake.wire import WireRefused

# No sign of life for so long: the worker was cut. A page takes four minutes at worst.
STUCK = timedelta(minutes=10)
# Past a day, the pages kept no longer tell what is over there: all is read again.
PAGES_KEPT = timedelta(days=1)
# The clock of the other site is not ours: what changed just before is read again, for nothing.
MARGIN = timedelta(minutes=5)
CUT = "La lecture a été coupée."
UNDER_WAY = (Demarche.State.WAITING, Demarche.State.READING)


class Overtaken(ImportRefused):
    """Another reading of the same démarche took over: this one writes nothing more."""


def is_under_way(demarche: Demarche, now: datetime) -> bool:
    beat = demarche.beat_at
    return demarche.state in UNDER_WAY and beat is not None and now - beat < STUCK


@transaction.atomic
def ask_reading(*, demarche: Demarche, from_start: bool, actor: Any, now: datetime) -> bool:
    """Put the reading in the queue; false when it is there or under way already."""
    from ensemblier.fund.intake.tasks import read_demarche

    row = _locked(demarche)
    _require(row, actor, now)
    if is_under_way(row, now):
        return False
    if from_start:
        row.pages.all().delete()
    row.state, row.beat_at, row.words = Demarche.State.WAITING, now, ""
    row.save(update_fields=["state", "beat_at", "words"])
    read_demarche.enqueue(row.pk, actor.pk)
    note(row, actor, "demarche.ask", from_start=from_start)
    return True


def fetch(
    *,
    demarche: Demarche,
    actor: Any,
    clock: Callable[[], datetime],
    wait: Callable[[float], None],
) -> list[Batch]:
    """Read what changed since the last time into imports; nothing new gives none.

    Outside a transaction while the other site answers: each page is kept once it is read.
    """
    row = _begin(demarche, actor, clock())
    try:
        client = client_of(row, wait)
        for page in _pages(client, row):
            _keep(row, page, clock())
        gone = client.deleted(row.number, row.since) if row.since else []
        return _end(row, gone, actor, clock())
    except Overtaken:
        raise
    except Refusal as refusal:
        _fail(row, refusal.message)
        raise
    except BaseException:
        _fail(row, CUT)
        raise


def give_up(*, demarche: Demarche, words: str) -> None:
    """A reading that could not even begin no longer waits."""
    rows = Demarche.objects.filter(pk=demarche.pk, state=Demarche.State.WAITING)
    rows.update(state=Demarche.State.FAILED, words=words[:500])


def purge_pages(now: datetime) -> int:
    """Forget pages of readings that nobody resumed."""
    return DemarchePage.objects.filter(read_at__lt=now - PAGES_KEPT).delete()[0]


def _locked(demarche: Demarche) -> Demarche:
    rows = Demarche.objects.select_for_update(of=("self",)).select_related("call")
    return rows.get(pk=demarche.pk)


def _require(demarche: Demarche, actor: Any, now: datetime) -> None:
    person = access.actor_on(actor, in_paris(now).date())
    answer = access.may_work_on_demarche(person, demarche)
    access.require(answer, actor=actor, subject=f"demarche:{demarche.pk}")


@transaction.atomic
def _begin(demarche: Demarche, actor: Any, now: datetime) -> Demarche:
    row = _locked(demarche)
    _require(row, actor, now)
    if row.state == Demarche.State.READING and is_under_way(row, now):
        raise Overtaken("Cette démarche est déjà en cours de lecture. Attendez sa fin.")
    last = row.pages.last()
    if last is not None and last.read_at < now - PAGES_KEPT:
        row.pages.all().delete()
        last = None
    if last is None:
        row.started_at, row.seen = now, 0
        row.since = row.read_until - MARGIN if row.read_until else None
    row.state, row.beat_at, row.words = Demarche.State.READING, now, ""
    row.attempt += 1
    row.save()
    return row


def _pages(client: Client, row: Demarche) -> Iterator[Page]:
    """The pages not read yet, from the last cursor kept."""
    last = row.pages.last()
    rank, cursor = (last.rank, last.cursor) if last else (0, "")
    if last is not None and last.is_last:
        return
    for _ in range(rank, MOST_PAGES):
        page = client.page(row.number, row.since, cursor)
        if not page.is_last:
            check_cursor(cursor, page.cursor)
        yield page
        if page.is_last:
            return
        cursor = page.cursor
    raise WireRefused(f"Cette démarche compte plus de {MOST_PAGES * PAGE} dossiers.")


@transaction.atomic
def _keep(row: Demarche, page: Page, now: datetime) -> None:
    if not _mine(row).update(beat_at=now, seen=F("seen") + len(page.files)):
        raise Overtaken("Une autre lecture de cette démarche a pris la suite.")
    last = row.pages.last()
    DemarchePage.objects.create(
        demarche=row,
        rank=last.rank + 1 if last else 1,
        cursor=page.cursor,
        is_last=page.is_last,
        files=[[file.number, file.state, file.cells] for file in page.files],
        read_at=now,
    )


def _mine(row: Demarche) -> Any:
    return Demarche.objects.filter(pk=row.pk, attempt=row.attempt, state=Demarche.State.READING)


def _fail(row: Demarche, words: str) -> None:
    _mine(row).update(state=Demarche.State.FAILED, words=words[:500])


@transaction.atomic
def _end(row: Demarche, gone: list[int], actor: Any, now: datetime) -> list[Batch]:
    """The pages kept become imports of as many lines as one may hold, in the order of the site."""
    if not _mine(row).update(state=Demarche.State.IDLE, read_until=row.started_at):
        raise Overtaken("Une autre lecture de cette démarche a pris la suite.")
    # A file read twice, because it changed while pages moved, counts as it was last.
    last = {
        number: Remote(number, state, cells, ())
        for page in row.pages.all()
        for number, state, cells in page.files
    }
    live = [file for file in last.values() if file.state in OPEN_STATES and file.number not in gone]
    aside = _aside(row, list(last.values()), gone)
    row.pages.all().delete()
    if not live and not aside:
        return []
    batches = [
        _batch(row, part, table, aside if part[0] == 1 else [], actor, now)
        for part, table in _parts(live)
    ]
    note(row, actor, "demarche.read", files=len(live), aside=len(aside), imports=len(batches))
    return batches


def _aside(row: Demarche, files: list[Remote], gone: list[int]) -> list[str]:
    told = [
        f"Dossier {file.number} : {STATES.get(file.state, file.state)} là-bas, non repris."
        for file in files
        if file.state not in OPEN_STATES
    ]
    return told + [f"Dossier {number} : supprimé là-bas. {_ours(row, number)}" for number in gone]


def _parts(
    live: list[Remote],
) -> Iterator[tuple[tuple[int, int], tuple[list[str], list[list[str]]]]]:
    """(rank, how many), and a table; one empty table when only files left aside are told."""
    heading, rows = as_table(live)
    cuts = range(0, max(len(rows), 1), MOST_LINES)
    for rank, start in enumerate(cuts, start=1):
        yield (rank, len(cuts)), (heading, rows[start : start + MOST_LINES])


def _batch(
    row: Demarche,
    part: tuple[int, int],
    table: tuple[list[str], list[list[str]]],
    aside: list[str],
    actor: Any,
    now: datetime,
) -> Batch:
    rank, count = part
    text = json.dumps([row.pk, *table, aside], ensure_ascii=False)
    return keep(
        call=row.call,
        name=f"Démarche {row.number}" + (f", partie {rank} sur {count}" if count > 1 else ""),
        digest=hashlib.sha256(text.encode()).hexdigest(),
        table=table,
        columns=row.columns,
        more={
            "quality": row.quality,
            "statement": row.statement,
            "given_on": row.given_on,
            "demarche": row,
            "aside": aside,
        },
        actor=actor,
        now=now,
    )


def _ours(demarche: Demarche, number: int) -> str:
    rows = ImportedFile.objects.filter(
        batch__call=demarche.call, is_live=True, reference=f"DN-{number}"
    )
    row = rows.select_related("application").order_by("-pk").first()
    if row is None:
        return "Il n'a pas été repris ici."
    return f"Le dossier {row.application.number} reste ici : décidez de son sort."
