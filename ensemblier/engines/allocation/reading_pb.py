"""Pabulib `.pb` files: META, PROJECTS and VOTES, with the conventions of pabutools 1.2.3.

A ballot that names nobody counts as a juror. A lot named twice counts once (the last points, the
first rank). Costs and points may be decimals. Projects are read as CSV with `;`, quotes included.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from ensemblier.engines.allocation.cells import decimal, scale_of, whole
from ensemblier.engines.allocation.model import (
    LEXICOGRAPHIC,
    BadProblem,
    Ballot,
    College,
    Lot,
    Problem,
    Rules,
)

VOTERS = "votants"
SECTIONS = ("meta", "projects", "votes")
WITH_POINTS = ("scoring", "cumulative")
TYPES = ("approval", "choose-1", "ordinal", *WITH_POINTS)
# Which utilities mean something for which votes.
NEEDS = {"borda": ("ordinal",), "points": WITH_POINTS}


@dataclass
class Parts:
    """A file as it is read: cells, with the number of the line where each came first."""

    meta: dict[str, str] = field(default_factory=dict)
    projects: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    # (vote, points) -> jurors, first line
    votes: dict[tuple[str, str], list[int]] = field(default_factory=dict)


def read_pb(text: str, rules: Rules) -> Problem:
    """The problem of a Pabulib file under some rules; raises BadProblem with the line at fault."""
    parts = _parts(text)
    kind = parts.meta.get("vote_type", "")
    if kind not in TYPES:
        raise BadProblem(
            f"META : vote_type vaut « {kind[:30]} » ; on sait lire {', '.join(TYPES)}."
        )
    if kind not in NEEDS.get(rules.utility, (kind,)):
        wanted = " ou ".join(NEEDS[rules.utility])
        raise BadProblem(
            f"L'utilité « {rules.utility} » demande des votes {wanted} ; ce fichier a des votes "
            f"{kind} : choisissez cost ou cardinality."
        )
    if "budget" not in parts.meta:
        raise BadProblem("META : il manque la ligne « budget;… ».")
    budget = decimal(parts.meta["budget"], "META, budget")
    costs = [_cost(line, row) for line, row in parts.projects]
    scale = scale_of([budget, *costs])
    lots = _lots(parts, costs, scale)
    ballots, points_scale = _ballots(parts, kind, {lot.id for lot in lots})
    return Problem(
        envelope=whole(budget, scale),
        lots=lots,
        colleges=(College(VOTERS),),
        ballots=ballots,
        rules=_scaled(rules, scale),
        name=parts.meta.get("description", ""),
        scale=scale,
        points_scale=points_scale,
        in_cents=False,
        doubt=_doubt(parts),
    )


def _scaled(rules: Rules, scale: int) -> Rules:
    return Rules(
        utility=rules.utility,
        completion=rules.completion,
        step=rules.step * scale,
        stop=rules.stop,
        ties=LEXICOGRAPHIC,
        fills_unsupported=True,
    )


def _parts(text: str) -> Parts:
    """Cut a file in its sections."""
    parts, section, header = Parts(), "", None
    lines = text.splitlines()
    for number, row in _rows(lines):
        name = row[0].strip().lower()
        if name in SECTIONS and len(row) == 1:
            section, header = name, None
        elif not section:
            raise BadProblem(f"Ligne {number} : le fichier doit commencer par la ligne META.")
        elif header is None:
            header = [cell.strip() for cell in row]
            _header(section, header, number)
        elif section == "meta":
            parts.meta[row[0].strip()] = row[1].strip() if len(row) > 1 else ""
        elif section == "projects":
            parts.projects.append((number, dict(zip(header, map(str.strip, row), strict=False))))
        else:
            _vote(parts, header, row, number)
    if section != "votes":
        raise BadProblem("Il manque la section VOTES : le fichier est incomplet.")
    return parts


def _doubt(parts: Parts) -> str:
    """A file cut short still reads: its own counts are the only trace of what is missing."""
    here = (
        ("num_votes", "bulletins", sum(count for count, _ in parts.votes.values())),
        ("num_projects", "projets", len(parts.projects)),
    )
    for key, things, found in here:
        said = parts.meta.get(key, "")
        if said.isdecimal() and len(said) < 16 and int(said) != found:
            return f"META annonce {int(said)} {things}, le fichier en a {found} : est-il complet ?"
    return ""


def _rows(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not empty, with the number of their last line."""
    reader = csv.reader(lines, delimiter=";")
    try:
        for row in reader:
            if row and (len(row) > 1 or row[0].strip()):
                yield reader.line_num, row
    except csv.Error as error:
        raise BadProblem(
            f"Ligne {reader.line_num} : cette ligne ne se lit pas (une cellule est trop longue, ou "
            "un guillemet n'est pas fermé)."
        ) from error


def _header(section: str, header: list[str], number: int) -> None:
    wanted = {"meta": (), "projects": ("project_id", "cost"), "votes": ("vote",)}[section]
    for name in wanted:
        if name not in header:
            raise BadProblem(
                f"Ligne {number} : la section {section.upper()} n'a pas de colonne « {name} »."
            )


def _vote(parts: Parts, header: list[str], row: list[str], number: int) -> None:
    at, points_at = header.index("vote"), header.index("points") if "points" in header else -1
    vote = row[at].strip() if at < len(row) else ""
    points = row[points_at].strip() if 0 <= points_at < len(row) else ""
    if vote.lower() == "none":
        vote = ""
    found = parts.votes.get((vote, points))
    if found is None:
        parts.votes[vote, points] = [1, number]
    else:
        found[0] += 1


def _cost(line: int, row: dict[str, str]) -> Decimal:
    return decimal(row.get("cost", ""), f"Ligne {line}, coût du projet {row['project_id'][:40]}")


def _lots(parts: Parts, costs: list[Decimal], scale: int) -> tuple[Lot, ...]:
    seen: dict[str, int] = {}
    lots = []
    for (line, row), cost in zip(parts.projects, costs, strict=True):
        name = row["project_id"]
        if name in seen:
            raise BadProblem(
                f"Ligne {line} : le projet « {name[:40]} » est déjà à la ligne {seen[name]}."
            )
        seen[name] = line
        lots.append(Lot(name, whole(cost, scale), title=row.get("name", "")))
    return tuple(lots)


def _ballots(parts: Parts, kind: str, lots: set[str]) -> tuple[tuple[Ballot, ...], int]:
    """One ballot for each distinct cell; points made whole together."""
    votes = []
    for (vote, points), (count, line) in parts.votes.items():
        names = [name for cell in vote.split(",") if (name := cell.strip())]
        for name in names:
            if name not in lots:
                raise BadProblem(
                    f"Ligne {line} : le bulletin cite le projet « {name[:40]} », qui n'est pas "
                    "dans PROJECTS."
                )
        values = _points(names, points, line) if kind in WITH_POINTS else [Decimal(1)] * len(names)
        votes.append((dict(zip(names, values, strict=False)), count))
    scale = scale_of(list({value for marks, _ in votes for value in marks.values()}))
    ballots = tuple(
        Ballot(VOTERS, tuple((name, whole(v, scale)) for name, v in marks.items()), count)
        for marks, count in votes
    )
    return ballots, scale


def _points(names: list[str], cell: str, line: int) -> list[Decimal]:
    if not cell or cell.lower() == "none":
        return []
    values = [decimal(each, f"Ligne {line}, points") for each in cell.split(",")]
    if len(values) < len(names):
        raise BadProblem(
            f"Ligne {line} : {len(names)} projets mais {len(values)} points : il en faut autant."
        )
    return values
