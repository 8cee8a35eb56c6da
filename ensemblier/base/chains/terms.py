"""The words that describe a food chain: its links and its length (report, figure 1)."""

from django.db import models


class Link(models.TextChoices):
    """What an organisation does in the chain; a project often holds several links."""

    PRODUCTION = "production", "production"
    PROCESSING = "processing", "transformation"
    DISTRIBUTION = "distribution", "distribution"
    SUPPORT = "support", "accompagnement"


class Length(models.TextChoices):
    LOCAL = "local", "filière solidaire locale"
    MIXED = "mixed", "circuit mixte"
    LONG = "long", "filière longue solidaire"
