"""What the public page shows: entries, filters, totals that equal the books."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db.models import F, Max, QuerySet

from ensemblier.base.ledger.models import AccountKind, Kind, Transfer
from ensemblier.fund.publication.models import Entry, EntryVersion


class Total(NamedTuple):
    """Grants published one by one, and all of them as the books say."""

    count: int
    cents: int
    all_cents: int

    @property
    def unnamed_cents(self) -> int:
        """Natural persons, lines withdrawn, and agreements signed since the last publication."""
        return self.all_cents - self.cents


def last_rows() -> QuerySet[EntryVersion]:
    """The last version of each entry."""
    rows = EntryVersion.objects.annotate(last=Max("entry__versions__number"))
    return rows.filter(number=F("last")).select_related("entry")


def last_versions() -> dict[int, EntryVersion]:
    return {row.entry_id: row for row in last_rows().order_by("entry__code")}


def shown(year: str = "", region: str = "", strand: str = "") -> list[EntryVersion]:
    """Entries that are not withdrawn and meet the filters."""
    rows = [row for row in last_versions().values() if not row.is_withdrawn]
    return [
        row
        for row in rows
        if (not year or str(row.entry.year) == year)
        and (not region or row.content.get("region") == region)
        and (not strand or row.content.get("volet") == strand)
    ]


def total(rows: list[EntryVersion]) -> Total:
    return Total(len(rows), sum(row.amount_cents for row in rows), ledger_cents())


def ledger_cents() -> int:
    """What signed agreements received from the envelopes, less what went back to them."""
    moved = (Kind.TRANSFER, Kind.POST)
    rows = Transfer.objects.filter(kind__in=moved)
    into = rows.filter(debit__kind=AccountKind.ENVELOPE, credit__kind=AccountKind.AGREEMENT)
    back = rows.filter(
        debit__kind=AccountKind.AGREEMENT,
        credit__kind=AccountKind.ENVELOPE,
        reason__startswith="Avenant",
    )
    return _sum(into) - _sum(back)


def _sum(rows: Any) -> int:
    return sum(rows.values_list("cents", flat=True))


def history(entry: Entry) -> list[EntryVersion]:
    return list(entry.versions.select_related("made_by").order_by("-number"))
