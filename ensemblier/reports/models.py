"""Reports of a chain to one recipient for a period: frozen and versioned when sent."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from ensemblier.base.chains.models import Chain
from ensemblier.base.people.models import Organisation
from ensemblier.chain.cofinancing.models import Share


class ReportKind(models.TextChoices):
    FUNDER = "funder", "compte rendu à un financeur"
    ACTIVITY = "activity", "chiffres d'activité (aide alimentaire)"
    QUALITY = "quality", "bio, EGalim, local"
    CANTEEN = "canteen", "achats pour ma-cantine"
    INSERTION = "insertion", "heures et sorties d'insertion"
    SUFFICIENCY = "sufficiency", "avant, après : manger à sa faim et à son goût"


class ClosedPeriod(models.Model):
    """A month of a chain that is closed: a late fact goes to the open one."""

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="closed_periods")
    last_day = models.DateField("clos jusqu'au")
    closed_at = models.DateTimeField("clos le")
    closed_by_id = models.BigIntegerField("compte", null=True)

    class Meta:
        verbose_name = "période close"
        ordering = ["chain", "last_day"]
        constraints = [
            models.UniqueConstraint(
                name="closed_period_once",
                fields=["chain", "last_day"],
                violation_error_message="Cette période est déjà close.",
            ),
        ]


class SentReport(models.Model):
    """What was sent, to whom, for which days: its figures frozen, its version, its digest."""

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="reports")
    kind = models.CharField("nature", max_length=12, choices=ReportKind.choices)
    recipient = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="received_reports"
    )
    first_day = models.DateField("du")
    last_day = models.DateField("au")
    version = models.PositiveIntegerField("version", default=1)
    content = models.JSONField("contenu figé")
    digest = models.CharField("empreinte", max_length=64)
    sent_at = models.DateTimeField("envoyé le")
    sent_by_id = models.BigIntegerField("compte", null=True)
    key = models.UUIDField("clé de la demande", unique=True)

    class Meta:
        verbose_name = "compte rendu envoyé"
        ordering = ["-last_day", "-version"]
        constraints = [
            models.UniqueConstraint(
                name="sent_report_version_once",
                fields=["chain", "kind", "recipient", "first_day", "last_day", "version"],
                violation_error_message="Cette version est déjà envoyée.",
            ),
            models.CheckConstraint(
                name="sent_report_ends_after_it_starts",
                condition=Q(last_day__gte=F("first_day")),
                violation_error_message="La fin de la période précède son début.",
            ),
        ]


class ReportedShare(models.Model):
    """This share is in this report: a euro is in exactly one funder's report."""

    share = models.OneToOneField(Share, on_delete=models.PROTECT, related_name="reported")
    report = models.ForeignKey(SentReport, on_delete=models.PROTECT, related_name="shares")

    class Meta:
        verbose_name = "part déjà rapportée"
