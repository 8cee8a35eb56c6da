"""An organisation asks a network head to become its member, until the network answers."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ensemblier.base.people.models import Organisation, User


class MembershipRequest(models.Model):
    """Asked by a representative of the member, answered by somebody of the network."""

    class State(models.TextChoices):
        PENDING = "pending", "en attente"
        ACCEPTED = "accepted", "acceptée"
        REFUSED = "refused", "refusée"
        WITHDRAWN = "withdrawn", "annulée"

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="network_requests"
    )
    network = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="membership_requests"
    )
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField("demandée le")
    state = models.CharField("état", max_length=10, choices=State.choices, default=State.PENDING)
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField("décidée le", null=True, blank=True)
    reason = models.TextField("motif", blank=True)

    class Meta:
        verbose_name = "demande d'adhésion à un réseau"
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="membership_request_is_pending_once",
                fields=["organisation"],
                condition=Q(state="pending"),
                violation_error_message="Votre organisation a déjà une demande en attente.",
            ),
            models.CheckConstraint(
                name="membership_request_is_to_another",
                condition=~Q(organisation=models.F("network")),
                violation_error_message="Une organisation n'est pas sa propre tête de réseau.",
            ),
            models.CheckConstraint(
                name="membership_request_refused_with_a_reason",
                condition=~Q(state="refused") | ~Q(reason=""),
                violation_error_message="Un refus est toujours motivé.",
            ),
        ]

    def __str__(self) -> str:
        return f"demande d'adhésion {self.pk}"
