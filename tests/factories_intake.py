"""Imports for tests, straight into the tables."""

from __future__ import annotations

from types import SimpleNamespace

from ensemblier.base.people.models import Role
from ensemblier.fund.intake.models import Batch, Demarche
from tests import factories_fund as fund


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
