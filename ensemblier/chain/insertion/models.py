"""Insertion by work: contracts, hours by kind, charges of the activity, and exits."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from ensemblier.base.chains.models import Site
from ensemblier.base.people.models import IaeAgreement, Organisation
from ensemblier.chain.activities.models import Participant


class InsertionContract(models.Model):
    """A person's contract under an agreement: so many minutes a week, part of them in training."""

    class Exit(models.TextChoices):
        LASTING_JOB = "lasting_job", "emploi durable"
        SHORT_JOB = "short_job", "emploi de transition"
        TRAINING = "training", "formation"
        OTHER = "other", "autre sortie"

    agreement = models.ForeignKey(IaeAgreement, on_delete=models.PROTECT, related_name="contracts")
    participant = models.ForeignKey(
        Participant, on_delete=models.PROTECT, related_name="insertion_contracts"
    )
    weekly_minutes = models.PositiveIntegerField("minutes par semaine")
    training_share = models.PositiveIntegerField("part de formation, en dix-millièmes", default=0)
    came_from_rsa = models.BooleanField("vient du RSA", default=False)
    starts = models.DateField("du")
    ends = models.DateField("au")
    exit = models.CharField("sortie", max_length=12, choices=Exit.choices, blank=True)
    exit_on = models.DateField("sortie le", null=True, blank=True)

    class Meta:
        verbose_name = "contrat d'insertion"
        ordering = ["starts", "pk"]
        constraints = [
            models.CheckConstraint(
                name="insertion_contract_ends_after_it_starts",
                condition=Q(ends__gt=F("starts")),
                violation_error_message="La fin du contrat précède son début.",
            ),
            models.CheckConstraint(
                name="insertion_contract_exit_has_a_day",
                condition=Q(exit="", exit_on__isnull=True)
                | (~Q(exit="") & Q(exit_on__isnull=False)),
                violation_error_message="Une sortie a sa nature et son jour.",
            ),
            models.CheckConstraint(
                name="insertion_contract_training_is_a_share",
                condition=Q(training_share__lte=10000),
                violation_error_message="La part de formation va de 0 à 100 %%.",
            ),
        ]


class HourEntry(models.Model):
    """Minutes of one contract on one day, by kind. Added, never changed: a correction undoes."""

    class Kind(models.TextChoices):
        WORK = "work", "travail"
        TRAINING = "training", "formation"
        SUPPORT = "support", "accompagnement"
        PAID_LEAVE = "paid_leave", "congé ou absence payée"
        ABSENCE = "absence", "absence non payée"

    contract = models.ForeignKey(InsertionContract, on_delete=models.PROTECT, related_name="hours")
    day = models.DateField("jour")
    kind = models.CharField("nature", max_length=10, choices=Kind.choices)
    minutes = models.IntegerField("minutes")
    undoes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="undone_by"
    )
    key = models.UUIDField("clé de la demande", unique=True)
    created_at = models.DateTimeField("écrit le")

    class Meta:
        verbose_name = "heures"
        ordering = ["day", "pk"]
        constraints = [
            models.CheckConstraint(
                name="hour_entry_is_not_nothing",
                condition=~Q(minutes=0),
                violation_error_message="Écrivez un temps.",
            ),
        ]


class ActivityCharge(models.Model):
    """A charge of the insertion activity of one agreement, for the share of sales (D. 5132-34)."""

    agreement = models.ForeignKey(IaeAgreement, on_delete=models.PROTECT, related_name="charges")
    month = models.DateField("mois")
    label = models.CharField("nature", max_length=120)
    cents = models.BigIntegerField("montant, en centimes")
    key = models.UUIDField("clé de la demande", unique=True)
    created_at = models.DateTimeField("écrit le")

    class Meta:
        verbose_name = "charge de l'activité d'insertion"
        ordering = ["month", "pk"]


class OutsideSale(models.Model):
    """A receipt of the insertion activity that no line of the chain holds, with its piece."""

    agreement = models.ForeignKey(IaeAgreement, on_delete=models.PROTECT, related_name="sales")
    day = models.DateField("jour")
    label = models.CharField("pièce", max_length=120)
    cents = models.BigIntegerField("montant, en centimes")
    key = models.UUIDField("clé de la demande", unique=True)
    created_at = models.DateTimeField("écrit le")

    class Meta:
        verbose_name = "recette hors filière"
        ordering = ["day", "pk"]


class SalesChoice(models.Model):
    """Under which agreement a structure's sales at a place count from a day, when no activity says
    it; none: outside insertion. Added, never changed: the last written replaces the others."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="sales_choices"
    )
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="sales_choices")
    agreement = models.ForeignKey(
        IaeAgreement,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="sales_choices",
    )
    starts = models.DateField("à partir du")
    created_at = models.DateTimeField("écrit le")

    class Meta:
        verbose_name = "ventes d'un lieu"
        ordering = ["starts", "pk"]
