"""What the journal itself forgets: old consultations and finished sessions."""

from datetime import datetime

from django.contrib.sessions.models import Session

from ensemblier.base.journal.models import Access
from ensemblier.base.journal.retention import Rule, register
from ensemblier.base.pages.formats import in_paris
from ensemblier.engines.months import months_before

ACCESS_MONTHS = 12


def purge_accesses(now: datetime) -> int:
    limit = months_before(in_paris(now), ACCESS_MONTHS)
    return Access.objects.filter(at__lt=limit).delete()[0]


def purge_sessions(now: datetime) -> int:
    return Session.objects.filter(expire_date__lt=now).delete()[0]


def register_rules() -> None:
    register(
        Rule(
            "accesses",
            "Journal des consultations (qui a ouvert quelle page)",
            "12 mois",
            "CNIL, délibération 2021-122 du 14 octobre 2021 sur la journalisation",
            purge_accesses,
        )
    )
    register(
        Rule(
            "sessions",
            "Sessions de connexion",
            "12 heures, puis effacées dans la journée",
            "RGPD, article 5 : durée nécessaire à la connexion",
            purge_sessions,
        )
    )
    register(
        Rule(
            "events",
            "Journal des actions et écritures comptables (sans nom : un numéro de compte)",
            "10 ans après la clôture de l'exercice",
            "Code de commerce, article L123-22",
        )
    )
