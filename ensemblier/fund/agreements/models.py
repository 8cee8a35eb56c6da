"""Agreements: what the State and the organisation sign, and the instalments it plans."""

from django.db import models
from django.db.models import F, Q

from ensemblier.base.files.models import StoredFile
from ensemblier.base.people.models import Organisation, User
from ensemblier.fund.decisions.models import Decision


class Agreement(models.Model):
    """The agreement that follows a grant. Its PDF is frozen when it is sent for signature."""

    class State(models.TextChoices):
        DRAFT = "draft", "En préparation"
        SENT = "sent", "À signer"
        SIGNED = "signed", "Signée"
        CLOSED = "closed", "Close"

    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="agreement")
    number = models.CharField("numéro", max_length=20, unique=True)
    state = models.CharField("état", max_length=6, choices=State.choices, default=State.DRAFT)
    starts_on = models.DateField("du")
    ends_on = models.DateField("au")
    surplus_clause = models.TextField(
        "ce qui peut être gardé si tout n'est pas dépensé", max_length=1000, blank=True
    )
    pdf = models.OneToOneField(StoredFile, null=True, blank=True, on_delete=models.PROTECT)
    sent_at = models.DateTimeField("envoyée le", null=True, blank=True)
    signed_at = models.DateTimeField("signée par tous le", null=True, blank=True)
    closed_at = models.DateTimeField("close le", null=True, blank=True)

    class Meta:
        verbose_name = "convention"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="agreement_ends_after_it_starts",
                condition=Q(ends_on__gt=F("starts_on")),
                violation_error_message="La fin de la convention précède son début.",
            )
        ]


class Signature(models.Model):
    """One party's signature."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="signatures")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField("signé le")
    pdf_sha256 = models.CharField("empreinte du texte signé", max_length=64)

    class Meta:
        verbose_name = "signature"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_signature_each",
                fields=["agreement", "organisation"],
                violation_error_message="Cette organisation a déjà signé.",
            )
        ]


class Instalment(models.Model):
    """A part of the grant, released by an event."""

    class Release(models.TextChoices):
        SIGNATURE = "signature", "à la signature"
        INTERMEDIATE_REPORT = "intermediate_report", "au bilan intermédiaire accepté"
        FINAL_REPORT = "final_report", "au bilan final accepté"

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="instalments")
    position = models.PositiveSmallIntegerField("rang")
    label = models.CharField("intitulé", max_length=80)
    release = models.CharField("déclenché", max_length=20, choices=Release.choices)
    amount_cents = models.PositiveBigIntegerField("montant")
    due_on = models.DateField("prévu le")

    class Meta:
        verbose_name = "échéance"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="instalment_rank",
                fields=["agreement", "position"],
                violation_error_message="Deux échéances ne portent pas le même rang.",
            ),
            models.CheckConstraint(
                name="instalment_is_positive",
                condition=Q(amount_cents__gt=0),
                violation_error_message="Une échéance a un montant positif.",
            ),
        ]
