"""A funder's form read from TOML, checked so that no amount is lost or counted twice."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ensemblier.base.refusal import Refusal
from ensemblier.engines.budget import CHARGE, FORMS, FUND_CODE, RESOURCE
from ensemblier.engines.printing_lines import UNITS, Row, codes_of

DATA = Path(__file__).with_name("data")
KINDS = ("facts", "text", "table")
# What a line may show of the file: the name written in a template, what it is.
FIGURES = {
    "organisation": "nom de l'organisation",
    "siret": "SIRET ou numéro RNA",
    "numero": "numéro du dossier",
    "appel": "titre de l'appel",
    "titre": "titre du projet",
    "debut": "début du projet",
    "annees": "années demandées",
    "commune": "commune du projet",
    "personnes": "nombre de personnes concernées",
    "cout": "coût du projet",
    "demande": "montant demandé au fonds",
    "taux": "part du coût demandée au fonds",
    "region": "montant demandé à la région (ligne 74R)",
    "manque": "ce qui manque une fois les autres ressources placées",
    "resume": "résumé du projet",
    "besoins": "besoins auxquels il répond",
    "participation": "comment les personnes participent",
    "territoire": "ancrage local",
    "avenir": "comment le projet tiendra dans cinq ans",
    "qualite": "qualité et origine des produits",
    "sollicitee": "phrase du formulaire : la subvention demandée et sa part du total",
}
DEEPEST = 2


class WrongTemplate(Refusal):
    """A form that cannot be printed: what is wrong, and where."""


@dataclass(frozen=True)
class Block:
    """A part of the form: facts (label, figure, longest), a text, or a side of the budget."""

    kind: str
    title: str
    lines: tuple[tuple[str, str, int], ...] = ()
    text: str = ""
    most: int = 0
    side: str = ""
    total: str = ""
    rows: tuple[Row, ...] = ()
    in_kind_title: str = ""
    in_kind: tuple[Row, ...] = ()


@dataclass(frozen=True)
class Form:
    """A funder's form."""

    key: str
    title: str
    note: str
    source: str
    unit: int
    blocks: tuple[Block, ...]


def read(text: str) -> Form:
    """The form written in this TOML, or a refusal that says what to mend."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise WrongTemplate(f"Ce modèle ne se lit pas : {error}.", field="source") from error
    _known(data, {"key", "title", "note", "source", "unit", "blocks"}, "le modèle")
    key, title = _text(data, "key", "le modèle"), _text(data, "title", "le modèle")
    if not re.fullmatch(r"[a-z0-9-]{2,40}", key):
        _wrong(
            f"« key » : « {key} » ne convient pas. Écrivez des lettres minuscules et des tirets."
        )
    unit = data.get("unit", "euro")
    if unit not in UNITS:
        _wrong(f"« unit » : écrivez {', '.join(UNITS)}.")
    rows = data.get("blocks")
    if not isinstance(rows, list) or not rows:
        _wrong("Il manque au moins un [[blocks]].")
    blocks = tuple(_block(row, rank) for rank, row in enumerate(rows, start=1))
    _check_whole(blocks)
    note, source = _text(data, "note", "le modèle", ""), _text(data, "source", "le modèle", "")
    return Form(key, title[:160], note, source, UNITS[unit], blocks)


def house_forms() -> dict[str, Form]:
    """The forms that come with the house, by their key."""
    found = [read(path.read_text()) for path in sorted(DATA.glob("*.toml"))]
    return {form.key: form for form in found}


def source_of(key: str) -> str:
    """The text of a form of the house, to start another from; "" when there is none."""
    path = DATA / f"{key}.toml"
    return path.read_text() if path.name in {found.name for found in DATA.glob("*.toml")} else ""


def _block(row: Any, rank: int) -> Block:
    where = f"le bloc {rank}"
    if not isinstance(row, dict):
        _wrong(f"Dans {where} : ce n'est pas un bloc.")
    kind, title = _text(row, "kind", where), _text(row, "title", where)
    if kind not in KINDS:
        _wrong(f"Dans {where} : « kind » est {', '.join(KINDS)}.")
    if kind == "facts":
        _known(row, {"kind", "title", "lines"}, where)
        lines = tuple(_line(line, where) for line in row.get("lines", ()))
        return Block(kind, title, lines=lines)
    if kind == "text":
        _known(row, {"kind", "title", "text", "max"}, where)
        return Block(kind, title, text=_figure(row, "text", where), most=_most(row, where))
    return _table(row, title, where)


def _table(row: dict[str, Any], title: str, where: str) -> Block:
    known = {"kind", "title", "side", "total", "rows", "in_kind_title", "in_kind"}
    _known(row, known, where)
    side = _text(row, "side", where)
    if side not in (CHARGE, RESOURCE):
        _wrong(f"Dans {where} : « side » est « {CHARGE} » ou « {RESOURCE} ».")
    return Block(
        "table",
        title,
        side=side,
        total=_text(row, "total", where, "Total"),
        rows=_rows(row.get("rows", ()), where, 0),
        in_kind_title=_text(row, "in_kind_title", where, "Contributions en nature"),
        in_kind=_rows(row.get("in_kind", ()), where, 0),
    )


def _rows(rows: Any, where: str, depth: int) -> tuple[Row, ...]:
    if not isinstance(rows, list | tuple) or depth > DEEPEST:
        _wrong(f"Dans {where} : les lignes sont une liste, sur deux niveaux au plus.")
    found = []
    for row in rows:
        if not isinstance(row, dict):
            _wrong(f"Dans {where} : chaque ligne s'écrit {{ label = …, codes = […] }}.")
        _known(row, {"label", "codes", "rows", "by_payer"}, where)
        label, codes = _text(row, "label", where), row.get("codes", [])
        if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
            _wrong(f'Dans {where}, ligne « {label} » : « codes » est une liste comme ["60"].')
        under = _rows(row.get("rows", ()), where, depth + 1)
        if bool(under) == bool(codes):
            _wrong(f"Dans {where}, ligne « {label} » : donnez « codes » ou « rows ».")
        found.append(Row(label, tuple(codes), under, row.get("by_payer") is True))
    return tuple(found)


def _check_whole(blocks: tuple[Block, ...]) -> None:
    """Each line of the Cerfa goes somewhere, once: this is why totals hold."""
    tables = [block for block in blocks if block.kind == "table"]
    if sorted(block.side for block in tables) != [CHARGE, RESOURCE]:
        _wrong("Un formulaire a deux tableaux : un « charge » et un « resource ».")
    for block in tables:
        for in_kind, rows in ((False, block.rows), (True, block.in_kind)):
            _check_codes(block.title, _wanted(block.side, in_kind), codes_of(rows))


def _wanted(side: str, in_kind: bool) -> set[str]:
    lines = [line for line in FORMS[-1].lines if (line.side, line.in_kind) == (side, in_kind)]
    fund = {FUND_CODE} if side == RESOURCE and not in_kind else set()
    return {line.code for line in lines} | fund


def _check_codes(title: str, wanted: set[str], codes: list[str]) -> None:
    twice = sorted(code for code, count in Counter(codes).items() if count > 1)
    lost, unknown = sorted(wanted - set(codes)), sorted(set(codes) - wanted)
    if twice:
        _wrong(f"« {title} » : {', '.join(twice)} est compté deux fois.")
    if lost:
        _wrong(
            f"« {title} » : {', '.join(lost)} n'est dans aucune ligne, son montant serait perdu."
        )
    if unknown:
        _wrong(f"« {title} » : {', '.join(unknown)} n'est pas une ligne de ce côté du Cerfa.")


def _line(row: Any, where: str) -> tuple[str, str, int]:
    if not isinstance(row, dict):
        _wrong(f"Dans {where} : chaque ligne s'écrit {{ label = …, figure = … }}.")
    _known(row, {"label", "figure", "max"}, where)
    return _text(row, "label", where), _figure(row, "figure", where), _most(row, where)


def _figure(row: dict[str, Any], name: str, where: str) -> str:
    figure = _text(row, name, where)
    if figure not in FIGURES:
        _wrong(f"Dans {where} : « {figure} » est inconnu. Choisissez parmi {', '.join(FIGURES)}.")
    return figure


def _most(row: dict[str, Any], where: str) -> int:
    most = row.get("max", 0)
    if isinstance(most, bool) or not isinstance(most, int) or (most and not 20 <= most <= 20_000):
        _wrong(f"Dans {where} : « max » est un nombre de signes, de 20 à 20 000.")
    return int(most)


def _text(row: dict[str, Any], name: str, where: str, otherwise: str | None = None) -> str:
    value = row.get(name, otherwise)
    if not isinstance(value, str) or (otherwise is None and not value.strip()):
        _wrong(f"Dans {where} : il manque « {name} », un texte entre guillemets.")
    return str(value).strip()


def _known(row: dict[str, Any], names: set[str], where: str) -> None:
    if unknown := sorted(set(row) - names):
        _wrong(f"Dans {where} : « {unknown[0]} » n'est pas attendu.")


def _wrong(sentence: str) -> None:
    raise WrongTemplate(sentence, field="source")
