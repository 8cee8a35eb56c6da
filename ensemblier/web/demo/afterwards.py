"""After the closing of a project: its evaluation with the people, its end sheet, open data."""

from __future__ import annotations

from typing import Any

from ensemblier.base.people.models import User
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.monitoring import evaluating, sheets
from ensemblier.fund.monitoring.models import Mark
from ensemblier.fund.publication import actions as publication
from ensemblier.web.demo.plan import Clock

# Assumed figures: nobody was really asked.
COUNTS = {
    "eats_better": (64, 22, 13, 15),
    "chooses": (58, 31, 12, 13),
    "respected": (96, 12, 3, 3),
    "meets": (71, 20, 12, 11),
    "goes_on": (99, 4, 0, 11),
}
ENOUGH = {"before": (28, 41, 30, 15), "after": (57, 38, 14, 5)}
ANSWERS = ("yes", "partly", "no", "unknown")
SUFFICIENCY = ("all_liked", "not_liked", "sometimes", "often")
CARRIER = "Atteint pour l'essentiel, selon nos relevés. Appréciation d'exemple."
VISIT = "Vu sur place lors de la visite. Appréciation d'exemple."


def evaluate(agreement: Agreement, speaker: User, instructor: User, clock: Clock) -> None:
    """Three voices: the carrier's, the visit's, the people's, counted and never named."""
    row = evaluating.open_evaluation(agreement=agreement, actor=speaker, now=clock.ago(17))
    application = agreement.decision.application
    things: list[tuple[int | None, str]] = [
        *((criterion.pk, "") for criterion in application.call.criteria.all()),
        *((None, effect) for effect in dict.fromkeys(e.effect for e in application.effects.all())),
    ]
    for voice, actor, text, ago in (
        (Mark.Voice.CARRIER, speaker, CARRIER, 16),
        (Mark.Voice.VISIT, instructor, VISIT, 14),
    ):
        levels = ("yes", "yes", "partly")
        evaluating.write_marks(
            evaluation=row,
            voice=voice,
            marks={thing: (levels[rank % 3], text) for rank, thing in enumerate(things)},
            actor=actor,
            now=clock.ago(ago),
        )
    evaluating.count_voices(
        evaluation=row,
        method="Une réunion pendant la distribution, avec des cartes de couleur. Hypothèse.",
        asked_on=clock.day(15),
        words="« Ici on choisit, et on se parle. » Parole d'exemple.",
        changed="Un soir d'ouverture de plus. Exemple.",
        counts=_counts(),
        actor=speaker,
        now=clock.ago(15),
    )
    evaluating.end_evaluation(evaluation=row, actor=instructor, now=clock.ago(12))


def _counts() -> dict[tuple[str, str, str], int | None]:
    found: dict[tuple[str, str, str], int | None] = {}
    for question, people in COUNTS.items():
        for answer, number in zip(ANSWERS, people, strict=True):
            found[question, "after", answer] = number
    for moment, people in ENOUGH.items():
        for answer, number in zip(SUFFICIENCY, people, strict=True):
            found["enough", moment, answer] = number
    return found


def share(agreement: Agreement, speaker: User, clock: Clock) -> None:
    """The end sheet, drafted from the file, completed and published with consent."""
    sheet = sheets.draft_sheet(agreement=agreement, actor=speaker, now=clock.ago(11))
    fields: dict[str, Any] = {name: getattr(sheet, name) for name in sheets.WRITTEN}
    fields |= {
        "lessons": "Prévoir du temps pour les bénévoles dès le début. Fiche d'exemple.",
        "difficulties": fields["difficulties"] or "Les livraisons d'hiver. Fiche d'exemple.",
        "plain_lines": "Le projet a duré un an.\nDes personnes ont choisi leurs légumes.\n"
        "Le projet continue.",
    }
    for name in sheets.NEEDED:
        fields[name] = fields[name] or "Voir le dossier. Fiche d'exemple."
    sheet = sheets.save_sheet(
        sheet=sheet, fields=fields, version=sheet.version, actor=speaker, now=clock.ago(10)
    )
    sheets.publish_sheet(sheet=sheet, agreed=True, actor=speaker, now=clock.ago(9))


def publish(clock: Clock) -> None:
    """The nightly publication, as the clock does it."""
    publication.refresh(actor=None, now=clock.ago(1))
