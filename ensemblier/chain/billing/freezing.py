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
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.models import Organisation
from ensemblier.chain.billing.einvoice import BILLED
from ensemblier.chain.billing.einvoice_xml import check_electronic
from ensemblier.chain.billing.models import (
    Document,
    DocumentKind,
    DocumentLine,
    NumberedSeries,
)
from ensemblier.chain.billing.refusals import (
    AlreadyBilled,
    BadPeriod,
    DatedBefore,
    DatedInTheFuture,
    DocumentKeyReused,
    NothingToBill,
)
from ensemblier.chain.billing.rules import digest_of, number, usual_no_vat, vat_rows
from ensemblier.engines.law.invoices import GRANT, food_due, late_notes, no_vat

TERMS = {
    DocumentKind.INVOICE: "Paiement trente jours après la dernière livraison.",
    DocumentKind.SELF_BILLED: "Paiement trente jours après la dernière livraison.",
    DocumentKind.FUNDER_CALL: "Paiement selon la convention du dispositif.",
    DocumentKind.CREDIT_NOTE: "À déduire de la pièce",
}


EVERY_YEAR = 0


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
    # Why the seller bears no VAT, where a line has none (engines/law/invoices.py).
    no_vat: str = ""
    said: dict[str, Any] = field(default_factory=dict)

    def same(self, other: Document, asked: Asked) -> bool:
        told = (other.chain_id, other.kind, other.issuer_id, other.seller_id, other.recipient_id)
        mine = (self.chain.pk, self.kind, self.issuer.pk, self.seller.pk, self.recipient.pk)
        beside = (getattr(self.corrects, "pk", None), getattr(self.payer, "pk", None))
        return (*told, other.corrects_id, other.payer_id, other.day) == (
            *mine,
            *beside,
            asked["day"],
        )


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
            series = held(frame.issuer, frame.seller, frame.kind, asked["day"].year)
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


def hold_deliveries(buyer: Organisation, grower: Organisation) -> None:
    """Whoever writes the invoice of these deliveries, and whatever its year, comes alone: a suite
    of one year would let the grower's own invoice of December pass beside ours of January. Held
    before any suite, so that nobody waits for the other."""
    held(buyer, grower, DocumentKind.RECEIVED, EVERY_YEAR)


def held(issuer: Organisation, seller: Organisation, kind: str, year: int) -> NumberedSeries:
    """The suite of numbers, held until the end: a document that is refused takes no number."""
    wanted = {"issuer": issuer, "seller": seller, "kind": str(kind), "year": year}
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
    _check_day(frame, asked)
    series.last += 1
    series.save(update_fields=["last"])
    alone = frame.seller.pk == frame.issuer.pk
    who = "" if alone else f"{frame.issuer.pk}-{frame.seller.pk}"
    name = number(frame.kind.value, series.year, series.last, who)
    content = _content(frame, asked, name, facts)
    check_electronic(content)
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
        due_on=date.fromisoformat(content["due"]) if content.get("due") else None,
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


def _check_day(frame: Frame, asked: Asked) -> None:
    """The numbers of a suite follow its dates: read while the suite is held. A document that was
    dated ahead before this rule does not stop the others until its day comes."""
    day, today = asked["day"], in_paris(asked["now"]).date()
    if day > today:
        raise DatedInTheFuture(day, today)
    if frame.kind not in BILLED:
        return
    written = Document.objects.filter(
        issuer=frame.issuer,
        seller=frame.seller,
        kind=frame.kind,
        day__year=day.year,
        day__range=(day, today),
    )
    last = written.exclude(day=day).order_by("-day", "-pk").values_list("day", "number").first()
    if last is not None:
        raise DatedBefore(day, *last)


def _content(frame: Frame, asked: Asked, name: str, facts: list[Fact]) -> dict[str, Any]:
    """All that the document says, so that it can be printed again the same, for ever."""
    rows = vat_rows((fact.vat_rate, fact.cents) for fact in facts)
    first = asked["first"].isoformat()
    return {
        "format": 2,
        "number": name,
        "kind": frame.kind.value,
        "day": asked["day"].isoformat(),
        "period": [first, asked["last"].isoformat()],
        "issuer": _party(frame.issuer),
        "seller": _party(frame.seller),
        "recipient": _party(frame.recipient),
        "payer": _party(frame.payer) if frame.payer else None,
        "corrects": frame.corrects.number if frame.corrects else None,
        **(_corrected(frame.corrects) if frame.corrects else {}),
        "lines": [
            _clean(fact.told)
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
        **(_invoiced(frame, asked, facts) if frame.kind in BILLED else {}),
        **frame.said,
    }


def _invoiced(frame: Frame, asked: Asked, facts: list[Fact]) -> dict[str, Any]:
    """What an invoice says beside its lines: when to pay, what late payment costs, why no VAT."""
    day = asked["day"]
    found: dict[str, Any] = {"notes": late_notes(day), "terms": TERMS[frame.kind], "due": None}
    if frame.kind == DocumentKind.CREDIT_NOTE and frame.corrects:
        found["terms"] += f" {frame.corrects.number}."
    if frame.kind in (DocumentKind.INVOICE, DocumentKind.SELF_BILLED):
        delivered = max(date.fromisoformat(fact.told["day"]) for fact in facts)
        found["due"] = food_due(delivered, day).isoformat()
    if any(not fact.vat_rate for fact in facts):
        code = _no_vat(frame, facts)
        reason = no_vat(code, day)
        found["no_vat"] = {"code": code} | {
            name: getattr(reason, name) for name in ("mention", "category", "vatex", "source")
        }
    return found


def _no_vat(frame: Frame, facts: list[Fact]) -> str:
    if frame.kind == DocumentKind.FUNDER_CALL and any(
        fact.told.get("nature") != "complement" for fact in facts
    ):
        return GRANT
    return frame.no_vat or usual_no_vat(frame.seller.kind)


def _corrected(document: Document) -> dict[str, str]:
    return {"corrects_day": document.day.isoformat(), "corrects_kind": document.kind}


def _party(organisation: Organisation) -> dict[str, str]:
    """As it may be printed: a name typed with a control character would break the XML."""
    return {
        "name": _plain(organisation.name),
        "siret": organisation.siret,
        "rna": organisation.rna,
        "address": _plain(organisation.address),
        "city": organisation.commune.name if organisation.commune else "",
    }


def _clean(told: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain(v) if isinstance(v, str) else v for name, v in told.items()}


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text).strip()


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
        series = held(frame.issuer, frame.seller, frame.kind, asked["day"].year)
        if known := _known(frame, asked):
            return known
        summed = add_up()
        told = replace(frame, said=frame.said | summed.said)
        return _write(told, asked, series, summed.sums, summed.write)
