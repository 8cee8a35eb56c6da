"""The audit grid of the accessibility statement: the 106 criteria of the RGAA 4.1, and proofs."""

import csv
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

GRID = Path(__file__).parent / "rgaa.csv"
STATES = {
    "C": ("done", "Conforme"),
    "NC": ("stop", "Non conforme"),
    "NA": ("draft", "Non applicable"),
    "AV": ("wait", "À vérifier par une personne"),
}
THEMES = {
    1: "Images",
    2: "Cadres",
    3: "Couleurs",
    4: "Multimédia",
    5: "Tableaux",
    6: "Liens",
    7: "Scripts",
    8: "Éléments obligatoires",
    9: "Structuration de l'information",
    10: "Présentation de l'information",
    11: "Formulaires",
    12: "Navigation",
    13: "Consultation",
}


class Criterion(NamedTuple):
    """One criterion. `proof` names the test that shows it ("file::test"), "" when none does."""

    number: str
    subject: str
    state: str
    proof: str

    @property
    def theme(self) -> int:
        return int(self.number.split(".")[0])

    @property
    def badge(self) -> tuple[str, str]:
        return STATES[self.state]


@cache
def criteria() -> tuple[Criterion, ...]:
    with GRID.open(encoding="utf-8", newline="") as file:
        return tuple(Criterion(**row) for row in csv.DictReader(file, delimiter=";"))


def by_theme() -> list[tuple[str, list[Criterion]]]:
    """Criteria under the names of their themes."""
    return [
        (f"{number}. {name}", [one for one in criteria() if one.theme == number])
        for number, name in THEMES.items()
    ]


def summary() -> list[tuple[str, str, int]]:
    """How many criteria are in each state: badge, words, count."""
    counts = Counter(one.state for one in criteria())
    return [(*STATES[state], counts[state]) for state in STATES]
