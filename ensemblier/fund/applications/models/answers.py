"""Answers to the questions of one call."""

from __future__ import annotations

from django.db import models

from ensemblier.base.files.models import StoredFile
from ensemblier.fund.applications.models.application import Application
from ensemblier.fund.calls.models import Question


class Answer(models.Model):
    """One answer: a text (several choices one a line), a number, or a file."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="answers")
    text = models.TextField("réponse", max_length=3000, blank=True)
    number = models.DecimalField("nombre", max_digits=14, decimal_places=2, null=True, blank=True)
    file = models.OneToOneField(
        StoredFile, null=True, blank=True, on_delete=models.SET_NULL, related_name="answer"
    )

    class Meta:
        verbose_name = "réponse à une question de l'appel"
        ordering = ["question__position", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="answer_once",
                fields=["application", "question"],
                violation_error_message="Cette question a déjà sa réponse.",
            )
        ]
