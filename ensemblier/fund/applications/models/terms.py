"""The closed lists of words of a file, and the only table of its states."""

from __future__ import annotations

from django.db import models


class State(models.TextChoices):
    """Where an application stands; `MOVES` is the only way from one to the next."""

    DRAFT = "draft", "Brouillon"
    FILED = "filed", "Déposé"
    IN_REVIEW = "in_review", "En instruction"
    INCOMPLETE = "incomplete", "Compléments demandés"
    PROPOSED = "proposed", "Proposé à la décision"
    FUNDED = "funded", "Retenu"
    REFUSED = "refused", "Non retenu"
    AGREED = "agreed", "Conventionné"
    CLOSED = "closed", "Clos"
    WITHDRAWN = "withdrawn", "Retiré"
    ABANDONED = "abandoned", "Classé sans réponse"


MOVES = {
    (State.DRAFT, "file"): State.FILED,
    (State.DRAFT, "withdraw"): State.WITHDRAWN,
    (State.FILED, "withdraw"): State.WITHDRAWN,
    (State.FILED, "take"): State.IN_REVIEW,
    (State.IN_REVIEW, "withdraw"): State.WITHDRAWN,
    (State.IN_REVIEW, "ask_complements"): State.INCOMPLETE,
    (State.INCOMPLETE, "answer_complements"): State.IN_REVIEW,
    (State.INCOMPLETE, "withdraw"): State.WITHDRAWN,
    # The complements never came: the desk closes the file, and may ask again.
    (State.INCOMPLETE, "abandon"): State.ABANDONED,
    (State.ABANDONED, "reopen"): State.INCOMPLETE,
    (State.IN_REVIEW, "propose"): State.PROPOSED,
    (State.PROPOSED, "send_back"): State.IN_REVIEW,
    (State.PROPOSED, "fund"): State.FUNDED,
    (State.PROPOSED, "refuse"): State.REFUSED,
    # Nobody answered in time: the law refuses. A written decision may still replace that.
    (State.FILED, "lapse"): State.REFUSED,
    (State.IN_REVIEW, "lapse"): State.REFUSED,
    (State.INCOMPLETE, "lapse"): State.REFUSED,
    (State.PROPOSED, "lapse"): State.REFUSED,
    (State.REFUSED, "resume"): State.IN_REVIEW,
    (State.FUNDED, "agree"): State.AGREED,
    (State.AGREED, "close"): State.CLOSED,
}
# The applicant may change the file in these states only.
EDITABLE = frozenset({State.DRAFT, State.INCOMPLETE})
# Filed files that ask nothing any more, and were not decided.
LEFT = (State.WITHDRAWN, State.ABANDONED)


class Stage(models.TextChoices):
    SEEDING = "seeding", "amorçage"
    CONSOLIDATION = "consolidation", "consolidation"
    BOTH = "both", "amorçage et consolidation"


class Goal(models.TextChoices):
    """What the fund is for (report, chapter II): a project answers one aim at least."""

    RESILIENCE = "resilience", "rendre le territoire plus solide pour se nourrir"
    PRECARITY = "precarity", "soutenir les personnes en précarité, agriculteurs compris"
    ACCESS = "access", "permettre à chacun d'accéder lui-même à une alimentation de qualité"


class Quality(models.TextChoices):
    """The report's fourth criterion, and the way to the law on public canteens (EGalim)."""

    FRESH = "fresh", "frais"
    LOCAL = "local", "locaux, en circuit court"
    AGROECOLOGICAL = "agroecological", "issus de l'agroécologie"
    ORGANIC = "organic", "biologiques"
    LABELLED = "labelled", "sous un autre signe de qualité (Label rouge, AOP, HVE…)"


class Participation(models.TextChoices):
    """Three levels of the report's second criterion."""

    INFORMED = "informed", "les personnes sont informées"
    CONSULTED = "consulted", "les personnes sont consultées"
    CO_BUILDING = "co_building", "les personnes construisent le projet"


class PublicKind(models.TextChoices):
    EDGE = "edge", "personnes à la limite de la précarité"
    SETTLED = "settled", "personnes installées dans la précarité"
    EMERGENCY = "emergency", "personnes qui ont besoin d'une aide d'urgence"
    FARMERS = "farmers", "agriculteurs en difficulté"


class Situation(models.TextChoices):
    """Who the participation of people is about first (report, second criterion)."""

    LOW_INCOME = "low_income", "ménages qui ont peu de ressources"
    SHELTERED = "sheltered", "personnes hébergées ou à la rue"
    ISOLATED = "isolated", "personnes isolées"


class Sector(models.TextChoices):
    """The local ecosystem: the eight links of the fifth criterion, then food aid."""

    EMPLOYMENT = "employment", "emploi et insertion"
    FARMING = "farming", "agriculture"
    SOCIAL = "social", "action sociale"
    EDUCATION = "education", "éducation"
    HEALTH = "health", "santé"
    PLANNING = "planning", "aménagement du territoire"
    ECONOMY = "economy", "économie locale"
    LOCAL_AUTHORITY = "local_authority", "collectivité"
    FOOD_AID = "food_aid", "aide alimentaire"


class FrameKind(models.TextChoices):
    """Local frames in which the fund's actions may sit, and be followed (T095-T097)."""

    PAT = "pat", "projet alimentaire territorial (PAT)"
    PTCE = "ptce", "pôle territorial de coopération économique (PTCE)"
    CITY = "city", "contrat de ville"
    CLS = "cls", "contrat local de solidarité (CLS)"
    CALPAE = "calpae", "convention de lutte contre la pauvreté (CALPAE)"
    COMMITTEE = "committee", "comité de pilotage du projet"


class Effect(models.TextChoices):
    """Useful effects: five of the report's table, five more of its drawing (T059-T065)."""

    HEALTH = "health", "santé"
    SOCIAL_LINK = "social_link", "lien social"
    ENVIRONMENT = "environment", "environnement et alimentation durable"
    TERRITORIAL_SOLIDARITY = "territorial_solidarity", "solidarité territoriale"
    EMPLOYMENT = "employment", "emploi et insertion"
    DEMOCRATISATION = "democratisation", "démocratisation des dispositifs"
    SKILLS = "skills", "valorisation des compétences"
    RELOCALISATION = "relocalisation", "relocalisation de l'alimentation"
    GREENING = "greening", "écologisation des pratiques agricoles"
    LOCAL_ACTIVITIES = "local_activities", "activités locales ouvertes à tous"


class Nature(models.TextChoices):
    """Who pays the project, year after year (T099, T100)."""

    FUND = "fund", "ce fonds"
    SALES = "sales", "ventes et services"
    EATERS = "eaters", "contributions des personnes accueillies"
    LOCAL = "local", "collectivités (commune, EPCI, département, région)"
    PUBLIC = "public", "État et organismes sociaux (CAF, MSA, ARS…)"
    PRIVATE = "private", "fondations, mécénat, dons"
    OWN = "own", "cotisations et autres activités"


class Certainty(models.TextChoices):
    """How sure a resource is."""

    ASKED = "asked", "demandé"
    PROMISED = "promised", "promis"
    FIRM = "firm", "acquis"
    REFUSED = "refused", "refusé"


class Side(models.TextChoices):
    CHARGE = "charge", "charge"
    RESOURCE = "resource", "produit"
