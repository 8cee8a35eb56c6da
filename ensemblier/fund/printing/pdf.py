"""Printing with typst: tagged PDFs (PDF/UA-1) with a title and a language, made from strings."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typst

from ensemblier.base.pages.formats import moment
from ensemblier.fund.applications.models import Application
from ensemblier.fund.printing.filling import Filled, Table, amount

CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\ufeff]")
# All but the letters, signs and spaces of European languages.
STRANGE = re.compile(
    "[^\n\x20-\x7e\xa0-\u017f\u2003\u2010-\u2014\u2018-\u201d\u2022\u2026\u202f\u20ac\u2212]"
)
UNPRINTED = (
    "Certains signes (dessins, autres écritures) ne s'impriment pas : un « ? » les remplace."
)
SOURCE = Path(__file__).with_name("print.typ")


def form_pdf(filled: Filled, application: Application, *, now: datetime) -> bytes:
    """A funder's form with this file on it."""
    form = filled.form
    lead = [line for line in (form.note, _unbalanced(filled)) if line]
    parts = [_part(block, value, filled) for block, value in filled.parts]
    if filled.cuts:
        rows = [("Ces textes sont plus longs que leur place", "\n".join(filled.cuts))]
        parts.append({"kind": "facts", "title": "Textes coupés [ … ]", "rows": rows})
    facts = {
        "title": form.title,
        "author": application.organisation.name,
        "header": f"Dossier {application.number} · {application.organisation.name}",
        "footer": f"{form.source}. Imprimé le {moment(now)}.",
        "lead": lead,
        "parts": parts,
    }
    return compiled(facts, now)


def compiled(facts: dict[str, Any], now: datetime, source: Path = SOURCE) -> bytes:
    """The PDF of these facts by this template; `lead` is a list of sentences among them. A sign
    that no font has (a drawing, another script) would make it unreadable aloud: typst refuses, then
    these signs are printed as « ? », and the first page says so."""
    clean = _without(facts, CONTROLS, "")
    try:
        return _compiled(clean, now, source)
    except typst.TypstError:
        clean = {**clean, "lead": [*clean["lead"], UNPRINTED]}
    return _compiled(_without(clean, STRANGE, "?"), now, source)


def _without(value: Any, signs: re.Pattern[str], instead: str) -> Any:
    """The same facts, each text without these signs."""
    if isinstance(value, str):
        return signs.sub(instead, value)
    if isinstance(value, dict):
        return {name: _without(part, signs, instead) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_without(part, signs, instead) for part in value]
    return value


def _compiled(facts: dict[str, Any], now: datetime, source: Path) -> bytes:
    return typst.compile(
        str(source),
        format="pdf",
        sys_inputs={"data": json.dumps(facts, ensure_ascii=False)},
        pdf_standards="ua-1",
        timestamp=int(now.astimezone(UTC).timestamp()),
    )


def amounts_part(title: str, found: Table, unit: int) -> dict[str, Any]:
    """One side of the budget as the page prints it."""
    rows = [
        {"label": row.label, "depth": row.depth, "amount": amount(row.units, unit), "kind": kind}
        for row, kind in found.lines()
    ]
    return {"kind": "amounts", "title": title, "rows": rows}


def _part(block: Any, value: Any, filled: Filled) -> dict[str, Any]:
    if block.kind == "facts":
        return {"kind": "facts", "title": block.title, "rows": value}
    if block.kind == "text":
        return {"kind": "text", "title": block.title, "text": value}
    return amounts_part(block.title, value, filled.form.unit)


def _unbalanced(filled: Filled) -> str:
    if not filled.gap:
        return ""
    return "Ce budget n'est pas équilibré : charges et produits n'ont pas le même total."
