"""What each share holds, spends and has left, always read from the books."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from django.db.models import Q, Sum

from ensemblier.base.ledger.models import Kind, Transfer
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.frameworks.models import Framework, ShareAccount
from ensemblier.fund.programme.models import ExpenseClass


class Line(NamedTuple):
    """One account, in cents. Granted + received - given = spent + waiting + left."""

    source: ShareAccount
    granted: int
    received: int
    given: int
    spent: int
    waiting: int
    left: int

    @property
    def label(self) -> str:
        return str(ExpenseClass(self.source.expense_class).label)


def lines_of(framework: Framework) -> list[Line]:
    """Every account of the programme, in three queries whatever their number."""
    rows = ShareAccount.objects.filter(share__framework=framework)
    sources = list(
        rows.select_related("share__member", "account").order_by(
            "share__member__name", "share", "expense_class"
        )
    )
    return read(sources)


def read(sources: list[ShareAccount]) -> list[Line]:
    accounts = {row.account_id for row in sources}
    found = (
        Transfer.objects.filter(Q(debit__in=accounts) | Q(credit__in=accounts))
        .values_list("debit_id", "credit_id", "kind")
        .annotate(cents=Sum("cents"), settled=Sum("settled_cents"))
        .order_by()
    )
    sums: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for debit, credit, kind, cents, settled in found:
        _add(sums, accounts, debit, credit, Kind(kind), cents, settled)
    return [_line(row, sums[row.account_id]) for row in sources]


def _add(
    sums: dict[int, dict[str, int]],
    accounts: set[int],
    debit: int,
    credit: int,
    kind: Kind,
    cents: int,
    settled: int,
) -> None:
    between = debit in accounts and credit in accounts
    if kind == Kind.RESERVE:
        sums[debit]["waiting"] += cents
    if kind in (Kind.POST, Kind.VOID):
        sums[debit]["waiting"] -= settled
    if kind not in (Kind.TRANSFER, Kind.POST):
        return
    if between:
        sums[debit]["given"] += cents
        sums[credit]["received"] += cents
    elif debit in accounts:
        sums[debit]["spent"] += cents
    else:
        sums[credit]["granted"] += cents


def _line(row: ShareAccount, has: dict[str, int]) -> Line:
    held = has["granted"] + has["received"] - has["given"]
    left = held - has["spent"] - has["waiting"]
    return Line(
        row, has["granted"], has["received"], has["given"], has["spent"], has["waiting"], left
    )


def shared_by_class(agreement: Agreement) -> dict[str, int]:
    """What members hold of an agreement, by class of expense; nothing before it is shared."""
    framework = Framework.objects.filter(agreement=agreement).first()
    held: dict[str, int] = defaultdict(int)
    for line in lines_of(framework) if framework else ():
        held[line.source.expense_class] += line.granted
    return dict(held)
