"""Who may act: accounts, organisations, and mandates that give a person a role for a time."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from ensemblier.base.territory.models import Commune, Department, Region


class UserManager(BaseUserManager["User"]):
    """Creates accounts by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, email: str | None) -> User:
        return self.get(email__iexact=email)


class User(AbstractBaseUser):
    """An account. What it may do comes from mandates alone, never from a flag here."""

    email = models.EmailField("adresse e-mail", unique=True)
    name = models.CharField("nom affiché", max_length=120, blank=True)
    is_active = models.BooleanField("actif", default=True)
    created_at = models.DateTimeField("créé le", auto_now_add=True)

    objects = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        verbose_name = "compte"

    def __str__(self) -> str:
        return self.name or self.email


class Role(models.TextChoices):
    """What a mandate lets a person do."""

    APPLICANT = "applicant", "porteur de projet"
    REPRESENTATIVE = "representative", "représentant légal"
    NETWORK_HEAD = "network_head", "tête de réseau"
    INSTRUCTOR = "instructor", "agent instructeur"
    PROGRAMME = "programme", "responsable du programme"
    SIGNATORY = "signatory", "signataire"
    PAYER = "payer", "agent payeur"
    AUDITOR = "auditor", "auditeur"
    SUPPORT = "support", "assistance"
    JUROR = "juror", "juré"


# Roles that touch money or decisions: they need a second factor.
STRONG_ROLES = frozenset(
    {Role.INSTRUCTOR, Role.PROGRAMME, Role.SIGNATORY, Role.PAYER, Role.AUDITOR, Role.SUPPORT}
)


class OrganisationKind(models.TextChoices):
    ASSOCIATION = "association", "association"
    COOPERATIVE = "cooperative", "coopérative"
    COMPANY = "company", "entreprise"
    FARM = "farm", "exploitation agricole"
    PUBLIC = "public", "collectivité ou établissement public"
    STATE = "state", "service de l'État"
    FOUNDATION = "foundation", "fondation"
    NETWORK = "network", "tête de réseau"


class Organisation(models.Model):
    """A legal person, known by its SIRET; an association may have an RNA number only."""

    name = models.CharField("nom", max_length=200)
    kind = models.CharField("nature", max_length=20, choices=OrganisationKind.choices)
    legal_form = models.CharField("forme juridique", max_length=80, blank=True)
    siret = models.CharField("SIRET", max_length=14, blank=True)
    rna = models.CharField("numéro RNA", max_length=10, blank=True)
    commune = models.ForeignKey(
        Commune, verbose_name="commune du siège", null=True, blank=True, on_delete=models.PROTECT
    )
    address = models.CharField("adresse", max_length=250, blank=True)
    email = models.EmailField("adresse e-mail de contact", blank=True)
    head = models.ForeignKey(
        "self",
        verbose_name="tête de réseau",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="members",
    )
    is_confirmed = models.BooleanField("identité confirmée", default=False)

    class Meta:
        verbose_name = "organisation"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="organisation_siret_is_unique",
                fields=["siret"],
                condition=~Q(siret=""),
                violation_error_message="Une organisation porte déjà ce SIRET.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MandateQuerySet(models.QuerySet["Mandate"]):
    def on(self, day: date) -> MandateQuerySet:
        """Mandates in force that day."""
        return self.filter(Q(ends__isnull=True) | Q(ends__gte=day), starts__lte=day)


class Mandate(models.Model):
    """A role held by a person for an organisation, on a territory (none: everywhere), for a time."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="mandates")
    role = models.CharField("rôle", max_length=20, choices=Role.choices)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="mandates"
    )
    region = models.ForeignKey(Region, null=True, blank=True, on_delete=models.PROTECT)
    department = models.ForeignKey(Department, null=True, blank=True, on_delete=models.PROTECT)
    starts = models.DateField("du")
    ends = models.DateField("au", null=True, blank=True)

    objects = MandateQuerySet.as_manager()

    class Meta:
        verbose_name = "mandat"
        constraints = [
            models.CheckConstraint(
                name="mandate_ends_after_it_starts",
                condition=Q(ends__isnull=True) | Q(ends__gte=models.F("starts")),
                violation_error_message="La fin du mandat précède son début.",
            ),
            models.CheckConstraint(
                name="mandate_has_one_territory_at_most",
                condition=Q(region__isnull=True) | Q(department__isnull=True),
                violation_error_message="Un mandat porte sur une région ou un département.",
            ),
        ]
