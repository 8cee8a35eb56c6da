"""The programme, and its envelopes: yearly sums by strand and territory, each a ledger account."""

from django.db import models
from django.db.models import F

from ensemblier.base.ledger.models import Account
from ensemblier.base.people.models import Organisation
from ensemblier.base.territory.models import Region


class Strand(models.TextChoices):
    NATIONAL = "national", "volet national"
    LOCAL = "local", "volet local"


class ExpenseClass(models.TextChoices):
    """Eligible expenses, in the report's own order (chapter II)."""

    ENGINEERING = "engineering", "ingénierie"
    OPERATION = "operation", "fonctionnement"
    SUPPORT = "support", "accompagnement des personnes"
    FOOD_PURCHASE = "food_purchase", "achat de denrées"
    INVESTMENT = "investment", "investissement"


class Programme(models.Model):
    """A public programme over several years, paid for by several contributors."""

    name = models.CharField("nom", max_length=120, unique=True)
    purpose = models.TextField("objet")
    owner = models.ForeignKey(Organisation, verbose_name="porté par", on_delete=models.PROTECT)
    first_year = models.PositiveSmallIntegerField("première année")
    last_year = models.PositiveSmallIntegerField("dernière année")

    class Meta:
        verbose_name = "programme"
        constraints = [
            models.CheckConstraint(
                name="programme_years_are_in_order",
                condition=models.Q(last_year__gte=F("first_year")),
                violation_error_message="La dernière année précède la première.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Envelope(models.Model):
    """What may be spent in one year, for one strand, on one region or everywhere."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="envelopes")
    year = models.PositiveSmallIntegerField("année")
    strand = models.CharField("volet", max_length=10, choices=Strand.choices)
    region = models.ForeignKey(
        Region, verbose_name="région", null=True, blank=True, on_delete=models.PROTECT
    )
    account = models.OneToOneField(Account, on_delete=models.PROTECT)

    class Meta:
        verbose_name = "enveloppe"
        ordering = ["year", "strand", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="envelope_of_a_region_is_unique",
                fields=["programme", "year", "strand", "region"],
                condition=models.Q(region__isnull=False),
                violation_error_message="Cette enveloppe existe déjà.",
            ),
            models.UniqueConstraint(
                name="envelope_of_all_regions_is_unique",
                fields=["programme", "year", "strand"],
                condition=models.Q(region__isnull=True),
                violation_error_message="Cette enveloppe existe déjà.",
            ),
        ]

    def __str__(self) -> str:
        place = f" · {self.region.name}" if self.region_id else ""
        return f"{self.programme.name} · {self.year} · {self.get_strand_display()}{place}"


class Contribution(models.Model):
    """What one contributor put into one envelope; the amount is in the ledger transfer."""

    envelope = models.ForeignKey(Envelope, on_delete=models.PROTECT, related_name="contributions")
    contributor = models.ForeignKey(Organisation, on_delete=models.PROTECT)
    transfer_key = models.UUIDField(unique=True)
    amount_cents = models.PositiveBigIntegerField("montant")

    class Meta:
        verbose_name = "contribution"
