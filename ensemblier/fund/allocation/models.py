"""Allocation: a vote turned into a shared envelope, frozen with all that is needed to redo it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ensemblier.base.people.models import User
from ensemblier.fund.applications.models import Application
from ensemblier.fund.jury.models import Sitting


class Run(models.Model):
    """One sharing: its inputs as a file, its result as a file, and what the checker said.

    Written once, never changed. `is_final`: the one that the jury hands to the signatory.
    """

    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="runs")
    number = models.PositiveSmallIntegerField("numéro")
    envelope_cents = models.PositiveBigIntegerField("enveloppe partagée")
    settings = models.JSONField("réglages")
    inputs = models.TextField("entrées")
    inputs_digest = models.CharField("empreinte des entrées", max_length=64)
    result = models.JSONField("résultat")
    facts = models.JSONField("ce qu'il dit")
    result_digest = models.CharField("empreinte du résultat", max_length=64)
    certificate = models.TextField("ce que dit le vérificateur")
    is_final = models.BooleanField("remis au signataire", default=False)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("fait le")

    class Meta:
        verbose_name = "répartition"
        ordering = ["sitting", "number"]
        constraints = [
            models.UniqueConstraint(
                name="run_number_once",
                fields=["sitting", "number"],
                violation_error_message="Une répartition de cette séance porte déjà ce numéro.",
            ),
            models.UniqueConstraint(
                name="one_final_run_each",
                fields=["sitting"],
                condition=Q(is_final=True),
                violation_error_message="La répartition de cette séance est déjà remise.",
            ),
        ]


class Outcome(models.Model):
    """What the final run says of one file: which amount, or why not; in words that stay."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="outcomes")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="outcomes")
    number = models.PositiveSmallIntegerField("numéro du projet")
    asked_cents = models.PositiveBigIntegerField("demandé")
    funded_cents = models.PositiveBigIntegerField("retenu")
    sentences = models.JSONField("explication")

    class Meta:
        verbose_name = "sort d'un projet"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                name="outcome_once",
                fields=["run", "application"],
                violation_error_message="Ce projet a déjà son résultat.",
            )
        ]


class Departure(models.Model):
    """A signatory decided otherwise than the jury's result: the reason stays next to it."""

    outcome = models.ForeignKey(Outcome, on_delete=models.PROTECT, related_name="departures")
    decision = models.CharField("décision", max_length=20, unique=True)
    granted_cents = models.PositiveBigIntegerField("accordé")
    reason = models.TextField("pourquoi", max_length=2000)
    signatory = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField("écrit le")

    class Meta:
        verbose_name = "écart au résultat du jury"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="departure_says_why",
                condition=~Q(reason=""),
                violation_error_message="Un écart au résultat du jury dit pourquoi.",
            )
        ]
