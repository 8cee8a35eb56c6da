"""The programme, and its envelopes: yearly sums by strand and territory, each a ledger account."""

from django.db import models
from django.db.models import F, Q

from ensemblier.base.ledger.models import Account
from ensemblier.base.people.models import Organisation, User
from ensemblier.base.territory.models import Department, Region


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
                condition=Q(last_year__gte=F("first_year")),
                violation_error_message="La dernière année précède la première.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Envelope(models.Model):
    """What may be spent in one year, for one strand: on one place or everywhere, for one class of
    expenses or all. A narrower envelope is delegated by a wider one, its `parent`."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="envelopes")
    year = models.PositiveSmallIntegerField("année")
    strand = models.CharField("volet", max_length=10, choices=Strand.choices)
    region = models.ForeignKey(
        Region, verbose_name="région", null=True, blank=True, on_delete=models.PROTECT
    )
    department = models.ForeignKey(
        Department, verbose_name="département", null=True, blank=True, on_delete=models.PROTECT
    )
    expense_class = models.CharField(
        "dépense", max_length=20, choices=ExpenseClass.choices, blank=True, default=""
    )
    parent = models.ForeignKey(
        "self",
        verbose_name="déléguée par",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
    )
    account = models.OneToOneField(Account, on_delete=models.PROTECT)

    class Meta:
        verbose_name = "enveloppe"
        ordering = ["year", "strand", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="envelope_of_a_department_is_unique",
                fields=["programme", "year", "strand", "department", "expense_class"],
                condition=Q(department__isnull=False),
                violation_error_message="Cette enveloppe existe déjà.",
            ),
            models.UniqueConstraint(
                name="envelope_of_a_region_is_unique",
                fields=["programme", "year", "strand", "region", "expense_class"],
                condition=Q(region__isnull=False, department__isnull=True),
                violation_error_message="Cette enveloppe existe déjà.",
            ),
            models.UniqueConstraint(
                name="envelope_of_all_regions_is_unique",
                fields=["programme", "year", "strand", "expense_class"],
                condition=Q(region__isnull=True),
                violation_error_message="Cette enveloppe existe déjà.",
            ),
            models.CheckConstraint(
                name="envelope_of_a_department_names_its_region",
                condition=Q(department__isnull=True) | Q(region__isnull=False),
                violation_error_message="L'enveloppe d'un département nomme aussi sa région.",
            ),
            models.CheckConstraint(
                name="envelope_is_not_its_own_parent",
                condition=Q(parent__isnull=True) | ~Q(parent=F("pk")),
                violation_error_message="Une enveloppe ne se délègue rien à elle-même.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme.name} · {self.year} · {self.get_strand_display()}{self.narrowing}"

    @property
    def narrowing(self) -> str:
        """What makes it narrower than its year and strand."""
        place = self.department if self.department_id else self.region
        kind = self.get_expense_class_display() if self.expense_class else ""
        return "".join(f" · {part}" for part in (place.name if place else "", kind) if part)

    def accepts(self, department: Department | None, expense_class: str) -> bool:
        """May pay this class of expenses of a project of that department."""
        if self.expense_class and self.expense_class != expense_class:
            return False
        if self.department_id:
            return department is not None and department.pk == self.department_id
        if self.region_id:
            return department is not None and department.region_id == self.region_id
        return True


class Contribution(models.Model):
    """What one contributor put into one envelope; the amount is in the ledger transfer."""

    envelope = models.ForeignKey(Envelope, on_delete=models.PROTECT, related_name="contributions")
    contributor = models.ForeignKey(Organisation, on_delete=models.PROTECT)
    transfer_key = models.UUIDField(unique=True)
    amount_cents = models.PositiveBigIntegerField("montant")

    class Meta:
        verbose_name = "contribution"


class YearCeiling(models.Model):
    """The most that may be committed on the envelopes of one year; the last one written holds.

    Commitments over several years thus stay under what each coming budget can bear.
    """

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="ceilings")
    year = models.PositiveSmallIntegerField("année")
    amount_cents = models.PositiveBigIntegerField("plafond d'engagement")
    reason = models.CharField("motif", max_length=200)
    set_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField("fixé le")

    class Meta:
        verbose_name = "plafond annuel"
        ordering = ["year", "pk"]
        constraints = [
            models.CheckConstraint(
                name="year_ceiling_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message="Dites d'où vient ce plafond.",
            )
        ]


class GiftYear(models.Model):
    """Tax-relieved gifts of food in one year, all of France: what the reference amount is made of.

    Added, never changed: the last one written for a year holds, the others stay to be read.
    """

    year = models.PositiveSmallIntegerField("année")
    gifts_cents = models.PositiveBigIntegerField("dons ouvrant droit à réduction d'impôt")
    source = models.CharField("source", max_length=250)
    is_assumed = models.BooleanField("hypothèse", default=False)
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField("noté le")

    class Meta:
        verbose_name = "année de dons"
        ordering = ["year", "pk"]
        constraints = [
            models.CheckConstraint(
                name="gift_year_names_its_source",
                condition=~Q(source=""),
                violation_error_message="Dites d'où vient ce montant.",
            )
        ]
