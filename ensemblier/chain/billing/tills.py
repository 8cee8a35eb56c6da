"""A till's file: read and tried without writing, then its lines written once, as they can be."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from ensemblier.base.chains.closing import closed_until
from ensemblier.base.chains.models import Chain, Site
from ensemblier.base.files.tables import read_table
from ensemblier.base.journal.actions import record
from ensemblier.base.people.models import Organisation
from ensemblier.base.refusal import Refusal
from ensemblier.chain.billing.models import TillFile
from ensemblier.chain.billing.till_reading import COLUMNS, Fault, Known, Row, missing_columns
from ensemblier.chain.billing.till_reading import read_rows as read_lines
from ensemblier.chain.catalogue.models import Product
from ensemblier.chain.cofinancing.many import Sharer, WaitingLine
from ensemblier.chain.cofinancing.models import Scheme
from ensemblier.chain.distribution import actions as distribution
from ensemblier.chain.distribution.models import Card, SaleLine

MOST_LINES = 5_000
MOST_FAULTS = 200
BATCH = 200
State = TillFile.State


class TillRefused(Refusal):
    """The file cannot be read as it stands."""


@transaction.atomic
def read_file(
    *, chain: Chain, content: bytes, name: str, today: date, actor: Any, now: datetime
) -> TillFile:
    """Read a till's file and try its lines: faults are kept with it, no line is written.

    The same file given again is the same reading, unless it could not be imported: then it is read
    anew, for a product, a card or a rule may have come since.
    """
    digest = hashlib.sha256(content).hexdigest()
    known = TillFile.objects.filter(chain=chain, sha256=digest).first()
    if known is not None and known.state != State.READ:
        return known
    table = read_table(content=content, name=name)
    if missing := missing_columns(table.heading):
        raise TillRefused(
            f"Il manque la colonne {', '.join(missing)}. La première ligne du fichier nomme les "
            f"colonnes : {', '.join(COLUMNS)}.",
            field="paper",
        )
    if len(table.rows) > MOST_LINES:
        raise TillRefused(
            f"Un fichier compte {MOST_LINES} lignes au plus : donnez une semaine à la fois.",
            field="paper",
        )
    rows, faults = read_lines(table.heading, table.rows, Known(chain, today, digest))
    if not faults:
        faults = tried(chain, rows)
    if not rows and not faults:
        raise TillRefused("Ce fichier ne contient aucune ligne.", field="paper")
    told = {
        "name": name[:150],
        "rows": [asdict(row) for row in rows],
        "lines": len(rows),
        "faults": [list(fault) for fault in faults[:MOST_FAULTS]],
        "fault_count": len(faults),
        "read_at": now,
        "read_by_id": getattr(actor, "pk", None),
    }
    row, _ = TillFile.objects.update_or_create(chain=chain, sha256=digest, defaults=told)
    _log(row, actor, "billing.till_read", {"lines": len(rows), "faults": len(faults)})
    return row


def tried(chain: Chain, rows: Sequence[Row]) -> list[Fault]:
    """The lines that their scheme would refuse where it stands now; nothing moves."""
    keepers = dict(Site.objects.filter(chain=chain).values_list("pk", "keeper"))
    cards = dict(Card.objects.filter(chain=chain).values_list("pk", "code"))
    faults = []
    for scheme in Scheme.objects.filter(chain=chain, code__in={row.scheme for row in rows}):
        mine = [row for row in rows if row.scheme == scheme.code]
        mine.sort(key=lambda row: (row.day, row.line))
        lines = [_waiting(row, keepers[row.site], cards.get(row.card or 0)) for row in mine]
        for line, why in Sharer(scheme).tried(lines):
            faults.append(Fault(line.pk, "dispositif", why))
    return sorted(faults)


def _waiting(row: Row, seller: int, household: UUID | None) -> WaitingLine:
    """A line that is not written, under its number in the file."""
    return WaitingLine(
        pk=row.line,
        key=UUID(row.key),
        day=date.fromisoformat(row.day),
        milli=row.milli,
        price_cents=row.price_cents,
        cost_cents=row.cost_cents,
        producer_cents=row.producer_cents,
        extra_cents=0,
        tier=row.tier,
        size=row.size,
        commune_code="",
        labels=row.labels,
        site_id=row.site,
        seller_id=seller,
        buyer_id=row.buyer,
        product_id=row.product,
        undoes_id=None,
        household=household,
    )


@transaction.atomic
def ask_import(*, file: TillFile, actor: Any, now: datetime) -> bool:
    """Put the writing of its lines in the queue; false when it was asked before."""
    from ensemblier.chain.billing.tasks import write_till

    row = _held(file.pk)
    if row.fault_count:
        raise TillRefused("Ce fichier a des fautes : corrigez-les, puis donnez-le de nouveau.")
    if row.state == State.WRITTEN or (row.state == State.WRITING and not row.is_stuck(now)):
        return False
    row.state, row.moved_at = State.WRITING, now
    row.save(update_fields=["state", "moved_at"])
    write_till.enqueue(row.pk, actor.pk)
    _log(row, actor, "billing.till_asked", {})
    return True


def write_file(*, file_id: int, actor: Any, clock: Callable[[], datetime]) -> TillFile:
    """Write its lines, some at a time; cut and asked again, it goes on where it was."""
    while _write_some(file_id, actor, clock()):
        pass
    return TillFile.objects.get(pk=file_id)


@transaction.atomic
def _write_some(file_id: int, actor: Any, now: datetime) -> bool:
    file = _held(file_id)
    if file.state != State.WRITING:
        return False
    some = file.rows[file.done : file.done + BATCH]
    closed = closed_until(file.chain)
    facts = _Facts(file.chain, some)
    for row in some:
        try:
            with transaction.atomic():
                file.written += facts.write(Row(**row), closed, actor, now)
        except Refusal as refusal:
            file.faults.append([row["line"], refusal.field or "", refusal.message])
            file.fault_count += 1
    file.done, file.moved_at = file.done + len(some), now
    if file.done >= file.lines:
        file.state, file.ended_at, file.rows = State.WRITTEN, now, []
        _log(file, actor, "billing.till_written", {"lines": file.written})
    file.save()
    return file.state == State.WRITING


class _Facts:
    """Names behind the numbers of a batch, read once."""

    def __init__(self, chain: Chain, rows: Sequence[dict[str, Any]]) -> None:
        self.chain = chain
        self.buyers = Organisation.objects.in_bulk({row.get("buyer") for row in rows} - {None})
        self.sites = {row.pk: row for row in chain.sites.select_related("keeper")}
        self.products = {row.pk: row for row in Product.objects.filter(chain=chain)}
        self.asks = dict(chain.schemes.values_list("code", "asks_card"))

    def write(self, row: Row, closed: date | None, actor: Any, now: datetime) -> int:
        """1, or 0 when the till's line was there already."""
        day, site = date.fromisoformat(row.day), self.sites[row.site]
        if closed is not None and day <= closed:
            raise TillRefused(f"Le {day:%d/%m/%Y} a été clos depuis l'essai.", field="date")
        key, known = UUID(row.key), SaleLine.objects.filter(key=row.key).exists()
        distribution.write_line(
            key=key,
            now=now,
            actor=actor,
            card=Card.objects.filter(pk=row.card).first() if row.card else None,
            needs_card=self.asks.get(row.scheme, False),
            chain=self.chain,
            site=site,
            seller=site.keeper,
            product=self.products[row.product],
            milli=row.milli,
            day=day,
            price_cents=row.price_cents,
            cost_cents=row.cost_cents,
            producer_cents=row.producer_cents,
            scheme=row.scheme,
            tier=row.tier,
            size=row.size,
            labels=row.labels,
            buyer=self.buyers[row.buyer] if row.buyer else None,
            vat_rate=row.vat_rate,
        )
        return 0 if known else 1


@transaction.atomic
def forget_unwritten(*, before: datetime) -> int:
    """Remove the files read before then and never imported: their lines name cards."""
    rows = list(TillFile.objects.filter(state=State.READ, read_at__lt=before).select_for_update())
    for row in rows:
        _log(row, None, "billing.till_forgotten", {})
        row.delete()
    return len(rows)


def _held(pk: int) -> TillFile:
    rows = TillFile.objects.filter(pk=pk).select_related("chain")
    if connection.vendor == "postgresql":
        rows = rows.select_for_update(of=("self",), no_key=True)
    return rows.get()


def _log(file: TillFile, actor: Any, action: str, data: dict[str, Any]) -> None:
    record(actor=actor, action=action, subject=f"till_file:{file.pk}", data=data)
