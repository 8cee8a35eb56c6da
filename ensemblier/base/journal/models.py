"""Who did what and why: rows that only grow, and the journal of who looked at what."""

from django.db import models


class Event(models.Model):
    """One action. People are known by account number, so that erasing a name leaves it whole."""

    at = models.DateTimeField("quand", auto_now_add=True)
    actor_id = models.BigIntegerField("compte", null=True)
    action = models.CharField("action", max_length=60)
    subject = models.CharField("objet", max_length=60, db_index=True)
    reason = models.TextField("motif", blank=True)
    data = models.JSONField("détail", default=dict)

    class Meta:
        verbose_name = "événement"
        ordering = ["pk"]
        indexes = [
            # How often somebody did something today (see ceilings.py).
            models.Index(fields=["actor_id", "action", "at"], name="journal_event_who_what_when"),
        ]


class Access(models.Model):
    """One look at a page that shows people or money. Written through the `side` connection."""

    at = models.DateTimeField("quand", auto_now_add=True, db_index=True)
    actor_id = models.BigIntegerField("compte", null=True)
    path = models.CharField("adresse", max_length=250)

    class Meta:
        verbose_name = "consultation"


class RefusedAttempt(models.Model):
    """What somebody tried and the server refused. Written through the `side` connection: the
    refusal undoes its own transaction, and this row must stay."""

    at = models.DateTimeField("quand", auto_now_add=True, db_index=True)
    actor_id = models.BigIntegerField("compte", null=True)
    action = models.CharField("action", max_length=60)
    subject = models.CharField("objet", max_length=250, db_index=True)
    reason = models.TextField("motif du refus", blank=True)

    class Meta:
        verbose_name = "tentative refusée"
        ordering = ["pk"]
