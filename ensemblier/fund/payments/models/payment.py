"""Payments: an instalment reserved by one person, paid by another; and money that comes back."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q

from ensemblier.base.ledger.models import Transfer
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.models import User
from ensemblier.fund.agreements.models import Agreement, Instalment, RecoveryStage


class Payment(models.Model):
    """One payment of one instalment: reserved in the ledger, then posted or voided."""

    class State(models.TextChoices):
        RESERVED = "reserved", "À payer"
        PAID = "paid", "Payé"
        VOIDED = "voided", "Annulé"
        RETURNED = "returned", "Revenu"

    instalment = models.ForeignKey(Instalment, on_delete=models.PROTECT, related_name="payments")
    state = models.CharField("état", max_length=8, choices=State.choices, default=State.RESERVED)
    amount_cents = models.PositiveBigIntegerField("montant")
    reservation = models.OneToOneField(Transfer, on_delete=models.PROTECT, related_name="+")
    settlement = models.OneToOneField(
        Transfer, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reserved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reserved_at = models.DateTimeField("service fait certifié le")
    settled_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    settled_at = models.DateTimeField("payé ou annulé le", null=True, blank=True)

    class Meta:
        verbose_name = "versement"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="instalment_paid_once",
                fields=["instalment"],
                condition=~Q(state__in=["voided", "returned"]),
                violation_error_message="Cette échéance est déjà en paiement ou payée.",
            ),
            models.CheckConstraint(
                name="payment_has_four_eyes",
                condition=Q(settled_by__isnull=True) | ~Q(settled_by=F("reserved_by")),
                violation_error_message="La personne qui paie n'est pas celle qui a certifié.",
            ),
        ]

    @property
    def left_on(self) -> date | None:
        """The day the money left. The entry may be later: a return noted by mistake, undone."""
        if self.settlement is None or self.settled_at is None:
            return None
        return min(self.settlement.day, in_paris(self.settled_at).date())


class Refund(models.Model):
    """Money that came back from the organisation, that was never paid and is released, or that
    came back twice and is given back to the organisation."""

    class Kind(models.TextChoices):
        RECOVERY = "recovery", "reversement de l'organisation"
        RELEASE = "release", "reliquat rendu à l'enveloppe"
        HANDBACK = "handback", "revenu deux fois, rendu à l'organisation"

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="refunds")
    kind = models.CharField("nature", max_length=8, choices=Kind.choices)
    amount_cents = models.PositiveBigIntegerField("montant")
    reason = models.TextField("motif", max_length=1000)
    transfer = models.OneToOneField(Transfer, on_delete=models.PROTECT, related_name="+")
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField("enregistré le")

    class Meta:
        verbose_name = "retour de fonds"
        ordering = ["pk"]


class RecoveryClaim(models.Model):
    """What one stage of a recovery still asks: reserved in the books, then posted or voided."""

    stage = models.ForeignKey(RecoveryStage, on_delete=models.PROTECT, related_name="claims")
    amount_cents = models.PositiveBigIntegerField("montant")
    reservation = models.OneToOneField(Transfer, on_delete=models.PROTECT, related_name="+")
    settlement = models.OneToOneField(
        Transfer, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    refund = models.OneToOneField(
        Refund, null=True, blank=True, on_delete=models.PROTECT, related_name="claim"
    )

    class Meta:
        verbose_name = "somme à recouvrer"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_open_claim_per_stage",
                fields=["stage"],
                condition=Q(settlement__isnull=True),
                violation_error_message="Cette étape est déjà réclamée.",
            )
        ]


class Return(models.Model):
    """A payment that came back, or that was noted by mistake: its opposite entry."""

    class Kind(models.TextChoices):
        REJECTED = "rejected", "rejeté avant d'être payé"
        RETURNED = "returned", "renvoyé par la banque du destinataire"
        CORRECTION = "correction", "noté par erreur"

    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="came_back")
    kind = models.CharField("nature", max_length=10, choices=Kind.choices)
    code = models.CharField("code de la banque", max_length=4, blank=True)
    reason = models.CharField("motif", max_length=500)
    happened_on = models.DateField("revenu le")
    transfer = models.OneToOneField(Transfer, on_delete=models.PROTECT, related_name="+")
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField("enregistré le")
    # It had not come back: the bank's file that said so is undone (bank_undo.py).
    undone_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    undone_at = models.DateTimeField("défait le", null=True, blank=True)
    undone_why = models.CharField("pourquoi défait", max_length=500, blank=True, default="")

    class Meta:
        verbose_name = "versement revenu"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="return_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message="Dites pourquoi le versement est revenu.",
            ),
            models.CheckConstraint(
                name="return_undone_with_a_reason",
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | (Q(undone_at__isnull=False, undone_by__isnull=False) & ~Q(undone_why="")),
                violation_error_message="Dites qui défait ce retour, et pourquoi.",
            ),
        ]
