"""What the organisation has to do next on a file: one full sentence, and where to do it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.urls import NoReverseMatch, reverse

from ensemblier.fund.applications.actions import gaps
from ensemblier.fund.applications.models import Application, State
from ensemblier.fund.calls.instants import instant

WAITING = {
    State.FILED: "Vous n'avez rien à faire. Le service de l'État va lire votre dossier.",
    State.IN_REVIEW: "Vous n'avez rien à faire. Le service de l'État lit votre dossier.",
    State.PROPOSED: "Vous n'avez rien à faire. La décision va être prise.",
    State.WITHDRAWN: "Vous avez retiré ce dossier. Il ne demande plus rien.",
    State.CLOSED: "Ce dossier est clos. Il ne demande plus rien.",
}
# State, sentence, words of the link, address name, what the address takes.
DOING = {
    State.INCOMPLETE: (
        "Le service qui instruit vous demande des compléments : répondez-lui.",
        "Répondre",
        "review:answer",
    ),
    State.ABANDONED: (
        "Votre dossier est classé : le service n'a pas reçu les compléments demandés. Écrivez-lui "
        "pour le faire rouvrir.",
        "Écrire au service",
        "review:thread",
    ),
    State.FUNDED: (
        "Votre projet est retenu. La convention se prépare : vous la recevrez à signer.",
        "Lire la décision",
        "decisions:letter",
    ),
    State.REFUSED: (
        "Votre projet n'est pas retenu. La lettre explique pourquoi.",
        "Lire la décision",
        "decisions:letter",
    ),
    State.AGREED: (
        "La convention est signée. Suivez vos versements et rendez vos bilans à la date prévue.",
        "Voir mes conventions",
        "agreements:list",
    ),
}


class Next(NamedTuple):
    """A sentence, and a link when there is something to do."""

    sentence: str
    label: str = ""
    url: str = ""


def next_thing(application: Application, now: datetime) -> Next:
    state = State(application.state)
    if state == State.DRAFT:
        return _for_draft(application, now)
    if state in WAITING:
        return Next(WAITING[state])
    sentence, label, name = DOING[state]
    arguments = [] if name == "agreements:list" else [application.number]
    try:
        return Next(sentence, label, reverse(name, args=arguments))
    except NoReverseMatch:
        return Next(sentence)


def _for_draft(application: Application, now: datetime) -> Next:
    call = application.call
    if now >= call.closes_at:
        return Next(
            f"L'appel a fermé le {instant(call.closes_at, call.zone)}. Votre brouillon reste "
            "lisible, il ne peut plus être déposé.",
            "Relire",
            reverse("applications:detail", args=[application.number]),
        )
    until = f"L'appel ferme le {instant(call.closes_at, call.zone)}."
    left = gaps(application)
    if [gap for gap in left if gap.step != "envoi"]:
        count = len(left)
        things = (
            "Il reste une chose à compléter"
            if count == 1
            else (f"Il reste {count} choses à compléter")
        )
        return Next(
            f"{things}. D'abord : {left[0].sentence} {until}",
            "Continuer",
            reverse("applications:step", args=[application.number, left[0].step]),
        )
    return Next(
        f"Votre dossier est complet : relisez-le et déposez-le. {until}",
        "Vérifier et déposer",
        reverse("applications:step", args=[application.number, "envoi"]),
    )
