"""What was sent and what was joined: the receipt, and the papers."""

from __future__ import annotations

from django.db import models

from ensemblier.base.files.models import StoredFile
from ensemblier.base.people.models import User
from ensemblier.fund.applications.models.application import Application


class Receipt(models.Model):
    """What was filed, frozen: the content, its digest, and the key of the request that filed it."""

    application = models.OneToOneField(
        Application, on_delete=models.PROTECT, related_name="receipt"
    )
    key = models.UUIDField("clé de la demande", unique=True)
    filed_at = models.DateTimeField("déposé le")
    filed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    content = models.JSONField("contenu déposé")
    digest = models.CharField("empreinte du contenu", max_length=64)

    class Meta:
        verbose_name = "accusé de dépôt"


class Attachment(models.Model):
    """A paper of the file."""

    class Kind(models.TextChoices):
        STATUTES = "statutes", "statuts"
        ACCOUNTS = "accounts", "derniers comptes approuvés"
        ACTIVITY_REPORT = "activity_report", "rapport d'activité"
        BANK_DETAILS = "bank_details", "RIB"
        BUDGET = "budget", "budget prévisionnel de l'organisation"
        FINANCIAL_REPORT = (
            "financial_report",
            "compte rendu financier de l'an dernier (Cerfa 15059)",
        )
        DELEGATION = "delegation", "pouvoir donné au signataire"
        AUTHORISATION = "authorisation", "habilitation à l'aide alimentaire"
        QUOTE = "quote", "devis"
        PARTNER_LETTER = "partner_letter", "lettre d'un partenaire"
        OTHER = "other", "autre pièce"

    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="attachments"
    )
    kind = models.CharField("pièce", max_length=16, choices=Kind.choices)
    # The partner who writes, or the paper of the call it answers: names, as rows are rewritten.
    about = models.CharField("au sujet de", max_length=160, blank=True)
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT)

    class Meta:
        verbose_name = "pièce jointe"
        ordering = ["pk"]
