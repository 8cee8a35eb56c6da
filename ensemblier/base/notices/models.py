"""The outbox: each e-mail is a row, written with what it announces and sent afterwards."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils import timezone

# Tries are spread over about three days, then a person must look.
MAX_TRIES = 12


class MessageQuerySet(models.QuerySet["Message"]):
    def waiting(self) -> MessageQuerySet:
        """Not sent yet; what waits for a daily digest is not late."""
        return self.filter(sent_at__isnull=True, is_held=False)

    def held(self) -> MessageQuerySet:
        """Kept for the next digest of their reader."""
        return self.filter(sent_at__isnull=True, is_held=True)

    def due(self, now: datetime) -> MessageQuerySet:
        """To be tried now."""
        return self.waiting().filter(next_try_at__lte=now, tries__lt=MAX_TRIES)

    def given_up(self) -> MessageQuerySet:
        return self.waiting().filter(tries__gte=MAX_TRIES)


class Message(models.Model):
    """An e-mail. `next_try_at` is also its lock: whoever moves it forward is the one who sends."""

    to = models.EmailField("destinataire")
    subject = models.CharField("objet", max_length=200)
    body = models.TextField("texte")
    template = models.CharField("modèle", max_length=100)
    about = models.CharField("à propos de", max_length=60, blank=True, db_index=True)
    # The text holds a link that opens something: it is emptied once sent.
    is_secret = models.BooleanField("texte effacé après envoi", default=False)
    created_at = models.DateTimeField("écrit le", auto_now_add=True)
    next_try_at = models.DateTimeField("prochain essai", default=timezone.now, db_index=True)
    tries = models.PositiveSmallIntegerField("essais", default=0)
    sent_at = models.DateTimeField("envoyé le", null=True, db_index=True)
    last_error = models.CharField("dernière erreur", max_length=200, blank=True)
    # A number, not a foreign key: accounts live in a higher layer.
    account_id = models.BigIntegerField("compte", null=True, db_index=True)
    is_held = models.BooleanField("gardé pour le résumé du jour", default=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = "message"
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.subject

    @property
    def is_given_up(self) -> bool:
        return self.sent_at is None and self.tries >= MAX_TRIES


class Rhythm(models.TextChoices):
    """How soon a person wants to be told."""

    AT_ONCE = "at_once", "tout de suite"
    DAILY = "daily", "un résumé par jour"
    NEVER = "never", "jamais par courriel"


class Preference(models.Model):
    """The rhythm that an account chose for one topic; without a row, at once."""

    account_id = models.BigIntegerField("compte")
    topic = models.CharField("sujet", max_length=40)
    rhythm = models.CharField("rythme", max_length=8, choices=Rhythm.choices)

    class Meta:
        verbose_name = "préférence de courriel"
        constraints = [
            models.UniqueConstraint(
                name="one_preference_each",
                fields=["account_id", "topic"],
                violation_error_message="Cette préférence est déjà enregistrée.",
            )
        ]
