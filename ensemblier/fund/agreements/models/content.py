"""What an agreement says: its articles, its annexes, and what will be measured."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ensemblier.base.files.models import StoredFile
from ensemblier.base.people.models import User
from ensemblier.fund.agreements.models.agreement import Agreement
from ensemblier.fund.agreements.models.amendment import Amendment


class ArticleTemplate(models.Model):
    """One version of the words of an article, for one kind of agreement; version 0 is a file."""

    kind = models.CharField("nature", max_length=8, choices=Agreement.Kind.choices)
    code = models.SlugField("article", max_length=20)
    version = models.PositiveIntegerField("version")
    title = models.CharField("titre", max_length=120)
    # Empty: the article is taken off from the agreements to come.
    body = models.TextField("texte", max_length=6000, blank=True)
    position = models.PositiveSmallIntegerField("rang", default=90)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField("écrit le")

    class Meta:
        verbose_name = "modèle d'article"
        ordering = ["kind", "code", "-version"]
        constraints = [
            models.UniqueConstraint(
                name="article_template_version_once",
                fields=["kind", "code", "version"],
                violation_error_message="Cet article vient d'être modifié par une autre personne.",
            )
        ]


class Article(models.Model):
    """One version of one article; the last one that is in force counts.

    Rows are only added. A version written by an amendment counts once the amendment is signed.
    """

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="articles")
    code = models.SlugField("article", max_length=20)
    position = models.PositiveSmallIntegerField("rang")
    version = models.PositiveIntegerField("version")
    title = models.CharField("titre", max_length=120)
    body = models.TextField("texte", max_length=6000)
    template_version = models.PositiveIntegerField("version du modèle", null=True, blank=True)
    amendment = models.ForeignKey(
        Amendment, null=True, blank=True, on_delete=models.PROTECT, related_name="articles"
    )
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField("écrit le")

    class Meta:
        verbose_name = "article"
        ordering = ["position", "code", "version"]
        constraints = [
            models.UniqueConstraint(
                name="article_version_once",
                fields=["agreement", "code", "version"],
                violation_error_message="Cet article vient d'être modifié par une autre personne.",
            ),
            models.CheckConstraint(
                name="article_has_a_title",
                condition=~Q(title=""),
                violation_error_message="Un article a un titre.",
            ),
        ]


class Annex(models.Model):
    """A file that belongs to the agreement: its name and fingerprint are in the text."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="annexes")
    amendment = models.ForeignKey(
        Amendment, null=True, blank=True, on_delete=models.PROTECT, related_name="annexes"
    )
    position = models.PositiveSmallIntegerField("rang")
    title = models.CharField("titre", max_length=160)
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="+")
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField("ajoutée le")

    class Meta:
        verbose_name = "annexe"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="annex_rank",
                fields=["agreement", "position"],
                violation_error_message="Deux annexes ne portent pas le même rang.",
            )
        ]


class Indicator(models.Model):
    """What will be measured: from where, to where, in what unit, by whom, from what."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="indicators")
    position = models.PositiveSmallIntegerField("rang")
    label = models.CharField("indicateur", max_length=160)
    unit = models.CharField("unité", max_length=40)
    baseline = models.DecimalField("départ", max_digits=14, decimal_places=2)
    target = models.DecimalField("cible", max_digits=14, decimal_places=2)
    target_on = models.DateField("à atteindre le", null=True, blank=True)
    source = models.CharField("source", max_length=200)
    measured_by = models.CharField("qui mesure", max_length=160)
    joined_by = models.ForeignKey(
        Amendment, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    left_by = models.ForeignKey(
        Amendment, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "indicateur"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="indicator_rank",
                fields=["agreement", "position"],
                violation_error_message="Deux indicateurs ne portent pas le même rang.",
            ),
            models.CheckConstraint(
                name="indicator_has_a_way_to_go",
                condition=~Q(baseline=models.F("target")),
                violation_error_message="La cible d'un indicateur diffère de son départ.",
            ),
        ]

    def __str__(self) -> str:
        return self.label


class Measure(models.Model):
    """One value of an indicator on a day, with what proves it. Rows are only added."""

    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="measures")
    value = models.DecimalField("valeur", max_digits=14, decimal_places=2)
    measured_on = models.DateField("mesuré le")
    note = models.CharField("comment", max_length=300, blank=True, default="")
    noted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField("noté le")

    class Meta:
        verbose_name = "mesure d'un indicateur"
        ordering = ["-measured_on", "-pk"]
