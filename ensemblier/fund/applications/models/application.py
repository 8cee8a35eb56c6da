"""The file itself: one request for support, and the series its number comes from."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ensemblier.base.chains.terms import Length
from ensemblier.base.people.models import Organisation, User
from ensemblier.base.territory.models import Commune, Department
from ensemblier.fund.applications.models.terms import Participation, Stage, State
from ensemblier.fund.calls.models import Call


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
    starts_on = models.DateField("début du projet", null=True, blank=True)
    goals = models.JSONField("buts", default=list, blank=True)
    links = models.JSONField("maillons", default=list, blank=True)
    length = models.CharField("longueur", max_length=8, choices=Length.choices, blank=True)
    quality = models.TextField("qualité et origine des produits", max_length=2000, blank=True)
    qualities = models.JSONField("produits", default=list, blank=True)
    # 2. publics
    publics = models.JSONField("publics", default=list, blank=True)
    people_edge = models.PositiveIntegerField(
        "personnes à la limite de la précarité", null=True, blank=True
    )
    people_settled = models.PositiveIntegerField(
        "personnes installées dans la précarité", null=True, blank=True
    )
    people_emergency = models.PositiveIntegerField(
        "personnes aidées dans l'urgence", null=True, blank=True
    )
    people_farmers = models.PositiveIntegerField(
        "agriculteurs en difficulté", null=True, blank=True
    )
    situations = models.JSONField("situations", default=list, blank=True)
    people_count = models.PositiveIntegerField("nombre de personnes", null=True, blank=True)
    needs = models.TextField("besoins auxquels le projet répond", max_length=2000, blank=True)
    access_how = models.TextField("comment le projet reste accessible", max_length=1000, blank=True)
    dignity_how = models.TextField(
        "comment les personnes choisissent et se rencontrent", max_length=1000, blank=True
    )
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
    # The six real dimensions of a model (Atemis; report, chapter II, note 3).
    model_value = models.TextField("proposition de valeur", max_length=800, blank=True)
    model_resources = models.TextField("ressources", max_length=800, blank=True)
    model_work = models.TextField("organisation du travail", max_length=800, blank=True)
    model_contracts = models.TextField("contrats", max_length=800, blank=True)
    model_sharing = models.TextField(
        "accumulation et partage de la valeur", max_length=800, blank=True
    )
    model_governance = models.TextField("gouvernance", max_length=800, blank=True)
    # 9. commitments: ticked on the page, signed when the file is sent.
    accepts_commitments = models.BooleanField("contrat d'engagement républicain", default=False)
    commitments_signed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    commitments_signed_at = models.DateTimeField("engagements souscrits le", null=True, blank=True)
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
            ),
            models.CheckConstraint(
                name="application_commitments_signed_by_somebody",
                condition=Q(commitments_signed_by__isnull=True, commitments_signed_at__isnull=True)
                | Q(commitments_signed_by__isnull=False, commitments_signed_at__isnull=False),
                violation_error_message="Un engagement signé porte son auteur et sa date.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.title}"


class NumberSeries(models.Model):
    """The last number given in one year; its row is locked while the next one is taken."""

    year = models.PositiveSmallIntegerField("année", primary_key=True)
    last = models.PositiveIntegerField("dernier numéro", default=0)

    class Meta:
        verbose_name = "série de numéros"
