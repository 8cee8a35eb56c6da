"""What the organisation may do against a decision, written out with its dates and its court."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from ensemblier.base.pages.formats import day as written
from ensemblier.engines.law import remedies as law
from ensemblier.engines.law.dated import in_force
from ensemblier.fund.applications.models import Application

MONTHS = ("", "un mois", "deux mois", "trois mois", "quatre mois")
OVERSEAS = (
    "Si vous vivez outre-mer et que ce tribunal est en métropole, vous avez {months} de plus."
)


class Remedies(NamedTuple):
    """Sentences for the letter, the page and the e-mail, and the texts they rest on."""

    months: str
    lines: list[str]
    sources: str
    court: str


def remedies_of(application: Application, notified_on: date, *, implicit: bool) -> Remedies:
    """The remedies that the law opens the day the letter leaves."""
    figures = law.SILENT_COURT_MONTHS if implicit else law.COURT_MONTHS
    court_months = in_force(figures, notified_on)
    silence = in_force(law.APPEAL_SILENCE_MONTHS, notified_on)
    far = in_force(law.OVERSEAS_MONTHS, notified_on)
    months = MONTHS[court_months.value]
    owner = application.call.owner
    court = law.court_of(owner.commune.department_id) if owner.commune_id else ""
    where = court or "tribunal administratif du siège de l'autorité qui a décidé"
    start = (
        f"à compter du {written(notified_on)}, jour où ce refus est né"
        if implicit
        else "à compter de la réception de cette lettre"
    )
    lines = [
        f"Vous avez {months} {start} pour contester cette décision.",
        "Recours gracieux ou hiérarchique : vous écrivez à l'autorité qui a décidé, ou à son "
        f"supérieur. Sans réponse pendant {MONTHS[silence.value]}, ce recours est rejeté. Vous "
        f"avez alors de nouveau {months} pour saisir le juge.",
        f"Recours contentieux : vous saisissez le {where}, par courrier ou sur "
        "www.telerecours.fr. " + OVERSEAS.format(months=MONTHS[far.value]),
    ]
    if implicit:
        lines.insert(
            1,
            "Vous pouvez demander les motifs de ce refus dans le même délai ; l'administration "
            "vous les donne dans le mois.",
        )
    sources = [court_months.source, law.APPEAL_SOURCE, silence.source, far.source, law.COURT_SOURCE]
    if implicit:
        sources.append(law.REASONS_SOURCE)
    return Remedies(months, lines, " ; ".join(dict.fromkeys(sources)) + ".", court)
