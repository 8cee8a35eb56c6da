"""What a file was: its versions kept whole, and the former file it started from."""

from __future__ import annotations

from django.db import models

from ensemblier.base.people.models import User
from ensemblier.fund.applications.models.application import Application


class Snapshot(models.Model):
    """The whole content of a file at one moment; never changed."""

    class Reason(models.TextChoices):
        FILED = "filed", "dépôt"
        COMPLEMENTS = "complements", "réponse à une demande de compléments"
        ASKED = "asked", "version gardée à la demande"

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="snapshots")
    number = models.PositiveSmallIntegerField("numéro")
    taken_at = models.DateTimeField("gardée le")
    taken_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField("raison", max_length=12, choices=Reason.choices)
    note = models.CharField("nom de la version", max_length=120, blank=True)
    content = models.JSONField("contenu")
    digest = models.CharField("empreinte du contenu", max_length=64)

    class Meta:
        verbose_name = "version d'un dossier"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                name="snapshot_number_once",
                fields=["application", "number"],
                violation_error_message="Cette version porte un numéro déjà donné.",
            )
        ]


class Carryover(models.Model):
    """A file started from a former one: what was kept, what was not and why, what to check."""

    application = models.OneToOneField(
        Application, on_delete=models.CASCADE, related_name="carryover"
    )
    source = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="+")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("faite le")
    # Lists of sentences; a check is {"step", "sentence", "done"}.
    kept = models.JSONField("repris", default=list)
    left = models.JSONField("non repris", default=list)
    checks = models.JSONField("à vérifier", default=list)

    class Meta:
        verbose_name = "reprise d'un ancien dossier"
        constraints = [
            models.CheckConstraint(
                name="carryover_from_another_file",
                condition=~models.Q(application=models.F("source")),
                violation_error_message="Un dossier ne se reprend pas lui-même.",
            )
        ]
