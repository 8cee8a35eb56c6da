"""Breach and recovery: what was found, what is asked back, and how it is given back."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from ensemblier.base.ledger.models import Transfer
from ensemblier.base.people.models import User
from ensemblier.engines.recovery import Ground
from ensemblier.fund.agreements.models.agreement import Agreement
from ensemblier.fund.programme.models import Envelope, ExpenseClass

GROUNDS = [(ground.value, ground.label) for ground in Ground]


class Recovery(models.Model):
    """One breach and its recovery: found, heard (decisions.contradictory), decided or dropped.

    `calculation` is what the engine read and answered, so that the amount can be worked out again.
    """

    class State(models.TextChoices):
        OPEN = "open", "Manquement constaté"
        HEARING = "hearing", "Observations demandées"
        ORDERED = "ordered", "Reversement ordonné"
        SETTLED = "settled", "Soldé"
        DROPPED = "dropped", "Abandonné"
        CANCELLED = "cancelled", "Annulé"

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="recoveries")
    number = models.CharField("numéro", max_length=24, unique=True)
    key = models.UUIDField(unique=True)
    state = models.CharField("état", max_length=9, choices=State.choices, default=State.OPEN)
    ground = models.CharField("motif", max_length=12, choices=GROUNDS)
    happened_on = models.DateField("date du manquement")
    facts = models.TextField("ce qui a été constaté", max_length=4000)
    calculation = models.JSONField("calcul", default=dict)
    proposed_cents = models.PositiveBigIntegerField("montant envisagé")
    stops_payments = models.BooleanField("suspend les versements suivants", default=True)
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField("constaté le")
    decided_cents = models.PositiveBigIntegerField("montant à reverser", null=True, blank=True)
    reasons = models.TextField("motifs de la décision", max_length=4000, blank=True, default="")
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField("décidé le", null=True, blank=True)
    ended_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField("terminé le", null=True, blank=True)
    end_reason = models.CharField("pourquoi terminé", max_length=1000, blank=True, default="")

    class Meta:
        verbose_name = "reversement"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_recovery_of_each_ground_at_a_time",
                fields=["agreement", "ground"],
                condition=Q(state__in=["open", "hearing", "ordered"]),
                violation_error_message="Un reversement est déjà en cours pour ce motif.",
            ),
            models.CheckConstraint(
                name="recovery_says_what_was_found",
                condition=~Q(facts=""),
                violation_error_message="Un reversement dit ce qui a été constaté.",
            ),
            models.CheckConstraint(
                name="recovery_decided_by_somebody_else",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("opened_by")),
                violation_error_message="Qui constate le manquement ne décide pas du reversement.",
            ),
            models.CheckConstraint(
                name="ordered_recovery_has_its_decision",
                condition=~Q(state__in=["ordered", "settled"])
                | (
                    Q(decided_cents__gte=0, decided_by__isnull=False, decided_at__isnull=False)
                    & ~Q(reasons="")
                ),
                violation_error_message="Un reversement ordonné dit combien, par qui et pourquoi.",
            ),
            models.CheckConstraint(
                name="dropped_recovery_says_why",
                condition=~Q(state__in=["dropped", "cancelled"]) | ~Q(end_reason=""),
                violation_error_message="Un reversement abandonné ou annulé dit pourquoi.",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def about(self) -> str:
        """The name of this measure in decisions.contradictory."""
        return f"recovery:{self.pk}"


class RecoveryStage(models.Model):
    """One date of the repayment plan, and how much is asked by then."""

    recovery = models.ForeignKey(Recovery, on_delete=models.PROTECT, related_name="stages")
    position = models.PositiveSmallIntegerField("rang")
    due_on = models.DateField("à rendre avant le")
    amount_cents = models.PositiveBigIntegerField("montant")

    class Meta:
        verbose_name = "étape d'un reversement"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="recovery_stage_rank",
                fields=["recovery", "position"],
                violation_error_message="Deux étapes ne portent pas le même rang.",
            ),
            models.CheckConstraint(
                name="recovery_stage_is_positive",
                condition=Q(amount_cents__gt=0),
                violation_error_message="Une étape a un montant positif.",
            ),
        ]


class WithdrawnShare(models.Model):
    """A part of the grant that was not paid and that a recovery withdraws: back in its envelope.

    Rows are only added; `taken_back` is the opposite transfer when the recovery is cancelled.
    """

    recovery = models.ForeignKey(Recovery, on_delete=models.PROTECT, related_name="withdrawn")
    envelope = models.ForeignKey(Envelope, on_delete=models.PROTECT, related_name="+")
    expense_class = models.CharField("dépense", max_length=20, choices=ExpenseClass.choices)
    amount_cents = models.PositiveBigIntegerField("montant")
    transfer = models.OneToOneField(Transfer, on_delete=models.PROTECT, related_name="+")
    taken_back = models.OneToOneField(
        Transfer, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "part retirée de l'aide"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="withdrawn_share_is_positive",
                condition=Q(amount_cents__gt=0),
                violation_error_message="Une part retirée est positive.",
            ),
        ]
