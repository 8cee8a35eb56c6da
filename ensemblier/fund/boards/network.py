"""The network head's board: members' files, what members owe, what is not spent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q

from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.models import Organisation
from ensemblier.fund.applications.models import Application
from ensemblier.fund.boards.facts import Fact, facts_on
from ensemblier.fund.boards.owed import Both, expected


class Member(NamedTuple):
    """One member: its files and the cents of each step; unspent is paid and not yet justified."""

    name: str
    files: int
    asked: int
    committed: int
    paid: int
    unspent: int
    owes: int
    late: int


class Network(NamedTuple):
    members: list[Member]
    files: list[Fact]
    due: Both


def network(heads: Iterable[int], now: datetime) -> Network:
    """The network's own files count with those of its members."""
    heads = list(heads)
    rows = Organisation.objects.filter(Q(head__in=heads) | Q(pk__in=heads))
    names = dict(rows.order_by("name").values_list("pk", "name"))
    day = in_paris(now).date()
    seen = Application.objects.filter(organisation__in=names)
    files = facts_on(day, today=day, seen=seen, with_effects=False).files
    due = Both(expected(names, now), [])
    by_member: dict[str, list[Fact]] = defaultdict(list)
    for row in files:
        by_member[row.organisation].append(row)
    owed = due.mine
    members = [
        Member(
            name,
            len(by_member[name]),
            sum(row.asked_cents for row in by_member[name]),
            sum(row.committed for row in by_member[name]),
            sum(row.paid for row in by_member[name]),
            sum(max(0, row.paid - row.justified) for row in by_member[name]),
            sum(row.organisation == name for row in owed),
            sum(row.organisation == name and row.late for row in owed),
        )
        for name in names.values()
    ]
    return Network(members, files, due)
