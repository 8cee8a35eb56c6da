"""The end sheet: what a supported project leaves to others, in the format of the library."""

from django.db import models
from django.db.models import Q

from ensemblier.base.chains.terms import Length
from ensemblier.base.people.models import User
from ensemblier.base.territory.models import Department
from ensemblier.fund.agreements.models import Agreement


class EndSheet(models.Model):
    """Drafted from the file, edited by the carrier, published on consent, withdrawn on demand."""

    class State(models.TextChoices):
        DRAFT = "draft", "À relire"
        PUBLISHED = "published", "Publiée"
        WITHDRAWN = "withdrawn", "Retirée"

    agreement = models.OneToOneField(Agreement, on_delete=models.PROTECT, related_name="end_sheet")
    state = models.CharField("état", max_length=9, choices=State.choices, default=State.DRAFT)
    slug = models.SlugField("adresse", max_length=80, unique=True)
    title = models.CharField("titre", max_length=200)
    summary = models.TextField("en bref", max_length=1500, blank=True)
    plain_lines = models.TextField(
        "en français facile, une idée par ligne", max_length=2000, blank=True
    )
    carrier = models.CharField("porteur de projet", max_length=300)
    territory = models.TextField("territoire", max_length=1000, blank=True)
    type = models.CharField("type d'action", max_length=300, blank=True)
    aim = models.TextField("objectif", max_length=2000, blank=True)
    public = models.TextField("public", max_length=1500, blank=True)
    action = models.TextField("action", max_length=4000, blank=True)
    funding = models.TextField("financement", max_length=2000, blank=True)
    support = models.TextField("appuis et leviers", max_length=2000, blank=True)
    difficulties = models.TextField("difficultés", max_length=2000, blank=True)
    lessons = models.TextField("enseignements", max_length=3000, blank=True)
    web_links = models.TextField("liens", max_length=1000, blank=True)
    links = models.JSONField("maillons", default=list, blank=True)
    length = models.CharField("longueur", max_length=8, choices=Length.choices, blank=True)
    departments = models.ManyToManyField(
        Department, verbose_name="départements", related_name="end_sheets", blank=True
    )
    version = models.PositiveIntegerField(default=1)
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField("rédigée le")
    # The words agreed to, by whom, when: kept even after a withdrawal.
    consent_text = models.TextField("accord donné", max_length=600, blank=True)
    consent_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    consent_at = models.DateTimeField("accord donné le", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField("retirée le", null=True, blank=True)
    withdrawn_reason = models.CharField("motif du retrait", max_length=500, blank=True)

    class Meta:
        verbose_name = "fiche de fin"
        ordering = ["-consent_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="end_sheet_published_with_consent",
                condition=~Q(state="published")
                | (Q(consent_by__isnull=False, consent_at__isnull=False) & ~Q(consent_text="")),
                violation_error_message="Une fiche ne paraît qu'avec un accord daté et nommé.",
            ),
            models.CheckConstraint(
                name="end_sheet_withdrawn_by_somebody",
                condition=~Q(state="withdrawn")
                | Q(withdrawn_by__isnull=False, withdrawn_at__isnull=False),
                violation_error_message="Un retrait porte son auteur et sa date.",
            ),
        ]
