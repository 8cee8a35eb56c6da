"""A figure ready to be quoted: its value, its formula, its date, its source. One sentence each."""

from __future__ import annotations

from typing import NamedTuple

from ensemblier.base.pages.formats import day as written
from ensemblier.base.pages.formats import euros, whole
from ensemblier.fund.boards.asking import Asked
from ensemblier.fund.boards.board import AXES, STEPS, Board

PRECISE = {step.key: step for step in STEPS}
WORDS = {
    "demande": "Les dossiers déposés demandent {}.",
    "decide": "{} ont été décidés.",
    "conventionne": "{} ont fait l'objet d'une convention signée.",
    "paye": "{} ont été versés.",
    "justifie": "{} de dépenses ont été admises au vu des bilans.",
    "evalue": "{} versés concernent des projets dont l'évaluation est terminée.",
}


class Quoted(NamedTuple):
    """One figure: its sentence, how it is worked out, and the rows that make it."""

    key: str
    sentence: str
    formula: str
    rows: int
    query: str


def quoted(board: Board, asked: Asked) -> list[Quoted]:
    """Every figure of the board, as it may be read out."""
    found = [
        Quoted(
            step.key,
            WORDS[step.key].format(euros(cents)),
            step.formula,
            count,
            asked.query(etape=step.key),
        )
        for step, cents, count in board.steps
    ]
    if board.asked_for_one:
        found.append(
            Quoted(
                "rapport",
                f"{board.asked_for_one} euros sont demandés pour un euro décidé.",
                "montant demandé ÷ montant décidé, arrondi au dixième le plus proche",
                board.counts[0],
                asked.query(),
            )
        )
    for delay in board.delays:
        if delay.days is None:
            continue
        label = delay.label[:1].lower() + delay.label[1:]
        found.append(
            Quoted(
                f"delai-{delay.key}",
                f"Le délai médian {label} est de {whole(delay.days)} jours.",
                f"médiane basse du nombre de jours, sur les {whole(delay.files)} dossiers passés "
                "par ces deux étapes",
                delay.files,
                asked.query(delai=delay.key),
            )
        )
    return found


def scope(asked: Asked) -> str:
    """What the figures are about: the filters in words."""
    parts = [
        f"{AXES[name].label.lower()} : {AXES[name].words.get(value, value)}"
        for name, value in asked.filters.items()
        if name in AXES
    ]
    return " ; ".join(parts) or "tous les dossiers"


def to_copy(one: Quoted, asked: Asked, made_on: str, seen: str) -> str:
    """The whole answer, as it goes in a note."""
    return (
        (
            f"{one.sentence}\n"
            f"Au {written(asked.day)}, {scope(asked)} ({seen}).\n"
            f"Calcul : {one.formula}.\n"
            f"Source : {whole(one.rows)} dossier{'s' if one.rows > 1 else ''}, livre et journal "
            f"d'Ensemblier, lus le {made_on}."
        )
        .replace(" :", "\u00a0:")
        .replace(" ;", "\u00a0;")
    )
