"""Reads the official lists of zonings; what cannot be read is told in French, line by line."""

import csv
import gzip
import hashlib
import io
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ensemblier.base.refusal import Refusal
from ensemblier.base.territory.geometry import Polygon
from ensemblier.base.territory.models import ZoningKind

LARGEST = 200_000_000  # bytes, once decompressed
RING = 4  # points of the smallest closed ring
FRR_COLUMNS = ("code_insee", "classement")


class FileRefused(Refusal):
    """The file is not the list expected, or cannot be read."""


class Rejected(NamedTuple):
    """A row left aside, with its number in the file and why."""

    line: int
    code: str
    reason: str


class FrrClass(NamedTuple):
    """What a wording of the list means. A beneficiary keeps the help for a limited time."""

    kind: ZoningKind | None
    is_partial: bool = False
    is_beneficiary: bool = False


FRR_CLASSES = {
    "non classée": FrrClass(None),
    "frr socle": FrrClass(ZoningKind.FRR),
    "frr bénéficiaire": FrrClass(ZoningKind.FRR, is_beneficiary=True),
    "frr+": FrrClass(ZoningKind.FRR_PLUS),
    "classée frr partiellement": FrrClass(ZoningKind.FRR, is_partial=True),
    "frr bénéficiaire partiellement": FrrClass(
        ZoningKind.FRR, is_partial=True, is_beneficiary=True
    ),
}


class FrrRow(NamedTuple):
    line: int
    code: str
    wording: str
    meaning: FrrClass


class QpvRow(NamedTuple):
    line: int
    code: str
    name: str
    communes: tuple[str, ...]
    polygons: list[Polygon]


def read_bytes(path: Path) -> tuple[bytes, str]:
    """The content, decompressed if need be, and the SHA-256 of the file as given."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise FileRefused(
            f"Le fichier {path} ne s'ouvre pas. Vérifiez son nom et ses droits."
        ) from error
    digest = hashlib.sha256(raw).hexdigest()
    if raw[:2] == b"\x1f\x8b":
        raw = _gunzip(raw, path)
    if len(raw) > LARGEST:
        raise FileRefused(f"Le fichier {path.name} dépasse {LARGEST // 1_000_000} Mo.")
    return raw, digest


def _gunzip(raw: bytes, path: Path) -> bytes:
    try:
        with gzip.open(io.BytesIO(raw)) as file:
            return file.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise FileRefused(
            f"Le fichier {path.name} est abîmé : il ne se décompresse pas. "
            "Téléchargez-le de nouveau."
        ) from error


def read_frr(raw: bytes) -> tuple[list[FrrRow], list[Rejected]]:
    """Rows of the FRR list (CSV with semicolons), and those that say nothing clear."""
    lines = csv.reader(io.StringIO(_text(raw), newline=""), delimiter=";")
    code_at, class_at = _frr_columns(next(lines, []))
    rows: list[FrrRow] = []
    rejected: list[Rejected] = []
    seen: dict[str, int] = {}
    for cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        line = lines.line_num
        code = cells[code_at].strip().upper() if code_at < len(cells) else ""
        wording = cells[class_at].strip() if class_at < len(cells) else ""
        reason = _why_not_frr(code, wording, seen)
        if reason:
            rejected.append(Rejected(line, code, reason))
            continue
        seen[code] = line
        rows.append(FrrRow(line, code, wording, FRR_CLASSES[wording.casefold()]))
    return rows, rejected


def _text(raw: bytes) -> str:
    if raw[:2] == b"PK":
        raise FileRefused("C'est un classeur (xlsx ou ods). Enregistrez la feuille en CSV.")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileRefused("Ce fichier n'est pas du texte. Donnez la liste FRR au format CSV.")


def _frr_columns(header: list[str]) -> tuple[int, int]:
    names = [name.strip().casefold() for name in header]
    places = []
    for wanted in FRR_COLUMNS:
        found = [place for place, name in enumerate(names) if name.startswith(wanted)]
        if not found:
            raise FileRefused(
                f"La colonne « {wanted} » manque à la première ligne. Donnez la liste FRR "
                "officielle au format CSV, avec des points-virgules."
            )
        places.append(found[0])
    return places[0], places[1]


def _why_not_frr(code: str, wording: str, seen: dict[str, int]) -> str:
    if not code:
        return "Le code INSEE est vide."
    if code in seen:
        return f"Ce code est déjà à la ligne {seen[code]}."
    if wording.casefold() not in FRR_CLASSES:
        return f"Le classement « {wording} » est inconnu."
    return ""


def read_qpv(raw: bytes) -> tuple[list[QpvRow], list[Rejected]]:
    """Districts of a QPV list, as GeoJSON or as the compact list, and those without outline."""
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise FileRefused(
            "Ce fichier n'est pas du JSON. Donnez la liste des QPV en JSON."
        ) from error
    rows: list[QpvRow] = []
    rejected: list[Rejected] = []
    seen: dict[str, int] = {}
    for line, entry in enumerate(_entries(content), start=1):
        code, name, communes, shape = entry
        polygons = _polygons(shape)
        reason = _why_not_qpv(code, polygons, seen)
        if reason:
            rejected.append(Rejected(line, code, reason))
            continue
        seen[code] = line
        rows.append(QpvRow(line, code, name[:200], communes, polygons))
    return rows, rejected


def _entries(content: Any) -> Iterator[tuple[str, str, tuple[str, ...], Any]]:
    if isinstance(content, dict) and isinstance(content.get("qpvs"), list):
        for one in content["qpvs"]:
            one = one if isinstance(one, dict) else {}
            yield _said(one, "code"), _said(one, "label"), _codes(one.get("insee")), one.get("g")
        return
    if isinstance(content, dict) and isinstance(content.get("features"), list):
        for feature in content["features"]:
            feature = feature if isinstance(feature, dict) else {}
            facts = feature.get("properties") or {}
            codes = _codes(facts.get("insee_com"))
            yield _said(facts, "code_qp"), _said(facts, "lib_qp"), codes, feature.get("geometry")
        return
    raise FileRefused(
        "Ce JSON n'est pas une liste de QPV : il y faut « features » (GeoJSON) ou « qpvs »."
    )


def _said(facts: dict[str, Any], key: str) -> str:
    return str(facts.get(key) or "").strip()


def _codes(value: Any) -> tuple[str, ...]:
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value or "")
    return tuple(dict.fromkeys(re.findall(r"\w{5}", text.upper())))


def _polygons(shape: Any) -> list[Polygon]:
    """Polygons of a GeoJSON geometry or of bare coordinates; none when anything is amiss."""
    if isinstance(shape, dict):
        kind, shape = shape.get("type"), shape.get("coordinates")
        shape = [shape] if kind == "Polygon" else shape
    try:
        polygons = [[[_point(p) for p in ring] for ring in polygon] for polygon in shape]
    except (TypeError, ValueError):
        return []
    whole = all(polygon and all(len(ring) >= RING for ring in polygon) for polygon in polygons)
    return polygons if whole else []


def _point(pair: Any) -> list[float]:
    lon, lat = (float(value) for value in pair[:2])
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError("outside the world")
    return [lon, lat]


def _why_not_qpv(code: str, polygons: list[Polygon], seen: dict[str, int]) -> str:
    if not code or len(code) > 12:
        return "Le code du quartier est vide ou trop long."
    if code in seen:
        return f"Ce quartier est déjà au rang {seen[code]}."
    if not polygons:
        return "Le contour est absent ou n'est pas fait de longitudes et de latitudes."
    return ""
