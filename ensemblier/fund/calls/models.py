"""Calls for projects: dates, eligible expenses and the grid, all frozen once the call opens."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from ensemblier.base.people.models import Organisation
from ensemblier.fund.programme.models import Envelope, ExpenseClass, Programme, Strand


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
    def years(self) -> range:
        return range(self.first_year, self.last_year + 1)


class CallExpense(models.Model):
    """One class of expenses of a call: its priority, and its cap in the amount asked."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="expenses")
    expense_class = models.CharField("dépense", max_length=20, choices=ExpenseClass.choices)
    priority = models.PositiveSmallIntegerField("priorité")
    cap_bp = models.PositiveIntegerField("plafond (centièmes de %)", default=10000)
    note = models.CharField("condition", max_length=200, blank=True)

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
