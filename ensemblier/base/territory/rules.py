"""What the law says of a place on a day: its zonings. Reads only, never writes."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from ensemblier.base.territory.geometry import point_in_polygons
from ensemblier.base.territory.models import Commune, QpvPerimeter, Zoning, ZoningKind

OVERSEAS_REFERENCE = "Constitution, articles 73 et 74"


class PlaceZoning(NamedTuple):
    """One zoning of a place, with the list it comes from."""

    kind: ZoningKind
    code: str
    label: str
    is_partial: bool
    version: str
    legal_reference: str


def zonings_of(commune: Commune, day: date) -> list[PlaceZoning]:
    """Every zoning of a commune that day; being overseas follows from its department."""
    return zonings_by_commune([commune], day)[commune.pk]


def zonings_by_commune(communes: Sequence[Commune], day: date) -> dict[str, list[PlaceZoning]]:
    """The zonings of several communes that day, in one query."""
    found: dict[str, list[PlaceZoning]] = {commune.pk: [] for commune in communes}
    rows = Zoning.objects.on(day).filter(commune__in=list(found)).select_related("version")
    for row in rows.order_by("kind", "code"):
        place = PlaceZoning(
            ZoningKind(row.kind),
            row.code,
            row.label,
            row.is_partial,
            row.version.name,
            row.version.legal_reference,
        )
        found[row.commune_id].append(place)
    for commune in communes:
        if commune.department.is_overseas:
            found[commune.pk].append(_overseas(commune))
    return found


def _overseas(commune: Commune) -> PlaceZoning:
    department = commune.department
    return PlaceZoning(
        ZoningKind.OVERSEAS, department.code, department.name, False, "", OVERSEAS_REFERENCE
    )


def in_short(zonings: Sequence[PlaceZoning]) -> list[str]:
    """A few words for each kind: « FRR+ », « 3 quartiers prioritaires (QPV) », « outre-mer »."""
    words = []
    districts = sum(zoning.kind == ZoningKind.QPV for zoning in zonings)
    if districts:
        many = "s" if districts > 1 else ""
        words.append(f"{districts} quartier{many} prioritaire{many} (QPV)")
    for zoning in zonings:
        if zoning.kind in (ZoningKind.FRR, ZoningKind.FRR_PLUS):
            name = "FRR+" if zoning.kind == ZoningKind.FRR_PLUS else "FRR"
            words.append(f"{name} (en partie)" if zoning.is_partial else name)
        elif zoning.kind == ZoningKind.OVERSEAS:
            words.append("outre-mer")
    return words


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
