"""When a file is complete: pure rules over what it holds, each gap with its page and a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ensemblier.engines import budget

# Steps in the order of the form: address, title.
STEPS = (
    ("projet", "Le projet"),
    ("publics", "Les personnes"),
    ("territoire", "Le territoire"),
    ("partenaires", "Les partenaires"),
    ("modele", "Le modèle à cinq ans"),
    ("budget", "Le budget"),
    ("demande", "La demande"),
    ("pieces", "Les pièces"),
    ("envoi", "Vérifier et déposer"),
)
NAMES = dict(STEPS)
MIN_SUMMARY = 50


class Missing(NamedTuple):
    """One thing to do before the file can be sent: where, and what to do."""

    step: str
    field: str
    sentence: str


@dataclass(frozen=True)
class Facts:
    """What completeness looks at, taken from the file."""

    title: str = ""
    summary: str = ""
    stage: str = ""
    links: Sequence[str] = ()
    length: str = ""
    quality: str = ""
    publics: Sequence[str] = ()
    people_count: int | None = None
    needs: str = ""
    participation: str = ""
    participation_how: str = ""
    commune: str = ""
    territory_note: str = ""
    partners: int = 0
    effects: int = 0
    model_path: str = ""
    lines: Sequence[budget.Line] = ()
    asked: Sequence[budget.Asked] = ()
    attachments: Sequence[str] = ()
    is_association: bool = True
    accepts_commitments: bool = False


# Fields that must be filled: page, field, sentence.
FILLED = (
    ("projet", "title", "Donnez un titre à votre projet."),
    ("projet", "stage", "Dites si le projet démarre ou se consolide."),
    ("projet", "links", "Choisissez au moins un maillon de la filière."),
    ("projet", "length", "Dites si la filière est locale, mixte ou longue."),
    ("projet", "quality", "Décrivez la qualité et l'origine des produits."),
    ("publics", "publics", "Choisissez au moins un public."),
    ("publics", "people_count", "Donnez le nombre de personnes concernées."),
    ("publics", "needs", "Décrivez les besoins auxquels le projet répond."),
    ("publics", "participation", "Dites comment les personnes participent."),
    ("publics", "participation_how", "Décrivez la participation des personnes."),
    ("territoire", "commune", "Donnez la commune du projet."),
    ("territoire", "territory_note", "Décrivez l'ancrage local du projet."),
    ("partenaires", "partners", "Citez au moins un partenaire."),
    ("modele", "effects", "Citez au moins un effet utile du projet."),
    ("modele", "model_path", "Dites comment le projet tiendra dans cinq ans."),
)
PAPERS = (
    ("statutes", "Joignez les statuts de l'association."),
    ("accounts", "Joignez les derniers comptes approuvés."),
    ("bank_details", "Joignez un RIB."),
)


def missing(facts: Facts, caps: budget.Caps) -> list[Missing]:
    """Everything that keeps the file from being sent, in the order of the pages."""
    found = [
        Missing(step, field, sentence)
        for step, field, sentence in FILLED
        if not getattr(facts, field)
    ]
    if len(facts.summary.strip()) < MIN_SUMMARY:
        found.append(Missing("projet", "summary", "Décrivez le projet en deux phrases au moins."))
    found += [
        Missing(fault.step, fault.code, fault.sentence)
        for fault in budget.faults(facts.lines, facts.asked, caps)
    ]
    for kind, sentence in PAPERS:
        if kind not in facts.attachments and (kind != "statutes" or facts.is_association):
            found.append(Missing("pieces", kind, sentence))
    if not facts.accepts_commitments:
        found.append(
            Missing(
                "envoi",
                "accepts_commitments",
                "Souscrivez au contrat d'engagement républicain.",
            )
        )
    order = list(NAMES)
    return sorted(found, key=lambda gap: order.index(gap.step))
