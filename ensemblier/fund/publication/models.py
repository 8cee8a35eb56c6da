"""Publication: what the public reads of each grant, with every version of it, and the files."""

from django.db import models
from django.db.models import Q

from ensemblier.base.people.models import Organisation, User
from ensemblier.fund.agreements.models import Agreement


class Entry(models.Model):
    """One recipient of one agreement, under a number that never changes."""

    code = models.CharField("numéro public", max_length=20, unique=True)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="entries")
    recipient = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField("année de la convention")
    # Above the threshold of the law: in the regulatory files. Below: on the page only.
    is_due = models.BooleanField("publication obligatoire")
    due_on = models.DateField("à publier avant le")
    opened_at = models.DateTimeField("ouverte le")

    class Meta:
        verbose_name = "subvention publiée"
        ordering = ["-year", "code"]
        constraints = [
            models.UniqueConstraint(
                name="entry_once_a_recipient",
                fields=["agreement", "recipient"],
                violation_error_message="Cette subvention est déjà publiée.",
            )
        ]


class EntryVersion(models.Model):
    """What an entry said from a moment on. Versions are added, never changed: a correction or a
    withdrawal is one more."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField("version")
    is_withdrawn = models.BooleanField("retirée", default=False)
    content = models.JSONField("contenu", default=dict)
    amount_cents = models.PositiveBigIntegerField("montant")
    reason = models.CharField("motif", max_length=500, blank=True)
    made_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField("écrite le")

    class Meta:
        verbose_name = "version d'une subvention publiée"
        ordering = ["entry", "number"]
        constraints = [
            models.UniqueConstraint(
                name="entry_version_number",
                fields=["entry", "number"],
                violation_error_message="Cette version existe déjà.",
            ),
            models.CheckConstraint(
                name="entry_change_has_a_reason",
                condition=Q(number=1) | ~Q(reason=""),
                violation_error_message="Une correction ou un retrait dit pourquoi.",
            ),
        ]


class Edition(models.Model):
    """A file as it was published one day: its bytes never change, the next one is a new row."""

    class Profile(models.TextChoices):
        REGULATORY = "reglementaire", "fichier réglementaire (arrêté du 17 novembre 2017)"
        SCDL = "scdl", "SCDL 2.1.1"
        STATISTICS = "statistiques", "statistiques protégées"

    profile = models.CharField("format", max_length=14, choices=Profile.choices)
    year = models.PositiveSmallIntegerField("année")
    number = models.PositiveIntegerField("version")
    content = models.TextField("contenu")
    sha256 = models.CharField("empreinte", max_length=64)
    rows = models.PositiveIntegerField("lignes")
    made_at = models.DateTimeField("publié le")

    class Meta:
        verbose_name = "édition d'un fichier publié"
        ordering = ["-year", "profile", "-number"]
        constraints = [
            models.UniqueConstraint(
                name="edition_number",
                fields=["profile", "year", "number"],
                violation_error_message="Cette version du fichier existe déjà.",
            )
        ]
