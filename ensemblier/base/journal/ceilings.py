"""How many times a day one account may do what fills the database or somebody's letter box."""

from __future__ import annotations

from datetime import timedelta

from ensemblier.base.journal.models import Event
from ensemblier.base.refusal import Refusal

DAY = timedelta(days=1)
# Action of the journal: (times in 24 hours, what it is called in the refusal). Far above what a
# busy person does; low enough that one stolen account fills nothing.
A_DAY = {
    "account.ask_email": (5, "changements d'adresse e-mail"),
    "claim.ask": (20, "demandes de rattachement"),
    "file.store": (300, "fichiers envoyés"),
    "invitation.send": (100, "invitations"),
    "organisation.ask_network": (20, "demandes à une tête de réseau"),
    "organisation.create": (10, "organisations inscrites"),
}


class CeilingReached(Refusal):
    """This account has done this too many times since yesterday."""


def keep_under(event: Event) -> Event:
    """Refuse when `event`, just recorded, is one too many: the transaction takes it back."""
    most, what = A_DAY[event.action]
    same = Event.objects.filter(actor_id=event.actor_id, action=event.action)
    if event.actor_id and same.filter(at__gt=event.at - DAY).count() > most:
        raise CeilingReached(
            f"Votre compte atteint la limite de {most} {what} en 24 heures. Recommencez demain ; "
            "si votre travail en demande plus, écrivez à l'assistance."
        )
    return event
