"""`ensemblier certify`: do a sharing again by a separate checker, and refuse any altered result."""

import argparse
import json
import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any

from ensemblier.engines.allocation.certify import verdict
from ensemblier.engines.allocation.checking import check
from ensemblier.engines.allocation.model import COMPLETIONS, STOPS, UTILITIES, BadProblem
from ensemblier.engines.allocation.outcome import read_problem

# What each part of a result is called, to say which one is not what the ballots give.
PARTS = {
    "format": "le format",
    "input": "l'empreinte du fichier partagé",
    "rule": "la règle",
    "winners": "la liste des lots financés",
    "order": "l'ordre des achats",
    "payments": "ce que paie chaque juré",
    "stages": "les étapes du calcul",
    "refused": "la liste des refus",
    "digest": "l'empreinte du résultat",
}
RULE = ("utility", "completion", "step", "stop")


def register(subparsers: Any) -> None:
    """Add the command."""
    command = subparsers.add_parser(
        "certify", help="vérifier un partage : tout refaire à part, et dire pourquoi chaque refus"
    )
    command.add_argument(
        "file", type=Path, metavar="FICHIER", help="le .pb ou le .toml qui a été partagé"
    )
    command.add_argument("result", type=Path, metavar="RESULT.json")
    command.add_argument("--utility", choices=UTILITIES, help="la règle attendue : utilité")
    command.add_argument("--completion", choices=COMPLETIONS, help="la règle attendue : reste")
    command.add_argument("--step", type=Fraction, metavar="N", help="la règle attendue : pas")
    command.add_argument("--stop", choices=STOPS, help="la règle attendue : arrêt")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """0 when the result is the one that the ballots give, 1 otherwise."""
    is_pb = arguments.file.suffix.lower() == ".pb"
    try:
        source, kept = arguments.file.read_bytes(), arguments.result.read_bytes()
    except OSError as error:
        return unreadable(f"le fichier {error.filename} ne s'ouvre pas")
    if (body := result_in(kept)) is None:
        return unreadable(f"{arguments.result} n'est pas un résultat entier d'« allocate »")
    try:
        false, refused = verdict(source, is_pb, body)
        told, other = rule_told(body["rule"], source, is_pb), unlike(body["rule"], arguments)
    except Exception:  # whatever the files hold: an answer, never a traceback
        fault = fault_of(source, is_pb).rstrip(".")
        lame = f"la règle de {arguments.result} manque d'une partie, ou son pas est trop petit"
        return unreadable(f"{arguments.file} : {fault}" if fault else lame)
    print(told)
    if other:
        print(f"RÉSULTAT REFUSÉ. Il suit une autre règle que la règle attendue : {other}.")
        print("Demandez à qui tient le jury quelle règle l'appel a fixée, ou refaites le partage.")
        return 1
    if not is_pb and refused:
        print("Les montants de ces refus sont en centimes d'euro :")
    for lot, _, text, _ in refused:
        print(f"{lot} refusé : {text}.")
    if false:
        parts = ", ".join(f"{PARTS[key]} ({key})" if key in PARTS else key for key in false)
        print(f"RÉSULTAT REFUSÉ. Ne vient pas de ces bulletins : {parts}.")
        print("Demandez le fichier d'origine à qui tient le jury, ou refaites le partage.")
        return 1
    print("Résultat certifié.")
    return 0


def rule_told(rule: dict[str, Any], source: bytes, is_pb: bool) -> str:
    """Which rule was replayed, and which part of it only RESULT.json says."""
    rules = {} if is_pb else tomllib.loads(source.decode("utf-8-sig"))["rules"]
    written = {key.removesuffix("_cents"): value for key, value in rules.items()}
    replayed = {key: (rule | written)[key] for key in RULE if key in rule}
    told = "Règle refaite : " + ", ".join(f"{key} = {value}" for key, value in replayed.items())
    loose = [key for key in replayed if key not in written]
    if not loose:
        return f"{told} (celle du fichier partagé)."
    whose = (
        "Un fichier .pb ne porte pas de règle" if is_pb else "Le fichier ne dit pas toute la règle"
    )
    options = " ".join(f"--{key} {replayed[key]}" for key in loose)
    return (
        f"{told}.\n{whose} : {', '.join(loose)} viennent de RESULT.json. Pour refuser toute autre "
        f"règle que celle de l'appel, dites-la ({options})."
    )


def unlike(rule: dict[str, Any], arguments: argparse.Namespace) -> str:
    """Where the rule of the result is not the one expected; "" when it is, or none is said."""
    found = []
    for key in RULE:
        expected, said = getattr(arguments, key), rule.get(key)
        same = said is not None and (
            Fraction(str(said)) == expected if key == "step" else said == expected
        )
        if expected is not None and not same:
            found.append(f"{key} (attendu {expected}, trouvé {'rien' if said is None else said})")
    return ", ".join(found)


def result_in(kept: bytes) -> dict[str, Any] | None:
    """What RESULT.json holds, None when it is no result at all."""
    try:
        body = json.loads(kept)
    except (ValueError, RecursionError):
        return None
    is_one = isinstance(body, dict) and isinstance(body.get("rule"), dict)
    return body if is_one else None


def fault_of(source: bytes, is_pb: bool) -> str:
    """What the engine's reader says of a file that the checker already refused, for people."""
    try:
        check(read_problem(source, is_pb, {}))
    except BadProblem as error:
        return str(error)
    except Exception:  # as above: an answer, never a traceback
        return ""
    return ""


def unreadable(why: str) -> int:
    print(f"RÉSULTAT REFUSÉ : {why}. Donnez le fichier partagé, puis le résultat.")
    return 1
