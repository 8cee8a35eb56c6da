"""Files that come from elsewhere: one import, what it made, and the columns people named."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ensemblier.base.people.models import User
from ensemblier.fund.applications.models import Application, HelpMandate
from ensemblier.fund.calls.models import Call


class ColumnMapping(models.Model):
    """Which column goes to which field of a file, kept under a name for the next table."""

    name = models.CharField("nom", max_length=80)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    columns = models.JSONField("colonnes", default=dict)
    saved_at = models.DateTimeField("enregistrée le")

    class Meta:
        verbose_name = "correspondance de colonnes"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="column_mapping_name_once",
                fields=["owner", "name"],
                violation_error_message="Vous avez déjà une correspondance de ce nom.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Demarche(models.Model):
    """A démarche of Démarche Numérique whose files are read into a call. Its token is sealed."""

    class State(models.TextChoices):
        IDLE = "idle", "au repos"
        WAITING = "waiting", "attend son tour"
        READING = "reading", "lecture en cours"
        FAILED = "failed", "arrêtée"

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField("numéro de la démarche")
    host = models.CharField("site", max_length=100)
    sealed_token = models.TextField("jeton chiffré")
    quality = models.CharField("en qualité de", max_length=8, choices=HelpMandate.Quality.choices)
    statement = models.CharField("accord des associations", max_length=800)
    given_on = models.DateField("accord donné le")
    columns = models.JSONField("champs choisis", default=dict)
    state = models.CharField("état", max_length=8, choices=State.choices, default=State.IDLE)
    seen = models.PositiveIntegerField("dossiers lus", default=0)
    words = models.CharField("dernier incident", max_length=500, blank=True)
    # The reading under way: from when, since which change over there, its last sign of life.
    started_at = models.DateTimeField("lecture commencée le", null=True, blank=True)
    since = models.DateTimeField("changements depuis", null=True, blank=True)
    beat_at = models.DateTimeField("dernier signe de la lecture", null=True, blank=True)
    # Whoever reads holds the last number: a reading thought dead that wakes up stops there.
    attempt = models.PositiveIntegerField("essai", default=0)
    read_until = models.DateTimeField("lue jusqu'au", null=True, blank=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField("enregistrée le")

    class Meta:
        verbose_name = "démarche reliée"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                name="demarche_once_per_call",
                fields=["call", "host", "number"],
                violation_error_message="Cette démarche est déjà reliée à cet appel.",
            )
        ]

    def __str__(self) -> str:
        return f"démarche {self.number}"


class DemarchePage(models.Model):
    """A page of files read over there, kept until the whole is read: a cut reading goes on."""

    demarche = models.ForeignKey(Demarche, on_delete=models.CASCADE, related_name="pages")
    rank = models.PositiveIntegerField("rang")
    cursor = models.CharField("curseur de la suite", max_length=200, blank=True)
    is_last = models.BooleanField("dernière page", default=False)
    files = models.JSONField("dossiers", default=list)
    read_at = models.DateTimeField("lue le")

    class Meta:
        verbose_name = "page lue d'une démarche"
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(
                name="demarche_page_once",
                fields=["demarche", "rank"],
                violation_error_message="Cette page est déjà lue.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.demarche}, page {self.rank}"


class Batch(models.Model):
    """One import into one call: read, then applied once, then perhaps undone."""

    class State(models.TextChoices):
        READ = "read", "À confirmer"
        APPLIED = "applied", "Appliqué"
        UNDONE = "undone", "Défait"

    class Papers(models.TextChoices):
        NO = "no", "Non demandées"
        WAITING = "waiting", "En route"
        DONE = "done", "Arrivées"
        FAILED = "failed", "Arrêtées"

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="+")
    name = models.CharField("nom du fichier", max_length=150)
    sha256 = models.CharField("empreinte", max_length=64)
    state = models.CharField("état", max_length=8, choices=State.choices, default=State.READ)
    # The mandate under which each file is typed, said once for the whole table.
    quality = models.CharField("en qualité de", max_length=8, choices=HelpMandate.Quality.choices)
    statement = models.CharField("accord des associations", max_length=800)
    given_on = models.DateField("accord donné le")
    heading = models.JSONField("en-tête", default=list)
    cells = models.JSONField("cellules", default=list)
    columns = models.JSONField("colonnes choisies", default=dict)
    told = models.JSONField("ce qui a été fait, ligne à ligne", default=list)
    # From a démarche: which one, and what was left aside there (deleted, already decided).
    demarche = models.ForeignKey(
        Demarche, null=True, blank=True, on_delete=models.PROTECT, related_name="batches"
    )
    aside = models.JSONField("non repris", default=list, blank=True)
    papers = models.CharField("pièces", max_length=8, choices=Papers.choices, default=Papers.NO)
    papers_told = models.JSONField("pièces, dossier par dossier", default=list, blank=True)
    read_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField("lu le")
    ended_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField("appliqué ou défait le", null=True, blank=True)

    class Meta:
        verbose_name = "import de dossiers"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                name="batch_once_per_call",
                fields=["call", "sha256"],
                violation_error_message="Ce fichier a déjà été lu pour cet appel.",
            ),
            models.CheckConstraint(
                name="batch_ended_by_somebody",
                condition=Q(state="read", ended_at__isnull=True)
                | ~Q(state="read") & Q(ended_at__isnull=False, ended_by__isnull=False),
                violation_error_message="Un import appliqué ou défait l'est par quelqu'un.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ImportedFile(models.Model):
    """What one line of an import did to one file; undone, the row stays."""

    class Outcome(models.TextChoices):
        CREATED = "created", "créé"
        UPDATED = "updated", "mis à jour"

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="files")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="+")
    line = models.PositiveIntegerField("ligne")
    reference = models.CharField("référence", max_length=120)
    outcome = models.CharField("résultat", max_length=8, choices=Outcome.choices)
    # The file as this import left it, and what it held before: what undoing looks at.
    digest = models.CharField("empreinte du contenu", max_length=64)
    before = models.JSONField("contenu d'avant", default=dict)
    is_live = models.BooleanField("en vigueur", default=True)

    class Meta:
        verbose_name = "dossier importé"
        ordering = ["line", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="imported_line_once",
                fields=["batch", "line"],
                condition=Q(is_live=True),
                violation_error_message="Cette ligne a déjà été importée.",
            )
        ]
