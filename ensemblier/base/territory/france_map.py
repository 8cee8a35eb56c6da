"""The map of France by department, drawn by the map component of the pages."""

import json
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from ensemblier.base.pages.charts import Inset, Shape, TerritoryMap
from ensemblier.base.territory.projection import HEIGHT, INSETS, MAINLAND, WIDTH
from ensemblier.base.territory.reference import DATA, rows_of

VIEW_BOX = f"0 0 {WIDTH} {HEIGHT}"
MAINLAND_BOX = f"0 0 {WIDTH} {MAINLAND.y + MAINLAND.height + 5:g}"


class Outline(NamedTuple):
    """A department drawn flat: its SVG path and a point inside it for a label or a pin."""

    code: str
    name: str
    path: str
    x: float
    y: float


@cache
def outlines() -> tuple[Outline, ...]:
    """The 101 departments, in the coordinates of `projection.project`."""
    names = {row["code"]: row["name"] for row in rows_of("departments.csv")}
    drawn = json.loads((DATA / "outlines.json").read_text(encoding="utf-8"))["departments"]
    return tuple(Outline(d["code"], names[d["code"]], d["path"], d["x"], d["y"]) for d in drawn)


def department_map(
    *,
    numbers: Mapping[str, int],
    sentence: str,
    links: Mapping[str, str] | None = None,
    unit: str = "",
    measure: str = "Nombre",
) -> TerritoryMap:
    """A map in tints from numbers by department code; `links` makes departments clickable."""
    links = links or {}
    shapes = {
        outline.code: Shape(
            outline.path,
            f"{outline.name} ({outline.code})",
            numbers.get(outline.code, 0),
            links.get(outline.code, ""),
        )
        for outline in outlines()
    }
    insets = [Inset(frame.name, [shapes[code]], frame.view_box) for code, frame in INSETS.items()]
    return TerritoryMap(
        shapes=[shape for code, shape in shapes.items() if code not in INSETS],
        sentence=sentence,
        view_box=MAINLAND_BOX,
        insets=insets,
        unit=unit,
        heading="Département",
        measure=measure,
    )
