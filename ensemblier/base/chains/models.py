"""A food chain (filière): who leads it, who takes part in it, and its places."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q

from ensemblier.base.chains.terms import Length, Link
from ensemblier.base.people.models import Organisation
from ensemblier.base.territory.models import Commune


class Chain(models.Model):
    """One chain. Its lead organisation enters its days; its members see their own part."""

    name = models.CharField("nom", max_length=200)
    slug = models.SlugField("adresse", max_length=60, unique=True)
    lead = models.ForeignKey(
        Organisation, verbose_name="organisation pilote", on_delete=models.PROTECT
    )
    length = models.CharField("longueur", max_length=10, choices=Length.choices)
    # A network head counts one chain for all its members; a local one stands alone.
    is_demo = models.BooleanField("exemple", default=False)

    class Meta:
        verbose_name = "filière"
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class MemberQuerySet(models.QuerySet["ChainMember"]):
    def on(self, day: date) -> MemberQuerySet:
        """Members of that day."""
        return self.filter(Q(ends__isnull=True) | Q(ends__gte=day), starts__lte=day)


class ChainMember(models.Model):
    """What an organisation does in a chain, for a time: roles come from this, never from types."""

    class Part(models.TextChoices):
        GROWER = "grower", "producteur"
        PROCESSOR = "processor", "transformateur"
        CARRIER = "carrier", "transporteur"
        STORE = "store", "lieu de distribution"
        BUYER = "buyer", "acheteur"
        DONOR = "donor", "donateur"
        REFERRER = "referrer", "structure qui oriente"
        FUNDER = "funder", "financeur"

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="members")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="chain_parts"
    )
    part = models.CharField("rôle", max_length=10, choices=Part.choices)
    link = models.CharField("maillon", max_length=12, choices=Link.choices, blank=True)
    starts = models.DateField("du")
    ends = models.DateField("au", null=True, blank=True)

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = "membre de la filière"
        ordering = ["part", "organisation__name", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="chain_member_once_from_a_day",
                fields=["chain", "organisation", "part", "starts"],
                violation_error_message="Cette organisation tient déjà ce rôle à cette date.",
            ),
            models.CheckConstraint(
                name="chain_member_ends_after_it_starts",
                condition=Q(ends__isnull=True) | Q(ends__gte=F("starts")),
                violation_error_message="La fin précède le début.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} : {self.get_part_display()}"


class Site(models.Model):
    """A place of a chain: garden, store, auction hall, kitchen, pick-up point."""

    class Kind(models.TextChoices):
        GARDEN = "garden", "jardin ou exploitation"
        STORE = "store", "réserve"
        SHOP = "shop", "épicerie"
        PICK_UP = "pick_up", "point de retrait"
        KITCHEN = "kitchen", "cuisine ou atelier"
        AUCTION = "auction", "criée ou marché de gros"
        CENTRE = "centre", "centre ou hébergement"

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="sites")
    keeper = models.ForeignKey(
        Organisation, verbose_name="tenu par", on_delete=models.PROTECT, related_name="sites"
    )
    name = models.CharField("nom", max_length=120)
    kind = models.CharField("nature", max_length=10, choices=Kind.choices)
    commune = models.ForeignKey(Commune, null=True, blank=True, on_delete=models.PROTECT)
    address = models.CharField("adresse", max_length=250, blank=True)
    is_cold = models.BooleanField("froid positif", default=False)
    is_frozen = models.BooleanField("froid négatif", default=False)
    is_open = models.BooleanField("ouvert", default=True)

    class Meta:
        verbose_name = "lieu"
        verbose_name_plural = "lieux"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="site_name_is_unique_in_its_chain",
                fields=["chain", "keeper", "name"],
                violation_error_message="Ce lieu existe déjà.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
