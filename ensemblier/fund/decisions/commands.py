"""`ensemblier scenario`: share the envelopes written in a file, and print what each file gets."""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Any

from ensemblier.engines.scenarios import Ask, Candidate, Outcome, Purse, Rule, Terms, share


class BadFile(ValueError):
    """The file lacks something; the message says what, in French."""


def register(subparsers: Any) -> None:
    command = subparsers.add_parser(
        "scenario", help="partage des enveloppes entre des dossiers, selon une règle"
    )
    command.add_argument("file", type=Path, metavar="FICHIER.toml")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    try:
        data = tomllib.loads(arguments.file.read_text(encoding="utf-8"))
        result = answer(data)
    except OSError as fault:
        print(f"Ce fichier ne se lit pas : {fault.strerror}.", file=sys.stderr)
        return 2
    except UnicodeDecodeError:
        print("Ce fichier n'est pas du texte en UTF-8.", file=sys.stderr)
        return 2
    except tomllib.TOMLDecodeError as fault:
        print(f"Ce fichier n'est pas du TOML : {fault}.", file=sys.stderr)
        return 2
    except ValueError as fault:
        print(str(fault), file=sys.stderr)
        return 2
    print(json.dumps(result, ensure_ascii=False, indent=2))
    return 0


def answer(data: Mapping[str, Any]) -> dict[str, Any]:
    """Every scenario of the file, on its files and envelopes."""
    files = [_candidate(row) for row in rows_of(data, "dossier")]
    numbers = [file.number for file in files]
    if len(set(numbers)) < len(numbers):
        raise BadFile("Deux dossiers portent le même numéro.")
    purses = [_purse(rank, row) for rank, row in enumerate(rows_of(data, "enveloppe"), start=1)]
    terms = _terms(data.get("appel", {}))
    return {
        "scenarios": [
            _told(row, share(files, purses, terms, rule := _rule(row), _pins(row)), rule, purses)
            for row in rows_of(data, "scenario")
        ]
    }


def rows_of(data: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rows = data.get(name)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or not rows:
        raise BadFile(f"Le fichier décrit au moins un [[{name}]].")
    return rows


def cents_of(value: Any, where: str) -> int:
    """Euros, whole or "1234.56", as cents."""
    try:
        if isinstance(value, bool | float):
            raise InvalidOperation
        cents = Decimal(str(value).replace(" ", "").replace(",", ".")) * 100
        if cents != cents.to_integral_value() or cents < 0:
            raise InvalidOperation
    except InvalidOperation as fault:
        raise BadFile(
            f'{where} : « {value} » n\'est pas un montant. Écrivez 1200 ou "1200,50".'
        ) from fault
    return int(cents)


def _need(row: Mapping[str, Any], name: str, kind: type, where: str) -> Any:
    value = row.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise BadFile(f"{where} : il manque « {name} », ou il est mal écrit.")
    return value


def _candidate(row: Mapping[str, Any]) -> Candidate:
    number = _need(row, "numero", str, "Dossier")
    where = f"Dossier {number}"
    asks = tuple(
        Ask(
            _need(part, "depense", str, where),
            _need(part, "annee", int, where),
            cents_of(part.get("euros"), where),
        )
        for part in _need(row, "demande", list, where)
    )
    score = row.get("note")
    if score is not None and not (isinstance(score, int) and 0 <= score <= 100):
        raise BadFile(f"{where} : la note est un entier de 0 à 100.")
    return Candidate(
        number,
        None if score is None else Fraction(score, 100),
        asks,
        str(row.get("region", "")),
        str(row.get("departement", "")),
    )


def _purse(rank: int, row: Mapping[str, Any]) -> Purse:
    where = f"Enveloppe {rank}"
    return Purse(
        rank,
        _need(row, "annee", int, where),
        cents_of(row.get("euros"), where),
        str(row.get("region", "")),
        str(row.get("departement", "")),
        str(row.get("depense", "")),
    )


def _terms(row: Mapping[str, Any]) -> Terms:
    caps = {name: 100 * int(part) for name, part in dict(row.get("plafonds", {})).items()}
    return Terms(
        order=tuple(row.get("priorites", ())),
        last=frozenset(row.get("si_enveloppe", ())),
        caps_bp=caps,
        min_cents=cents_of(row.get("minimum", 0), "Appel"),
    )


def _rule(row: Mapping[str, Any]) -> Rule:
    least = row.get("note_minimale")
    return Rule(
        kind=str(row.get("regle", "")),
        rate_bp=100 * int(row.get("part", 100)),
        min_score=None if least is None else Fraction(int(least), 100),
        floor_bp=100 * int(row.get("part_regions", 0)),
        whole_files=bool(row.get("entier", False)),
    )


def _pins(row: Mapping[str, Any]) -> dict[str, int]:
    return {
        str(number): cents_of(value, f"Dossier {number}")
        for number, value in dict(row.get("main", {})).items()
    }


def _told(
    row: Mapping[str, Any], outcome: Outcome, rule: Rule, purses: list[Purse]
) -> dict[str, Any]:
    return {
        "nom": str(row.get("nom", "")),
        "regle": rule.sentence().replace("\u00a0", " "),
        "accorde_centimes": outcome.spent,
        "reste_centimes": {str(purse.key): outcome.left[purse.key] for purse in purses},
        "dossiers": {
            number: {
                "centimes": sum(part.cents for part in parts),
                "detail": [
                    {
                        "enveloppe": part.purse,
                        "depense": part.expense_class,
                        "annee": part.year,
                        "centimes": part.cents,
                    }
                    for part in parts
                ],
            }
            for number, parts in outcome.awards.items()
        },
    }
