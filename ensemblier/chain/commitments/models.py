"""Promises: a future quantity of goods or of time from one to another, that may fulfil a parent."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q

from ensemblier.base.chains.models import Chain, Site
from ensemblier.base.people.models import Organisation
from ensemblier.chain.catalogue.models import Product


class CommitmentQuerySet(models.QuerySet["Commitment"]):
    def on(self, day: date) -> CommitmentQuerySet:
        """Those whose delivery days hold this day, and that were not called off."""
        return self.filter(starts__lte=day, ends__gte=day).exclude(state="cancelled")


class Commitment(models.Model):
    """From `giver` to `receiver`: `milli` thousandths of a unit between two days.

    A framework and its call-offs, a need and the plan that answers it, an order of a cycle, are
    one thing: a promise and its `parent`. The price of a firm one holds over its dates.
    """

    class Kind(models.TextChoices):
        NEED = "need", "besoin"
        PLAN = "plan", "plan de culture"
        FRAMEWORK = "framework", "contrat-cadre"
        ORDER = "order", "commande"
        SUBSCRIPTION = "subscription", "abonnement"

    class Firmness(models.TextChoices):
        WISHED = "wished", "souhaité"
        PROMISED = "promised", "promis"
        FIRM = "firm", "ferme"

    class State(models.TextChoices):
        OPEN = "open", "en cours"
        KEPT = "kept", "tenu"
        CANCELLED = "cancelled", "annulé"

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="commitments")
    kind = models.CharField("nature", max_length=12, choices=Kind.choices)
    # A need has no giver yet; a plan may have no receiver yet.
    giver = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="promises_made"
    )
    receiver = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="promises_received",
    )
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT)
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    milli = models.PositiveBigIntegerField("quantité, en millièmes d'unité")
    unit_cents = models.PositiveBigIntegerField(
        "prix d'une unité, en centimes", null=True, blank=True
    )
    starts = models.DateField("du")
    ends = models.DateField("au")
    firmness = models.CharField("engagement", max_length=8, choices=Firmness.choices)
    state = models.CharField("état", max_length=9, choices=State.choices, default=State.OPEN)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    # Framework contracts of the Code rural (L. 631-24): the producer proposes first, and may
    # choose an automatic revision of the price, up and down, by an index.
    proposed_by = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    revision = models.CharField("clause de révision", max_length=300, blank=True)
    # An order paid when given, before delivery (group orders).
    is_prepaid = models.BooleanField("payé d'avance", default=False)
    key = models.UUIDField("clé de la demande", unique=True)
    note = models.CharField("note", max_length=300, blank=True)
    created_by_id = models.BigIntegerField("compte", null=True)
    created_at = models.DateTimeField("écrit le")

    objects = CommitmentQuerySet.as_manager()

    class Meta:
        verbose_name = "promesse"
        ordering = ["starts", "pk"]
        constraints = [
            models.CheckConstraint(
                name="commitment_is_more_than_nothing",
                condition=Q(milli__gt=0),
                violation_error_message="La quantité doit être supérieure à zéro.",
            ),
            models.CheckConstraint(
                name="commitment_ends_after_it_starts",
                condition=Q(ends__gte=F("starts")),
                violation_error_message="La fin précède le début.",
            ),
            models.CheckConstraint(
                name="commitment_has_a_side",
                condition=Q(giver__isnull=False) | Q(receiver__isnull=False),
                violation_error_message="Dites qui donne ou qui reçoit.",
            ),
            models.CheckConstraint(
                name="commitment_firm_between_two",
                condition=~Q(firmness="firm") | Q(giver__isnull=False, receiver__isnull=False),
                violation_error_message="Un engagement ferme lie deux organisations.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class PriceRevision(models.Model):
    """A new price of a promise from a day, by its revision clause: added, never edited."""

    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="revisions")
    starts = models.DateField("à partir du")
    unit_cents = models.PositiveBigIntegerField("prix d'une unité, en centimes")
    reason = models.CharField("indice et calcul", max_length=300)

    class Meta:
        verbose_name = "révision de prix"
        ordering = ["commitment", "starts"]
        constraints = [
            models.UniqueConstraint(
                name="price_revision_once_a_day",
                fields=["commitment", "starts"],
                violation_error_message="Une révision commence déjà ce jour-là.",
            ),
        ]

    def __str__(self) -> str:
        return f"révision du {self.starts}"
