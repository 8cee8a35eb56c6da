"""What the demonstration's reviewers write: scores and reasons, the same each time."""

from __future__ import annotations

from datetime import datetime

from ensemblier.base.people.models import User
from ensemblier.fund.applications.models import Application
from ensemblier.fund.review import actions as review
from ensemblier.fund.review.models import Review

SCALE_WORDS = (
    "Le dossier n'en dit rien.",
    "Le dossier l'évoque sans le décrire.",
    "C'est décrit, avec peu de preuves.",
    "C'est décrit et déjà en place en partie.",
    "C'est solide, en place et vérifiable.",
)
REASONS = {
    "favourable": "Le projet répond à un besoin décrit, ses partenaires sont engagés et son budget "
    "est équilibré. Avis d'exemple.",
    "reserved": "Le projet est utile. La part des personnes dans les choix reste à préciser et une "
    "partie des cofinancements n'est pas acquise. Avis d'exemple.",
    "unfavourable": "Le projet est proche des critères, mais il touche peu de personnes pour le "
    "montant demandé. Avis d'exemple.",
}


def score(number: int, position: int, opinion: str) -> int:
    """2 to 4 for what is favoured, 0 to 2 for what is not."""
    value = 2 + (number * 7 + position * 3) % 3
    return value - 2 if opinion == "unfavourable" else value


def write(
    application: Application,
    *,
    review_row: Review,
    number: int,
    opinion: str,
    share: int,
    actor: User,
    now: datetime,
    give: bool = True,
) -> None:
    """Score every criterion and say what to grant (`share` percent of what is asked)."""
    asked = sum(part.amount_cents for part in application.asked.all())
    scores = {
        criterion.pk: (
            score(number, criterion.position, opinion),
            SCALE_WORDS[score(number, criterion.position, opinion)],
        )
        for criterion in application.call.criteria.all()
    }
    saved = review.save_scores(
        review=review_row,
        scores=scores,
        opinion=opinion,
        reasons=REASONS[opinion],
        proposed_cents=asked * share // 100 // 100_000 * 100_000,
        version=review_row.version,
        actor=actor,
        now=now,
    )
    if give:
        review.give_opinion(review=saved, version=saved.version, actor=actor, now=now)
