"""Who may act: accounts, organisations, and mandates that give a person a role for a time."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from ensemblier.base.files.models import StoredFile
from ensemblier.base.people.accounts import UserManager
from ensemblier.base.people.identifiers import spaced
from ensemblier.base.people.keys import rna_is_right, siret_is_right, validate_rna, validate_siret
from ensemblier.base.territory.models import Commune, Department, Region


class User(AbstractBaseUser):
    """An account. What it may do comes from mandates alone, never from a flag here."""

    email = models.EmailField("adresse e-mail", unique=True)
    name = models.CharField("nom affiché", max_length=120, blank=True)
    is_active = models.BooleanField("actif", default=True)
    created_at = models.DateTimeField("créé le", auto_now_add=True)
    warned_at = models.DateTimeField("prévenu de l'effacement le", null=True, blank=True)

    objects = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        verbose_name = "compte"
        constraints = [
            models.CheckConstraint(
                name="user_email_is_lower_case",
                condition=Q(email=Lower("email")),
                violation_error_message="L'adresse e-mail s'écrit en minuscules.",
            ),
        ]

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
    siret = models.CharField("SIRET", max_length=14, blank=True, validators=[validate_siret])
    rna = models.CharField("numéro RNA", max_length=10, blank=True, validators=[validate_rna])
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
            models.UniqueConstraint(
                name="organisation_rna_is_unique",
                fields=["rna"],
                condition=~Q(rna=""),
                violation_error_message="Une organisation porte déjà ce numéro RNA.",
            ),
            models.CheckConstraint(
                name="organisation_siret_key_is_right",
                condition=Q(siret="") | siret_is_right("siret"),
                violation_error_message="La clé de contrôle du SIRET est fausse.",
            ),
            models.CheckConstraint(
                name="organisation_rna_form_is_right",
                condition=Q(rna="") | rna_is_right("rna"),
                violation_error_message="Le numéro RNA compte la lettre W puis 9 caractères.",
            ),
            models.CheckConstraint(
                name="organisation_is_not_its_own_head",
                condition=Q(head__isnull=True) | ~Q(head=models.F("pk")),
                violation_error_message="Une organisation n'est pas sa propre tête de réseau.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def siren(self) -> str:
        return self.siret[:9]

    @property
    def siret_spaced(self) -> str:
        return spaced(self.siret) if self.siret else ""


class DatedQuerySet(models.QuerySet):
    """Rows that hold from `starts` to `ends` included."""

    def on(self, day: date) -> DatedQuerySet:
        """Rows in force that day."""
        return self.filter(Q(ends__isnull=True) | Q(ends__gte=day), starts__lte=day)


class Mandate(models.Model):
    """A role held for an organisation, on a territory (none: everywhere), for a time."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="mandates")
    role = models.CharField("rôle", max_length=20, choices=Role.choices)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="mandates"
    )
    region = models.ForeignKey(Region, null=True, blank=True, on_delete=models.PROTECT)
    department = models.ForeignKey(Department, null=True, blank=True, on_delete=models.PROTECT)
    starts = models.DateField("du")
    ends = models.DateField("au", null=True, blank=True)

    objects = DatedQuerySet.as_manager()

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

    def __str__(self) -> str:
        return f"{self.user} : {self.get_role_display()}"


class IaeKind(models.TextChoices):
    """The four kinds of structures for insertion by work (Code du travail, L. 5132-4)."""

    ACI = "aci", "atelier et chantier d'insertion (ACI)"
    EI = "ei", "entreprise d'insertion (EI)"
    ETTI = "etti", "entreprise de travail temporaire d'insertion (ETTI)"
    AI = "ai", "association intermédiaire (AI)"


class IaeAgreement(models.Model):
    """The State's agreement with a structure for insertion, for a time."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="iae_agreements"
    )
    kind = models.CharField("nature", max_length=4, choices=IaeKind.choices)
    number = models.CharField("numéro de convention", max_length=40)
    starts = models.DateField("du")
    ends = models.DateField("au")
    # An ACI sells for less than 30 % of the charges of its insertion activity; the prefect may
    # raise this up to 50 % (D. 5132-34-1): kept in ten-thousandths.
    sales_share_max = models.PositiveIntegerField("part maximale des ventes", default=3000)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = "convention IAE"
        ordering = ["-starts", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="iae_agreement_number_is_unique",
                fields=["organisation", "kind", "number"],
                violation_error_message="Cette convention est déjà enregistrée.",
            ),
            models.CheckConstraint(
                name="iae_agreement_ends_after_it_starts",
                condition=Q(ends__gte=models.F("starts")),
                violation_error_message="La fin de la convention précède son début.",
            ),
            models.CheckConstraint(
                name="iae_agreement_sales_share_is_legal",
                condition=Q(sales_share_max__gt=0, sales_share_max__lte=5000),
                violation_error_message="La part maximale des ventes va de 0 à 50 %%.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} n° {self.number}"


class FoodAidQuerySet(DatedQuerySet):
    def covering(self, organisation: Organisation) -> FoodAidQuerySet:
        """Its own, or those of an authorised network that designated it."""
        return self.filter(Q(organisation=organisation) | Q(designated=organisation)).distinct()


class FoodAidAuthorisation(models.Model):
    """The right to receive public contributions for food aid (CASF, L. 266-2), for a time."""

    class Level(models.TextChoices):
        NATIONAL = "national", "nationale"
        REGION = "region", "régionale"

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="food_aid_authorisations"
    )
    level = models.CharField("portée", max_length=8, choices=Level.choices)
    region = models.ForeignKey(Region, null=True, blank=True, on_delete=models.PROTECT)
    number = models.CharField("numéro", max_length=40)
    starts = models.DateField("du")
    ends = models.DateField("au")
    # A member that an authorised network designates is covered without an authorisation of its own.
    designated = models.ManyToManyField(
        Organisation, blank=True, related_name="covered_by", verbose_name="membres désignés"
    )

    objects = FoodAidQuerySet.as_manager()

    class Meta:
        verbose_name = "habilitation à l'aide alimentaire"
        ordering = ["-starts", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="food_aid_number_is_unique",
                fields=["organisation", "number"],
                violation_error_message="Cette habilitation est déjà enregistrée.",
            ),
            models.CheckConstraint(
                name="food_aid_ends_after_it_starts",
                condition=Q(ends__gte=models.F("starts")),
                violation_error_message="La fin de l'habilitation précède son début.",
            ),
            models.CheckConstraint(
                name="food_aid_region_goes_with_level",
                condition=Q(level="national", region__isnull=True)
                | Q(level="region", region__isnull=False),
                violation_error_message="Une habilitation régionale nomme sa région ; "
                "une habilitation nationale n'en nomme pas.",
            ),
        ]

    def __str__(self) -> str:
        return f"habilitation {self.get_level_display()} n° {self.number}"


class Invitation(models.Model):
    """An offer of a role, sent to one address for one organisation; the token is kept hashed."""

    email = models.EmailField("adresse e-mail")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="invitations"
    )
    role = models.CharField("rôle", max_length=20, choices=Role.choices)
    region = models.ForeignKey(Region, null=True, blank=True, on_delete=models.PROTECT)
    department = models.ForeignKey(Department, null=True, blank=True, on_delete=models.PROTECT)
    token_digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField("envoyée le")
    expires_at = models.DateTimeField("expire le")
    accepted_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    accepted_at = models.DateTimeField("acceptée le", null=True, blank=True)
    withdrawn_at = models.DateTimeField("annulée le", null=True, blank=True)

    class Meta:
        verbose_name = "invitation"
        ordering = ["-invited_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="invitation_is_accepted_by_someone",
                condition=Q(accepted_by__isnull=True, accepted_at__isnull=True)
                | Q(accepted_by__isnull=False, accepted_at__isnull=False),
                violation_error_message="Une invitation acceptée l'est par quelqu'un, à une date.",
            ),
            models.CheckConstraint(
                name="invitation_is_accepted_or_withdrawn",
                condition=Q(accepted_at__isnull=True) | Q(withdrawn_at__isnull=True),
                violation_error_message="Une invitation acceptée ne s'annule plus.",
            ),
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk}"


class Claim(models.Model):
    """Someone says they act for an organisation, and the proof, until the desk answers."""

    class Proof(models.TextChoices):
        DOCUMENT = "document", "document vérifié"
        PROCONNECT = "proconnect", "ProConnect"

    class State(models.TextChoices):
        PENDING = "pending", "à vérifier"
        ACCEPTED = "accepted", "accepté"
        REFUSED = "refused", "refusé"

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="claims")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="claims")
    role = models.CharField("rôle demandé", max_length=20, choices=Role.choices)
    proof = models.CharField("preuve", max_length=12, choices=Proof.choices)
    document = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    state = models.CharField("état", max_length=10, choices=State.choices, default=State.PENDING)
    asked_at = models.DateTimeField("demandé le")
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField("décidé le", null=True, blank=True)
    reason = models.TextField("motif", blank=True)

    class Meta:
        verbose_name = "demande de rattachement"
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="claim_is_pending_once",
                fields=["user", "organisation"],
                condition=Q(state="pending"),
                violation_error_message="Votre demande pour cette organisation est déjà en cours.",
            ),
            models.CheckConstraint(
                name="claim_refused_with_a_reason",
                condition=~Q(state="refused") | ~Q(reason=""),
                violation_error_message="Un refus est toujours motivé.",
            ),
            models.CheckConstraint(
                name="claim_gives_an_organisation_role",
                condition=Q(role__in=["applicant", "representative"]),
                violation_error_message="Le rattachement donne un rôle dans l'organisation.",
            ),
        ]

    def __str__(self) -> str:
        return f"rattachement {self.pk}"


import ensemblier.base.people.memberships  # noqa: E402, F401
