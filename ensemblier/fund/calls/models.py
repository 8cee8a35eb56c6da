"""Calls for projects: dates, rules, grid, papers, questions and desks, frozen once published."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from ensemblier.base.people.models import Organisation, User
from ensemblier.base.territory.models import Region
from ensemblier.fund.calls.instants import instant
from ensemblier.fund.programme.models import Envelope, ExpenseClass, Programme, Strand


class Watch(models.TextChoices):
    """Territories that a call looks at with special care (criterion 6 of the report)."""

    QPV = "qpv", "quartiers prioritaires (QPV)"
    FRR = "frr", "zones France ruralités revitalisation (FRR)"
    OVERSEAS = "overseas", "outre-mer"


class CallQuerySet(models.QuerySet["Call"]):
    def open_at(self, now: datetime) -> CallQuerySet:
        """Published calls that accept applications at this instant."""
        return self.filter(published_at__isnull=False, opens_at__lte=now, closes_at__gt=now)

    def published(self) -> CallQuerySet:
        return self.filter(published_at__isnull=False)


class Call(models.Model):
    """A call for projects. `published_at` freezes its rules; dates alone open and close it."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="calls")
    owner = models.ForeignKey(Organisation, verbose_name="porté par", on_delete=models.PROTECT)
    title = models.CharField("titre", max_length=160)
    slug = models.SlugField("adresse", max_length=80, unique=True)
    strand = models.CharField("volet", max_length=10, choices=Strand.choices)
    description = models.TextField("présentation")
    opens_at = models.DateTimeField("ouvre le")
    closes_at = models.DateTimeField("ferme le")
    zone = models.CharField("fuseau horaire", max_length=40, default="Europe/Paris")
    first_year = models.PositiveSmallIntegerField("première année financée")
    last_year = models.PositiveSmallIntegerField("dernière année financée")
    max_rate_bp = models.PositiveIntegerField("taux maximal (centièmes de %)", default=8000)
    min_cents = models.PositiveBigIntegerField("montant minimal", default=0)
    max_cents = models.PositiveBigIntegerField("montant maximal", null=True, blank=True)
    envelopes = models.ManyToManyField(Envelope, related_name="calls", blank=True)
    kind_template = models.CharField("modèle d'appel", max_length=40, blank=True, default="")
    watch = models.JSONField("attention particulière", default=list, blank=True)
    has_silence_rule = models.BooleanField("le silence vaut refus", default=True)
    grid_version = models.CharField("version de la grille", max_length=40, blank=True, default="")
    grid_digest = models.CharField("empreinte des règles", max_length=64, blank=True, default="")
    short_reason = models.CharField(
        "pourquoi l'appel est court", max_length=300, blank=True, default=""
    )
    published_at = models.DateTimeField("publié le", null=True, blank=True)

    objects = CallQuerySet.as_manager()

    class Meta:
        verbose_name = "appel à projets"
        ordering = ["-closes_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="call_closes_after_it_opens",
                condition=Q(closes_at__gt=F("opens_at")),
                violation_error_message="La date de clôture précède la date d'ouverture.",
            ),
            models.CheckConstraint(
                name="call_rate_is_a_percentage",
                condition=Q(max_rate_bp__gt=0, max_rate_bp__lte=10000),
                violation_error_message="Le taux maximal va de 0 à 100 %%.",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def is_open(self, now: datetime) -> bool:
        return self.published_at is not None and self.opens_at <= now < self.closes_at

    @property
    def closing(self) -> str:
        """When it closes, by the clock of its own place, which is named."""
        return instant(self.closes_at, self.zone)

    @property
    def years(self) -> range:
        return range(self.first_year, self.last_year + 1)


class Condition(models.TextChoices):
    """When a class of expenses may be paid for: what the decision page reads."""

    NONE = "", "sans condition"
    ENVELOPE = "envelope", "seulement si l'enveloppe le permet"
    SUBSIDIARY = "subsidiary", "à titre subsidiaire"
    ACCESSORY = "accessory", "si elle est indispensable, et accessoire"


class CallExpense(models.Model):
    """One class of expenses of a call: its priority, its cap in the amount asked, its condition."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="expenses")
    expense_class = models.CharField("dépense", max_length=20, choices=ExpenseClass.choices)
    priority = models.PositiveSmallIntegerField("priorité")
    cap_bp = models.PositiveIntegerField("plafond (centièmes de %)", default=10000)
    condition = models.CharField(
        "condition", max_length=12, choices=Condition.choices, blank=True, default=""
    )
    note = models.CharField("précision", max_length=200, blank=True)

    class Meta:
        verbose_name = "dépense éligible"
        ordering = ["priority", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="call_expense_once",
                fields=["call", "expense_class"],
                violation_error_message="Ce type de dépense est déjà dans l'appel.",
            )
        ]


class Criterion(models.Model):
    """One of the call's criteria, with its weight and scale."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="criteria")
    position = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=4)
    label = models.CharField("critère", max_length=160)
    explanation = models.TextField("ce qui est regardé", blank=True)
    weight = models.PositiveSmallIntegerField("poids", default=1)
    scale_max = models.PositiveSmallIntegerField("note maximale", default=4)
    levels = models.JSONField("mots de l'échelle", default=list, blank=True)

    class Meta:
        verbose_name = "critère"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="criterion_once",
                fields=["call", "code"],
                violation_error_message="Un critère de l'appel porte déjà ce code.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code}. {self.label}"

    def word(self, value: int) -> str:
        """What a score is called, "" when the scale has no words."""
        return self.levels[value] if 0 <= value < len(self.levels) else ""


class SubCriterion(models.Model):
    """A GT8 criterion attached to one of the call's criteria, as its main or as a side one."""

    criterion = models.ForeignKey(Criterion, on_delete=models.CASCADE, related_name="parts")
    position = models.PositiveSmallIntegerField()
    label = models.CharField("sous-critère", max_length=120)
    objective = models.CharField("objectif GT8", max_length=60)
    is_main = models.BooleanField(default=True)

    class Meta:
        verbose_name = "sous-critère"
        ordering = ["position", "pk"]


class Paper(models.Model):
    """A paper the call asks for; `kind` is one of the applications' kinds of attachment."""

    class Kind(models.TextChoices):
        """Those a call may ask for; applications know them under the same names."""

        STATUTES = "statutes", "statuts"
        ACCOUNTS = "accounts", "comptes approuvés"
        ACTIVITY_REPORT = "activity_report", "rapport d'activité"
        BANK_DETAILS = "bank_details", "RIB"
        PARTNER_LETTER = "partner_letter", "lettre d'un partenaire"
        OTHER = "other", "autre pièce"

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="papers")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField("sorte", max_length=16)
    label = models.CharField("pièce", max_length=160)
    required = models.BooleanField("obligatoire", default=True)

    class Meta:
        verbose_name = "pièce demandée"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="paper_once",
                fields=["call", "kind", "label"],
                violation_error_message="L'appel demande déjà cette pièce.",
            )
        ]


class Question(models.Model):
    """A question of this call alone, shown always or after one answer to an earlier question."""

    class Kind(models.TextChoices):
        TEXT = "text", "une ligne de texte"
        LONG_TEXT = "long_text", "un texte long"
        NUMBER = "number", "un nombre"
        CHOICE = "choice", "un choix dans une liste"
        MULTIPLE = "multiple", "plusieurs choix dans une liste"
        FILE = "file", "un fichier"

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField()
    code = models.SlugField("code", max_length=40)
    label = models.CharField("question", max_length=200)
    help = models.CharField("aide", max_length=300, blank=True)
    kind = models.CharField("sorte de réponse", max_length=10, choices=Kind.choices)
    options = models.JSONField("choix", default=list, blank=True)
    required = models.BooleanField("obligatoire", default=False)
    shown_when_code = models.CharField("montrée après la question", max_length=40, blank=True)
    shown_when_value = models.CharField("quand la réponse est", max_length=200, blank=True)

    class Meta:
        verbose_name = "question de l'appel"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="question_once",
                fields=["call", "code"],
                violation_error_message="Une question de l'appel porte déjà ce code.",
            )
        ]

    def __str__(self) -> str:
        return self.label


class Desk(models.Model):
    """Which service instructs the files of a region; without a region, the national desk."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="desks")
    organisation = models.ForeignKey(
        Organisation, verbose_name="service", on_delete=models.PROTECT, related_name="+"
    )
    region = models.ForeignKey(
        Region, verbose_name="région", null=True, blank=True, on_delete=models.PROTECT
    )

    class Meta:
        verbose_name = "guichet"
        ordering = ["region__name", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="desk_of_a_region_is_unique",
                fields=["call", "region"],
                condition=Q(region__isnull=False),
                violation_error_message="Cette région a déjà son guichet.",
            ),
            models.UniqueConstraint(
                name="desk_of_all_regions_is_unique",
                fields=["call"],
                condition=Q(region__isnull=True),
                violation_error_message="L'appel a déjà son guichet national.",
            ),
        ]


class CallNotice(models.Model):
    """A dated public notice about a published call: it explains, it never changes a rule."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="notices")
    published_at = models.DateTimeField("publié le")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField("texte")

    class Meta:
        verbose_name = "avis sur un appel"
        ordering = ["-published_at", "-pk"]


class College(models.Model):
    """A part of the call's jury, with its share of the decision: frozen with the other rules."""

    class Kind(models.TextChoices):
        INSTITUTIONS = "institutions", "institutions"
        ASSOCIATIONS = "associations", "associations"
        PEOPLE = "people", "personnes concernées"

    class Way(models.TextChoices):
        SCORES = "scores", "note chaque critère, en son nom"
        CARDS = "cards", "vote par cartes, à bulletin secret"

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="colleges")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField("collège", max_length=12, choices=Kind.choices)
    share_bp = models.PositiveIntegerField("part de la décision (centièmes de %)")
    seats = models.PositiveSmallIntegerField("sièges")
    reserves = models.PositiveSmallIntegerField("réservistes", default=0)
    quorum = models.PositiveSmallIntegerField("quorum")
    way = models.CharField("façon de voter", max_length=6, choices=Way.choices)

    class Meta:
        verbose_name = "collège du jury"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="college_once",
                fields=["call", "kind"],
                violation_error_message="Ce collège est déjà dans le jury de l'appel.",
            ),
            models.CheckConstraint(
                name="college_quorum_fits_its_seats",
                condition=Q(seats__gt=0, quorum__gt=0, quorum__lte=F("seats")),
                violation_error_message="Le quorum va de 1 au nombre de sièges.",
            ),
            models.CheckConstraint(
                name="college_share_is_a_percentage",
                condition=Q(share_bp__gt=0, share_bp__lte=10000),
                violation_error_message="La part d'un collège va de 0 à 100 %%.",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
