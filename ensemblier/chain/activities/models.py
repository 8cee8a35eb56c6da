"""Dated things done at a place: harvests, gleanings, kitchens, rounds, order cycles, hand-outs."""

from __future__ import annotations

from uuid import uuid4

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q

from ensemblier.base.chains.models import Chain, Site
from ensemblier.base.people.models import IaeAgreement, Organisation
from ensemblier.chain.commitments.models import Commitment


class Activity(models.Model):
    """One dated thing. An order cycle is one too, with its days of opening and closing."""

    class Kind(models.TextChoices):
        HARVEST = "harvest", "récolte"
        GLEANING = "gleaning", "glanage"
        COLLECTION = "collection", "collecte"
        RECEPTION = "reception", "réception"
        SORTING = "sorting", "tri"
        COOKING = "cooking", "transformation"
        PACKING = "packing", "composition de paniers"
        ROUND = "round", "tournée"
        DISTRIBUTION = "distribution", "distribution"
        WORKSHOP = "workshop", "atelier"
        SHIFT = "shift", "permanence"
        LAB = "lab", "labo de choix"
        CYCLE = "cycle", "commande groupée"

    class State(models.TextChoices):
        PLANNED = "planned", "prévue"
        DONE = "done", "faite"
        CANCELLED = "cancelled", "annulée"
        MOVED = "moved", "déplacée"

    class Plot(models.TextChoices):
        LEFT = "left", "récoltée, il y reste des produits"
        WHOLE = "whole", "pas encore récoltée"

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="activities")
    kind = models.CharField("nature", max_length=12, choices=Kind.choices)
    title = models.CharField("titre", max_length=160)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="activities")
    host = models.ForeignKey(
        Organisation, verbose_name="organisée par", on_delete=models.PROTECT, related_name="+"
    )
    starts_at = models.DateTimeField("début")
    ends_at = models.DateTimeField("fin")
    # When people may order or sign up.
    opens_at = models.DateTimeField("ouverture", null=True, blank=True)
    closes_at = models.DateTimeField("clôture", null=True, blank=True)
    places = models.PositiveIntegerField("places", null=True, blank=True)
    state = models.CharField("état", max_length=9, choices=State.choices, default=State.PLANNED)
    moved_to = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="moved_from"
    )
    reason = models.CharField("motif", max_length=300, blank=True)
    # The insertion activity it belongs to: its hours, charges and sales count for this agreement.
    iae_agreement = models.ForeignKey(
        IaeAgreement, null=True, blank=True, on_delete=models.PROTECT, related_name="activities"
    )

    # Of a gleaning: who opens the plot signed with the legal person that leads the gleaners.
    agreed_on = models.DateField("convention signée le", null=True, blank=True)
    # Empty: no end was written.
    agreement_ends = models.DateField("convention valable jusqu'au", null=True, blank=True)
    is_insured = models.BooleanField("assurance en responsabilité civile", default=False)
    insured_until = models.DateField("assurance valable jusqu'au", null=True, blank=True)
    plot = models.CharField("parcelle", max_length=5, choices=Plot.choices, blank=True, default="")

    class Meta:
        verbose_name = "activité"
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="activity_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message="La fin précède le début.",
            ),
            models.CheckConstraint(
                name="activity_closes_after_it_opens",
                condition=Q(opens_at__isnull=True)
                | Q(closes_at__isnull=True)
                | Q(closes_at__gt=F("opens_at")),
                violation_error_message="La clôture précède l'ouverture.",
            ),
            models.CheckConstraint(
                name="activity_moved_goes_somewhere",
                condition=~Q(state="moved") | Q(moved_to__isnull=False),
                violation_error_message="Une activité déplacée a une nouvelle date.",
            ),
            models.CheckConstraint(
                name="activity_agreement_is_of_a_gleaning",
                condition=Q(kind="gleaning")
                | Q(
                    agreed_on__isnull=True,
                    agreement_ends__isnull=True,
                    is_insured=False,
                    insured_until__isnull=True,
                    plot="",
                ),
                violation_error_message="Convention et parcelle se notent pour un glanage.",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Serving(models.Model):
    """This activity serves this promise: an order in its cycle, a call-off on its round."""

    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="servings")
    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="servings")

    class Meta:
        verbose_name = "promesse servie"
        constraints = [
            models.UniqueConstraint(
                name="serving_once",
                fields=["activity", "commitment"],
                violation_error_message="Cette promesse est déjà servie par cette activité.",
            ),
        ]


class Participant(models.Model):
    """A person who takes part, under a card name they choose; the name can be erased, not hours."""

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="participants")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    code = models.UUIDField("code", default=uuid4, unique=True)
    alias = models.CharField("nom d'usage", max_length=80, blank=True)
    erased_at = models.DateTimeField("effacé le", null=True, blank=True)

    class Meta:
        verbose_name = "participant"
        ordering = ["alias", "pk"]
        constraints = [
            models.CheckConstraint(
                name="participant_erased_has_no_name",
                condition=Q(erased_at__isnull=True) | Q(alias=""),
                violation_error_message="Un participant effacé n'a plus de nom.",
            ),
        ]

    def __str__(self) -> str:
        return self.alias or "participant"


class Participation(models.Model):
    """One person in one activity: signed up, then minutes done, and in what capacity."""

    class Nature(models.TextChoices):
        VOLUNTEER = "volunteer", "bénévole"
        EATER = "eater", "personne accueillie"
        INSERTION = "insertion", "salarié en insertion"
        TRAINING = "training", "en formation"
        EMPLOYEE = "employee", "salarié permanent"

    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="participations")
    participant = models.ForeignKey(
        Participant, on_delete=models.PROTECT, related_name="participations"
    )
    nature = models.CharField("à quel titre", max_length=10, choices=Nature.choices)
    role = models.CharField("rôle", max_length=80, blank=True)
    # Empty until done; 0 for somebody who did not come.
    minutes = models.PositiveIntegerField(
        "minutes", null=True, blank=True, validators=[MaxValueValidator(1440)]
    )

    class Meta:
        verbose_name = "participation"
        ordering = ["activity", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="participation_once",
                fields=["activity", "participant"],
                violation_error_message="Cette personne est déjà inscrite.",
            ),
            models.CheckConstraint(
                name="participation_fits_in_a_day",
                condition=Q(minutes__isnull=True) | Q(minutes__lte=1440),
                violation_error_message="Une journée compte 1 440 minutes.",
            ),
        ]


class NotedMinutes(models.Model):
    """Minutes of a participation as they were written, or corrected: differences, only added. The
    day is that of the activity; written after it was told, it belongs to the open days."""

    participation = models.ForeignKey(Participation, on_delete=models.PROTECT, related_name="noted")
    minutes = models.IntegerField("minutes, en plus ou en moins")
    day = models.DateField("jour", db_index=True)
    created_at = models.DateTimeField("écrit le")

    class Meta:
        verbose_name = "minutes notées"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="noted_minutes_change_something",
                condition=~Q(minutes=0),
                violation_error_message="Une correction change un nombre de minutes.",
            ),
        ]
