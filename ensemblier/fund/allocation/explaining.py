"""A result in French: who pays for a project, or which limit, or how much support was missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ensemblier.base.pages.formats import euros
from ensemblier.fund.calls.models import College
from ensemblier.fund.jury.rules import Group

PHASES = {1: "", 2: " pour son équipement"}
REGION = "region "


def names_of(groups: Sequence[Group], colleges: Mapping[int, College]) -> dict[str, str]:
    """Kind of college -> the name under which it is published, alone or with another."""
    return {
        colleges[key].kind: " et ".join(str(colleges[other]) for other in group.colleges)
        for group in groups
        for key in group.colleges
    }


def explain(facts: Mapping[str, Any], lot: str, names: Mapping[str, str]) -> list[str]:
    """The sentences of one lot of a result (facts.py)."""
    for row in facts["payments"]:
        if row["lot"] == lot:
            return _funded(row, names)
    for row in facts["refused"]:
        if row["lot"] == lot:
            return [facts.get("why", {}).get(lot) or _refused(row)]
    return []


def _funded(row: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    what = f"Retenu{PHASES[row['phase']]} : {euros(row['cost'])}."
    if row["completed"]:
        return [what, "Payé avec ce qui restait de l'enveloppe, après le partage entre les jurés."]
    parts: dict[str, int] = {}
    for kind, amount in row["by_college"].items():
        parts[names[kind]] = parts.get(names[kind], 0) + amount
    told = [f"{name} {euros(amount)}" for name, amount in parts.items() if amount]
    people = row["supporters"]
    support = f"{people} juré{'s' if people > 1 else ''} le soutien{'nent' if people > 1 else 't'}."
    return [what, support, f"Qui le paie, par collège : {', '.join(told)}."]


def _refused(row: Mapping[str, Any]) -> str:
    after = PHASES[row["phase"]]
    if row["why"] == "ceiling":
        asked, left = euros(row["asked"]), euros(row["left"])
        return (
            f"Pas retenu{after} : la limite « {limit_name(row['ceiling'])} » laissait {left}, et "
            f"il en demande {asked}."
        )
    if row["why"] == "support":
        return (
            f"Pas retenu{after} : ceux qui le soutiennent pouvaient encore réunir "
            f"{euros(row['held'])}. Il manquait {euros(row['missing'])}."
        )
    if row["why"] == "phase":
        return f"Pas retenu{after} : l'équipement attend que le projet lui-même soit retenu."
    return f"Pas retenu{after} : aucun juré ne le soutient."


def limit_name(name: str) -> str:
    """A ceiling's name as people read it."""
    return f"part de la région {name.removeprefix(REGION)}" if name.startswith(REGION) else name
