"""Bank accounts: entered by one, confirmed by another, their number sealed."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from ensemblier.base.files.models import StoredFile
from ensemblier.base.people.models import Organisation, User


class BankAccountQuerySet(models.QuerySet["BankAccount"]):
    def usable(self, now: datetime) -> BankAccountQuerySet:
        """Confirmed, past the waiting period and not stopped; the newest is the one in use."""
        return self.filter(
            confirmed_by__isnull=False, usable_from__lte=now, stopped_at__isnull=True
        ).order_by("-usable_from", "-pk")


class BankAccount(models.Model):
    """Where an organisation is paid, or pays from: entered by one, confirmed by another.

    The number itself is sealed; pages show its country and last four characters.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="bank_accounts"
    )
    holder = models.CharField("titulaire", max_length=70)
    sealed_iban = models.TextField("IBAN chiffré")
    country = models.CharField("pays", max_length=2)
    last4 = models.CharField("quatre derniers caractères", max_length=4)
    fingerprint = models.CharField("empreinte de l'IBAN", max_length=64, db_index=True)
    paper = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField("saisi le")
    confirmed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField("confirmé le", null=True, blank=True)
    usable_from = models.DateTimeField("utilisable à partir du", null=True, blank=True)
    stopped_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    stopped_at = models.DateTimeField("arrêté le", null=True, blank=True)
    stop_reason = models.CharField("motif de l'arrêt", max_length=500, blank=True)

    objects = BankAccountQuerySet.as_manager()

    class Meta:
        verbose_name = "compte bancaire"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_bank_account_waits_per_organisation",
                fields=["organisation"],
                condition=Q(confirmed_by__isnull=True, stopped_at__isnull=True),
                violation_error_message="Un compte bancaire attend déjà d'être confirmé.",
            ),
            models.CheckConstraint(
                name="bank_account_has_four_eyes",
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("entered_by")),
                violation_error_message="Qui a saisi le compte ne le confirme pas.",
            ),
            models.CheckConstraint(
                name="bank_account_waits_once_confirmed",
                condition=Q(
                    confirmed_by__isnull=True, confirmed_at__isnull=True, usable_from__isnull=True
                )
                | Q(confirmed_at__isnull=False, usable_from__gte=F("confirmed_at")),
                violation_error_message="Un compte ne sert qu'après son délai d'attente.",
            ),
            models.CheckConstraint(
                name="bank_account_stopped_with_a_reason",
                condition=Q(stopped_at__isnull=True) | ~Q(stop_reason=""),
                violation_error_message="Dites pourquoi ce compte est arrêté.",
            ),
        ]

    def __str__(self) -> str:
        return self.masked

    @property
    def masked(self) -> str:
        """All that pages, e-mails and logs ever say of the number."""
        return f"{self.country}•• … {self.last4}"
