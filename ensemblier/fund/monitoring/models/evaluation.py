"""Evaluation: what the project did for the aims of the call, in three voices side by side."""

from django.db import models
from django.db.models import Q

from ensemblier.base.people.models import User
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.applications.models import Effect
from ensemblier.fund.calls.models import Criterion


class Evaluation(models.Model):
    """The evaluation of one supported project; the people concerned are asked, never named."""

    class State(models.TextChoices):
        OPEN = "open", "En cours"
        DONE = "done", "Terminée"

    agreement = models.OneToOneField(Agreement, on_delete=models.PROTECT, related_name="evaluation")
    state = models.CharField("état", max_length=4, choices=State.choices, default=State.OPEN)
    # How the people were asked: a meeting, cards, a walk on site; by whom.
    method = models.TextField(
        "comment les personnes ont été entendues", max_length=2000, blank=True
    )
    asked_on = models.DateField("entendues le", null=True, blank=True)
    words = models.TextField("ce qu'elles ont dit, sans nom", max_length=3000, blank=True)
    changed = models.TextField("ce que leur parole a changé", max_length=2000, blank=True)
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField("ouverte le")
    done_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    done_at = models.DateTimeField("terminée le", null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = "évaluation"
        constraints = [
            models.CheckConstraint(
                name="evaluation_done_by_somebody",
                condition=~Q(state="done") | Q(done_by__isnull=False, done_at__isnull=False),
                violation_error_message="Une évaluation terminée l'est par quelqu'un, à une date.",
            )
        ]


class Mark(models.Model):
    """One voice on one criterion of the call, or on one useful effect."""

    class Voice(models.TextChoices):
        CARRIER = "carrier", "l'organisation"
        VISIT = "visit", "la visite du service"

    class Level(models.TextChoices):
        NO = "no", "pas encore"
        PARTLY = "partly", "en partie"
        YES = "yes", "oui"

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="marks")
    voice = models.CharField("voix", max_length=8, choices=Voice.choices)
    criterion = models.ForeignKey(
        Criterion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    effect = models.CharField("effet utile", max_length=24, choices=Effect.choices, blank=True)
    level = models.CharField("atteint", max_length=6, choices=Level.choices, blank=True)
    text = models.TextField("ce qui le montre", max_length=1500, blank=True)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField("écrit le")

    class Meta:
        verbose_name = "appréciation"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_mark_a_voice_and_criterion",
                fields=["evaluation", "voice", "criterion"],
                condition=Q(criterion__isnull=False),
                violation_error_message="Cette voix s'est déjà exprimée sur ce critère.",
            ),
            models.UniqueConstraint(
                name="one_mark_a_voice_and_effect",
                fields=["evaluation", "voice", "effect"],
                condition=~Q(effect=""),
                violation_error_message="Cette voix s'est déjà exprimée sur cet effet utile.",
            ),
            models.CheckConstraint(
                name="mark_is_on_one_thing",
                condition=Q(criterion__isnull=False, effect="")
                | (Q(criterion__isnull=True) & ~Q(effect="")),
                violation_error_message="Une appréciation porte sur un critère ou un effet utile.",
            ),
        ]


class VoiceCount(models.Model):
    """How many people gave one answer to one plain question: counted, never named."""

    class Moment(models.TextChoices):
        BEFORE = "before", "avant le projet"
        AFTER = "after", "après le projet"

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="counts")
    question = models.CharField("question", max_length=24)
    moment = models.CharField("moment", max_length=6, choices=Moment.choices, default=Moment.AFTER)
    answer = models.CharField("réponse", max_length=24)
    people = models.PositiveIntegerField("personnes")

    class Meta:
        verbose_name = "réponses comptées"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="voice_counted_once",
                fields=["evaluation", "question", "moment", "answer"],
                violation_error_message="Cette réponse est déjà comptée.",
            )
        ]
