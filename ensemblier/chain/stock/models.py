"""Lots and their movements: facts that are added, never changed."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from ensemblier.base.chains.models import Chain, Site
from ensemblier.base.people.models import Organisation
from ensemblier.chain.activities.models import Activity
from ensemblier.chain.catalogue.models import Product


class Lot(models.Model):
    """Some of a product with one origin and one date; what is made of it keeps its restrictions."""

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="lots")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="lots")
    number = models.CharField("numéro", max_length=40)
    origin = models.ForeignKey(
        Organisation, verbose_name="origine", on_delete=models.PROTECT, related_name="+"
    )
    made_on = models.DateField("récolté ou fabriqué le", null=True, blank=True)
    use_by = models.DateField("DLC", null=True, blank=True)
    best_before = models.DateField("DDM", null=True, blank=True)
    is_gift_only = models.BooleanField("à donner seulement", default=False)
    is_aid_only = models.BooleanField("réservé à l'aide alimentaire", default=False)
    # Legal status that follows the goods: undersize fish, customs, landing obligation. Lots mixed
    # together pass all of theirs, parted by " ; ".
    legal_status = models.CharField("statut particulier", max_length=500, blank=True)
    # Grams of one unit when they differ from the product's (baskets of the week).
    unit_grams = models.PositiveIntegerField("poids d'une unité, en grammes", null=True, blank=True)
    created_at = models.DateTimeField("écrit le")

    class Meta:
        verbose_name = "lot"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                name="lot_number_is_unique_in_its_chain",
                fields=["chain", "number"],
                violation_error_message="Un lot de cette filière porte déjà ce numéro.",
            ),
        ]

    def __str__(self) -> str:
        return f"lot {self.number}"


class LotParent(models.Model):
    """This lot holds some of that one: the edge that a recall follows, up and down.

    A child is always written after its parents, so that no circle can be drawn.
    """

    child = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="parents")
    parent = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="children")
    activity = models.ForeignKey(Activity, null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        verbose_name = "filiation d'un lot"
        constraints = [
            models.UniqueConstraint(
                name="lot_parent_once",
                fields=["child", "parent"],
                violation_error_message="Cette filiation est déjà écrite.",
            ),
            models.CheckConstraint(
                name="lot_parent_is_older",
                condition=Q(child__gt=F("parent")),
                violation_error_message="Un lot ne vient que de lots écrits avant lui.",
            ),
        ]


class LotMark(models.Model):
    """What happened to a lot: quarantine, release, recall, destruction. The last one holds."""

    class Kind(models.TextChoices):
        QUARANTINE = "quarantine", "mis en quarantaine"
        RELEASE = "release", "libéré"
        RECALL = "recall", "rappelé"

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="marks")
    kind = models.CharField("nature", max_length=10, choices=Kind.choices)
    reason = models.CharField("motif", max_length=300)
    at = models.DateTimeField("le")
    actor_id = models.BigIntegerField("compte", null=True)

    class Meta:
        verbose_name = "marque sur un lot"
        ordering = ["pk"]


class Processing(models.Model):
    """One run of a workshop: what it used and made are movements, what it lost is written here."""

    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="processings")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    lost_grams = models.PositiveBigIntegerField("perte, en grammes", default=0)
    day = models.DateField("jour")
    note = models.CharField("note", max_length=300, blank=True)
    key = models.UUIDField("clé de la demande", unique=True)
    # Digest of what was asked with this key: the same again gives the same answer.
    asked = models.CharField("empreinte de la demande", max_length=64)
    actor_id = models.BigIntegerField("compte", null=True)
    created_at = models.DateTimeField("écrit le")

    class Meta:
        verbose_name = "mise en œuvre"
        verbose_name_plural = "mises en œuvre"
        ordering = ["pk"]


class Movement(models.Model):
    """A quantity of a lot that came, went, or changed place: a past fact.

    `source` empty: it enters the chain's stock; `target` empty: it leaves it.
    """

    class Kind(models.TextChoices):
        PURCHASE = "purchase", "achat"
        GIFT = "gift", "don reçu"
        HARVEST = "harvest", "récolte"
        GLEANED = "gleaned", "glanage"
        MADE = "made", "sorti d'atelier"
        USED = "used", "mis en œuvre"
        TRANSPORT = "transport", "transport"
        SALE = "sale", "vente"
        HANDED = "handed", "remis gratuitement"
        OWN_USE = "own_use", "consommé sur place"
        LOSS = "loss", "perte"
        COUNT = "count", "écart d'inventaire"

    lot = models.ForeignKey(
        Lot, on_delete=models.PROTECT, related_name="movements", db_index=False
    )  # its index is `movement_reach`
    kind = models.CharField("nature", max_length=10, choices=Kind.choices)
    source = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="movements_out"
    )
    target = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="movements_in"
    )
    # Who it came from, or who it went to, outside the chain's places.
    party = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    milli = models.PositiveBigIntegerField("quantité, en millièmes d'unité")
    grams = models.PositiveBigIntegerField("poids, en grammes", null=True, blank=True)
    # What it is worth: paid to the grower, or valued by the donor's rule kept with its date.
    value_cents = models.PositiveBigIntegerField("valeur, en centimes", null=True, blank=True)
    day = models.DateField("jour")
    activity = models.ForeignKey(
        Activity, null=True, blank=True, on_delete=models.PROTECT, related_name="movements"
    )
    processing = models.ForeignKey(
        Processing, null=True, blank=True, on_delete=models.PROTECT, related_name="movements"
    )
    undoes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="undone_by"
    )
    key = models.UUIDField("clé de la demande", unique=True)
    asked = models.CharField("empreinte de la demande", max_length=64, blank=True)
    note = models.CharField("note", max_length=300, blank=True)
    actor_id = models.BigIntegerField("compte", null=True)
    created_at = models.DateTimeField("écrit le")

    class Meta:
        verbose_name = "mouvement"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="movement_is_more_than_nothing",
                condition=Q(milli__gt=0),
                violation_error_message="La quantité doit être supérieure à zéro.",
            ),
            models.CheckConstraint(
                name="movement_has_a_place",
                condition=Q(source__isnull=False) | Q(target__isnull=False),
                violation_error_message="Dites d'où ça vient ou bien où ça va.",
            ),
            models.CheckConstraint(
                name="movement_between_two_places",
                condition=Q(source__isnull=True) | Q(target__isnull=True) | ~Q(source=F("target")),
                violation_error_message="Choisissez deux lieux différents.",
            ),
        ]
        indexes = [
            # All that a recall reads of a movement: it never opens the rows themselves.
            models.Index(
                fields=["lot", "target", "source", "activity", "party"], name="movement_reach"
            ),
            models.Index(fields=["source", "lot"], name="movement_out_of_place"),
            models.Index(fields=["target", "lot"], name="movement_into_place"),
        ]


class StockLevel(models.Model):
    """What is left of a lot at a place: a cache kept under lock, never below zero.

    `ensemblier verify` proves it equal to the movements.
    """

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="levels")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="levels")
    milli = models.BigIntegerField("reste, en millièmes d'unité", default=0)

    class Meta:
        verbose_name = "reste d'un lot"
        constraints = [
            models.UniqueConstraint(
                name="stock_level_once",
                fields=["lot", "site"],
                violation_error_message="Ce reste existe déjà.",
            ),
            models.CheckConstraint(
                name="stock_level_not_negative",
                condition=Q(milli__gte=0),
                violation_error_message="Il ne reste pas assez de ce lot ici.",
            ),
        ]
