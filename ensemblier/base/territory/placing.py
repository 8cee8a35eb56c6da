"""Places the rows of official lists on the communes of today; writes nothing."""

from collections.abc import Iterable, Mapping
from datetime import date

from ensemblier.base.territory.geometry import box
from ensemblier.base.territory.models import (
    Commune,
    FormerCommune,
    QpvPerimeter,
    Zoning,
    ZoningKind,
    ZoningVersion,
)
from ensemblier.base.territory.official_files import FrrRow, QpvRow, Rejected


def todays_codes() -> dict[str, str]:
    """Every code, current or former, to the commune of today."""
    codes = dict(FormerCommune.objects.values_list("code", "commune_id"))
    return codes | {pk: pk for pk in Commune.objects.current().values_list("pk", flat=True)}


def place_frr(
    rows: Iterable[FrrRow], communes: Mapping[str, str]
) -> tuple[dict[tuple[str, ZoningKind], list[tuple[FrrRow, bool]]], list[Rejected]]:
    """Rows by commune of today and kind. With each: whether all rows of the commune agree."""
    by_commune: dict[str, list[FrrRow]] = {}
    unknown = []
    for row in rows:
        if row.code not in communes:
            unknown.append(Rejected(row.line, row.code, "Aucune commune ne porte ce code."))
        else:
            by_commune.setdefault(communes[row.code], []).append(row)
    placed: dict[tuple[str, ZoningKind], list[tuple[FrrRow, bool]]] = {}
    for commune, found in by_commune.items():
        agree = len({row.meaning.kind for row in found}) == 1
        for row in found:
            if row.meaning.kind:
                placed.setdefault((commune, row.meaning.kind), []).append((row, agree))
    return placed, unknown


def frr_zoning(
    version: ZoningVersion,
    commune: str,
    kind: ZoningKind,
    found: list[tuple[FrrRow, bool]],
    beneficiaries_until: date,
) -> Zoning:
    """One zoning; merged communes that were not classed alike are classed in part."""
    rows = [row for row, _ in found]
    until = version.valid_to
    if all(row.meaning.is_beneficiary for row in rows):
        until = min(beneficiaries_until, until or beneficiaries_until)
    return Zoning(
        kind=kind,
        code=kind.value,
        label=rows[0].wording[:200],
        commune_id=commune,
        version=version,
        is_partial=any(row.meaning.is_partial or not agree for row, agree in found),
        valid_from=version.valid_from,
        valid_to=until,
    )


def qpv_zonings(version: ZoningVersion, row: QpvRow, codes: Mapping[str, str]) -> list[Zoning]:
    """One zoning for each commune of a district: a QPV covers a part of it only."""
    return [
        Zoning(
            kind=ZoningKind.QPV,
            code=row.code,
            label=row.name,
            commune_id=commune,
            version=version,
            is_partial=True,
            valid_from=version.valid_from,
            valid_to=version.valid_to,
        )
        for commune in sorted({codes[code] for code in row.communes if code in codes})
    ]


def perimeter(version: ZoningVersion, row: QpvRow) -> QpvPerimeter:
    """The outline of a district, with the box that finds it fast."""
    west, south, east, north = box(row.polygons)
    return QpvPerimeter(
        code=row.code,
        name=row.name,
        version=version,
        polygons=row.polygons,
        west=west,
        south=south,
        east=east,
        north=north,
        valid_from=version.valid_from,
        valid_to=version.valid_to,
    )
