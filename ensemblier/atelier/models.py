"""A five-year plan of an organisation: its scenarios, every version of each, what people say."""

from __future__ import annotations

from django.db import models

from ensemblier.base.chains.models import Chain
from ensemblier.base.people.models import Organisation, User
from ensemblier.fund.applications.models import Application

MAIN = 0


class EconomicPlan(models.Model):
    """One plan. `application`: the request it goes with, from `attached_at` on."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="economic_plans"
    )
    application = models.ForeignKey(
        Application,
        verbose_name="dossier de demande",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="economic_plans",
    )
    attached_at = models.DateTimeField("joint au dossier le", null=True, blank=True)
    chain = models.ForeignKey(
        Chain,
        verbose_name="filière",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="economic_plans",
    )
    title = models.CharField("titre", max_length=160)
    sheet = models.PositiveSmallIntegerField("fiche de départ", default=0)
    made_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField("créé le")

    class Meta:
        verbose_name = "plan économique"
        verbose_name_plural = "plans économiques"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.title


class PlanScenario(models.Model):
    """A named variant of a plan. `rank` 0 is the plan itself; `version` is the last one kept."""

    plan = models.ForeignKey(EconomicPlan, on_delete=models.CASCADE, related_name="scenarios")
    rank = models.PositiveSmallIntegerField("rang", default=MAIN)
    name = models.CharField("nom", max_length=80)
    version = models.PositiveIntegerField("dernière version", default=0)

    class Meta:
        verbose_name = "scénario d'un plan"
        verbose_name_plural = "scénarios d'un plan"
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(
                name="plan_scenario_rank_once",
                fields=["plan", "rank"],
                violation_error_message="Ce scénario vient d'être ajouté : rechargez la page.",
            ),
            models.UniqueConstraint(
                name="plan_scenario_name_once",
                fields=["plan", "name"],
                violation_error_message="Un scénario de ce plan porte déjà ce nom.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PlanVersion(models.Model):
    """The whole text of a scenario at one moment; never changed."""

    scenario = models.ForeignKey(PlanScenario, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField("numéro")
    text = models.TextField("texte du plan")
    why = models.CharField("pourquoi", max_length=200, blank=True)
    made_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField("faite le")

    class Meta:
        verbose_name = "version d'un plan"
        verbose_name_plural = "versions d'un plan"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                name="plan_version_number_once",
                fields=["scenario", "number"],
                violation_error_message="Cette version porte un numéro déjà donné.",
            )
        ]

    def __str__(self) -> str:
        return f"version {self.number}"


class PlanComment(models.Model):
    """What somebody says of a version."""

    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    body = models.TextField("commentaire", max_length=2000)
    written_at = models.DateTimeField("écrit le")

    class Meta:
        verbose_name = "commentaire d'un plan"
        verbose_name_plural = "commentaires d'un plan"
        ordering = ["written_at", "pk"]
