"""When a file is complete: pure rules over what it holds, each gap with its page and a sentence."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ensemblier.engines import budget

# Steps in the order of the form: address, title. A call without questions hides theirs.
STEPS = (
    ("projet", "Le projet"),
    ("publics", "Les personnes"),
    ("territoire", "Le territoire"),
    ("partenaires", "Les partenaires"),
    ("modele", "Le modèle à cinq ans"),
    ("budget", "Le budget"),
    ("demande", "La demande"),
    ("questions", "Les questions de l'appel"),
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
    goals: Sequence[str] = ()
    people: Mapping[str, int | None] = field(default_factory=dict)
    means: Sequence[tuple[str, int]] = ()
    group_members: Sequence[str] = ()
    path: int = 0
    partners: int = 0
    effects: int = 0
    model_path: str = ""
    lines: Sequence[budget.Line] = ()
    asked: Sequence[budget.Asked] = ()
    attachments: Sequence[tuple[str, str]] = ()
    papers: Sequence[tuple[str, str]] = ()
    unanswered: Sequence[tuple[str, str]] = ()
    is_association: bool = True
    accepts_commitments: bool = False


# Fields that must be filled: page, field, sentence.
FILLED = (
    ("projet", "title", "Donnez un titre à votre projet."),
    ("projet", "stage", "Dites si le projet démarre ou se consolide."),
    ("projet", "goals", "Dites à quel but du fonds le projet répond."),
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
    ("modele", "path", "Donnez les ressources du projet, année par année, sur cinq ans."),
    ("modele", "model_path", "Dites comment le projet tiendra dans cinq ans."),
)
PAPERS = (
    ("statutes", "Joignez les statuts de l'association."),
    ("accounts", "Joignez les derniers comptes approuvés."),
    ("bank_details", "Joignez un RIB."),
)


# What is asked of the person who lets people decide: participation has its means (T119).
WITH_MEANS = ("consulted", "co_building")
OTHER_PAPER, LETTER = "other", "partner_letter"
PEOPLE_OF = {
    "edge": "Donnez le nombre de personnes à la limite de la précarité.",
    "settled": "Donnez le nombre de personnes installées dans la précarité.",
    "emergency": "Donnez le nombre de personnes aidées dans l'urgence.",
    "farmers": "Donnez le nombre d'agriculteurs en difficulté.",
}


def missing(facts: Facts, caps: budget.Caps) -> list[Missing]:
    """Everything that keeps the file from being sent, in the order of the pages."""
    found = [
        Missing(step, field, sentence)
        for step, field, sentence in FILLED
        if not getattr(facts, field)
    ]
    if len(facts.summary.strip()) < MIN_SUMMARY:
        found.append(Missing("projet", "summary", "Décrivez le projet en deux phrases au moins."))
    found += uncounted(facts)
    found += means_faults(facts)
    found += [
        Missing(fault.step, fault.code, fault.sentence)
        for fault in budget.faults(facts.lines, facts.asked, caps)
    ]
    found += [
        Missing("questions", code, f"Répondez à la question « {label} »")
        for code, label in facts.unanswered
    ]
    found += lacking_papers(facts)
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


def uncounted(facts: Facts) -> Iterator[Missing]:
    """With one public only, its number is the total: it is not asked twice."""
    if len(facts.publics) < 2:
        return
    for kind in facts.publics:
        if not facts.people.get(kind):
            yield Missing("publics", f"people_{kind}", PEOPLE_OF[kind])


def means_faults(facts: Facts) -> Iterator[Missing]:
    """The means of participation are there, and the budget holds their cost, line by line."""
    if facts.participation in WITH_MEANS and not facts.means:
        yield Missing(
            "publics",
            "means",
            "Dites ce qui permet aux personnes de participer : trajets, animation, temps…",
        )
    charges = {"": 0}
    for line in facts.lines:
        if line.side == budget.CHARGE:
            charges[line.code] = charges.get(line.code, 0) + line.amount_cents
    wanted: dict[str, int] = {}
    for code, cents in facts.means:
        wanted[code] = wanted.get(code, 0) + cents
    for code, cents in wanted.items():
        held = charges.get(code, 0)
        if cents > held:
            where = f"la ligne {code} du budget" if code else "aucune ligne du budget"
            yield Missing(
                "publics",
                "means",
                f"La participation coûte {budget.euros(cents)} sur {where}"
                + (f", qui n'en compte que {budget.euros(held)}" if code else "")
                + " : complétez le budget, ou corrigez ce coût.",
            )


def lacking_papers(facts: Facts) -> Iterator[Missing]:
    """Papers of every call, then those of this one, then a letter of each member of the group."""
    kinds = {kind for kind, _ in facts.attachments}
    for kind, sentence in PAPERS:
        if kind not in kinds and (kind != "statutes" or facts.is_association):
            yield Missing("pieces", kind, sentence)
    usual = {kind for kind, _ in PAPERS}
    for kind, label in facts.papers:
        if kind not in usual and not is_joined(kind, label, facts.attachments):
            yield Missing("pieces", kind, f"L'appel demande une pièce : « {label} ».")
    for name in facts.group_members:
        if (LETTER, name) not in facts.attachments:
            yield Missing(
                "pieces", LETTER, f"Joignez la lettre de « {name} », membre du groupement."
            )


def is_joined(kind: str, label: str, attachments: Sequence[tuple[str, str]]) -> bool:
    """A paper without a kind of its own is known by its name."""
    if kind == OTHER_PAPER:
        return (kind, label) in attachments
    return any(joined == kind for joined, _ in attachments)
