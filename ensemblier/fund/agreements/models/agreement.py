"""The agreement itself, who takes part in it, and when the money comes."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import F, Q

from ensemblier.base.files.models import StoredFile
from ensemblier.base.people.models import Organisation, User
from ensemblier.engines.law.state_aid import Basis
from ensemblier.fund.decisions.models import Decision

# Without 0, 1, I and O: read aloud and typed without a mistake.
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
BASES = [(basis.value, basis.label) for basis in Basis]


def new_code() -> str:
    """What the QR code of one frozen text carries: sixteen letters that nobody guesses."""
    return "".join(secrets.choice(LETTERS) for _ in range(16))


class Agreement(models.Model):
    """The agreement that follows a grant. Its PDF is frozen when it is sent for signature.

    `code` is printed as a QR code on each page: a scan that comes back is found again by it.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "En préparation"
        SENT = "sent", "À signer"
        SIGNED = "signed", "Signée"
        CLOSED = "closed", "Close"

    class Kind(models.TextChoices):
        GRANT = "grant", "convention d'aide"
        SEVERAL = "several", "convention à plusieurs financeurs"
        NETWORK = "network", "convention avec une tête de réseau"

    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="agreement")
    number = models.CharField("numéro", max_length=20, unique=True)
    kind = models.CharField("nature", max_length=8, choices=Kind.choices, default=Kind.GRANT)
    state = models.CharField("état", max_length=6, choices=State.choices, default=State.DRAFT)
    starts_on = models.DateField("du")
    ends_on = models.DateField("au")
    surplus_clause = models.TextField(
        "ce qui peut être gardé si tout n'est pas dépensé", max_length=1000, blank=True
    )
    legal_basis = models.CharField(
        "règle d'aide d'État", max_length=16, choices=BASES, blank=True, default=""
    )
    basis_note = models.TextField(
        "pourquoi cette règle s'applique", max_length=1000, blank=True, default=""
    )
    is_line_based = models.BooleanField(
        "calculée au prix ou à la quantité de produits agricoles achetés", default=False
    )
    code = models.CharField("code du texte", max_length=16, unique=True, default=new_code)
    pdf = models.OneToOneField(StoredFile, null=True, blank=True, on_delete=models.PROTECT)
    sent_at = models.DateTimeField("envoyée le", null=True, blank=True)
    signed_at = models.DateTimeField("signée par tous le", null=True, blank=True)
    closed_at = models.DateTimeField("close le", null=True, blank=True)

    class Meta:
        verbose_name = "convention"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="agreement_ends_after_it_starts",
                condition=Q(ends_on__gt=F("starts_on")),
                violation_error_message="La fin de la convention précède son début.",
            ),
            models.CheckConstraint(
                name="line_based_aid_is_not_general_de_minimis",
                condition=Q(is_line_based=False) | ~Q(legal_basis=Basis.GENERAL.value),
                violation_error_message="Une aide calculée au prix ou à la quantité de produits "
                "agricoles ne peut pas être une aide de minimis générale.",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Party(models.Model):
    """One organisation that takes part in an agreement, and what it does there.

    The grantor's amount is the grant itself, read in the books; a co-funder has its own.
    """

    class Role(models.TextChoices):
        BENEFICIARY = "beneficiary", "porteur du projet"
        GRANTOR = "grantor", "financeur principal"
        CO_FUNDER = "co_funder", "cofinanceur"
        PARTNER = "partner", "partenaire sans argent"

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="parties")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    role = models.CharField("place dans la convention", max_length=11, choices=Role.choices)
    position = models.PositiveSmallIntegerField("rang de signature")
    signer_name = models.CharField("qui signe", max_length=120, blank=True, default="")
    signer_title = models.CharField("en qualité de", max_length=120, blank=True, default="")
    legal_basis = models.CharField("ce qui l'y autorise", max_length=200, blank=True, default="")
    amount_cents = models.PositiveBigIntegerField("montant apporté", null=True, blank=True)
    joined_by = models.ForeignKey(
        "agreements.Amendment", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    left_by = models.ForeignKey(
        "agreements.Amendment", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "partie à la convention"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="party_once",
                fields=["agreement", "organisation"],
                condition=Q(left_by__isnull=True),
                violation_error_message="Cette organisation est déjà partie à la convention.",
            ),
            models.UniqueConstraint(
                name="one_grantor_and_one_beneficiary",
                fields=["agreement", "role"],
                condition=Q(role__in=["grantor", "beneficiary"]),
                violation_error_message="Une convention a un financeur principal et un "
                "porteur du projet, pas plus.",
            ),
            models.CheckConstraint(
                name="only_a_co_funder_has_its_own_amount",
                condition=(Q(role="co_funder") & Q(amount_cents__gt=0))
                | (~Q(role="co_funder") & Q(amount_cents__isnull=True)),
                violation_error_message="Un cofinanceur apporte un montant ; les autres parties "
                "n'en ont pas.",
            ),
        ]

    def __str__(self) -> str:
        return self.organisation.name


class PartyPayment(models.Model):
    """What a co-funder pays by itself, and when; noted here, paid elsewhere."""

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="payments")
    position = models.PositiveSmallIntegerField("rang")
    label = models.CharField("intitulé", max_length=80)
    amount_cents = models.PositiveBigIntegerField("montant")
    due_on = models.DateField("prévu le")
    paid_on = models.DateField("versé le", null=True, blank=True)
    noted_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "versement d'un cofinanceur"
        ordering = ["due_on", "position", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="party_payment_rank",
                fields=["party", "position"],
                violation_error_message="Deux versements ne portent pas le même rang.",
            ),
            models.CheckConstraint(
                name="party_payment_is_positive",
                condition=Q(amount_cents__gt=0),
                violation_error_message="Un versement a un montant positif.",
            ),
        ]


class Instalment(models.Model):
    """A part of the grant, released by an event.

    Reports release by themselves once accepted; a paper, an indicator or a date is noted and
    checked here: `released_at` says when, `clock_starts_on` from which day the 60 days count.
    """

    class Release(models.TextChoices):
        SIGNATURE = "signature", "à la signature"
        INTERMEDIATE_REPORT = "intermediate_report", "au bilan intermédiaire accepté"
        FINAL_REPORT = "final_report", "au bilan final accepté"
        PAPER = "paper", "sur une pièce acceptée"
        INDICATOR = "indicator", "quand un indicateur est atteint"
        DATE = "date", "à la date prévue"

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="instalments")
    position = models.PositiveSmallIntegerField("rang")
    label = models.CharField("intitulé", max_length=80)
    release = models.CharField("déclenché", max_length=20, choices=Release.choices)
    amount_cents = models.PositiveBigIntegerField("montant")
    due_on = models.DateField("prévu le")
    paper_label = models.CharField("pièce attendue", max_length=160, blank=True, default="")
    indicator = models.ForeignKey(
        "agreements.Indicator", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    released_at = models.DateTimeField("ouverte le", null=True, blank=True)
    released_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    clock_starts_on = models.DateField("le délai court depuis le", null=True, blank=True)

    class Meta:
        verbose_name = "échéance"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="instalment_rank",
                fields=["agreement", "position"],
                violation_error_message="Deux échéances ne portent pas le même rang.",
            ),
            models.CheckConstraint(
                name="instalment_is_positive",
                condition=Q(amount_cents__gt=0),
                violation_error_message="Une échéance a un montant positif.",
            ),
        ]
