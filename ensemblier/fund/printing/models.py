"""Templates of budget forms that a programme officer adds; those of the house are files."""

from __future__ import annotations

from django.db import models

from ensemblier.base.people.models import User


class FormTemplate(models.Model):
    """One version of the form of a funder, as its officer wrote it; the last one counts."""

    key = models.SlugField("code", max_length=40)
    version = models.PositiveSmallIntegerField("version")
    title = models.CharField("titre", max_length=160)
    source = models.TextField("modèle", max_length=30_000)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField("ajouté le")
    is_offered = models.BooleanField("proposé", default=True)

    class Meta:
        verbose_name = "modèle d'impression"
        ordering = ["key", "-version"]
        constraints = [
            models.UniqueConstraint(
                name="form_template_version_once",
                fields=["key", "version"],
                violation_error_message="Ce modèle a changé pendant que vous l'écriviez.",
            )
        ]
