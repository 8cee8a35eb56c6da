"""Monitoring: the reports an agreement asks for, planned beside actual."""

from django.db import models
from django.db.models import Q

from ensemblier.base.people.models import User
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.applications.models import Side


class Report(models.Model):
    """A financial and activity report (Cerfa 15059): planned and actual, side by side."""

    class Kind(models.TextChoices):
        INTERMEDIATE = "intermediate", "bilan intermédiaire"
        FINAL = "final", "bilan final"

    class State(models.TextChoices):
        DRAFT = "draft", "À remplir"
        FILED = "filed", "Déposé"
        RETURNED = "returned", "À compléter"
        ACCEPTED = "accepted", "Accepté"

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="reports")
    kind = models.CharField("nature", max_length=12, choices=Kind.choices)
    state = models.CharField("état", max_length=8, choices=State.choices, default=State.DRAFT)
    due_on = models.DateField("à rendre avant le")
    narrative = models.TextField("ce qui a été fait", max_length=6000, blank=True)
    variance_note = models.TextField("explication des écarts", max_length=4000, blank=True)
    people_count = models.PositiveIntegerField("personnes touchées", null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    filed_at = models.DateTimeField("déposé le", null=True, blank=True)
    filed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    checked_at = models.DateTimeField("contrôlé le", null=True, blank=True)
    checked_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    check_note = models.TextField("remarques du contrôle", max_length=2000, blank=True)
    justified_cents = models.PositiveBigIntegerField(
        "dépenses admises sur la subvention", null=True, blank=True
    )

    class Meta:
        verbose_name = "bilan"
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_report_of_each_kind",
                fields=["agreement", "kind"],
                violation_error_message="Ce bilan est déjà ouvert pour cette convention.",
            ),
            models.CheckConstraint(
                name="accepted_report_says_what_is_justified",
                condition=~Q(state="accepted") | Q(justified_cents__isnull=False),
                violation_error_message="Un bilan accepté dit quelles dépenses sont admises.",
            ),
        ]


class ReportLine(models.Model):
    """One budget line: what was planned when the report opened, and what happened."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="lines")
    side = models.CharField(max_length=8, choices=Side.choices)
    code = models.CharField("ligne Cerfa", max_length=4)
    label = models.CharField("intitulé", max_length=160)
    payer = models.CharField("financeur", max_length=160, blank=True)
    planned_cents = models.PositiveBigIntegerField("prévu")
    actual_cents = models.PositiveBigIntegerField("réalisé", null=True, blank=True)

    class Meta:
        verbose_name = "ligne de bilan"
        ordering = ["side", "code", "pk"]
