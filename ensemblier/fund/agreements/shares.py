"""How much an agreement gives, as amended, and from which envelopes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Case, QuerySet, Value, When

from ensemblier.fund.agreements.models import (
    Agreement,
    Amendment,
    AmendmentLine,
    WithdrawnShare,
)
from ensemblier.fund.agreements.reading import kept
from ensemblier.fund.decisions.models import Award, Decision
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


def granted_by_year(decisions: QuerySet[Decision]) -> dict[int, Counter[int]]:
    """decision -> what it gives by year of its envelopes, in cents, as amended, whatever a recovery
    withdrew since; one query whatever the number."""
    awards = Award.objects.filter(decision__in=decisions).annotate(sign=Value(1))
    lines = AmendmentLine.objects.filter(
        amendment__agreement__decision__in=decisions, amendment__state=SIGNED
    ).annotate(sign=Case(When(way=AmendmentLine.Way.UP, then=Value(1)), default=Value(-1)))
    columns = ("envelope__year", "amount_cents", "sign")
    rows = awards.order_by().values_list("decision", *columns)
    changed = lines.order_by().values_list("amendment__agreement__decision", *columns)
    found: dict[int, Counter[int]] = defaultdict(Counter)
    for decision, year, cents, sign in rows.union(changed, all=True):
        found[decision][year] += sign * cents
    return found


def agreed_by_agreement(agreements: Iterable[Agreement]) -> dict[int, int]:
    """agreement -> what it gives as amended, less what a recovery withdrew; two queries whatever
    the number."""
    rows = list(agreements)
    given = granted_by_year(Decision.objects.filter(pk__in=[row.decision_id for row in rows]))
    found = {row.pk: sum(given[row.decision_id].values()) for row in rows}
    withdrawn = WithdrawnShare.objects.filter(recovery__agreement__in=found, taken_back=None)
    for pk, cents in withdrawn.values_list("recovery__agreement", "amount_cents"):
        found[pk] -= cents
    return found
