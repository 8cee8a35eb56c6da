"""What each envelope has left, from the books, and what the proposed files ask of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Sum

from ensemblier.base.ledger.models import AccountKind, Kind, Transfer
from ensemblier.base.pages.charts import Part, StackedBar
from ensemblier.base.pages.formats import euros
from ensemblier.fund.applications.models import AskedAmount, State
from ensemblier.fund.decisions.models import Award
from ensemblier.fund.decisions.rules import spread
from ensemblier.fund.programme.figures import Figures, figures_by_envelope
from ensemblier.fund.programme.models import Envelope


@dataclass(frozen=True)
class Standing:
    """One envelope: cents paid, agreed and not paid, committed and not agreed, left, asked."""

    envelope: Envelope
    books: Figures
    paid: int
    asked: int

    @property
    def left(self) -> int:
        return self.books.available

    @property
    def is_short(self) -> bool:
        return self.asked > self.left

    @property
    def chart(self) -> StackedBar:
        # Money that an organisation gave back can leave less agreed than was once paid.
        paid = min(self.paid, self.books.granted)
        return StackedBar(
            parts=[
                Part("Payé", paid, "leaf"),
                Part("Conventionné, à payer", self.books.granted - paid, "moss"),
                Part("Décidé, convention à signer", self.books.reserved, "honey"),
                Part("Reste disponible", max(self.left, 0), "slate"),
            ],
            sentence=(
                f"Il reste {euros(self.left)} ; les dossiers proposés demandent "
                f"{euros(self.asked)}."
            ),
        )


def standings(envelopes: Iterable[Envelope]) -> list[Standing]:
    """Six queries, whatever the number of envelopes and files."""
    envelopes = list(envelopes)
    books = figures_by_envelope(envelopes)
    paid = _paid(envelopes)
    asked = _asked(envelopes)
    return [
        Standing(envelope, books[envelope.pk], paid[envelope.pk], asked[envelope.pk])
        for envelope in envelopes
    ]


def _paid(envelopes: list[Envelope]) -> dict[int, int]:
    """What was paid, net of refunds, put on the oldest envelope of each grant first."""
    parts: dict[int, list[tuple[int, int]]] = defaultdict(list)
    grants = Award.objects.filter(envelope__in=envelopes).values("decision__account")
    awards = (
        Award.objects.filter(decision__account__in=grants)
        .order_by("envelope__year", "envelope")
        .values_list("decision__account", "envelope", "amount_cents")
    )
    for account, envelope, cents in awards:
        parts[account].append((envelope, cents))
    spent = _spent(parts)
    found: dict[int, int] = defaultdict(int)
    for account, rows in parts.items():
        taken = spread(spent.get(account, 0), [cents for _, cents in rows])
        for (envelope, _), cents in zip(rows, taken, strict=True):
            found[envelope] += cents
    return found


def _spent(accounts: Iterable[int]) -> dict[int, int]:
    accounts = list(accounts)
    moved = Transfer.objects.filter(kind__in=[Kind.TRANSFER, Kind.POST]).order_by()
    out = (
        moved.filter(debit__in=accounts, credit__kind=AccountKind.PAYEE)
        .values_list("debit")
        .annotate(total=Sum("cents"))
    )
    back = (
        moved.filter(credit__in=accounts, debit__kind=AccountKind.PAYEE)
        .values_list("credit")
        .annotate(total=Sum("cents"))
    )
    returned = dict(back)
    return {account: total - returned.get(account, 0) for account, total in out}


def _asked(envelopes: list[Envelope]) -> dict[int, int]:
    """What proposed files ask, on each envelope of their call, year and region."""
    rows = (
        AskedAmount.objects.filter(
            application__state=State.PROPOSED,
            application__decision__isnull=True,
            application__call__envelopes__in=envelopes,
        )
        .order_by()
        .values_list("application__call__envelopes", "application__department__region", "year")
        .annotate(total=Sum("amount_cents"))
    )
    by_pk = {envelope.pk: envelope for envelope in envelopes}
    found: dict[int, int] = defaultdict(int)
    for pk, region, year, total in rows:
        envelope = by_pk.get(pk)
        if envelope and envelope.year == year and envelope.region_id in (None, region):
            found[pk] += total
    return found
