"""Files given by users: kept outside the web root under a random name."""

from __future__ import annotations

import secrets
from datetime import date
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import Q

from ensemblier.base.files.limits import NAMES, in_french


def random_name() -> str:
    """128 bits: the address of a file cannot be guessed."""
    return secrets.token_hex(16)


class ScanState(models.TextChoices):
    PENDING = "pending", "contrôle en cours"
    CLEAN = "clean", "contrôlé"
    REFUSED = "refused", "refusé au contrôle"


class StoredFileQuerySet(models.QuerySet["StoredFile"]):
    def past(self, day: date) -> StoredFileQuerySet:
        """Files whose time is over."""
        return self.filter(delete_after__lt=day)

    def about(self, subject: str) -> StoredFileQuerySet:
        return self.filter(about=subject)


class StoredFile(models.Model):
    """A checked file. Whoever owns the purpose decides who may read it (serving.serve_rule)."""

    name = models.CharField("nom interne", max_length=32, unique=True, default=random_name)
    original_name = models.CharField("nom d'origine", max_length=150)
    size = models.PositiveBigIntegerField("taille")
    sha256 = models.CharField("empreinte", max_length=64)
    media_type = models.CharField("type", max_length=80)
    # Numbers, not foreign keys: accounts, organisations and subjects live in higher layers.
    uploaded_by_id = models.BigIntegerField("déposé par", null=True)
    organisation_id = models.BigIntegerField("organisation", null=True)
    about = models.CharField("objet", max_length=60, db_index=True)
    purpose = models.CharField("usage", max_length=40)
    scan = models.CharField(
        "contrôle", max_length=10, choices=ScanState.choices, default=ScanState.PENDING
    )
    scan_note = models.CharField("résultat du contrôle", max_length=200, blank=True)
    created_at = models.DateTimeField("déposé le", auto_now_add=True)
    delete_after = models.DateField("à effacer après le", null=True, db_index=True)

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        verbose_name = "fichier"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="stored_file_type_is_allowed",
                condition=Q(media_type__in=sorted(NAMES)),
                violation_error_message="Ce type de fichier n'est pas accepté.",
            ),
        ]

    def __str__(self) -> str:
        return self.original_name

    @property
    def path(self) -> Path:
        return Path(settings.MEDIA_ROOT) / self.name[:2] / self.name

    @property
    def readable_size(self) -> str:
        return in_french(self.size)

    def subject_id(self, kind: str) -> int | None:
        """The number in "kind:number", or None when the file is about something else."""
        found, _, number = self.about.partition(":")
        return int(number) if found == kind and number.isdigit() else None
