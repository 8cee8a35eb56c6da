"""Decisions: what a signatory granted or refused, why, and on which envelope."""

from django.db import models
from django.db.models import Q

from ensemblier.base.ledger.models import Account, Transfer
from ensemblier.base.people.models import User
from ensemblier.fund.applications.models import Application
from ensemblier.fund.programme.models import Envelope, ExpenseClass


class Decision(models.Model):
    """One decision on one application. `account` holds what is granted until it is paid."""

    class Outcome(models.TextChoices):
        FUNDED = "funded", "accordé"
        REFUSED = "refused", "refusé"

    application = models.OneToOneField(
        Application, on_delete=models.PROTECT, related_name="decision"
    )
    number = models.CharField("numéro", max_length=20, unique=True)
    outcome = models.CharField("décision", max_length=8, choices=Outcome.choices)
    reasons = models.TextField("motifs", max_length=4000)
    signatory = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("décidé le")
    key = models.UUIDField(unique=True)
    account = models.OneToOneField(Account, null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        verbose_name = "décision"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="decision_has_reasons",
                condition=~Q(reasons=""),
                violation_error_message="Une décision se motive.",
            ),
            models.CheckConstraint(
                name="funded_decision_has_an_account",
                condition=Q(outcome="refused") | Q(account__isnull=False),
                violation_error_message="Un accord ouvre un compte au livre.",
            ),
        ]


class Award(models.Model):
    """What is granted for one class of expenses on one envelope."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="awards")
    envelope = models.ForeignKey(Envelope, on_delete=models.PROTECT, related_name="awards")
    expense_class = models.CharField("dépense", max_length=20, choices=ExpenseClass.choices)
    amount_cents = models.PositiveBigIntegerField("montant")
    reservation = models.OneToOneField(Transfer, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "montant accordé"
        ordering = ["envelope__year", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="award_once",
                fields=["decision", "envelope", "expense_class"],
                violation_error_message="Ce type de dépense est déjà accordé sur cette enveloppe.",
            ),
            models.CheckConstraint(
                name="award_is_positive",
                condition=Q(amount_cents__gt=0),
                violation_error_message="Un montant accordé est positif.",
            ),
        ]
