"""What the report says of its 25 projects, figures first, is in our sheets: one row per fact."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

import ensemblier.library

FOLDER = Path(ensemblier.library.__file__).parent / "sheets"
# Row of the traceability list -> the sheet that says it, and the words it must hold.
FACTS: dict[str, tuple[Any, ...]] = {
    "T139": (1, "275", "30 tonnes"),
    "T140": (1, "france relance", "dinan agglomération"),
    "T141": (1, "partenariat"),
    "T144": (2, "1,3", "3 tonnes"),
    "T145": (2, "carasso", "occitanie"),
    "T146": (2, "installation"),
    "T147": (2, "terrain"),
    "T153": (4, "oacas", "compagnons"),
    "T154": (4, "emmaüs france", "financement participatif"),
    "T155": (4, "plan de culture"),
    "T156": (4, "eau", "foncier"),
    "T160": (5, "100", "40"),
    "T161": (5, "minimas sociaux"),
    "T162": (5, "innovation"),
    "T166": (6, "accompagnement global", "conseiller en insertion", "travailleurs sociaux"),
    "T167": (6, "cuisine"),
    "T169": (7, "bonne volonté"),
    "T171": (8, "autofinanc"),
    "T173": (9, "cada", "pension de famille"),
    "T174": (9, "ademe", "etp"),
    "T175": (9, "dernier moment"),
    "T176": (9, "parcours"),
    "T177": (
        10,
        "recherche de porteurs de projet",
        "repérage des exploitants en difficulté",
        "recensement des personnes fragiles",
        "requêtes (rsa, aah",
        "réunion commune",
        "première distribution",
        "evaluation en cours de parcours",
    ),
    "T180": (10, "4 000", "paniers"),
    "T181": (10, "carsat"),
    "T182": (10, "mobilis"),
    "T184": (11, "drôme", "allier"),
    "T185": (11, "volume"),
    "T186": (11, "achats"),
    "T188": (12, "75", "190"),
    "T190": (12, "85"),
    "T191": (12, "26", "formation"),
    "T192": (12, "30 % de son chiffre d'affaires", "70 % via des subventions"),
    "T193": (12, "le planning et les recettes doivent être adaptées quotidiennement"),
    "T194": (12, "54", "75 recettes"),
    "T196": (13, "approvisionnement"),
    "T197": (13, "préval", "ademe"),
    "T199": (14, "1 200", "150"),
    "T200": (14, "aide aux postes", "chiffre d'affaire"),
    "T202": (14, "dates courtes", "halal"),
    "T203": (14, "créati"),
    "T204": (15, "laboratoires d'usage qui déterminent les produits", "livraison, les prix"),
    "T207": (15, "trésorerie"),
    "T208": (15, "300", "900"),
    "T210": (16, "chaque vrac possède son catalogue", "50 euros", "stratégiquement"),
    "T212": (16, "14"),
    "T213": (15, "terres de lorraine"),
    "T215": (17, "régulier"),
    "T216": (17, "factures"),
    "T218": (18, "106", "46"),
    "T219": (18, "utilité sociale"),
    "T221": (19, "météo", "transport"),
    "T224": (20, "arrondi"),
    "T225": (20, "logistique"),
    "T226": (20, "système"),
    "T229": (21, "30 000", "igas"),
    "T230": (21, "carasso", "avril"),
    "T231": (21, "mécénat", "emplois aidés"),
    "T234": (22, "privés"),
    "T235": (22, "métiers"),
    "T237": (23, "133", "79"),
    "T238": (24, "620 000"),
    "T240": (24, "fondation"),
    "T242": (25, "500"),
    "T243": (25, "accessoires"),
}


def text_of(number: int) -> str:
    """All the words of a sheet, in lower case, plain spaces and apostrophes."""
    (path,) = FOLDER.glob(f"{number:02d}-*.toml")
    told = " ".join(words(tomllib.loads(path.read_text(encoding="utf-8"))))
    return told.translate({0xA0: " ", 0x202F: " ", 0x2019: "'"}).lower()


def words(value: Any) -> list[str]:
    if isinstance(value, dict):
        value = list(value.values())
    return [w for part in value for w in words(part)] if isinstance(value, list) else [str(value)]


@pytest.mark.parametrize("row", FACTS)
def test_the_fact_is_in_its_sheet(row: str) -> None:
    number, *wanted = FACTS[row]
    told = text_of(number)
    assert [word for word in wanted if word not in told] == []


def test_negative_control_a_figure_of_another_sheet_is_absent() -> None:
    assert "620 000" in text_of(24)
    assert "620 000" not in text_of(23)
