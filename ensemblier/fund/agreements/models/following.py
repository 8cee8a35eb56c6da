"""What releases an instalment, and what stops its clock."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from ensemblier.base.files.models import StoredFile
from ensemblier.base.people.models import User
from ensemblier.fund.agreements.models.agreement import Agreement, Instalment


class Evidence(models.Model):
    """What is shown to release an instalment; another person checks it."""

    class Kind(models.TextChoices):
        PAPER = "paper", "pièce"
        INDICATOR = "indicator", "indicateur atteint"
        DATE = "date", "date arrivée"

    class State(models.TextChoices):
        GIVEN = "given", "À contrôler"
        ACCEPTED = "accepted", "Acceptée"
        RETURNED = "returned", "À refaire"

    instalment = models.ForeignKey(Instalment, on_delete=models.PROTECT, related_name="evidence")
    kind = models.CharField("nature", max_length=9, choices=Kind.choices)
    state = models.CharField("état", max_length=8, choices=State.choices, default=State.GIVEN)
    file = models.OneToOneField(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    measure = models.ForeignKey(
        "agreements.Measure", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.CharField("ce que cela montre", max_length=500, blank=True, default="")
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField("donnée le")
    checked_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    checked_at = models.DateTimeField("contrôlée le", null=True, blank=True)
    check_note = models.CharField("remarque du contrôle", max_length=500, blank=True, default="")

    class Meta:
        verbose_name = "justificatif d'échéance"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_evidence_waits_per_instalment",
                fields=["instalment"],
                condition=Q(state="given"),
                violation_error_message="Un justificatif attend déjà d'être contrôlé.",
            ),
            models.CheckConstraint(
                name="evidence_has_four_eyes",
                condition=Q(checked_by__isnull=True) | ~Q(checked_by=F("given_by")),
                violation_error_message="Qui donne le justificatif ne le contrôle pas.",
            ),
            models.CheckConstraint(
                name="paper_evidence_has_its_file",
                condition=~Q(kind="paper") | Q(file__isnull=False),
                violation_error_message="Une pièce est un fichier.",
            ),
            models.CheckConstraint(
                name="returned_evidence_says_why",
                condition=~Q(state="returned") | ~Q(check_note=""),
                violation_error_message="Dites pourquoi le justificatif est à refaire.",
            ),
        ]


class Suspension(models.Model):
    """Days that do not count: the organisation owes something, or a recovery is in progress.

    On one instalment, or on all of them (`instalment` empty). The reason is told to both sides.
    """

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="suspensions")
    instalment = models.ForeignKey(
        Instalment, null=True, blank=True, on_delete=models.PROTECT, related_name="suspensions"
    )
    recovery = models.ForeignKey(
        "agreements.Recovery",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="suspensions",
    )
    reason = models.CharField("ce que l'organisation doit", max_length=500)
    starts_on = models.DateField("depuis le")
    ends_on = models.DateField("jusqu'au", null=True, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("décidée le")
    lifted_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    lift_reason = models.CharField("pourquoi levée", max_length=500, blank=True, default="")

    class Meta:
        verbose_name = "suspension du délai"
        ordering = ["starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="suspension_says_why",
                condition=~Q(reason=""),
                violation_error_message="Une suspension dit ce que l'organisation doit.",
            ),
            models.CheckConstraint(
                name="suspension_ends_after_it_starts",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                violation_error_message="La fin de la suspension précède son début.",
            ),
        ]
