"""What the law says of a place on a day: its zonings. Reads only, never writes."""

from datetime import date
from typing import NamedTuple

from ensemblier.base.territory.geometry import point_in_polygons
from ensemblier.base.territory.models import Commune, QpvPerimeter, Zoning, ZoningKind

OVERSEAS_REFERENCE = "Constitution, articles 73 et 74"


class Zone(NamedTuple):
    """One zoning of a place, with the list it comes from."""

    kind: ZoningKind
    code: str
    label: str
    is_partial: bool
    version: str
    legal_reference: str


def zonings_of(commune: Commune, day: date) -> list[Zone]:
    """Every zoning of a commune that day; being overseas follows from its department."""
    rows = Zoning.objects.on(day).filter(commune=commune).select_related("version")
    found = [
        Zone(
            ZoningKind(row.kind),
            row.code,
            row.label,
            row.is_partial,
            row.version.name,
            row.version.legal_reference,
        )
        for row in rows.order_by("kind", "code")
    ]
    if commune.department.is_overseas:
        department = commune.department
        found.append(
            Zone(
                ZoningKind.OVERSEAS, department.code, department.name, False, "", OVERSEAS_REFERENCE
            )
        )
    return found


def is_frr(commune: Commune, day: date) -> bool:
    """In France ruralités revitalisation, the « plus » level included."""
    kinds = (ZoningKind.FRR, ZoningKind.FRR_PLUS)
    return Zoning.objects.on(day).filter(commune=commune, kind__in=kinds).exists()


def qpv_at(lon: float, lat: float, day: date) -> QpvPerimeter | None:
    """The priority district that holds a place that day, or None."""
    for district in QpvPerimeter.objects.on(day).around(lon, lat).order_by("code"):
        if point_in_polygons(lon, lat, district.polygons):
            return district
    return None
