"""Where things are: regions, departments, EPCI, communes, and the dated zonings of the law."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from django.db import models
from django.db.models import F, Q

CODE_LENGTH = 5
INNER_WORD = 3  # letters typed before words inside a name are searched too
POSTCODE = re.compile(r"\d{2,5}")
ABBREVIATED = re.compile(r"\bs(te?) ")


def plain(text: str) -> str:
    """Lower case, no accent, one space between words: what a search compares."""
    folded = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe"))
    kept = "".join(c for c in folded if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", kept).split())


class Region(models.Model):
    """A region, under its INSEE code."""

    code = models.CharField("code", max_length=3, primary_key=True)
    name = models.CharField("nom", max_length=60)

    class Meta:
        verbose_name = "région"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Zone(models.TextChoices):
    """Where in the Republic a department lies."""

    MAINLAND = "metro", "métropole"
    OVERSEAS_DEPARTMENT = "drom", "département d'outre-mer"
    OVERSEAS_COLLECTIVITY = "com", "collectivité d'outre-mer"


class Department(models.Model):
    """A department; an overseas collectivity is kept here too, without a region."""

    code = models.CharField("code", max_length=3, primary_key=True)
    name = models.CharField("nom", max_length=60)
    zone = models.CharField("zone", max_length=5, choices=Zone.choices)
    region = models.ForeignKey(
        Region, null=True, blank=True, on_delete=models.PROTECT, related_name="departments"
    )

    class Meta:
        verbose_name = "département"
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="department_has_a_region_unless_a_collectivity",
                condition=Q(zone=Zone.OVERSEAS_COLLECTIVITY, region__isnull=True)
                | (~Q(zone=Zone.OVERSEAS_COLLECTIVITY) & Q(region__isnull=False)),
                violation_error_message="Un département appartient à une région.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"

    @property
    def is_overseas(self) -> bool:
        return self.zone != Zone.MAINLAND


class Epci(models.Model):
    """A group of communes with its own taxation, under its SIREN."""

    code = models.CharField("SIREN", max_length=9, primary_key=True)
    name = models.CharField("nom", max_length=120)
    kind = models.CharField("nature", max_length=5)

    class Meta:
        verbose_name = "EPCI"
        verbose_name_plural = "EPCI"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class CommuneQuerySet(models.QuerySet["Commune"]):
    def current(self) -> CommuneQuerySet:
        """Communes of the year loaded, without those merged since."""
        return self.filter(is_current=True)

    def resolve(self, code: str) -> Commune:
        """The commune that answers today to an INSEE code, current or former."""
        code = code.strip().upper()
        found = self.filter(code=code, is_current=True).first()
        if found is None:
            former = FormerCommune.objects.filter(code=code).select_related("commune").first()
            found = former.commune if former else self.filter(code=code).first()
        if found is None:
            raise self.model.DoesNotExist(f"Aucune commune ne porte le code {code}.")
        return found

    def search(self, text: str) -> CommuneQuerySet:
        """Current communes by start of name, of a word of it, of a postcode or INSEE code.

        Exact names first, then by population.
        """
        words = ABBREVIATED.sub(r"sain\1 ", plain(text))
        if not words:
            return self.none()
        match = Q(search_name__startswith=words) | Q(code__istartswith=text.strip())
        if POSTCODE.fullmatch(words):
            match |= Q(postcodes__startswith=words) | Q(postcodes__contains=f" {words}")
        if len(words) >= INNER_WORD:
            match |= Q(search_name__contains=f" {words}")
        rank = models.Case(
            models.When(search_name=words, then=0),
            models.When(search_name__startswith=words, then=1),
            default=2,
        )
        found = self.current().filter(match).select_related("department")
        return found.order_by(rank, F("population").desc(), "name", "code")


class Commune(models.Model):
    """A commune, under its INSEE code. One merged since stays, no longer current."""

    code = models.CharField("code INSEE", max_length=CODE_LENGTH, primary_key=True)
    name = models.CharField("nom", max_length=60)
    search_name = models.CharField(max_length=60, db_index=True, editable=False)
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="communes", verbose_name="département"
    )
    epci = models.ForeignKey(
        Epci, null=True, blank=True, on_delete=models.PROTECT, related_name="communes"
    )
    population = models.PositiveIntegerField("population")
    postcodes = models.CharField("codes postaux", max_length=180, blank=True)
    longitude = models.FloatField("longitude", null=True, blank=True)
    latitude = models.FloatField("latitude", null=True, blank=True)
    is_current = models.BooleanField("commune actuelle", default=True)

    objects = CommuneQuerySet.as_manager()

    class Meta:
        verbose_name = "commune"
        ordering = ["name", "code"]
        constraints = [
            models.CheckConstraint(
                name="commune_code_has_five_signs",
                condition=Q(code__regex=r"^[0-9][0-9AB][0-9]{3}$"),
                violation_error_message="Un code INSEE de commune a cinq caractères.",
            ),
            models.CheckConstraint(
                name="commune_point_is_whole",
                condition=Q(longitude__isnull=True, latitude__isnull=True)
                | Q(longitude__isnull=False, latitude__isnull=False),
                violation_error_message="Donnez la longitude et la latitude, ou aucune des deux.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.department_id})"

    @property
    def postcode(self) -> str:
        """The first postcode, "" for a land nobody lives in."""
        return self.postcodes.split(" ")[0]


class FormerCommune(models.Model):
    """A code that names no commune of its own any more, and the commune that holds it now."""

    code = models.CharField("ancien code", max_length=CODE_LENGTH, primary_key=True)
    name = models.CharField("ancien nom", max_length=60, blank=True)
    commune = models.ForeignKey(Commune, on_delete=models.PROTECT, related_name="former_codes")

    class Meta:
        verbose_name = "ancienne commune"
        constraints = [
            models.CheckConstraint(
                name="former_commune_points_elsewhere",
                condition=~Q(code=F("commune")),
                violation_error_message="Une ancienne commune mène à une autre commune.",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.code


class ZoningKind(models.TextChoices):
    """The zonings that change who may be helped, and how much."""

    QPV = "QPV", "quartier prioritaire de la politique de la ville (QPV)"
    FRR = "FRR", "France ruralités revitalisation (FRR)"
    FRR_PLUS = "FRR_PLUS", "France ruralités revitalisation « plus » (FRR+)"
    OVERSEAS = "OVERSEAS", "outre-mer"


class Family(models.TextChoices):
    """A list published as a whole, replaced as a whole."""

    QPV = "QPV", "liste des QPV"
    FRR = "FRR", "liste FRR et FRR+"


class ZoningVersion(models.Model):
    """One published list: a later one closes it, or voids it when it starts the same day."""

    family = models.CharField("liste", max_length=3, choices=Family.choices)
    name = models.CharField("version", max_length=40)
    valid_from = models.DateField("en vigueur du")
    valid_to = models.DateField("au", null=True, blank=True)
    legal_reference = models.CharField("texte", max_length=200)
    sha256 = models.CharField("empreinte du fichier", max_length=64, blank=True)
    replaced_by = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaces"
    )

    class Meta:
        verbose_name = "version d'une liste"
        ordering = ["family", "valid_from", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="zoning_version_is_unique",
                fields=["family", "name"],
                violation_error_message="Cette version de la liste existe déjà.",
            ),
            models.UniqueConstraint(
                name="zoning_version_alone_on_its_first_day",
                fields=["family", "valid_from"],
                condition=Q(replaced_by__isnull=True),
                violation_error_message="Une autre version de la liste part du même jour.",
            ),
            models.CheckConstraint(
                name="zoning_version_ends_after_it_starts",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                violation_error_message="La fin de la version précède son début.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_family_display()}, version {self.name}"


class DatedQuerySet(models.QuerySet):
    def on(self, day: date) -> DatedQuerySet:
        """Rows in force that day (first and last days included)."""
        return self.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gte=day),
            valid_from__lte=day,
            version__replaced_by__isnull=True,
        )


class Zoning(models.Model):
    """A commune is in a zoning for a time. Overseas is not here: the department says it."""

    kind = models.CharField("zonage", max_length=8, choices=ZoningKind.choices)
    code = models.CharField("code", max_length=12)
    label = models.CharField("libellé", max_length=200)
    commune = models.ForeignKey(Commune, on_delete=models.PROTECT, related_name="zonings")
    version = models.ForeignKey(ZoningVersion, on_delete=models.PROTECT, related_name="zonings")
    is_partial = models.BooleanField("une partie de la commune seulement", default=False)
    valid_from = models.DateField("du")
    valid_to = models.DateField("au", null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = "zonage d'une commune"
        ordering = ["kind", "code", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="zoning_once_per_commune_and_version",
                fields=["version", "code", "commune"],
                violation_error_message="Cette commune est déjà dans ce zonage.",
            ),
            models.CheckConstraint(
                name="zoning_is_never_overseas",
                condition=~Q(kind=ZoningKind.OVERSEAS),
                violation_error_message="L'outre-mer se lit dans le département.",
            ),
            models.CheckConstraint(
                name="zoning_ends_after_it_starts",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                violation_error_message="La fin du zonage précède son début.",
            ),
        ]

    def __str__(self) -> str:
        return self.label


class QpvQuerySet(DatedQuerySet):
    def around(self, lon: float, lat: float) -> QpvQuerySet:
        """Districts whose bounding box holds the place: few enough to test one by one."""
        return self.filter(west__lte=lon, east__gte=lon, south__lte=lat, north__gte=lat)


class QpvPerimeter(models.Model):
    """The outline of a QPV in one version. `polygons`: each a ring, then its holes, [lon, lat]."""

    code = models.CharField("code", max_length=12)
    name = models.CharField("nom", max_length=200)
    version = models.ForeignKey(ZoningVersion, on_delete=models.PROTECT, related_name="perimeters")
    polygons = models.JSONField("contour")
    west = models.FloatField()
    south = models.FloatField()
    east = models.FloatField()
    north = models.FloatField()
    valid_from = models.DateField("du")
    valid_to = models.DateField("au", null=True, blank=True)

    objects = QpvQuerySet.as_manager()

    class Meta:
        verbose_name = "périmètre de QPV"
        ordering = ["code", "pk"]
        indexes = [models.Index(name="qpv_box", fields=["west", "east", "south", "north"])]
        constraints = [
            models.UniqueConstraint(
                name="qpv_once_per_version",
                fields=["version", "code"],
                violation_error_message="Ce QPV est déjà dans cette version de la liste.",
            ),
            models.CheckConstraint(
                name="qpv_box_is_ordered",
                condition=Q(west__lte=F("east"), south__lte=F("north")),
                violation_error_message="Le cadre du QPV est à l'envers.",
            ),
            models.CheckConstraint(
                name="qpv_ends_after_it_starts",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                violation_error_message="La fin du QPV précède son début.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"
