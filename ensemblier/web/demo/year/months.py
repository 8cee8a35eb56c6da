"""The end of a month: charges, invoices, calls, credit notes, payments, the closing, reports."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from ensemblier.base.people.models import Organisation
from ensemblier.chain.billing import documents
from ensemblier.chain.billing import queries as billing
from ensemblier.chain.billing.models import Document, DocumentKind
from ensemblier.chain.billing.refusals import NotADonee, NotAuthorised
from ensemblier.chain.cofinancing.models import SchemePayer
from ensemblier.chain.insertion import actions as insertion
from ensemblier.reports import actions as reports
from ensemblier.reports.models import ReportKind
from ensemblier.web.demo.year import payers, promises
from ensemblier.web.demo.year.life import Life

QUARTER = (3, 6, 9, 12)


def close(life: Life, last: date, *, day: date, is_end: bool = False) -> None:
    """Close the days up to `last`, on `day`; each document takes in what was written late."""
    first = max(life.first, last.replace(day=1))
    promises.keep_month(life)
    _charges(life, last)
    _documents(life, first, last, day)
    _credit_notes(life, first, last, day)
    payers.pay(life, day)
    if is_end:
        _receipts(life, last, day)
    reports.close_period(chain=life.chain, last_day=last, actor=life.actor, now=life.at(day))
    _told(life, first, last, day, is_end=is_end)


def _charges(life: Life, last: date) -> None:
    aci = life.profile.aci
    if aci is None or life.agreement is None:
        return
    common = {"agreement": life.agreement, "now": life.at(last), "actor": life.actor}
    if aci.charges:
        insertion.note_charge(
            key=life.key(), month=last, label="Charges du mois (hypothèse)",
            cents=aci.charges * 100, **common,
        )  # fmt: skip
    if aci.outside:
        insertion.note_outside_sale(
            key=life.key(), day=last, label="Ventes hors filière (hypothèse)",
            cents=aci.outside * 100, **common,
        )  # fmt: skip


def _asked(life: Life, first: date, last: date, day: date) -> Any:
    return life.asked(day) | {"first": first, "last": last}


def _documents(life: Life, first: date, last: date, day: date) -> None:
    """Self-billed invoices of the growers, invoices of the buyers, calls of the funders."""
    if life.profile.self_billed:
        documents.self_bill_month(
            chain=life.chain, buyer=life.lead, **_asked(life, first, last, day)
        )
    for seller, buyer in _dealings(life, ("sale", "scheme")):
        if billing.lines_to_bill(life.chain, seller, buyer, last).exists():
            documents.invoice(
                chain=life.chain, seller=seller, buyer=buyer, **_asked(life, first, last, day)
            )
    for payer in _payers(life):
        if billing.shares_to_call(payer, last).exists():
            documents.funder_call(payer=payer, **_asked(life, first, last, day))
    if last.month in QUARTER:
        _delivery_notes(life, first, last, day)


def _delivery_notes(life: Life, first: date, last: date, day: date) -> None:
    for keeper, party in _dealings(life, ("handed",)):
        if billing.goods_to_deliver(life.chain, keeper, party, last).exists():
            documents.delivery_note(
                chain=life.chain, keeper=keeper, party=party, **_asked(life, first, last, day)
            )


def _dealings(life: Life, ways: tuple[str, ...]) -> list[tuple[Organisation, Organisation]]:
    """Who keeps a place and who gets something there, each pair once."""
    found: dict[tuple[int, int], tuple[Organisation, Organisation]] = {}
    for out in life.profile.outlets:
        if out.how in ways:
            keeper = life.places[out.place].keeper
            for body in life.all_of(out.to):
                found.setdefault((keeper.pk, body.pk), (keeper, body))
    return list(found.values())


def _credit_notes(life: Life, first: date, last: date, day: date) -> None:
    """For invoices frozen before one of their lines was undone."""
    undone = [line.pk for line in life.undone]
    invoiced = Document.objects.filter(kind=DocumentKind.INVOICE, lines__sale_line__in=undone)
    for document in invoiced.distinct().order_by("pk"):
        documents.credit_note(document=document, **_asked(life, first, last, day))
    life.undone.clear()


def _receipts(life: Life, last: date, day: date) -> None:
    """Once a year, what each donor gave at its cost price."""
    for intake in life.profile.intakes:
        if intake.kind != "gift" or not intake.value:
            continue
        keeper = life.places[intake.place].keeper
        for donor in life.bodies[intake.by]:
            if not billing.gifts_to_receipt(life.chain, keeper, donor, last).exists():
                continue
            try:
                documents.tax_receipt(
                    chain=life.chain, keeper=keeper, donor=donor,
                    **_asked(life, life.first, last, day),
                )  # fmt: skip
            except (NotADonee, NotAuthorised) as refusal:
                # A company may take goods, and gives no receipt (sheet 14).
                life.refused[type(refusal).__name__] += 1


def _told(life: Life, first: date, last: date, day: date, *, is_end: bool) -> None:
    """Each funder what it paid, once; figures of activity by quarter, of quality by year."""
    funders = _funders(life)
    common = {"chain": life.chain, "last_day": last, "now": life.at(day), "actor": life.actor}
    for funder in funders:
        try:
            reports.send_funder_report(key=life.key(), recipient=funder, first_day=first, **common)
        except reports.NothingToReport:
            life.refused["NothingToReport"] += 1
    recipient = funders[0] if funders else life.lead
    if last.month in QUARTER or is_end:
        start = max(life.first, (last.replace(day=1) - timedelta(days=45)).replace(day=1))
        reports.send_figures(
            key=life.key(), kind=ReportKind.ACTIVITY, recipient=recipient, first_day=start,
            **common,
        )  # fmt: skip
    if is_end:
        reports.send_figures(
            key=life.key(), kind=ReportKind.QUALITY, recipient=recipient, first_day=life.first,
            **common,
        )  # fmt: skip


def _payers(life: Life) -> list[SchemePayer]:
    return [
        payer
        for scheme in life.schemes.values()
        for payer in scheme.payers.select_related("scheme__chain", "organisation").order_by("pk")
    ]


def _funders(life: Life) -> list[Organisation]:
    """Each organisation behind a payer, once."""
    found: dict[int, Organisation] = {}
    for payer in _payers(life):
        if payer.organisation is not None:
            found.setdefault(payer.organisation.pk, payer.organisation)
    return list(found.values())
