"""Imports for tests: straight into the tables, or in each state of its life."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ensemblier.base.people.models import Role
from ensemblier.fund.intake import actions
from ensemblier.fund.intake.models import Batch, Demarche, DemarchePage
from tests import factories_fund as fund
from tests.factories_people import a_siret

HEAD = "Association;SIRET;Représentant légal;Courriel;Commune;Titre;Personnes;Téléphone"


def around(side: SimpleNamespace) -> None:
    """One import read by the desk of a side; its texts carry its word."""
    desk = fund.user(Role.INSTRUCTOR, department=side.commune.department)
    side.demarche = Demarche.objects.create(
        call=side.filed.call,
        number=int(side.commune.department_id) + 1000,
        host="absent.exemple.fr",
        sealed_token=side.word,
        quality="officer",
        statement=f"Accord {side.word}",
        given_on=fund.NOW.date(),
        owner=desk,
        created_at=fund.NOW,
    )
    side.intake = Batch.objects.create(
        call=side.filed.call,
        name=f"{side.word}.csv",
        sha256=side.word.ljust(64, "0"),
        quality="officer",
        statement=f"Accord {side.word}",
        given_on=fund.NOW.date(),
        heading=["Titre", "SIRET"],
        cells=[[f"Projet {side.word}", "1"]],
        columns={"title": "Titre", "siret": "SIRET"},
        read_by=desk,
        read_at=fund.NOW,
    )


def read(call: Any, giver: Any, rank: int, head: str = HEAD, *, now: Any) -> Batch:
    """A table of two lines, the second with a fault."""
    rows = [
        f"Jardin {rank}{line};{a_siret(7000 + 10 * rank + line)};Camille Essai;"
        f"jardin{rank}{line}@exemple.fr;62051;Paniers {rank}{line};{people};"
        for line, people in ((1, "120"), (2, "beaucoup"))
    ]
    return actions.read(
        call=call,
        content="\n".join([head, *rows]).encode(),
        name=f"tableau-{rank}.csv",
        quality="officer",
        statement="Accord donné en réunion.",
        given_on=now.date(),
        mapping=None,
        actor=giver,
        now=now,
    )


def in_each_state(call: Any, giver: Any, *, now: Any) -> list[Batch]:
    """Columns to choose, dry run with a fault, applied, undone."""
    unknown = read(call, giver, 1, HEAD.replace("Titre", "Ce qu'on fait"), now=now)
    tried = read(call, giver, 2, now=now)
    applied = actions.apply(batch=read(call, giver, 3, now=now), actor=giver, now=now)
    undone = actions.apply(batch=read(call, giver, 4, now=now), actor=giver, now=now)
    actions.undo(batch=undone, reason="Essai", actor=giver, now=now)
    return [unknown, tried, applied, undone]


def demarches_in_each_state(call: Any, giver: Any, *, now: Any) -> list[Demarche]:
    """Waiting, being read, stopped with two files kept."""
    rows = []
    for number, state in enumerate(("waiting", "reading", "failed"), start=9001):
        row = Demarche.objects.create(
            call=call,
            number=number,
            host="absent.exemple.fr",
            sealed_token="rien",
            quality="officer",
            statement="Accord donné en réunion.",
            given_on=now.date(),
            owner=giver,
            created_at=now,
            state=state,
            beat_at=now,
            seen=0 if state == "waiting" else 2,
            words="Le site n'a pas répondu." if state == "failed" else "",
        )
        if state != "waiting":
            DemarchePage.objects.create(demarche=row, rank=1, cursor="2", read_at=now)
        rows.append(row)
    return rows
