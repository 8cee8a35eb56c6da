"""How a document is frozen: its number under lock, its content with a digest, its facts once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, NamedTuple, TypedDict
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from ensemblier.base.chains.models import Chain
from ensemblier.base.journal.actions import record
from ensemblier.base.people.models import Organisation
from ensemblier.chain.billing.models import (
    Document,
    DocumentKind,
    DocumentLine,
    NumberedSeries,
)
from ensemblier.chain.billing.refusals import (
    AlreadyBilled,
    BadPeriod,
    DocumentKeyReused,
    NothingToBill,
)
from ensemblier.chain.billing.rules import digest_of, number, vat_rows


class Asked(TypedDict):
    """What every document is asked with. A fact before `first` that waits is taken in: late facts
    go to the open period."""

    key: UUID
    first: date
    last: date
    day: date
    now: datetime
    actor: Any


@dataclass(frozen=True)
class Fact:
    """One fact of a document: the row it freezes, its cents, its rate, and how it is told."""

    source: str
    pk: int
    cents: int
    told: dict[str, Any]
    vat_rate: int = 0


@dataclass(frozen=True)
class Frame:
    """Who a document is between, and what it says beside its lines."""

    chain: Chain
    kind: DocumentKind
    issuer: Organisation
    seller: Organisation
    recipient: Organisation
    payer: Organisation | None = None
    corrects: Document | None = None
    said: dict[str, Any] = field(default_factory=dict)

    def same(self, other: Document, asked: Asked) -> bool:
        told = (other.chain_id, other.kind, other.issuer_id, other.seller_id, other.recipient_id)
        mine = (self.chain.pk, self.kind, self.issuer.pk, self.seller.pk, self.recipient.pk)
        corrects = getattr(self.corrects, "pk", None)
        return (*told, other.corrects_id, other.day) == (*mine, corrects, asked["day"])


def freeze(frame: Frame, asked: Asked, find: Callable[[], Iterable[Fact]]) -> Document:
    """Freeze what `find` gives, read once the suite of numbers is held; the same key gives the
    same document."""
    known = _known(frame, asked)
    if known is not None:
        return known
    if asked["last"] < asked["first"]:
        raise BadPeriod("La fin de la période précède son début.", field="last")
    if asked["day"] < asked["last"]:
        raise BadPeriod("La période n'est pas finie à la date de la pièce.", field="day")
    try:
        with transaction.atomic():
            series = _held(frame, asked["day"].year)
            return _known(frame, asked) or _write(frame, asked, series, list(find()))
    except IntegrityError as error:
        if known := _known(frame, asked):
            return known
        raise AlreadyBilled from error


def _known(frame: Frame, asked: Asked) -> Document | None:
    known = Document.objects.filter(key=asked["key"]).first()
    if known is not None and not frame.same(known, asked):
        raise DocumentKeyReused
    return known


def _held(frame: Frame, year: int) -> NumberedSeries:
    """The suite of numbers, held until the end: a document that is refused takes no number."""
    wanted = {
        "issuer": frame.issuer,
        "seller": frame.seller,
        "kind": frame.kind.value,
        "year": year,
    }
    NumberedSeries.objects.get_or_create(**wanted)
    rows = NumberedSeries.objects.filter(**wanted)
    if connection.vendor == "postgresql":
        rows = rows.select_for_update(no_key=True)
    return rows.get()


def _write(
    frame: Frame,
    asked: Asked,
    series: NumberedSeries,
    facts: list[Fact],
    write: Callable[[Document], None] | None = None,
) -> Document:
    if not facts:
        raise NothingToBill(frame.kind.label, asked["last"])
    series.last += 1
    series.save(update_fields=["last"])
    for_other = frame.seller.pk if frame.seller.pk != frame.issuer.pk else None
    name = number(frame.kind.value, series.year, series.last, for_other)
    content = _content(frame, asked, name, facts)
    totals = content["totals"]
    document = Document.objects.create(
        chain=frame.chain,
        kind=frame.kind,
        issuer=frame.issuer,
        seller=frame.seller,
        recipient=frame.recipient,
        payer=frame.payer,
        number=name,
        day=asked["day"],
        first_day=asked["first"],
        last_day=asked["last"],
        net_cents=totals["net_cents"],
        vat_cents=totals["vat_cents"],
        total_cents=totals["total_cents"],
        corrects=frame.corrects,
        content=content,
        digest=digest_of(content),
        key=asked["key"],
        created_at=asked["now"],
        created_by_id=getattr(asked["actor"], "pk", None),
    )
    (write or _writer(facts))(document)
    record(
        actor=asked["actor"],
        action="billing.frozen",
        subject=f"document:{document.pk}",
        data={"number": name, "digest": document.digest},
    )
    return document


def _content(frame: Frame, asked: Asked, name: str, facts: list[Fact]) -> dict[str, Any]:
    """All that the document says, so that it can be printed again the same, for ever."""
    rows = vat_rows((fact.vat_rate, fact.cents) for fact in facts)
    first = asked["first"].isoformat()
    return {
        "format": 1,
        "number": name,
        "kind": frame.kind.value,
        "day": asked["day"].isoformat(),
        "period": [first, asked["last"].isoformat()],
        "issuer": _party(frame.issuer),
        "seller": _party(frame.seller),
        "recipient": _party(frame.recipient),
        "payer": _party(frame.payer) if frame.payer else None,
        "corrects": frame.corrects.number if frame.corrects else None,
        "lines": [
            fact.told
            | {"cents": fact.cents, "vat_rate": fact.vat_rate}
            | ({"late": True} if fact.told.get("day", first) < first else {})
            for fact in facts
        ],
        "vat": [row._asdict() for row in rows],
        "totals": {
            "net_cents": sum(row.net_cents for row in rows),
            "vat_cents": sum(row.vat_cents for row in rows),
            "total_cents": sum(row.total_cents for row in rows),
        },
        **frame.said,
    }


def _party(organisation: Organisation) -> dict[str, str]:
    return {
        "name": organisation.name,
        "siret": organisation.siret,
        "address": organisation.address,
    }


def _writer(facts: list[Fact]) -> Callable[[Document], None]:
    def write(document: Document) -> None:
        DocumentLine.objects.bulk_create(
            DocumentLine(
                document=document,
                kind=document.kind,
                cents=fact.cents,
                **{f"{fact.source}_id": fact.pk},
            )
            for fact in facts
        )

    return write


class Summed(NamedTuple):
    """A document of too many lines to be told one by one: their sums in place of lines, what is
    said of the lines beside, and how their rows are written."""

    sums: list[Fact]
    said: dict[str, Any]
    write: Callable[[Document], None]


def freeze_summed(frame: Frame, asked: Asked, add_up: Callable[[], Summed]) -> Document:
    """As `freeze`, of what `add_up` gives."""
    known = _known(frame, asked)
    if known is not None:
        return known
    with transaction.atomic():
        series = _held(frame, asked["day"].year)
        if known := _known(frame, asked):
            return known
        summed = add_up()
        told = replace(frame, said=frame.said | summed.said)
        return _write(told, asked, series, summed.sums, summed.write)
