"""The library as the tests see it: the real sheets, on the real departments."""

from ensemblier.base.territory.models import Department, Region, Zone
from ensemblier.base.territory.reference import rows_of
from ensemblier.library.actions import LoadReport, load_sheets


def make_departments() -> None:
    """Regions and departments from the committed tables, without the communes."""
    Region.objects.bulk_create(
        [Region(code=row["code"], name=row["name"]) for row in rows_of("regions.csv")],
        ignore_conflicts=True,
    )
    Department.objects.bulk_create(
        [
            Department(
                code=row["code"],
                name=row["name"],
                zone=row.get("zone") or Zone.MAINLAND,
                region_id=row["region"] or None,
            )
            for row in rows_of("departments.csv")
        ],
        ignore_conflicts=True,
    )


def make_library() -> LoadReport:
    make_departments()
    return load_sheets()
