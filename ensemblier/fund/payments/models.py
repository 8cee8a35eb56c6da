"""Payments: an instalment reserved by one person, paid by another; and money that comes back."""

from django.db import models
from django.db.models import Q

from ensemblier.base.ledger.models import Transfer
from ensemblier.base.people.models import User
from ensemblier.fund.agreements.models import Agreement, Instalment


class Payment(models.Model):
    """One payment of one instalment: reserved in the ledger, then posted or voided."""

    class State(models.TextChoices):
        RESERVED = "reserved", "À payer"
        PAID = "paid", "Payé"
        VOIDED = "voided", "Annulé"

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
                condition=~Q(state="voided"),
                violation_error_message="Cette échéance est déjà en paiement ou payée.",
            ),
            models.CheckConstraint(
                name="payment_has_four_eyes",
                condition=Q(settled_by__isnull=True) | ~Q(settled_by=models.F("reserved_by")),
                violation_error_message="La personne qui paie n'est pas celle qui a certifié.",
            ),
        ]


class Refund(models.Model):
    """Money that came back from the organisation, or that was never paid and is released."""

    class Kind(models.TextChoices):
        RECOVERY = "recovery", "reversement de l'organisation"
        RELEASE = "release", "reliquat rendu à l'enveloppe"

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
