"""How parties sign: by recorded consent, or on paper that comes back as a scan."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from ensemblier.base.files.models import StoredFile
from ensemblier.base.people.models import Organisation, User
from ensemblier.fund.agreements.models.agreement import Agreement
from ensemblier.fund.agreements.models.amendment import Amendment


class SignedScan(models.Model):
    """A signed paper that came back, found again by its QR code; somebody else reads it."""

    class State(models.TextChoices):
        WAITING = "waiting", "À relire"
        CONFIRMED = "confirmed", "Confirmé"
        REFUSED = "refused", "Refusé"

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="scans")
    amendment = models.ForeignKey(
        Amendment, null=True, blank=True, on_delete=models.PROTECT, related_name="scans"
    )
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="+")
    code = models.CharField("code lu", max_length=16)
    pages = models.PositiveSmallIntegerField("pages lues")
    parties = models.JSONField("parties qui ont signé", default=list)
    state = models.CharField("état", max_length=9, choices=State.choices, default=State.WAITING)
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField("déposé le")
    checked_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    checked_at = models.DateTimeField("relu le", null=True, blank=True)
    note = models.CharField("remarque", max_length=500, blank=True, default="")

    class Meta:
        verbose_name = "exemplaire signé numérisé"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="signed_scan_has_four_eyes",
                condition=Q(checked_by__isnull=True) | ~Q(checked_by=F("uploaded_by")),
                violation_error_message="Qui dépose l'exemplaire signé ne le relit pas.",
            ),
            models.CheckConstraint(
                name="signed_scan_is_waiting_or_read",
                condition=Q(state="waiting", checked_at__isnull=True)
                | (~Q(state="waiting") & Q(checked_at__isnull=False, checked_by__isnull=False)),
                violation_error_message="Un exemplaire relu dit par qui et quand.",
            ),
        ]


class Signature(models.Model):
    """One party's signature of the agreement, or of one of its amendments."""

    class Means(models.TextChoices):
        CONSENT = "consent", "accord enregistré en ligne"
        SCAN = "scan", "signature sur papier"

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="signatures")
    amendment = models.ForeignKey(
        Amendment, null=True, blank=True, on_delete=models.PROTECT, related_name="signatures"
    )
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField("signé le")
    pdf_sha256 = models.CharField("empreinte du texte signé", max_length=64)
    means = models.CharField("moyen", max_length=7, choices=Means.choices, default=Means.CONSENT)
    signer_name = models.CharField("au nom de", max_length=120, blank=True, default="")
    ip = models.CharField("adresse IP tronquée", max_length=45, blank=True, default="")
    second_factor = models.BooleanField("second facteur donné", null=True)
    scan = models.ForeignKey(
        SignedScan, null=True, blank=True, on_delete=models.PROTECT, related_name="signatures"
    )

    class Meta:
        verbose_name = "signature"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_signature_each",
                fields=["agreement", "organisation"],
                condition=Q(amendment__isnull=True),
                violation_error_message="Cette organisation a déjà signé.",
            ),
            models.UniqueConstraint(
                name="one_signature_each_per_amendment",
                fields=["amendment", "organisation"],
                condition=Q(amendment__isnull=False),
                violation_error_message="Cette organisation a déjà signé cet avenant.",
            ),
            models.CheckConstraint(
                name="paper_signature_has_its_scan",
                condition=Q(means="consent", scan__isnull=True)
                | Q(means="scan", scan__isnull=False),
                violation_error_message="Une signature sur papier garde l'exemplaire numérisé.",
            ),
        ]
