"""The experience sheets as tables, and how they are searched, filtered and related."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import models
from django.db.models import Case, IntegerField, Q, Value, When

from ensemblier.base.chains.terms import Length, Link
from ensemblier.base.territory.models import Department
from ensemblier.library.stems import needle
from ensemblier.library.terms import CarrierKind, FunderKind, PriceForm

# Where a word is found counts: in the title more than in the summary, there more than elsewhere.
WEIGHTS = (("stems_title", 12), ("stems_summary", 4), ("stems_body", 1))


class SheetQuerySet(models.QuerySet["Sheet"]):
    def in_short(self) -> SheetQuerySet:
        """What a list shows: not the whole report."""
        return self.only("number", "slug", "title", "carrier", "length", "is_national")

    def search(self, stems: Sequence[str]) -> SheetQuerySet:
        """Sheets that hold every one of these stems, the best placed first."""
        found, rank = self, Value(0, output_field=IntegerField())
        for stem in stems:
            sought = needle(stem)
            anywhere = Q()
            for field, weight in WEIGHTS:
                here = Q(**{f"{field}__contains": sought})
                anywhere |= here
                rank = rank + Case(
                    When(here, then=Value(weight)), default=Value(0), output_field=IntegerField()
                )
            found = found.filter(anywhere)
        return found.annotate(rank=rank).order_by("-rank", "number") if stems else found

    def sorted_by(
        self,
        *,
        link: str = "",
        length: str = "",
        funder: str = "",
        price: str = "",
        department: str = "",
        region: str = "",
        national: bool = False,
    ) -> SheetQuerySet:
        """Sheets that meet every filter given; an empty one asks nothing."""
        wanted = {
            "links__link": link,
            "length": length,
            "funders__kind": funder,
            "prices__form": price,
            "departments__code": department,
            "departments__region__code": region,
            "is_national": national,
        }
        found = self
        for field, value in wanted.items():
            if value:
                found = found.filter(pk__in=Sheet.objects.filter(**{field: value}).values("pk"))
        return found


class Sheet(models.Model):
    """One experience sheet of the report, in the report's own format."""

    number = models.PositiveSmallIntegerField("numéro", unique=True)
    slug = models.SlugField("adresse", max_length=80, unique=True)
    title = models.CharField("titre", max_length=200)
    carrier = models.CharField("porteur", max_length=160)
    carrier_kind = models.CharField("nature", max_length=16, choices=CarrierKind.choices)
    partners = models.JSONField("partenaires", default=list)
    length = models.CharField("longueur", max_length=8, choices=Length.choices)
    is_national = models.BooleanField("déploiement national", default=False)
    departments = models.ManyToManyField(
        Department, verbose_name="départements", related_name="sheets"
    )
    commune_codes = models.JSONField("codes des communes", default=list)
    price_note = models.TextField("comment le prix est fait")
    quality = models.TextField("qualité")
    volumes = models.TextField("volumes")
    summary = models.TextField("en bref")
    falc = models.JSONField("en facile à lire", default=list)
    web_links = models.JSONField("adresses", default=list)
    decisions = models.JSONField("défauts du rapport et choix faits", default=list)
    # The report's own text, field by field (T137).
    report_carrier = models.TextField("Porteur(s)")
    report_territory = models.TextField("Territoire")
    report_type = models.TextField("Type de projet")
    report_aim = models.TextField("Objectif")
    report_public = models.TextField("Public")
    report_action = models.TextField("Détail de l'action")
    report_funding = models.TextField("Financement")
    report_support = models.TextField("Accompagnement", blank=True)
    report_difficulties = models.TextField("Difficultés", blank=True)
    report_lessons = models.TextField("Points positifs et enseignements", blank=True)
    # An example of a project, whose amounts are assumed.
    example = models.JSONField("exemple de projet", default=dict)
    # Words brought back to their stem, between spaces, so that both databases search alike.
    stems_title = models.TextField(editable=False)
    stems_summary = models.TextField(editable=False)
    stems_body = models.TextField(editable=False)
    digest = models.CharField("empreinte du fichier", max_length=64, editable=False)

    objects = SheetQuerySet.as_manager()

    class Meta:
        verbose_name = "fiche d'expérience"
        verbose_name_plural = "fiches d'expérience"
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                name="sheet_number_starts_at_one",
                condition=Q(number__gte=1),
                violation_error_message="Les fiches sont numérotées à partir de 1.",
            ),
        ]

    def __str__(self) -> str:
        return f"Fiche {self.number} · {self.title}"


class SheetLink(models.Model):
    """A link of the chain that the project holds."""

    sheet = models.ForeignKey(Sheet, on_delete=models.CASCADE, related_name="links")
    link = models.CharField("maillon", max_length=12, choices=Link.choices)

    class Meta:
        verbose_name = "maillon d'une fiche"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="sheet_link_once",
                fields=["sheet", "link"],
                violation_error_message="Ce maillon est déjà noté.",
            )
        ]


class SheetPrice(models.Model):
    """A way the price is made in the project."""

    sheet = models.ForeignKey(Sheet, on_delete=models.CASCADE, related_name="prices")
    form = models.CharField("forme de prix", max_length=20, choices=PriceForm.choices)

    class Meta:
        verbose_name = "forme de prix d'une fiche"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="sheet_price_once",
                fields=["sheet", "form"],
                violation_error_message="Cette forme de prix est déjà notée.",
            )
        ]


class SheetFunder(models.Model):
    """Somebody who pays. `printed` is the name in the report when ours is newer."""

    sheet = models.ForeignKey(Sheet, on_delete=models.CASCADE, related_name="funders")
    name = models.CharField("financeur", max_length=160)
    kind = models.CharField("nature", max_length=12, choices=FunderKind.choices)
    printed = models.CharField("nom imprimé", max_length=160, blank=True)

    class Meta:
        verbose_name = "financeur d'une fiche"
        ordering = ["pk"]


class SheetFigure(models.Model):
    """A figure the report declares, with its period: kept as printed, never derived."""

    sheet = models.ForeignKey(Sheet, on_delete=models.CASCADE, related_name="figures")
    label = models.CharField("intitulé", max_length=120)
    value = models.CharField("valeur", max_length=20)
    unit = models.CharField("unité", max_length=60, blank=True)
    period = models.CharField("période", max_length=80, blank=True)

    class Meta:
        verbose_name = "chiffre d'une fiche"
        ordering = ["pk"]
