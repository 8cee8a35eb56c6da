"""People reached by the supported projects: tables where no small group can be found."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import NamedTuple

from ensemblier.base.pages.formats import whole
from ensemblier.base.territory.models import Region
from ensemblier.engines.disclosure import ENTERPRISES, PEOPLE, Fact, Published, protect
from ensemblier.fund.calls.models import Call
from ensemblier.fund.monitoring.models import Report
from ensemblier.fund.publication.rows import as_csv, quiet

COLUMNS = ("mesure", "annee", "region", "volet", "valeur")
TOTAL, SECRET = "ensemble", "secret"
NOWHERE = "sans territoire"
# Tables published together: region by strand, with all their totals.
TABLES = ((0, 1),)
MEASURES = {
    "people": "personnes touchées (bilans acceptés)",
    "grants": "dépenses admises, en euros",
}


def people_facts(year: int) -> list[Fact]:
    """People reached, as accepted final reports say, by region and strand."""
    return [
        Fact((region, strand), count, count)
        for region, strand, count, _, _ in _reports(year)
        if count
    ]


def grant_facts(year: int) -> list[Fact]:
    """What these projects justified, in whole euros: an organisation is an enterprise here."""
    return [
        Fact((region, strand), (cents or 0) // 100, 1, f"o{who}")
        for region, strand, _, cents, who in _reports(year)
        if cents
    ]


def _reports(year: int) -> list[tuple[str, str, int, int, int]]:
    regions = dict(Region.objects.values_list("code", "name"))
    rows = Report.objects.filter(
        kind=Report.Kind.FINAL, state=Report.State.ACCEPTED, agreement__signed_at__year=year
    )
    place = "agreement__decision__application"
    found = rows.values_list(
        f"{place}__department__region_id",
        f"{place}__call__strand",
        "people_count",
        "justified_cents",
        f"{place}__organisation_id",
    )
    strands = dict(Call._meta.get_field("strand").flatchoices)  # type: ignore[union-attr]
    return [
        (regions.get(region, NOWHERE), str(strands.get(strand, strand)), people or 0, cents, who)
        for region, strand, people, cents, who in found
    ]


def tables(year: int) -> dict[str, Published]:
    """The tables of a year by measure, each with its own rule."""
    wanted = (("people", people_facts(year), PEOPLE), ("grants", grant_facts(year), ENTERPRISES))
    return {measure: protect(facts, TABLES, rule) for measure, facts, rule in wanted if facts}


def statistics_csv(year: int) -> str:
    """The same tables as a file."""
    lines = []
    for measure, found in tables(year).items():
        for key in sorted(found.shown, key=lambda k: [(x is None, x or "") for x in k]):
            value = found.shown[key]
            region, strand = (quiet(part) if part else TOTAL for part in key)
            said = SECRET if value is None else str(value)
            lines.append([MEASURES[measure], str(year), region, strand, said])
    return as_csv(COLUMNS, lines)


class Read(NamedTuple):
    """A table read back from a published file: the page and the file never differ."""

    title: str
    columns: list[str]
    rows: list[tuple[str, list[tuple[str, str]]]]  # region -> its (column, value)


def parsed(content: str) -> list[Read]:
    cells: dict[str, dict[tuple[str, str], str]] = {}
    for row in csv.DictReader(io.StringIO(content, newline="")):
        cells.setdefault(row["mesure"], {})[row["region"], row["volet"]] = row["valeur"]
    return [_read(title, found) for title, found in cells.items()]


def _read(title: str, found: Mapping[tuple[str, str], str]) -> Read:
    regions = list(dict.fromkeys(region for region, _ in found))
    columns = list(dict.fromkeys(strand for _, strand in found))
    rows = [
        (region, [(column, _said(found[region, column])) for column in columns])
        for region in regions
    ]
    return Read(title, columns, rows)


def _said(value: str) -> str:
    return value if value == SECRET else whole(int(value))
