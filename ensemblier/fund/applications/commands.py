"""`ensemblier topup`: the top-up of a project written in a small file, as JSON."""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ensemblier.engines.topup import ASKED, EffectShare, Resource, TopUp, top_up
from ensemblier.fund.applications.report import funders

WORDS = {"acquis": "firm", "promis": "promised", "demandé": "asked", "refusé": "refused"}


class WrongFile(ValueError):
    """The file cannot be read as a project."""


def register(subparsers: Any) -> None:
    command = subparsers.add_parser(
        "topup",
        help="calcule ce qu'il manque à un projet une fois les autres ressources placées (JSON)",
    )
    command.add_argument("file", metavar="FICHIER.toml", type=Path)
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    try:
        found = read(tomllib.loads(arguments.file.read_text(), parse_float=Decimal))
    except (OSError, ValueError) as error:
        print(f"{arguments.file} : {error}", file=sys.stderr)
        return 1
    print(json.dumps(as_json(found), ensure_ascii=False, indent=2))
    return 0


def read(project: Mapping[str, Any]) -> TopUp:
    """Charges and the request are amounts in euros; each resource has a payer and an amount."""
    if unknown := set(project) - {"charges", "demande", "effets", "ressources"}:
        raise WrongFile(f"« {min(unknown)} » n'est pas attendu dans ce fichier.")
    return top_up(
        cents(project.get("charges"), "charges"),
        [resource(row) for row in project.get("ressources", ())],
        requested_cents=cents(project.get("demande", 0), "demande"),
        effects=tuple(project.get("effets", ())),
        funders=funders(),
    )


def resource(row: Mapping[str, Any]) -> Resource:
    payer, state = str(row.get("payeur", "")), str(row.get("etat", ASKED))
    if not payer:
        raise WrongFile("Chaque ressource porte un « payeur ».")
    amount = cents(row.get("montant"), f"montant de {payer}")
    return Resource(payer, amount, WORDS.get(state, state), str(row.get("effet", "")))


def cents(value: Any, name: str) -> int:
    """Euros of the file (1234 or 1234.50) as whole cents; no float ever."""
    try:
        amount = Decimal(str(value)) * 100
    except InvalidOperation:
        amount = Decimal("NaN")
    if isinstance(value, bool) or not amount.is_finite() or amount != amount.to_integral_value():
        raise WrongFile(f"« {name} » n'est pas un montant en euros : {value}.")
    if amount < 0:
        raise WrongFile(f"« {name} » est négatif : {value}.")
    return int(amount)


def as_json(found: TopUp) -> dict[str, Any]:
    """All amounts in cents."""
    return {
        "charges_cents": found.charges_cents,
        "places_cents": found.share._asdict(),
        "manque_cents": found.missing_cents,
        "manque_sans_les_demandes_cents": found.likely_cents,
        "manque_au_pire_cents": found.worst_cents,
        "excedent_cents": found.surplus_cents,
        "demande_cents": found.requested_cents,
        "demande_moins_manque_cents": found.over_cents,
        "phrase": found.sentence().replace("\u00a0", " "),
        "effets": [effect_json(row) for row in found.by_effect],
        "a_qui_demander": [
            {"effet": row.effect, "financeur": row.name, "source": row.source}
            for row in found.who_next
        ],
    }


def effect_json(row: EffectShare) -> dict[str, Any]:
    return {"effet": row.effect, "payeurs": list(row.payers), **row.share._asdict()}
