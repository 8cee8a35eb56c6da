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


class Access(models.Model):
    """One look at a page that shows people or money. Written through the `side` connection."""

    at = models.DateTimeField("quand", auto_now_add=True, db_index=True)
    actor_id = models.BigIntegerField("compte", null=True)
    path = models.CharField("adresse", max_length=250)
    subject = models.CharField("objet", max_length=60, blank=True)

    class Meta:
        verbose_name = "consultation"
