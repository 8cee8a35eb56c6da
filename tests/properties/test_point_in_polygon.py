"""A place is inside an outline or not: rectangles, holes, convex shapes, and the box."""

from math import cos, pi, sin

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ensemblier.base.territory.geometry import (
    box,
    inside_ring,
    point_in_polygon,
    point_in_polygons,
)

degrees = st.floats(-60, 60, allow_nan=False, width=32)
TINY = 1e-9  # degrees: a tenth of a millimetre, what floats may lose on a side
sizes = st.floats(0.01, 20, allow_nan=False)


def rectangle(west: float, south: float, width: float, height: float) -> list[list[float]]:
    east, north = west + width, south + height
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


@given(degrees, degrees, sizes, sizes, degrees, degrees)
def test_a_rectangle_holds_exactly_what_its_sides_say(
    west: float, south: float, width: float, height: float, lon: float, lat: float
) -> None:
    ring = rectangle(west, south, width, height)
    east, north = west + width, south + height
    assume(lon not in (west, east) and lat not in (south, north))
    assert inside_ring(lon, lat, ring) == (west < lon < east and south < lat < north)


@given(st.integers(3, 40), degrees, degrees, sizes, st.floats(0, 2 * pi), st.floats(0.01, 3))
def test_a_regular_shape_holds_its_inner_circle_and_nothing_past_its_outer_one(
    sides: int, lon: float, lat: float, radius: float, angle: float, share: float
) -> None:
    ring = [
        [lon + radius * cos(2 * pi * k / sides), lat + radius * sin(2 * pi * k / sides)]
        for k in range(sides)
    ]
    x, y = lon + share * radius * cos(angle), lat + share * radius * sin(angle)
    inner = cos(pi / sides)
    assume(not inner * 0.99 < share < 1.01)
    assert point_in_polygon(x, y, [[*ring, ring[0]]]) == (share < inner)


@given(degrees, degrees, sizes, sizes, st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_what_is_in_a_hole_is_outside(
    west: float, south: float, width: float, height: float, across: float, up: float
) -> None:
    outer = rectangle(west, south, width, height)
    hole = rectangle(west + width / 4, south + height / 4, width / 2, height / 2)
    lon, lat = west + across * width, south + up * height
    assume(all(abs(share - edge) > 1e-3 for share in (across, up) for edge in (0.25, 0.75)))
    in_hole = 0.25 < across < 0.75 and 0.25 < up < 0.75
    assert point_in_polygon(lon, lat, [outer, hole]) == (not in_hole)


@given(
    st.lists(st.tuples(degrees, degrees), min_size=3, max_size=12, unique=True), degrees, degrees
)
def test_direction_and_starting_point_do_not_matter_and_the_box_holds_all(
    points: list[tuple[float, float]], lon: float, lat: float
) -> None:
    ring = [*points, points[0]]
    turned = [*points[1:], *points[:2]]
    answer = inside_ring(lon, lat, ring)
    west, south, east, north = box([[ring]])
    assert inside_ring(lon, lat, turned) == answer
    assert not answer or (west - TINY <= lon <= east and south <= lat <= north)


@given(degrees, degrees, sizes)
def test_a_place_belongs_to_one_of_two_neighbours_and_never_to_both(
    west: float, south: float, size: float
) -> None:
    """Two districts that share a side: a place on that side is in one only."""
    left = [rectangle(west, south, size, size)]
    right = [rectangle(left[0][1][0], south, size, size)]
    lon, lat = left[0][1][0], south + size / 2
    assert point_in_polygon(lon, lat, left) + point_in_polygon(lon, lat, right) == 1
    assert point_in_polygons(lon, lat, [left, right])


@pytest.mark.parametrize("polygons", [[], ()])
def test_nothing_holds_nothing(polygons: list) -> None:
    assert not point_in_polygons(0, 0, polygons)
