"""Our own files: lots, ceilings, floors, colleges, ballots and rules in TOML; faults in French."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from ensemblier.engines.allocation.model import (
    CENTS,
    DRAWN,
    LOTS,
    BadProblem,
    Ballot,
    Ceiling,
    College,
    Floor,
    Lot,
    Problem,
    Rules,
)

TOP = ("name", "envelope_cents", "rules", "college", "lot", "ceiling", "floor", "ballot")
RULES = ("utility", "completion", "step_cents", "stop", "tie_order")
# In a ballot, names are separated by spaces and followed by "=": no lot is named with either.
NAME = re.compile(r"[^\s=,;]{1,80}")
VOTE = re.compile(r"([^\s=]+)(?:=(\d{1,9}))?")
AT = re.compile(r"\(at line (\d+), column \d+\)")


def read_toml(text: str, given: Mapping[str, str | int]) -> Problem:
    """The problem of a file; `given`: rules asked beside it, which may not contradict it.

    Raises BadProblem.
    """
    data = _loaded(text)
    _known(data, TOP, "le fichier")
    ballots = [_ballot(raw, rank) for rank, raw in enumerate(_tables(data, "ballot"), 1)]
    return Problem(
        envelope=_whole(data, "envelope_cents", "le fichier"),
        lots=tuple(_lot(raw, rank) for rank, raw in enumerate(_tables(data, "lot"), 1)),
        colleges=tuple(_college(raw, rank) for rank, raw in enumerate(_tables(data, "college"), 1)),
        ballots=tuple(ballots),
        rules=_rules(data.get("rules", {}), given),
        ceilings=tuple(_ceiling(raw, rank) for rank, raw in enumerate(_tables(data, "ceiling"), 1)),
        floors=tuple(_floor(raw, rank) for rank, raw in enumerate(_tables(data, "floor"), 1)),
        name=_text(data, "name", "le fichier"),
    )


def _loaded(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = AT.search(str(error))
        where = f"ligne {found[1]}" if found else "fin du fichier"
        raise BadProblem(
            f"Le fichier n'est pas du TOML valable ({where}) : une ligne s'y écrit clé = valeur, "
            "un texte entre guillemets, une table entre crochets."
        ) from error
    except (ValueError, RecursionError) as error:
        raise BadProblem(
            "Un nombre est trop long, ou des crochets sont trop imbriqués : simplifiez le texte."
        ) from error


def _known(table: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in keys:
            raise BadProblem(
                f"« {key[:40]} » ne se comprend pas dans {where} ; on y écrit : {', '.join(keys)}."
            )


def _tables(data: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    value = data.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise BadProblem(f"« {key} » s'écrit avec deux crochets : [[{key}]].")
    return value


def _whole(table: Mapping[str, Any], key: str, where: str, default: int | None = None) -> int:
    value = table.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadProblem(f"{key} de {where} est un nombre entier, sans guillemets ni virgule.")
    return value


def _text(table: Mapping[str, Any], key: str, where: str, default: str = "") -> str:
    value = table.get(key, default)
    if not isinstance(value, str) or len(value) > 2000:
        raise BadProblem(f'{key} de {where} est un texte entre guillemets : {key} = "…".')
    return value.strip()


def _rules(table: Any, given: Mapping[str, str | int]) -> Rules:
    if not isinstance(table, dict):
        raise BadProblem("« rules » doit être une table : [rules].")
    _known(table, RULES, "[rules]")
    order = table.get("tie_order")
    if not isinstance(order, list) or not all(isinstance(name, str) for name in order):
        raise BadProblem(
            "Dans [rules], tie_order donne l'ordre des lots tiré au sort avant le vote : "
            'tie_order = ["B", "A"].'
        )
    values: dict[str, Any] = {}
    for key in RULES[:4]:
        name = key.removesuffix("_cents")
        written, asked = table.get(key), given.get(name)
        if written is not None and asked is not None and written != asked:
            raise BadProblem(
                f"Le fichier dit {key} = {written!r} et la commande {asked!r} : les règles du "
                "fichier sont celles de l'appel, retirez l'option."
            )
        if (value := asked if written is None else written) is not None:
            values[name] = value
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int if name == "step" else str):
            raise BadProblem(f"« {name} » de [rules] n'est pas de la bonne forme : {value!r}.")
    return Rules(ties=DRAWN, tie_order=tuple(order), **values)


def _college(raw: dict[str, Any], rank: int) -> College:
    where = f"le collège {rank}"
    _known(raw, ("name", "share"), where)
    return College(_text(raw, "name", where), _whole(raw, "share", where))


def _lot(raw: dict[str, Any], rank: int) -> Lot:
    where = f"le lot {rank}"
    _known(raw, ("id", "title", "project", "phase", "cost_cents", "uses", "groups"), where)
    name = _text(raw, "id", where)
    if not NAME.fullmatch(name):
        raise BadProblem(
            f"L'identifiant de {where} (« {name[:80]} ») n'a ni espace, ni =, ni virgule, et 80 "
            "signes au plus."
        )
    cost = _whole(raw, "cost_cents", where)
    if cost < 1:
        raise BadProblem(f"Le coût du lot « {name} » est de {cost} : il en faut au moins 1.")
    uses, groups = raw.get("uses", {}), raw.get("groups", [])
    if not isinstance(uses, dict):
        raise BadProblem(f'Ce que prend {where} s\'écrit uses = {{ "investissement" = 30000 }}.')
    if not isinstance(groups, list) or not all(isinstance(group, str) for group in groups):
        raise BadProblem(f'Les groupes de {where} s\'écrivent groups = ["QPV"].')
    return Lot(
        id=name,
        cost=cost,
        project=_text(raw, "project", where),
        phase=_whole(raw, "phase", where, 1),
        uses={use: _whole(uses, use, f"uses de {where}") for use in uses},
        groups=frozenset(groups),
        title=_text(raw, "title", where),
    )


def _ceiling(raw: dict[str, Any], rank: int) -> Ceiling:
    where = f"le plafond {rank}"
    _known(raw, ("name", "use", "cap_cents", "cap_lots"), where)
    if ("cap_cents" in raw) == ("cap_lots" in raw):
        raise BadProblem(f"Dites ce que compte {where} : cap_cents (un montant) ou cap_lots.")
    unit = CENTS if "cap_cents" in raw else LOTS
    name, use = _text(raw, "name", where), _text(raw, "use", where)
    if not use:
        raise BadProblem(f'Dites quel usage compte {where} : use = "investissement".')
    return Ceiling(name, _whole(raw, f"cap_{unit}", where), use, unit)


def _floor(raw: dict[str, Any], rank: int) -> Floor:
    where = f"le plancher {rank}"
    _known(raw, ("name", "least_cents", "group"), where)
    group = _text(raw, "group", where)
    return Floor(_text(raw, "name", where), _whole(raw, "least_cents", where), group)


def _ballot(raw: dict[str, Any], rank: int) -> Ballot:
    where = f"le bulletin {rank}"
    _known(raw, ("college", "count", "votes"), where)
    votes = raw.get("votes")
    if not isinstance(votes, str):
        raise BadProblem(f'Les voix de {where} s\'écrivent votes = "A=3 B=5" ou votes = "A B".')
    marks = []
    for word in votes.split():
        found = VOTE.fullmatch(word)
        if not found:
            raise BadProblem(f"Dans {where}, « {word[:40]} » ne se lit pas : écrivez lot=points.")
        if points := int(found[2] or 1):  # no point is no support
            marks.append((found[1], points))
    count = _whole(raw, "count", where, 1)
    return Ballot(_text(raw, "college", where), tuple(marks), count)
