"""What Chorus says: extracts, and one trace for each fact."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ensemblier.base.people.models import User
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.payments.models.payment import Payment


class ChorusImport(models.Model):
    """An extract of Chorus: read, shown, then applied once; undone while nothing followed.

    Each payer reads their own: the same extract reaches several services, and nobody applies the
    lines of files that are not theirs.
    """

    class State(models.TextChoices):
        READ = "read", "Lu, rien n'est changé"
        APPLIED = "applied", "Appliqué"
        UNDONE = "undone", "Défait"

    sha256 = models.CharField("empreinte", max_length=64)
    name = models.CharField("fichier", max_length=150)
    state = models.CharField("état", max_length=7, choices=State.choices, default=State.READ)
    columns = models.JSONField("colonnes", default=dict)
    rows = models.JSONField("lignes", default=list)
    read_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField("lu le")
    ended_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField("appliqué ou défait le", null=True, blank=True)

    class Meta:
        verbose_name = "extrait de Chorus"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                name="chorus_extract_once_per_reader",
                fields=["read_by", "sha256"],
                violation_error_message="Vous avez déjà lu cet extrait.",
            )
        ]


class ChorusTrace(models.Model):
    """One fact of Chorus about an agreement or a payment. Added; undone by an opposite row."""

    class Step(models.TextChoices):
        COMMITMENT = "commitment", "engagement juridique (EJ)"
        SERVICE = "service", "service fait"
        REQUEST = "request", "demande de paiement"
        PAID = "paid", "payé par le comptable"

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="chorus")
    payment = models.ForeignKey(
        Payment, null=True, blank=True, on_delete=models.PROTECT, related_name="chorus"
    )
    step = models.CharField("étape", max_length=10, choices=Step.choices)
    number = models.CharField("numéro dans Chorus", max_length=20, blank=True)
    happened_on = models.DateField("date dans Chorus")
    source = models.ForeignKey(
        ChorusImport, null=True, blank=True, on_delete=models.PROTECT, related_name="traces"
    )
    cancels = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="cancelled_by"
    )
    is_live = models.BooleanField("en vigueur", default=True)
    reason = models.CharField("motif", max_length=500, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField("enregistré le")

    class Meta:
        verbose_name = "trace Chorus"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_commitment_per_agreement",
                fields=["agreement"],
                condition=Q(step="commitment", is_live=True),
                violation_error_message="Cette convention porte déjà un engagement juridique.",
            ),
            models.UniqueConstraint(
                name="chorus_step_once_per_payment",
                fields=["payment", "step"],
                condition=Q(payment__isnull=False, is_live=True),
                violation_error_message="Cette étape est déjà notée pour ce versement.",
            ),
            models.CheckConstraint(
                name="chorus_trace_is_about_the_right_thing",
                condition=Q(step="commitment", payment__isnull=True)
                | (~Q(step="commitment") & Q(payment__isnull=False)),
                violation_error_message="L'EJ suit la convention, le reste suit le versement.",
            ),
            models.CheckConstraint(
                name="chorus_trace_has_its_number",
                condition=Q(step="paid") | ~Q(number=""),
                violation_error_message="Donnez le numéro qui figure dans Chorus.",
            ),
        ]
