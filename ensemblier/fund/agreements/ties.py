"""What agreements must know of payments, which sit above: filled by payments when it starts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from ensemblier.fund.agreements.models import Agreement, Instalment


class Money(NamedTuple):
    """What was paid under an agreement, what came back or is asked back, what is justified."""

    paid: int = 0
    returned: int = 0
    claimed: int = 0
    justified: int = 0
    keepable: int = 0


money_of: list[Callable[[Agreement], Money]] = []
# Instalments certified or paid: their amount does not change any more.
taken: list[Callable[[Sequence[Instalment]], set[int]]] = []
# instalment -> the day it opened, and the day it was paid.
Days = dict[int, tuple[date | None, date | None]]
tracks: list[Callable[[Agreement, Sequence[Instalment]], Days]] = []
# Expense class -> cents shared out among the members of a network: an amendment leaves that much.
shared_out: list[Callable[[Agreement], dict[str, int]]] = []
# What the organisation gave back under an agreement since an instant, in cents.
given_back: list[Callable[[Agreement, datetime], int]] = []


def given_back_since(agreement: Agreement, instant: datetime) -> int:
    return sum(ask(agreement, instant) for ask in given_back)


def money(agreement: Agreement) -> Money:
    return money_of[-1](agreement) if money_of else Money()


def taken_among(instalments: Sequence[Instalment]) -> set[int]:
    """The keys of those in payment or paid."""
    return {pk for ask in taken for pk in ask(instalments)}


def opened_and_paid(agreement: Agreement, instalments: Sequence[Instalment]) -> Days:
    """The days of each of these instalments of an agreement."""
    return tracks[-1](agreement, instalments) if tracks else {}


def shared_by_class(agreement: Agreement) -> dict[str, int]:
    """What members of a network already hold of this agreement, by class of expense."""
    return shared_out[-1](agreement) if shared_out else {}
