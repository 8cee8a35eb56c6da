"""From longitude and latitude to the points of the flat map of France, overseas in insets."""

from math import cos, log, pi, radians, sin, tan
from typing import NamedTuple

WIDTH = 600
HEIGHT = 680


class Frame(NamedTuple):
    """A rectangle of the map and the part of the world drawn inside it."""

    name: str
    west: float
    south: float
    east: float
    north: float
    x: float
    y: float
    width: float
    height: float

    @property
    def view_box(self) -> str:
        """The frame alone, as an SVG view box."""
        return f"{self.x:g} {self.y:g} {self.width:g} {self.height:g}"

    def holds(self, lon: float, lat: float) -> bool:
        """Say whether a place of the world belongs to this frame."""
        return self.west <= lon <= self.east and self.south <= lat <= self.north


MAINLAND = Frame("Hexagone et Corse", -5.3, 41.2, 9.7, 51.2, 5, 5, 590, 560)
INSETS = {
    "971": Frame("Guadeloupe", -61.85, 15.8, -60.95, 16.55, 5, 575, 110, 100),
    "972": Frame("Martinique", -61.3, 14.35, -60.75, 14.92, 125, 575, 110, 100),
    "973": Frame("Guyane", -54.7, 2.0, -51.5, 5.9, 245, 575, 110, 100),
    "974": Frame("La Réunion", 55.15, -21.45, 55.9, -20.8, 365, 575, 110, 100),
    "976": Frame("Mayotte", 44.95, -13.05, 45.35, -12.58, 485, 575, 110, 100),
}

# Lambert conic, conformal, on a sphere: the parallels and meridian of the French official frame.
_PARALLEL_1, _PARALLEL_2, _ORIGIN = radians(44), radians(49), radians(46.5)
_MERIDIAN = radians(3)
_CONE = log(cos(_PARALLEL_1) / cos(_PARALLEL_2)) / log(
    tan(pi / 4 + _PARALLEL_2 / 2) / tan(pi / 4 + _PARALLEL_1 / 2)
)
_SCALE = cos(_PARALLEL_1) * tan(pi / 4 + _PARALLEL_1 / 2) ** _CONE / _CONE
_RADIUS_AT_ORIGIN = _SCALE / tan(pi / 4 + _ORIGIN / 2) ** _CONE

# Extent of mainland France and Corsica in that plane (radii of the Earth).
_LEFT, _RIGHT, _BOTTOM, _TOP = -0.0945, 0.0854, -0.0874, 0.0806


def project(lon: float, lat: float) -> tuple[float, float] | None:
    """Give the point of the map for a place, or None when the map does not show it."""
    if MAINLAND.holds(lon, lat):
        return _project_mainland(lon, lat)
    for frame in INSETS.values():
        if frame.holds(lon, lat):
            return _project_inset(frame, lon, lat)
    return None


def _project_mainland(lon: float, lat: float) -> tuple[float, float]:
    radius = _SCALE / tan(pi / 4 + radians(lat) / 2) ** _CONE
    angle = _CONE * (radians(lon) - _MERIDIAN)
    plane_x, plane_y = radius * sin(angle), _RADIUS_AT_ORIGIN - radius * cos(angle)
    unit = min(MAINLAND.width / (_RIGHT - _LEFT), MAINLAND.height / (_TOP - _BOTTOM))
    margin = (MAINLAND.width - unit * (_RIGHT - _LEFT)) / 2
    return MAINLAND.x + margin + (plane_x - _LEFT) * unit, MAINLAND.y + (_TOP - plane_y) * unit


def _project_inset(frame: Frame, lon: float, lat: float) -> tuple[float, float]:
    squeeze = cos(radians((frame.south + frame.north) / 2))
    world_width, world_height = (frame.east - frame.west) * squeeze, frame.north - frame.south
    unit = min(frame.width / world_width, frame.height / world_height)
    margin_x = (frame.width - unit * world_width) / 2
    margin_y = (frame.height - unit * world_height) / 2
    return (
        frame.x + margin_x + (lon - frame.west) * squeeze * unit,
        frame.y + margin_y + (frame.north - lat) * unit,
    )
