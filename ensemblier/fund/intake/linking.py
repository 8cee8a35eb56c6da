"""A démarche linked to a call: its sealed token, its files read into an import, their papers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction

from ensemblier.base.files.content import FileRefused, check_bytes
from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications import actions as applications
from ensemblier.fund.applications import content
from ensemblier.fund.applications.models import Application, Attachment, State
from ensemblier.fund.calls.models import Call
from ensemblier.fund.intake import access
from ensemblier.fund.intake.actions import MOST_LINES, QUALITIES, ImportRefused, keep
from ensemblier.fund.intake.demarche import OPEN_STATES, STATES, Client, Remote, as_table
from ensemblier.fund.intake.models import Batch, Demarche, ImportedFile
from ensemblier.fund.intake.planning import touched
from ensemblier.fund.intake.wire import Places, WireRefused

PATH = "/api/v2/graphql"
STUCK = timedelta(minutes=30)
# The clock of the other site is not ours: what changed just before is read again, for nothing.
MARGIN = timedelta(minutes=5)
MOST_PAPERS = 20


def locks(secrets: Sequence[str] = ()) -> MultiFernet:
    """Keys drawn from SECRET_KEY, then from the former ones."""
    known = secrets or (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    keys = [hmac.new(s.encode(), b"ensemblier:demarche", hashlib.sha256).digest() for s in known]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])


def places() -> Places:
    hosts = (*settings.DEMARCHE_HOSTS, *settings.DEMARCHE_FILE_HOSTS)
    return Places(hosts, settings.DEMARCHE_LOCAL)


def client_of(demarche: Demarche, wait: Callable[[float], None]) -> Client:
    try:
        token = locks().decrypt(demarche.sealed_token.encode()).decode()
    except InvalidToken as error:
        raise WireRefused(
            "Le jeton ne s'ouvre plus : la clé du site a changé. Enregistrez-le de nouveau.",
            field="token",
        ) from error
    scheme = "http" if settings.DEMARCHE_LOCAL else "https"
    return Client(f"{scheme}://{demarche.host}{PATH}", token, places=places(), wait=wait)


@transaction.atomic
def link(
    *,
    call: Call,
    number: int,
    host: str,
    token: str,
    quality: str,
    statement: str,
    given_on: date,
    actor: Any,
    now: datetime,
) -> Demarche:
    """Link a démarche to a call, or give it a new token."""
    day = in_paris(now).date()
    person = access.actor_on(actor, day)
    access.require(access.may_link(person), actor=actor, subject=f"call:{call.pk}")
    if host.split(":")[0] not in settings.DEMARCHE_HOSTS:
        raise WireRefused("Ce site n'est pas dans la liste de ceux que nous interrogeons.",
                          field="host")  # fmt: skip
    if not token.strip() or not token.isascii() or any(c.isspace() for c in token.strip()):
        raise ImportRefused("Recopiez le jeton en entier, sans espace.", field="token")
    if quality not in QUALITIES or not statement.strip() or given_on > day:
        raise ImportRefused("Dites comment les associations ont donné leur accord, et quand.",
                            field="statement")  # fmt: skip
    known = Demarche.objects.filter(call=call, host=host, number=number).first()
    if known is not None and known.owner_id != actor.pk:
        raise ImportRefused("Cette démarche est déjà reliée à cet appel.", field="number")
    row, _ = Demarche.objects.update_or_create(
        call=call,
        host=host,
        number=number,
        defaults={
            "sealed_token": locks().encrypt(token.strip().encode()).decode(),
            "quality": quality,
            "statement": statement.strip()[:800],
            "given_on": given_on,
            "owner": actor,
            "created_at": now,
            "state": Demarche.State.IDLE,
            "words": "",
        },
    )
    _log(row, actor, "demarche.link", number=number, host=host)
    return row


def fetch(
    *, demarche: Demarche, actor: Any, now: datetime, wait: Callable[[float], None]
) -> Batch | None:
    """Read what changed since the last time into an import; nothing new gives None.

    Outside a transaction while the other site answers: progress is written page after page.
    """
    demarche = _begin(demarche, actor, now)
    try:
        client = client_of(demarche, wait)
        since = demarche.read_until - MARGIN if demarche.read_until else None
        remotes: list[Remote] = []
        for remote in client.dossiers(demarche.number, since):
            remotes.append(remote)
            if len(remotes) % 100 == 0:
                Demarche.objects.filter(pk=demarche.pk).update(seen=len(remotes))
        gone = client.deleted(demarche.number, since) if since else []
    except Refusal as refusal:
        Demarche.objects.filter(pk=demarche.pk).update(
            state=Demarche.State.FAILED, words=refusal.message[:500]
        )
        raise
    except BaseException:
        Demarche.objects.filter(pk=demarche.pk).update(
            state=Demarche.State.FAILED, words="La lecture a été coupée : relancez-la."
        )
        raise
    return _end(demarche, remotes, gone, actor, now)


@transaction.atomic
def _begin(demarche: Demarche, actor: Any, now: datetime) -> Demarche:
    rows = Demarche.objects.select_for_update(of=("self",)).select_related("call")
    demarche = rows.get(pk=demarche.pk)
    person = access.actor_on(actor, in_paris(now).date())
    answer = access.may_work_on_demarche(person, demarche)
    access.require(answer, actor=actor, subject=f"demarche:{demarche.pk}")
    started = demarche.started_at
    if demarche.state == Demarche.State.READING and started and now - started < STUCK:
        raise ImportRefused("Cette démarche est déjà en cours de lecture. Attendez sa fin.")
    demarche.state, demarche.started_at, demarche.seen = Demarche.State.READING, now, 0
    demarche.words = ""
    demarche.save()
    return demarche


@transaction.atomic
def _end(
    demarche: Demarche, remotes: list[Remote], gone: list[int], actor: Any, now: datetime
) -> Batch | None:
    """One import of the first files, in the order of the site; the rest at the next reading."""
    last = {row.number: row for row in remotes}  # read twice while pages moved: the last counts
    live = [row for row in last.values() if row.state in OPEN_STATES and row.number not in gone]
    aside = [
        f"Dossier {row.number} : {STATES.get(row.state, row.state)} là-bas, non repris."
        for row in last.values()
        if row.state not in OPEN_STATES
    ]
    aside += [f"Dossier {number} : supprimé là-bas. {_ours(demarche, number)}" for number in gone]
    if len(live) > MOST_LINES:
        Demarche.objects.filter(pk=demarche.pk).update(state=Demarche.State.FAILED)
        raise ImportRefused(
            f"Cette démarche a {len(live)} dossiers ouverts ; un import en compte {MOST_LINES} au "
            "plus."
        )
    Demarche.objects.filter(pk=demarche.pk).update(
        state=Demarche.State.IDLE, seen=len(remotes), read_until=now
    )
    if not live and not aside:
        return None
    heading, rows = as_table(live)
    text = json.dumps([demarche.pk, heading, rows, aside], ensure_ascii=False)
    batch = keep(
        call=demarche.call,
        name=f"Démarche {demarche.number}",
        digest=hashlib.sha256(text.encode()).hexdigest(),
        table=(heading, rows),
        columns=demarche.columns,
        more={
            "quality": demarche.quality,
            "statement": demarche.statement,
            "given_on": demarche.given_on,
            "demarche": demarche,
            "aside": aside,
        },
        actor=actor,
        now=now,
    )
    _log(demarche, actor, "demarche.read", files=len(live), aside=len(aside))
    return batch


def _ours(demarche: Demarche, number: int) -> str:
    row = _imported(demarche, number)
    if row is None:
        return "Il n'a pas été repris ici."
    return f"Le dossier {row.application.number} reste ici : décidez de son sort."


def _imported(demarche: Demarche, number: int) -> ImportedFile | None:
    rows = ImportedFile.objects.filter(
        batch__call=demarche.call, is_live=True, reference=f"DN-{number}"
    )
    return rows.select_related("application", "batch").order_by("-pk").first()


def join_papers(
    *, batch: Batch, actor: Any, now: datetime, wait: Callable[[float], None]
) -> list[str]:
    """Bring the papers of the files of an applied import; each is checked as any other paper.

    What is told, line by line; a paper already there is not joined twice.
    """
    demarche = batch.demarche
    person = access.actor_on(actor, in_paris(now).date())
    access.require(access.may_work_on(person, batch), actor=actor, subject=f"intake:{batch.pk}")
    if demarche is None or batch.state != Batch.State.APPLIED:
        raise ImportRefused("Les pièces viennent d'une démarche, une fois l'import appliqué.")
    client, told = client_of(demarche, wait), []
    rows = batch.files.filter(is_live=True, reference__startswith="DN-")
    for row in rows.select_related("application", "batch"):
        remote = client.dossier(int(row.reference.removeprefix("DN-")))
        for paper in remote.papers[:MOST_PAPERS]:
            try:
                checked = check_bytes(content=client.paper(paper), name=paper.name)
                joined = _join(row, paper.label, checked, actor)
            except (FileRefused, WireRefused) as refusal:
                told.append(f"{row.application.number}, {paper.label} : {refusal.message}")
            else:
                if joined:
                    told.append(f"{row.application.number}, {paper.label} : pièce jointe.")
    _log(demarche, actor, "demarche.papers", batch=batch.pk, told=len(told))
    return told


@transaction.atomic
def _join(row: ImportedFile, label: str, checked: Any, actor: Any) -> bool:
    """The file is still as the import left it, papers aside: then its digest follows."""
    application = Application.objects.select_for_update().get(pk=row.application_id)
    same = application.attachments.filter(file__sha256=checked.sha256, about=label[:160])
    if same.exists():
        return False
    if application.state != State.DRAFT or touched(application, row):
        raise FileRefused("le dossier a changé depuis l'import : joignez cette pièce à la main.")
    applications.attach(
        application=application,
        kind=Attachment.Kind.OTHER,
        checked=checked,
        actor=actor,
        about=label,
    )
    fresh = Application.objects.get(pk=application.pk)
    row.digest = content.digest(content.confirmable(fresh))
    row.save(update_fields=["digest"])
    return True


def _log(demarche: Demarche, actor: Any, action: str, **data: Any) -> None:
    record(actor=actor, action=action, subject=f"demarche:{demarche.pk}", data=data)
