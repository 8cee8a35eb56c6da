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
    created = changed = kept = 0
    for file in read_sheets(folder):
        number = file.content["number"]
        if known.get(number) == file.digest:
            kept += 1
            continue
        _store(file)
        created += number not in known
        changed += number in known
    if created or changed:
        record(
            actor=actor,
            action="library.load_sheets",
            subject="library:sheets",
            data={"created": created, "changed": changed},
        )
    return LoadReport(created, changed, kept)


def _store(file: SheetFile) -> None:
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
    sheet, _ = Sheet.objects.update_or_create(number=content["number"], defaults=values)
    found = list(Department.objects.filter(code__in=content["departments"]))
    missing = set(content["departments"]) - {department.code for department in found}
    if missing:
        raise UnknownDepartment(
            f"La fiche {sheet.number} cite des départements inconnus : "
            f"{', '.join(sorted(missing))}. Chargez d'abord les territoires."
        )
    sheet.departments.set(found)
    _replace_parts(sheet, content)


def _replace_parts(sheet: Sheet, content: dict[str, Any]) -> None:
    for part in (SheetLink, SheetPrice, SheetFunder, SheetFigure):
        part.objects.filter(sheet=sheet).delete()
    SheetLink.objects.bulk_create(SheetLink(sheet=sheet, link=link) for link in content["links"])
    SheetPrice.objects.bulk_create(
        SheetPrice(sheet=sheet, form=form) for form in content["price_forms"]
    )
    SheetFunder.objects.bulk_create(
        SheetFunder(sheet=sheet, **funder) for funder in content["funders"]
    )
    SheetFigure.objects.bulk_create(
        SheetFigure(
            sheet=sheet, **{name: figure[name] for name in ("label", "value", "unit", "period")}
        )
        for figure in content.get("figures", [])
    )


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
