"""`ensemblier recovery`: what an organisation gives back, worked out from a file."""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ensemblier.engines.recovery import BadCase, Case, Ground, plan, recoverable

EUROS = {
    "accorde": "granted",
    "verse": "paid",
    "rendu": "returned",
    "mal_employe": "misused",
    "justifie": "justified",
    "part_gardee": "keepable",
}
DAYS = {"debut": "starts_on", "fin": "ends_on", "manquement": "breach_on"}
GROUNDS = {
    "engagement": Ground.CER,
    "autre_emploi": Ground.MISUSE,
    "non_depense": Ground.UNSPENT,
    "sans_compte_rendu": Ground.NO_REPORT,
}


class BadFile(ValueError):
    """The file lacks something; the message says what, in French."""


def register(subparsers: Any) -> None:
    command = subparsers.add_parser(
        "recovery", help="montant d'un reversement, au prorata ou selon ce qui est justifié"
    )
    command.add_argument("file", type=Path, metavar="FICHIER.toml")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    try:
        result = answer(tomllib.loads(arguments.file.read_text(encoding="utf-8")))
    except OSError as fault:
        return _say(f"Ce fichier ne se lit pas : {fault.strerror}.")
    except UnicodeDecodeError:
        return _say("Ce fichier n'est pas du texte en UTF-8.")
    except tomllib.TOMLDecodeError as fault:
        return _say(f"Ce fichier n'est pas du TOML : {fault}.")
    except (ValueError, BadCase) as fault:
        return _say(str(fault))
    print(json.dumps(result, ensure_ascii=False, indent=2))
    return 0


def _say(message: str) -> int:
    print(message, file=sys.stderr)
    return 2


def answer(data: Mapping[str, Any]) -> dict[str, Any]:
    """One recovery: the amount, its working, and its plan when stages are asked."""
    unknown = set(data) - {"motif", "etapes", "premiere_etape", *EUROS, *DAYS}
    if unknown:
        raise BadFile(f"« {min(unknown)} » n'est pas connu.")
    if data.get("motif") not in GROUNDS:
        raise BadFile(f"« motif » est l'un de : {', '.join(GROUNDS)}.")
    fields: dict[str, Any] = {"granted": 0, "paid": 0}
    fields |= {field: _cents(data[name], name) for name, field in EUROS.items() if name in data}
    fields |= {field: _day(data[name], name) for name, field in DAYS.items() if name in data}
    found = recoverable(Case(ground=GROUNDS[data["motif"]], **fields))
    result = asdict(found) | {"sentence": found.sentence}
    if "etapes" in data:
        first = _day(data.get("premiere_etape"), "premiere_etape")
        if isinstance(data["etapes"], bool) or not isinstance(data["etapes"], int):
            raise BadFile("« etapes » est un nombre entier.")
        result["plan"] = [
            {"due_on": due.isoformat(), "cents": cents}
            for due, cents in plan(found.amount, data["etapes"], first)
        ]
    return result


def _cents(value: Any, name: str) -> int:
    """Euros written 12000, "12000,50" or "12000.50"; a TOML float is refused."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise BadFile(f'« {name} » s\'écrit en euros : 12000, ou "12000,50" entre guillemets.')
    try:
        exact = Decimal(str(value).replace(",", ".")) * 100
    except InvalidOperation as fault:
        raise BadFile(f"« {name} » n'est pas un montant.") from fault
    if not exact.is_finite() or exact != int(exact):
        raise BadFile(f"« {name} » a deux chiffres au plus après la virgule.")
    return int(exact)


def _day(value: Any, name: str) -> date:
    if not isinstance(value, date):
        raise BadFile(f"« {name} » est une date, par exemple {name} = 2027-03-31.")
    return date(value.year, value.month, value.day)
