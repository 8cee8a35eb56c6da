"""Amendments: what changes after the signature, why, and what it does to the money."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ensemblier.base.files.models import StoredFile
from ensemblier.base.ledger.models import Transfer
from ensemblier.base.people.models import User
from ensemblier.fund.agreements.models.agreement import Agreement, new_code
from ensemblier.fund.programme.models import Envelope, ExpenseClass


class Amendment(models.Model):
    """One amendment, numbered. `content` holds what it changes, as engines and pages read it;
    `before` what was in force when the last party signed it."""

    class State(models.TextChoices):
        DRAFT = "draft", "En préparation"
        SENT = "sent", "À signer"
        SIGNED = "signed", "Signé"
        ABANDONED = "abandoned", "Abandonné"

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="amendments")
    number = models.PositiveSmallIntegerField("numéro")
    state = models.CharField("état", max_length=9, choices=State.choices, default=State.DRAFT)
    reasons = models.TextField("motifs", max_length=4000)
    content = models.JSONField("ce qui change", default=dict)
    before = models.JSONField("ce qui était en vigueur", default=dict, blank=True)
    code = models.CharField("code du texte", max_length=16, unique=True, default=new_code)
    previous_sha256 = models.CharField(
        "empreinte du texte modifié", max_length=64, blank=True, default=""
    )
    pdf = models.OneToOneField(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    key = models.UUIDField(unique=True)
    version = models.PositiveIntegerField(default=1)
    prepared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField("préparé le")
    # Whoever wrote it, wrote it again or sent it: none of them signs it.
    hands = models.ManyToManyField(User, verbose_name="écrit ou envoyé par", related_name="+")
    sent_at = models.DateTimeField("envoyé le", null=True, blank=True)
    signed_at = models.DateTimeField("signé par tous le", null=True, blank=True)
    abandoned_why = models.CharField("pourquoi abandonné", max_length=500, blank=True, default="")

    class Meta:
        verbose_name = "avenant"
        ordering = ["number", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="amendment_number_once",
                fields=["agreement", "number"],
                violation_error_message="Un avenant porte déjà ce numéro.",
            ),
            models.UniqueConstraint(
                name="one_amendment_at_a_time",
                fields=["agreement"],
                condition=Q(state__in=["draft", "sent"]),
                violation_error_message="Un avenant est déjà en cours pour cette convention.",
            ),
            models.CheckConstraint(
                name="amendment_says_why",
                condition=~Q(reasons=""),
                violation_error_message="Un avenant dit pourquoi il change la convention.",
            ),
            models.CheckConstraint(
                name="abandoned_amendment_says_why",
                condition=~Q(state="abandoned") | ~Q(abandoned_why=""),
                violation_error_message="Un avenant abandonné dit pourquoi.",
            ),
        ]

    def __str__(self) -> str:
        return f"avenant {self.number} à la convention {self.agreement.number}"


class AmendmentLine(models.Model):
    """Money that an amendment adds from an envelope, or gives back to it."""

    class Way(models.TextChoices):
        UP = "up", "en plus"
        DOWN = "down", "en moins"

    amendment = models.ForeignKey(Amendment, on_delete=models.CASCADE, related_name="lines")
    envelope = models.ForeignKey(Envelope, on_delete=models.PROTECT, related_name="+")
    expense_class = models.CharField("dépense", max_length=20, choices=ExpenseClass.choices)
    way = models.CharField("sens", max_length=4, choices=Way.choices)
    amount_cents = models.PositiveBigIntegerField("montant")
    reservation = models.OneToOneField(
        Transfer, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    settlement = models.OneToOneField(
        Transfer, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "montant d'un avenant"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="amendment_line_once",
                fields=["amendment", "envelope", "expense_class"],
                violation_error_message="Cette dépense change déjà dans cet avenant.",
            ),
            models.CheckConstraint(
                name="amendment_line_is_positive",
                condition=Q(amount_cents__gt=0),
                violation_error_message="Un montant d'avenant est positif.",
            ),
        ]
