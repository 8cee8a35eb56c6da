"""Where else an organisation may look: other open calls, and vehicles that registered here."""

from collections.abc import Callable
from datetime import date, datetime

from ensemblier.base.pages.formats import in_paris
from ensemblier.fund.applications.models import Application
from ensemblier.fund.calls.models import Call

MOST = 5
# Filled by apps that know other vehicles: callable(application, day) -> sentences.
vehicles: list[Callable[[Application, date], list[str]]] = []
ALWAYS = (
    "Le service de l'État de votre département peut vous orienter vers d'autres dispositifs.",
    "Votre tête de réseau peut relire le projet et vous aider à le redéposer.",
)


def ways_on(application: Application, now: datetime) -> list[str]:
    """Sentences that a letter may carry, the nearest first."""
    others = Call.objects.open_at(now).exclude(pk=application.call_id).order_by("closes_at")[:MOST]
    found = [f"L'appel « {call.title} » est ouvert jusqu'au {call.closing}." for call in others]
    for known in vehicles:
        found += known(application, in_paris(now).date())
    return list(dict.fromkeys([*found[: 2 * MOST], *ALWAYS]))
