"""Applications: what a project is, whom it serves, who pays, and what it asks of the fund."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ensemblier.base.chains.terms import Length
from ensemblier.base.files.models import StoredFile
from ensemblier.base.people.models import Organisation, User
from ensemblier.base.territory.models import Commune, Department
from ensemblier.fund.calls.models import Call
from ensemblier.fund.programme.models import ExpenseClass


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


MOVES = {
    (State.DRAFT, "file"): State.FILED,
    (State.DRAFT, "withdraw"): State.WITHDRAWN,
    (State.FILED, "withdraw"): State.WITHDRAWN,
    (State.FILED, "take"): State.IN_REVIEW,
    (State.IN_REVIEW, "withdraw"): State.WITHDRAWN,
    (State.IN_REVIEW, "ask_complements"): State.INCOMPLETE,
    (State.INCOMPLETE, "answer_complements"): State.IN_REVIEW,
    (State.INCOMPLETE, "withdraw"): State.WITHDRAWN,
    (State.IN_REVIEW, "propose"): State.PROPOSED,
    (State.PROPOSED, "send_back"): State.IN_REVIEW,
    (State.PROPOSED, "fund"): State.FUNDED,
    (State.PROPOSED, "refuse"): State.REFUSED,
    (State.FUNDED, "agree"): State.AGREED,
    (State.AGREED, "close"): State.CLOSED,
}
# The applicant may change the file in these states only.
EDITABLE = frozenset({State.DRAFT, State.INCOMPLETE})


class Stage(models.TextChoices):
    SEEDING = "seeding", "amorçage"
    CONSOLIDATION = "consolidation", "consolidation"


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


class Certainty(models.TextChoices):
    """How sure a resource is."""

    ASKED = "asked", "demandé"
    PROMISED = "promised", "promis"
    FIRM = "firm", "acquis"
    REFUSED = "refused", "refusé"


class Application(models.Model):
    """One request for support. `version` grows at each change: nobody overwrites another."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="applications")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="applications"
    )
    number = models.CharField("numéro", max_length=16, unique=True)
    state = models.CharField("état", max_length=12, choices=State.choices, default=State.DRAFT)
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField("créé le", auto_now_add=True)
    saved_at = models.DateTimeField("enregistré le", auto_now=True)
    filed_at = models.DateTimeField("déposé le", null=True, blank=True)
    filed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    sheet_slug = models.CharField("fiche de départ", max_length=80, blank=True)
    # 1. the project
    title = models.CharField("titre du projet", max_length=160)
    summary = models.TextField("le projet en quelques phrases", max_length=2000, blank=True)
    stage = models.CharField("étape", max_length=14, choices=Stage.choices, blank=True)
    links = models.JSONField("maillons", default=list, blank=True)
    length = models.CharField("longueur", max_length=8, choices=Length.choices, blank=True)
    quality = models.TextField("qualité et origine des produits", max_length=2000, blank=True)
    # 2. publics
    publics = models.JSONField("publics", default=list, blank=True)
    people_count = models.PositiveIntegerField("nombre de personnes", null=True, blank=True)
    needs = models.TextField("besoins auxquels le projet répond", max_length=2000, blank=True)
    participation = models.CharField(
        "participation", max_length=12, choices=Participation.choices, blank=True
    )
    participation_how = models.TextField(
        "comment les personnes participent", max_length=2000, blank=True
    )
    # 3. territory
    commune = models.ForeignKey(
        Commune, verbose_name="commune", null=True, blank=True, on_delete=models.PROTECT
    )
    department = models.ForeignKey(
        Department,
        verbose_name="département",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    departments = models.ManyToManyField(
        Department, verbose_name="autres départements", related_name="+", blank=True
    )
    qpv_codes = models.JSONField("quartiers prioritaires", default=list, blank=True)
    territory_note = models.TextField("ancrage local", max_length=2000, blank=True)
    # 5. a model that lasts
    model_path = models.TextField(
        "comment le projet tiendra dans cinq ans", max_length=3000, blank=True
    )
    accepts_commitments = models.BooleanField("contrat d'engagement républicain", default=False)
    # step -> [version, page]: when each step last changed, and the open page that changed it.
    step_versions = models.JSONField(default=dict, blank=True, editable=False)

    class Meta:
        verbose_name = "dossier de demande"
        ordering = ["-pk"]
        indexes = [
            models.Index(name="application_by_call", fields=["call", "state", "-id"]),
            models.Index(name="application_by_department", fields=["department", "state"]),
        ]
        constraints = [
            models.CheckConstraint(
                name="application_filed_has_a_date",
                condition=Q(state__in=["draft", "withdrawn"]) | Q(filed_at__isnull=False),
                violation_error_message="Un dossier déposé porte sa date de dépôt.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.title}"


class NumberSeries(models.Model):
    """The last number given in one year; its row is locked while the next one is taken."""

    year = models.PositiveSmallIntegerField("année", primary_key=True)
    last = models.PositiveIntegerField("dernier numéro", default=0)

    class Meta:
        verbose_name = "série de numéros"


class Receipt(models.Model):
    """What was filed, frozen: the content, its digest, and the key of the request that filed it."""

    application = models.OneToOneField(
        Application, on_delete=models.PROTECT, related_name="receipt"
    )
    key = models.UUIDField("clé de la demande", unique=True)
    filed_at = models.DateTimeField("déposé le")
    filed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    content = models.JSONField("contenu déposé")
    digest = models.CharField("empreinte du contenu", max_length=64)

    class Meta:
        verbose_name = "accusé de dépôt"


class Partner(models.Model):
    """Somebody the project works with, and the part of the local ecosystem it stands for."""

    class Sector(models.TextChoices):
        EMPLOYMENT = "employment", "emploi et insertion"
        FARMING = "farming", "agriculture"
        SOCIAL = "social", "action sociale"
        EDUCATION = "education", "éducation"
        HEALTH = "health", "santé"
        LOCAL_AUTHORITY = "local_authority", "collectivité"
        ECONOMY = "economy", "économie locale"
        FOOD_AID = "food_aid", "aide alimentaire"

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="partners")
    name = models.CharField("nom", max_length=160)
    sector = models.CharField("secteur", max_length=16, choices=Sector.choices)
    role = models.CharField("rôle dans le projet", max_length=250, blank=True)

    class Meta:
        verbose_name = "partenaire"
        ordering = ["pk"]


class UsefulEffect(models.Model):
    """A useful effect of the project, and the funder that could pay for it (report, chapter I)."""

    class Effect(models.TextChoices):
        HEALTH = "health", "santé"
        SOCIAL_LINK = "social_link", "lien social"
        ENVIRONMENT = "environment", "environnement et alimentation durable"
        TERRITORIAL_SOLIDARITY = "territorial_solidarity", "solidarité territoriale"
        EMPLOYMENT = "employment", "emploi et insertion"
        DEMOCRATISATION = "democratisation", "démocratisation des dispositifs"
        SKILLS = "skills", "valorisation des compétences"

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="effects")
    effect = models.CharField("effet utile", max_length=24, choices=Effect.choices)
    explanation = models.CharField("ce que le projet produit", max_length=500, blank=True)
    funder = models.CharField("financeur concerné", max_length=160, blank=True)
    certainty = models.CharField("où en est-on ?", max_length=8, choices=Certainty.choices)

    class Meta:
        verbose_name = "effet utile"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="useful_effect_once",
                fields=["application", "effect", "funder"],
                violation_error_message="Cet effet utile est déjà cité pour ce financeur.",
            )
        ]


class Side(models.TextChoices):
    CHARGE = "charge", "charge"
    RESOURCE = "resource", "produit"


class BudgetLine(models.Model):
    """One line of the Cerfa budget, in whole euros (kept in cents). The fund's own line is not
    here: it is the sum of what is asked."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="lines")
    side = models.CharField(max_length=8, choices=Side.choices)
    code = models.CharField("ligne Cerfa", max_length=4)
    label = models.CharField("intitulé", max_length=160)
    payer = models.CharField("financeur", max_length=160, blank=True)
    amount_cents = models.PositiveBigIntegerField("montant")
    certainty = models.CharField(
        "certitude", max_length=8, choices=Certainty.choices, blank=True, default=""
    )
    is_assumed = models.BooleanField("hypothèse", default=False)

    class Meta:
        verbose_name = "ligne de budget"
        ordering = ["side", "code", "pk"]
        constraints = [
            models.CheckConstraint(
                name="budget_line_is_whole_euros",
                condition=Q(amount_cents__gte=0)
                & Q(amount_cents=models.F("amount_cents") / 100 * 100),
                violation_error_message="Le budget s'écrit en euros, sans les centimes.",
            )
        ]


class AskedAmount(models.Model):
    """What is asked of the fund, for one class of expenses and one year."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="asked")
    expense_class = models.CharField("dépense", max_length=20, choices=ExpenseClass.choices)
    year = models.PositiveSmallIntegerField("année")
    amount_cents = models.PositiveBigIntegerField("montant")
    is_assumed = models.BooleanField("hypothèse", default=False)

    class Meta:
        verbose_name = "montant demandé"
        ordering = ["year", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="asked_amount_once",
                fields=["application", "expense_class", "year"],
                violation_error_message="Ce montant est déjà demandé pour cette année.",
            )
        ]


class Attachment(models.Model):
    """A paper of the file."""

    class Kind(models.TextChoices):
        STATUTES = "statutes", "statuts"
        ACCOUNTS = "accounts", "derniers comptes approuvés"
        ACTIVITY_REPORT = "activity_report", "rapport d'activité"
        BANK_DETAILS = "bank_details", "RIB"
        PARTNER_LETTER = "partner_letter", "lettre d'un partenaire"
        OTHER = "other", "autre pièce"

    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="attachments"
    )
    kind = models.CharField("pièce", max_length=16, choices=Kind.choices)
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT)

    class Meta:
        verbose_name = "pièce jointe"
        ordering = ["pk"]
