"""Several people on one file: seats, invitations to a seat, who is there now, and comments."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ensemblier.base.people.models import User
from ensemblier.fund.applications.models.application import Application


class SeatRole(models.TextChoices):
    """What a seat allows, from most to least; sending the file stays with its organisation."""

    EDITOR = "editor", "écrit dans le dossier"
    COMMENTER = "commenter", "lit et commente"
    READER = "reader", "lit seulement"


class Seat(models.Model):
    """One person's place on one file, and on nothing else; its row goes when the person does."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="seats")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="seats")
    role = models.CharField("place", max_length=10, choices=SeatRole.choices)
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField("donnée le")

    class Meta:
        verbose_name = "place sur un dossier"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="seat_once",
                fields=["application", "user"],
                violation_error_message="Cette personne a déjà une place sur ce dossier.",
            )
        ]


class SeatInvitation(models.Model):
    """A seat offered to an address: a link used once, which expires."""

    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="seat_invitations"
    )
    email = models.EmailField("adresse e-mail")
    role = models.CharField("place", max_length=10, choices=SeatRole.choices)
    token_digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField("envoyée le")
    expires_at = models.DateTimeField("valable jusqu'au")
    accepted_at = models.DateTimeField("acceptée le", null=True, blank=True)
    accepted_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField("annulée le", null=True, blank=True)

    class Meta:
        verbose_name = "invitation sur un dossier"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="seat_invitation_ends_after_it_starts",
                condition=Q(expires_at__gt=models.F("invited_at")),
                violation_error_message="Une invitation finit après avoir commencé.",
            )
        ]


class Presence(models.Model):
    """Who has which page of a file open; forgotten after a day."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    step = models.CharField("étape", max_length=16)
    seen_at = models.DateTimeField("vue le")

    class Meta:
        verbose_name = "présence sur un dossier"
        constraints = [
            models.UniqueConstraint(
                name="presence_once",
                fields=["application", "user"],
                violation_error_message="Cette présence est déjà notée.",
            )
        ]


class Comment(models.Model):
    """A remark on one page of the file, or an answer to it. Only those who write the file read
    it, unless its thread is shared with the service that instructs."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="comments")
    step = models.CharField("étape", max_length=16)
    thread = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="replies"
    )
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    body = models.TextField("commentaire", max_length=2000)
    written_at = models.DateTimeField("écrit le")
    # Of the first remark of a thread only.
    resolved_at = models.DateTimeField("réglé le", null=True, blank=True)
    resolved_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    shared_at = models.DateTimeField("partagé le", null=True, blank=True)

    class Meta:
        verbose_name = "commentaire"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="comment_reply_has_no_state",
                condition=Q(thread__isnull=True)
                | Q(resolved_at__isnull=True, shared_at__isnull=True),
                violation_error_message="Une réponse suit l'état du premier commentaire.",
            ),
            models.CheckConstraint(
                name="comment_resolved_by_somebody",
                condition=Q(resolved_at__isnull=True, resolved_by__isnull=True)
                | Q(resolved_at__isnull=False, resolved_by__isnull=False),
                violation_error_message="Un commentaire réglé dit qui l'a réglé, et quand.",
            ),
        ]
