"""What the pages of a framework programme show, in a bounded number of queries."""

from __future__ import annotations

from typing import Any, NamedTuple

from ensemblier.fund.frameworks.models import Framework, MemberShare

BADGES = {"waiting": "wait", "confirmed": "done", "refused": "stop", "removed": "draft"}
DRAWS = {"given": "wait", "accepted": "done", "refused": "stop"}
TRANSFERS = {"proposed": "wait", "accepted": "done", "refused": "stop"}


class Member(NamedTuple):
    """A share as a line of a table."""

    share: MemberShare
    badge: str
    cents: int
    points: int
    most: int


def members(framework: Framework) -> list[Member]:
    """Every share, those removed last; the network's points over what its grid allows."""
    rows = framework.shares.select_related("member").prefetch_related("amounts", "scores")
    most = sum(row.scale_max for row in framework.criteria.all())
    found = [
        Member(
            share,
            BADGES[share.state],
            sum(row.amount_cents for row in share.amounts.all()),
            sum(row.score for row in share.scores.all()),
            most if share.scores.all() else 0,
        )
        for share in rows
    ]
    return sorted(found, key=lambda row: row.share.state == MemberShare.State.REMOVED)


def totals(lines: list[Any]) -> dict[str, int]:
    names = ("granted", "received", "given", "spent", "waiting", "left")
    return {name: sum(getattr(line, name) for line in lines) for name in names}
