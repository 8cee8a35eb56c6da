"""Plane geometry on longitudes and latitudes: is a place inside an outline? Pure."""

from collections.abc import Iterable, Sequence

Point = Sequence[float]
Ring = Sequence[Point]
Polygon = Sequence[Ring]


def inside_ring(lon: float, lat: float, ring: Ring) -> bool:
    """Ray casting: a ray to the east crosses the ring an odd number of times."""
    inside = False
    for (x1, y1), (x2, y2) in zip(ring, (*ring[1:], ring[0]), strict=True):
        if (y1 > lat) != (y2 > lat) and lon < x1 + (lat - y1) * (x2 - x1) / (y2 - y1):
            inside = not inside
    return inside


def point_in_polygon(lon: float, lat: float, polygon: Polygon) -> bool:
    """In the outer ring and in none of the holes."""
    outer, *holes = polygon
    return inside_ring(lon, lat, outer) and not any(inside_ring(lon, lat, hole) for hole in holes)


def point_in_polygons(lon: float, lat: float, polygons: Iterable[Polygon]) -> bool:
    """In one of several pieces."""
    return any(point_in_polygon(lon, lat, polygon) for polygon in polygons)


def box(polygons: Iterable[Polygon]) -> tuple[float, float, float, float]:
    """West, south, east, north of several pieces."""
    points = [point for polygon in polygons for point in polygon[0]]
    lons, lats = [p[0] for p in points], [p[1] for p in points]
    return min(lons), min(lats), max(lons), max(lats)
