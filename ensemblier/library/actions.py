"""Loading the sheets into the database, and what a sheet gives to a new application."""

from pathlib import Path
from typing import Any, NamedTuple

from django.db import transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.people.models import User
from ensemblier.base.refusal import Refusal
from ensemblier.base.territory.models import Department
from ensemblier.library.files import SHEETS, SheetFile, read_sheets
from ensemblier.library.models import Sheet, SheetFigure, SheetFunder, SheetLink, SheetPrice
from ensemblier.library.stems import stored

SAME_NAME = (
    *("slug", "title", "carrier", "carrier_kind", "partners", "length", "price_note", "quality"),
    *("volumes", "summary", "falc", "web_links", "decisions"),
)
REPORT = (
    *("carrier", "territory", "type", "aim", "public", "action", "funding", "support"),
    *("difficulties", "lessons"),
)
PRICES = "price_forms"
FIGURE = ("label", "value", "unit", "period")


class UnknownDepartment(Refusal):
    """A sheet names a department that is not loaded."""


class LoadReport(NamedTuple):
    """What loading the sheets changed."""

    created: int
    changed: int
    kept: int


@transaction.atomic
def load_sheets(*, actor: User | None = None, folder: Path = SHEETS) -> LoadReport:
    """Put the sheets of the files in the database; a file that has not changed writes nothing."""
    known = dict(Sheet.objects.values_list("number", "digest"))
    files = list(read_sheets(folder))
    news = [file for file in files if known.get(file.content["number"]) != file.digest]
    _refuse_unknown_departments(news)
    stored_sheets = [(_store(file), file.content) for file in news]
    _replace_parts(stored_sheets)
    created = sum(file.content["number"] not in known for file in news)
    report = LoadReport(created, len(news) - created, len(files) - len(news))
    if news:
        record(
            actor=actor,
            action="library.load_sheets",
            subject="library:sheets",
            data={"created": report.created, "changed": report.changed},
        )
    return report


def _refuse_unknown_departments(files: list[SheetFile]) -> None:
    loaded = set(Department.objects.values_list("code", flat=True))
    for file in files:
        if missing := set(file.content["departments"]) - loaded:
            raise UnknownDepartment(
                f"La fiche {file.content['number']} cite des départements inconnus : "
                f"{', '.join(sorted(missing))}. Chargez d'abord les territoires."
            )


def _store(file: SheetFile) -> Sheet:
    content = file.content
    values: dict[str, Any] = {name: content[name] for name in SAME_NAME}
    values |= {f"report_{name}": content["report"][name] for name in REPORT}
    values |= {
        "is_national": content["national"],
        "commune_codes": content["communes"],
        "example": content["demo"],
        "digest": file.digest,
    }
    values |= _stems(content)
    return Sheet.objects.update_or_create(number=content["number"], defaults=values)[0]


def _replace_parts(sheets: list[tuple[Sheet, dict[str, Any]]]) -> None:
    """Departments and child rows, table by table: a few queries for all the sheets."""
    located = Sheet.departments.through
    rows: dict[Any, list[Any]] = {
        located: [
            located(sheet_id=sheet.pk, department_id=code)
            for sheet, content in sheets
            for code in content["departments"]
        ],
        SheetLink: [SheetLink(sheet=s, link=link) for s, c in sheets for link in c["links"]],
        SheetPrice: [SheetPrice(sheet=s, form=form) for s, c in sheets for form in c[PRICES]],
        SheetFunder: [SheetFunder(sheet=s, **line) for s, c in sheets for line in c["funders"]],
        SheetFigure: [
            SheetFigure(sheet=s, **{name: line[name] for name in FIGURE})
            for s, c in sheets
            for line in c.get("figures", [])
        ],
    }
    for table, parts in rows.items():
        table.objects.filter(sheet__in=[sheet for sheet, _ in sheets]).delete()
        table.objects.bulk_create(parts)


def _stems(content: dict[str, Any]) -> dict[str, str]:
    report = content["report"]
    funders = [funder["name"] for funder in content["funders"]]
    body = [report[name] for name in REPORT]
    plain_facts = [content["quality"], content["volumes"], content["price_note"]]
    return {
        "stems_title": stored(content["title"], content["carrier"]),
        "stems_summary": stored(content["summary"], *content["partners"], *funders),
        "stems_body": stored(*body, *plain_facts, *content["falc"]),
    }
