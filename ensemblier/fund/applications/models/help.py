"""Help under a recorded mandate: somebody types the file for an association that asked for it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ensemblier.base.files.models import StoredFile
from ensemblier.base.people.models import User
from ensemblier.fund.applications.models.application import Application


class HelpMandate(models.Model):
    """Who types for whom, on the strength of what, and when the representative confirmed.

    It opens one file and nothing else: it is no mandate of the organisation.
    """

    class Quality(models.TextChoices):
        OFFICER = "officer", "agent du service instructeur"
        NETWORK = "network", "tête de réseau"
        SOCIAL = "social", "travailleur social"
        OTHER = "other", "autre personne de confiance"

    class Proof(models.TextChoices):
        PAPER = "paper", "mandat signé sur papier"
        STATEMENT = "statement", "accord donné de vive voix, noté ici"

    class Way(models.TextChoices):
        LINK = "link", "par un lien reçu par e-mail"
        PAPER = "paper", "par un papier signé"

    application = models.OneToOneField(
        Application, on_delete=models.CASCADE, related_name="help_mandate"
    )
    helper = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    quality = models.CharField("en qualité de", max_length=8, choices=Quality.choices)
    representative = models.CharField("représentant légal", max_length=120)
    email = models.EmailField("adresse e-mail du représentant", blank=True)
    proof = models.CharField("preuve de l'accord", max_length=10, choices=Proof.choices)
    statement = models.TextField("ce qui a été dit", max_length=1000, blank=True)
    paper = models.OneToOneField(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    given_on = models.DateField("accord donné le")
    recorded_at = models.DateTimeField("noté le")
    # The confirmation of one content of the file: it falls when the content changes.
    token_digest = models.CharField(max_length=64, blank=True, db_index=True)
    sent_at = models.DateTimeField("lien envoyé le", null=True, blank=True)
    expires_at = models.DateTimeField("lien valable jusqu'au", null=True, blank=True)
    confirmed_at = models.DateTimeField("confirmé le", null=True, blank=True)
    confirmed_way = models.CharField(
        "confirmé", max_length=5, choices=Way.choices, blank=True, default=""
    )
    confirmed_digest = models.CharField("contenu confirmé", max_length=64, blank=True)
    confirmed_paper = models.OneToOneField(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField("terminé le", null=True, blank=True)
    ended_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "mandat d'aide à la saisie"
        constraints = [
            models.CheckConstraint(
                name="help_mandate_has_a_proof",
                condition=Q(proof="paper", paper__isnull=False)
                | ~Q(proof="paper") & ~Q(statement=""),
                violation_error_message="Joignez le mandat signé, ou écrivez l'accord donné.",
            ),
            models.CheckConstraint(
                name="help_mandate_confirmation_is_whole",
                condition=Q(confirmed_at__isnull=True, confirmed_digest="")
                | Q(confirmed_at__isnull=False) & ~Q(confirmed_digest="") & ~Q(confirmed_way=""),
                violation_error_message="Une confirmation dit quand, comment et quel contenu.",
            ),
        ]
