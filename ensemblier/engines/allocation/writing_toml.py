"""A problem written in our TOML: what is kept with a result, and what `certify` reads again."""

from __future__ import annotations

import json

from ensemblier.engines.allocation.model import DRAWN, BadProblem, Ballot, Lot, Problem
from ensemblier.engines.allocation.reading_toml import NAME


def toml_of(problem: Problem) -> str:
    """The file of a problem in cents whose ties are drawn; `read_toml` gives it back the same."""
    if problem.scale != 1 or problem.rules.ties != DRAWN:
        raise BadProblem("Seul un partage en centimes, à l'ordre tiré au sort, s'écrit en TOML.")
    rules = problem.rules
    lines = [f"name = {_text(problem.name)}", f"envelope_cents = {problem.envelope}", "", "[rules]"]
    lines += [f"utility = {_text(rules.utility)}", f"completion = {_text(rules.completion)}"]
    lines += [f"step_cents = {rules.step}", f"stop = {_text(rules.stop)}"]
    lines += [f"tie_order = [{', '.join(map(_text, rules.tie_order))}]", ""]
    for college in problem.colleges:
        lines += ["[[college]]", f"name = {_text(college.name)}", f"share = {college.share}", ""]
    for lot in problem.lots:
        lines += _lot(lot)
    for ceiling in problem.ceilings:
        lines += ["[[ceiling]]", f"name = {_text(ceiling.name)}", f"use = {_text(ceiling.use)}"]
        lines += [f"cap_{ceiling.unit} = {ceiling.cap}", ""]
    for floor in problem.floors:
        lines += ["[[floor]]", f"name = {_text(floor.name)}", f"group = {_text(floor.group)}"]
        lines += [f"least_cents = {floor.least}", ""]
    for ballot in problem.ballots:
        lines += _ballot(ballot)
    return "\n".join(lines)


def _lot(lot: Lot) -> list[str]:
    if not NAME.fullmatch(lot.id):
        raise BadProblem(f"L'identifiant « {lot.id[:80]} » n'a ni espace, ni =, ni virgule.")
    lines = ["[[lot]]", f"id = {_text(lot.id)}"]
    lines += [f"title = {_text(lot.title)}"] if lot.title else []
    lines += [f"project = {_text(lot.project)}"] if lot.project else []
    lines += [f"phase = {lot.phase}", f"cost_cents = {lot.cost}"]
    if lot.uses:
        uses = ", ".join(f"{_text(use)} = {amount}" for use, amount in lot.uses.items())
        lines.append(f"uses = {{ {uses} }}")
    if lot.groups:
        lines.append(f"groups = [{', '.join(map(_text, sorted(lot.groups)))}]")
    return [*lines, ""]


def _ballot(ballot: Ballot) -> list[str]:
    votes = " ".join(f"{name}={points}" for name, points in ballot.marks)
    lines = ["[[ballot]]", f"college = {_text(ballot.college)}"]
    lines += [f"count = {ballot.count}"] if ballot.count > 1 else []
    return [*lines, f'votes = "{votes}"', ""]


def _text(value: str) -> str:
    """A TOML string: JSON's escapes are TOML's, but for the delete character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
