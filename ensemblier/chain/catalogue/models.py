"""Products with their labels and proofs, and dated prices, each with its basis and audience."""

from __future__ import annotations

from datetime import date

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from ensemblier.base.chains.models import Chain
from ensemblier.base.files.models import StoredFile
from ensemblier.base.people.models import Organisation
from ensemblier.chain.catalogue import season


class Unit(models.TextChoices):
    KG = "kg", "kg"
    LITRE = "litre", "litre"
    PIECE = "piece", "pièce"
    BASKET = "basket", "panier"
    MEAL = "meal", "repas"
    JAR = "jar", "bocal"
    BRICK = "brick", "brique"


class Family(models.TextChoices):
    """The eight families of ma-cantine, with its own codes."""

    MEAT = "VIANDES_VOLAILLES", "viandes et volailles"
    CURED = "CHARCUTERIE", "charcuterie"
    SEA = "PRODUITS_DE_LA_MER", "produits de la mer"
    FRUIT_VEG = "FRUITS_ET_LEGUMES", "fruits et légumes"
    DAIRY = "PRODUITS_LAITIERS", "lait, œufs et fromages"
    BREAD = "BOULANGERIE", "boulangerie"
    DRINKS = "BOISSONS", "boissons"
    OTHER = "AUTRES", "autres"


class Storage(models.TextChoices):
    AMBIENT = "ambient", "température ambiante"
    FRESH = "fresh", "frais, 8 °C au plus"
    CHILLED = "chilled", "froid, 4 °C au plus"
    FROZEN = "frozen", "surgelé, -18 °C"
    HOT = "hot", "chaud, 63 °C au moins"


ONE_A_DAY = "Un tarif commence déjà ce jour-là : choisissez une autre date."
MONTH = [MinValueValidator(1), MaxValueValidator(12)]


class Product(models.Model):
    """What a chain grows, buys, makes or hands out, counted in one unit."""

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="products")
    code = models.SlugField("code", max_length=60)
    name = models.CharField("nom", max_length=120)
    unit = models.CharField("unité", max_length=8, choices=Unit.choices)
    # Grams in one unit, for tonnages and mass balance; empty when nobody weighed it.
    unit_grams = models.PositiveIntegerField("poids d'une unité, en grammes", null=True, blank=True)
    family = models.CharField("famille", max_length=24, choices=Family.choices)
    storage = models.CharField("conservation", max_length=8, choices=Storage.choices)
    # Days it keeps from harvest or making: proposes a date, decides nothing.
    keeps_days = models.PositiveSmallIntegerField("se garde, en jours", null=True, blank=True)
    has_use_by = models.BooleanField("porte une DLC", default=False)
    season_first = models.PositiveSmallIntegerField(
        "saison : premier mois", null=True, blank=True, validators=MONTH
    )
    season_last = models.PositiveSmallIntegerField(
        "saison : dernier mois", null=True, blank=True, validators=MONTH
    )
    allergens = models.CharField("allergènes", max_length=200, blank=True)
    gtin = models.CharField("code GS1 (GTIN)", max_length=14, blank=True)
    is_offered = models.BooleanField("proposé", default=True)

    class Meta:
        verbose_name = "produit"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="product_code_is_unique_in_its_chain",
                fields=["chain", "code"],
                violation_error_message="Un produit de cette filière porte déjà ce code.",
            ),
            models.CheckConstraint(
                name="product_season_has_two_ends",
                condition=Q(season_first__isnull=True, season_last__isnull=True)
                | Q(
                    season_first__isnull=False,
                    season_last__isnull=False,
                    season_first__range=(1, 12),
                    season_last__range=(1, 12),
                ),
                violation_error_message="Une saison a un premier et un dernier mois.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def in_season(self, month: int) -> bool:
        """A season may run over the turn of the year."""
        if self.season_first is None or self.season_last is None:
            return True
        return season.runs(self.season_first, self.season_last, month)


class LabelKind(models.TextChoices):
    """Quality labels counted by EGalim, with ma-cantine's codes (Code rural, L. 230-5-1); and one
    level beside, which gardens declare and EGalim does not know (fiche 18)."""

    BIO = "BIO", "bio ou en conversion"
    LABEL_ROUGE = "LABEL_ROUGE", "Label rouge"
    AOCAOP = "AOCAOP", "AOC ou AOP"
    IGP = "IGP", "IGP"
    STG = "STG", "STG"
    HVE = "HVE", "HVE"
    SUSTAINABLE_FISHING = "PECHE_DURABLE", "pêche durable"
    RUP = "RUP", "région ultrapériphérique"
    FAIR_TRADE = "COMMERCE_EQUITABLE", "commerce équitable"
    FARM = "FERMIER", "fermier"
    EXTERNALITIES = "EXTERNALITES", "coûts pour l'environnement pris en compte"
    PERFORMANCE = "PERFORMANCE", "performance environnementale"
    LEVEL_2 = "NIVEAU_2", "certification environnementale de niveau 2 (jusqu'à fin 2026)"
    NO_SYNTHETIC = "SANS_INTRANTS", "sans intrants chimiques de synthèse (hors EGalim)"


class DatedRows(models.QuerySet):
    """Rows that hold from `starts` to `ends` included."""

    def on(self, day: date) -> DatedRows:
        return self.filter(Q(ends__isnull=True) | Q(ends__gte=day), starts__lte=day)


class Label(models.Model):
    """One label of a product, for one grower or for all, while its certificate holds."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="labels")
    grower = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT)
    kind = models.CharField("label", max_length=20, choices=LabelKind.choices)
    certificate = models.CharField("numéro de certificat", max_length=80, blank=True)
    proof = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.SET_NULL)
    starts = models.DateField("du")
    ends = models.DateField("au", null=True, blank=True)

    objects = DatedRows.as_manager()

    class Meta:
        verbose_name = "label d'un produit"
        ordering = ["product", "kind", "starts"]
        constraints = [
            models.CheckConstraint(
                name="label_ends_after_it_starts",
                condition=Q(ends__isnull=True) | Q(ends__gte=F("starts")),
                violation_error_message="La fin du certificat précède son début.",
            ),
            models.CheckConstraint(
                name="label_has_a_certificate_or_a_proof",
                condition=~Q(certificate="") | Q(proof__isnull=False),
                violation_error_message="Un label se prouve : numéro de certificat ou pièce.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} : {self.get_kind_display()}"


class Basis(models.TextChoices):
    """What a price is: the report's fair and accessible prices are two of them."""

    PRODUCER = "producer", "prix payé au producteur"
    COST = "cost", "prix coûtant"
    WHOLESALE = "wholesale", "prix de gros"
    PERSON = "person", "prix pour les personnes"
    MARKET = "market", "prix de marché"


class Price(models.Model):
    """What one unit of a product costs to an audience, over dates. A new price ends the old."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="prices")
    basis = models.CharField("base", max_length=10, choices=Basis.choices)
    # "" for everybody, else the tier or kind of buyer it is meant for.
    audience = models.CharField("pour qui", max_length=40, blank=True)
    # Who sells at this price; empty: the chain.
    seller = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT)
    unit_cents = models.PositiveBigIntegerField("prix d'une unité, en centimes")
    starts = models.DateField("du")
    ends = models.DateField("au", null=True, blank=True)
    is_assumed = models.BooleanField("hypothèse", default=False)
    source = models.CharField("d'où vient ce prix", max_length=200, blank=True)
    # The price that comes back here after a dated one: a new price of the same day takes its place.
    resumes = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="resumed_by"
    )

    objects = DatedRows.as_manager()

    class Meta:
        verbose_name = "tarif"
        ordering = ["product", "basis", "audience", "-starts", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="price_of_the_chain_once_from_a_day",
                fields=["product", "basis", "audience", "starts"],
                condition=Q(seller__isnull=True),
                violation_error_message=ONE_A_DAY,
            ),
            models.UniqueConstraint(
                name="price_of_a_seller_once_from_a_day",
                fields=["product", "basis", "audience", "seller", "starts"],
                condition=Q(seller__isnull=False),
                violation_error_message=ONE_A_DAY,
            ),
            models.CheckConstraint(
                name="price_ends_after_it_starts",
                condition=Q(ends__isnull=True) | Q(ends__gte=F("starts")),
                violation_error_message="La fin du tarif précède son début.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} : {self.get_basis_display()}"


class Selection(models.Model):
    """What a structure of a chain chose for one product, from a day on: offered or not, and on
    which of its prices. The last row that started holds; without any, it is offered."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="selections")
    is_offered = models.BooleanField("proposé", default=True)
    # Empty: the usual price, the one for people.
    basis = models.CharField("au prix", max_length=10, choices=Basis.choices, blank=True)
    starts = models.DateField("du")

    class Meta:
        verbose_name = "choix d'un produit"
        ordering = ["organisation", "product", "starts"]
        constraints = [
            models.UniqueConstraint(
                name="selection_once_from_a_day",
                fields=["organisation", "product", "starts"],
                violation_error_message="Un choix commence déjà ce jour-là pour ce produit.",
            ),
            models.CheckConstraint(
                name="selection_hidden_has_no_price",
                condition=Q(is_offered=True) | Q(basis=""),
                violation_error_message="Un produit non proposé n'a pas de prix choisi.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} : {self.product}"
