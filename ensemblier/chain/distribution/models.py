"""Who may get what, by card and without a name, and each line sold or handed over."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from ensemblier.base.chains.models import Chain, Site
from ensemblier.base.people.models import IaeAgreement, Organisation
from ensemblier.chain.activities.models import Activity
from ensemblier.chain.catalogue.models import DatedRows, Product
from ensemblier.chain.stock.models import Movement


class Card(models.Model):
    """A household's card: a code, no name. Who holds it is known to who gave it, not to us."""

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="cards")
    code = models.UUIDField("code", default=uuid4, unique=True)
    number = models.CharField("numéro imprimé", max_length=12)
    given_by = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    given_on = models.DateField("remise le")
    is_blocked = models.BooleanField("bloquée", default=False)

    class Meta:
        verbose_name = "carte"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                name="card_number_is_unique_in_its_chain",
                fields=["chain", "number"],
                violation_error_message="Une carte porte déjà ce numéro.",
            ),
        ]

    def __str__(self) -> str:
        return f"carte {self.number}"


class Entitlement(models.Model):
    """A card may use a scheme, for a time, at a tier; attested by somebody, no paper kept."""

    card = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="entitlements")
    scheme = models.SlugField("dispositif", max_length=60)
    tier = models.CharField("tranche", max_length=20, blank=True)
    # A band of the scheme, never more precise than its table: "1", "2", "3-4", "5+".
    size = models.CharField("taille du foyer", max_length=10, blank=True)
    attested_by = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # Most units a calendar month; empty: none.
    month_milli = models.PositiveBigIntegerField("quota par mois", null=True, blank=True)
    starts = models.DateField("du")
    ends = models.DateField("au", null=True, blank=True)

    objects = DatedRows.as_manager()

    class Meta:
        verbose_name = "droit"
        ordering = ["card", "scheme", "-starts"]
        constraints = [
            models.UniqueConstraint(
                name="entitlement_once_from_a_day",
                fields=["card", "scheme", "starts"],
                violation_error_message="Cette carte a déjà ce droit à cette date.",
            ),
            models.CheckConstraint(
                name="entitlement_ends_after_it_starts",
                condition=Q(ends__isnull=True) | Q(ends__gte=F("starts")),
                violation_error_message="La fin du droit précède son début.",
            ),
        ]


class SaleLine(models.Model):
    """One line sold or given: what, how much, its whole price. Added, never changed.

    It holds the tier and the size band the rule used, and no card: see `LineCard`.
    """

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="sale_lines")
    key = models.UUIDField("clé de la demande", unique=True)
    activity = models.ForeignKey(
        Activity, null=True, blank=True, on_delete=models.PROTECT, related_name="sale_lines"
    )
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="sale_lines")
    seller = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="sale_lines")
    # The organisation that buys, when it is not a household.
    buyer = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="bought_lines"
    )
    movement = models.OneToOneField(
        Movement, null=True, blank=True, on_delete=models.PROTECT, related_name="sale_line"
    )
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="sale_lines")
    milli = models.PositiveBigIntegerField("quantité, en millièmes d'unité")
    price_cents = models.PositiveBigIntegerField("prix de la ligne, en centimes")
    cost_cents = models.PositiveBigIntegerField("prix coûtant", null=True, blank=True)
    producer_cents = models.PositiveBigIntegerField("prix du producteur", null=True, blank=True)
    extra_cents = models.PositiveBigIntegerField("don en plus", default=0)
    scheme = models.SlugField("dispositif", max_length=60, blank=True)
    tier = models.CharField("tranche", max_length=20, blank=True)
    size = models.CharField("taille du foyer", max_length=10, blank=True)
    commune_code = models.CharField("commune", max_length=5, blank=True)
    labels = models.CharField("labels du jour", max_length=200, blank=True)
    vat_rate = models.PositiveSmallIntegerField("TVA, en dix-millièmes", default=0)
    iae_agreement = models.ForeignKey(
        IaeAgreement, null=True, blank=True, on_delete=models.PROTECT, related_name="sale_lines"
    )
    day = models.DateField("jour")
    undoes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="undone_by"
    )
    actor_id = models.BigIntegerField("compte", null=True)
    created_at = models.DateTimeField("écrit le")

    class Meta:
        verbose_name = "ligne"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="sale_line_is_more_than_nothing",
                condition=Q(milli__gt=0),
                violation_error_message="La quantité doit être supérieure à zéro.",
            ),
        ]
        indexes = [
            models.Index(fields=["chain", "day"], name="sale_line_of_a_day"),
            models.Index(fields=["scheme", "day"], name="sale_line_of_a_scheme"),
        ]


class LineCard(models.Model):
    """Which card a line went to: the only tie, erased after a time, and totals stay the same."""

    line = models.OneToOneField(SaleLine, on_delete=models.CASCADE, related_name="tie")
    card = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="ties")

    class Meta:
        verbose_name = "lien entre une ligne et une carte"
