"""The outbox: each e-mail is a row, written with what it announces and sent afterwards."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils import timezone

# Tries are spread over about three days, then a person must look.
MAX_TRIES = 12


class MessageQuerySet(models.QuerySet["Message"]):
    def waiting(self) -> MessageQuerySet:
        return self.filter(sent_at__isnull=True)

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

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = "message"
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.subject

    @property
    def is_given_up(self) -> bool:
        return self.sent_at is None and self.tries >= MAX_TRIES
