"""How much an agreement gives, as amended, and from which envelopes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Sum

from ensemblier.fund.agreements.models import (
    Agreement,
    Amendment,
    AmendmentLine,
    WithdrawnShare,
)
from ensemblier.fund.agreements.reading import kept
from ensemblier.fund.programme.models import Envelope, ExpenseClass

SIGNED = Amendment.State.SIGNED


class Share(NamedTuple):
    """What one envelope gives for one class of expenses."""

    envelope: Envelope
    expense_class: str
    cents: int

    @property
    def label(self) -> str:
        return ExpenseClass(self.expense_class).label


def shares(agreement: Agreement, amendment: Amendment | None = None) -> list[Share]:
    """As amended by what is signed, and by `amendment` as if it were signed, less what a recovery
    withdrew."""
    envelopes: dict[int, Envelope] = {}
    sums: Counter[tuple[int, str]] = Counter()
    awards = agreement.decision.awards.select_related("envelope__account", "envelope")
    for award in kept(agreement, "awards", lambda: awards):
        envelopes[award.envelope_id] = award.envelope
        sums[award.envelope_id, award.expense_class] += award.amount_cents
    for line in _lines(agreement, amendment):
        envelopes[line.envelope_id] = line.envelope
        sign = 1 if line.way == AmendmentLine.Way.UP else -1
        sums[line.envelope_id, line.expense_class] += sign * line.amount_cents
    for row in _withdrawn(agreement):
        envelopes[row.envelope_id] = row.envelope
        sums[row.envelope_id, row.expense_class] -= row.amount_cents
    found = [Share(envelopes[pk], name, cents) for (pk, name), cents in sums.items() if cents]
    return sorted(found, key=lambda row: (row.envelope.year, row.envelope.pk, row.expense_class))


def _lines(agreement: Agreement, amendment: Amendment | None) -> list[AmendmentLine]:
    """The lines signed, and those of `amendment`."""
    rows = AmendmentLine.objects.filter(amendment__agreement=agreement).select_related(
        "envelope__account", "envelope", "amendment"
    )
    wanted = amendment.pk if amendment else None
    return [
        line
        for line in kept(agreement, "lines", lambda: rows)
        if line.amendment.state == SIGNED or line.amendment_id == wanted
    ]


def _withdrawn(agreement: Agreement) -> list[WithdrawnShare]:
    rows = WithdrawnShare.objects.filter(recovery__agreement=agreement).select_related(
        "envelope__account", "envelope"
    )
    found = kept(agreement, "withdrawn", lambda: rows)
    return [row for row in found if row.taken_back_id is None]


def agreed_cents(agreement: Agreement, amendment: Amendment | None = None) -> int:
    """What the State gives, as amended."""
    return sum(share.cents for share in shares(agreement, amendment))


def change_of(amendment: Amendment) -> int:
    """What an amendment adds to the grant, or takes off (negative)."""
    rows = amendment.lines.values_list("way", "amount_cents")
    return sum(cents if way == AmendmentLine.Way.UP else -cents for way, cents in rows)


def agreed_by_agreement(agreements: Iterable[Agreement]) -> dict[int, int]:
    """agreement -> what it gives as amended; three queries whatever the number."""
    keys = [row.pk for row in agreements]
    rows = Agreement.objects.filter(pk__in=keys).annotate(
        total=Sum("decision__awards__amount_cents")
    )
    found = {row.pk: row.total or 0 for row in rows}
    lines = AmendmentLine.objects.filter(
        amendment__agreement__in=keys, amendment__state=SIGNED
    ).values_list("amendment__agreement", "way", "amount_cents")
    for pk, way, cents in lines:
        found[pk] += cents if way == AmendmentLine.Way.UP else -cents
    withdrawn = WithdrawnShare.objects.filter(recovery__agreement__in=keys, taken_back=None)
    for pk, cents in withdrawn.values_list("recovery__agreement", "amount_cents"):
        found[pk] -= cents
    return found
