"""The rows of the pages: partners, useful effects, lines of the budget, amounts asked."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from ensemblier.base.people.keys import validate_siret
from ensemblier.fund.applications.models.application import Application
from ensemblier.fund.applications.models.terms import (
    Certainty,
    Effect,
    FrameKind,
    Nature,
    Sector,
    Side,
)
from ensemblier.fund.programme.models import ExpenseClass

WHOLE_EUROS = Q(amount_cents__gte=0) & Q(amount_cents=models.F("amount_cents") / 100 * 100)


class Partner(models.Model):
    """Somebody the project works with, and the part of the local ecosystem it stands for."""

    Sector = Sector

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="partners")
    name = models.CharField("nom", max_length=160)
    sector = models.CharField("secteur", max_length=16, choices=Sector.choices)
    since = models.PositiveSmallIntegerField(
        "depuis quand (année)",
        null=True,
        blank=True,
        validators=[
            MinValueValidator(1900, "Écrivez l'année en quatre chiffres, par exemple 2021."),
            MaxValueValidator(2100, "Écrivez l'année en quatre chiffres, par exemple 2021."),
        ],
    )
    role = models.CharField("rôle dans le projet", max_length=250, blank=True)

    class Meta:
        verbose_name = "partenaire"
        ordering = ["pk"]


class UsefulEffect(models.Model):
    """A useful effect of the project, and the funder that could pay for it (report, chapter I)."""

    Effect = Effect

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="effects")
    effect = models.CharField("effet utile", max_length=24, choices=Effect.choices)
    explanation = models.CharField("ce que le projet produit", max_length=500, blank=True)
    funder = models.CharField("financeur concerné", max_length=160, blank=True)
    # Empty: nobody asked this funder yet.
    certainty = models.CharField(
        "où en est-on ?", max_length=8, choices=Certainty.choices, blank=True, default=""
    )

    class Meta:
        verbose_name = "effet utile"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="useful_effect_once",
                fields=["application", "effect", "funder"],
                violation_error_message="Cet effet utile est déjà cité pour ce financeur.",
            )
        ]


class BudgetLine(models.Model):
    """One line of the Cerfa budget, in whole euros (kept in cents). The fund's own line is not
    here: it is the sum of what is asked."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="lines")
    side = models.CharField(max_length=8, choices=Side.choices)
    code = models.CharField("ligne Cerfa", max_length=4)
    label = models.CharField("intitulé", max_length=160)
    payer = models.CharField("financeur", max_length=160, blank=True)
    amount_cents = models.PositiveBigIntegerField("montant")
    certainty = models.CharField(
        "certitude", max_length=8, choices=Certainty.choices, blank=True, default=""
    )
    effect = models.CharField("effet utile payé", max_length=24, choices=Effect.choices, blank=True)
    is_assumed = models.BooleanField("hypothèse", default=False)

    class Meta:
        verbose_name = "ligne de budget"
        ordering = ["side", "code", "pk"]
        constraints = [
            models.CheckConstraint(
                name="budget_line_is_whole_euros",
                condition=WHOLE_EUROS,
                violation_error_message="Le budget s'écrit en euros, sans les centimes.",
            )
        ]


class AskedAmount(models.Model):
    """What is asked of the fund, for one class of expenses and one year."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="asked")
    expense_class = models.CharField("dépense", max_length=20, choices=ExpenseClass.choices)
    year = models.PositiveSmallIntegerField("année")
    amount_cents = models.PositiveBigIntegerField("montant")
    is_assumed = models.BooleanField("hypothèse", default=False)

    class Meta:
        verbose_name = "montant demandé"
        ordering = ["year", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="asked_amount_once",
                fields=["application", "expense_class", "year"],
                violation_error_message="Ce montant est déjà demandé pour cette année.",
            )
        ]


class ParticipationMeans(models.Model):
    """What people's participation takes, what it costs, and the line of the budget that pays."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="means")
    label = models.CharField("moyen", max_length=160)
    code = models.CharField("ligne du budget", max_length=4, blank=True)
    amount_cents = models.PositiveBigIntegerField("coût", default=0)

    class Meta:
        verbose_name = "moyen de la participation"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="participation_means_is_whole_euros",
                condition=WHOLE_EUROS,
                violation_error_message="Le coût s'écrit en euros, sans les centimes.",
            )
        ]


class GroupMember(models.Model):
    """An organisation that carries the project with the one that asks."""

    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="group_members"
    )
    name = models.CharField("organisation", max_length=160)
    siret = models.CharField("SIRET", max_length=14, blank=True, validators=[validate_siret])
    role = models.CharField("rôle dans le projet", max_length=250, blank=True)

    class Meta:
        verbose_name = "membre du groupement"
        ordering = ["pk"]


class LocalFrame(models.Model):
    """A PAT, a PTCE, a contract or a committee the project takes part in."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="frames")
    kind = models.CharField("cadre local", max_length=12, choices=FrameKind.choices)
    name = models.CharField("nom", max_length=160, blank=True)
    role = models.CharField("votre place", max_length=250, blank=True)
    follows = models.BooleanField("suivra le projet", default=False)

    class Meta:
        verbose_name = "cadre local"
        ordering = ["pk"]


class Pooling(models.Model):
    """An expense shared with others, and what is gained by it."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="poolings")
    what = models.CharField("dépense mise en commun", max_length=160)
    with_whom = models.CharField("avec qui", max_length=160, blank=True)
    gain = models.CharField("ce que cela fait gagner", max_length=250, blank=True)

    class Meta:
        verbose_name = "dépense mise en commun"
        ordering = ["pk"]


class PathAmount(models.Model):
    """One year's resources of one nature, on the way to a model that lasts."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="path")
    year = models.PositiveSmallIntegerField("année")
    nature = models.CharField("nature", max_length=8, choices=Nature.choices)
    amount_cents = models.PositiveBigIntegerField("montant")

    class Meta:
        verbose_name = "ressource d'une année"
        ordering = ["year", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="path_amount_once",
                fields=["application", "year", "nature"],
                violation_error_message="Cette ressource est déjà écrite pour cette année.",
            ),
            models.CheckConstraint(
                name="path_amount_is_whole_euros",
                condition=WHOLE_EUROS,
                violation_error_message="Le montant s'écrit en euros, sans les centimes.",
            ),
        ]
