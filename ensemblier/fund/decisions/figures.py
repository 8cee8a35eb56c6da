"""What each envelope has left, from the books, and what the proposed files ask of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Q, Sum

from ensemblier.base.ledger.models import AccountKind, Kind, Transfer
from ensemblier.base.pages.charts import Part, StackedBar
from ensemblier.base.pages.formats import euros
from ensemblier.fund.applications.models import AskedAmount, State
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
    """Three queries, whatever the number of envelopes and files."""
    envelopes = list(envelopes)
    books = figures_by_envelope(envelopes)
    paid = _paid(envelopes)
    asked = _asked(envelopes)
    return [
        Standing(envelope, books[envelope.pk], paid[envelope.pk], asked[envelope.pk])
        for envelope in envelopes
    ]


def _paid(envelopes: list[Envelope]) -> dict[int, int]:
    """What was paid, net of refunds, put on the oldest envelope of each grant first.

    A grant is what its envelopes gave it in the books, less what went back to them: as amended,
    less what a recovery withdrew.
    """
    parts: dict[int, Counter[tuple[int, int]]] = defaultdict(Counter)
    spent: Counter[int] = Counter()
    for grant, year, envelope, cents in _moves(envelopes):
        if envelope is None:
            spent[grant] -= cents
        else:
            parts[grant][year, envelope] += cents
    found: dict[int, int] = defaultdict(int)
    for grant, rows in parts.items():
        places = sorted(rows)
        taken = spread(spent[grant], [max(0, rows[place]) for place in places])
        for (_, envelope), cents in zip(places, taken, strict=True):
            found[envelope] += cents
    return found


def _moves(envelopes: list[Envelope]) -> Iterator[tuple[int, int, int | None, int]]:
    """Of each grant that these envelopes gave to: its account, then the envelope (none for an
    organisation) and the cents that came from it, or went there (negative). One query."""
    moved = Transfer.objects.filter(kind__in=[Kind.TRANSFER, Kind.POST]).order_by()
    grants = moved.filter(
        debit__in=[row.account_id for row in envelopes], credit__kind=AccountKind.AGREEMENT
    ).values("credit")
    others = (AccountKind.ENVELOPE, AccountKind.PAYEE)
    rows = moved.filter(
        Q(credit__in=grants, debit__kind__in=others) | Q(debit__in=grants, credit__kind__in=others)
    ).values_list(
        *("debit", "debit__kind", "debit__envelope__year", "debit__envelope"),
        *("credit", "credit__envelope__year", "credit__envelope"),
    )
    for row in rows.annotate(total=Sum("cents")):
        debit, giver, from_year, source, credit, to_year, goal, cents = row
        if giver in others:
            yield credit, from_year, source, cents
        else:
            yield debit, to_year, goal, -cents


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
