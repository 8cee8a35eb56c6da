"""Review: opinions with scores and reasons, and requests for complements."""

from django.db import models
from django.db.models import Q

from ensemblier.base.people.models import User
from ensemblier.fund.applications.models import Application
from ensemblier.fund.calls.models import Criterion


class Review(models.Model):
    """The opinion of one instructor, hidden from others until it is given."""

    class Level(models.TextChoices):
        NATIONAL = "national", "avis national"
        REGION = "region", "avis régional"
        DEPARTMENT = "department", "avis départemental"
        NETWORK = "network", "avis de la tête de réseau"

    class Opinion(models.TextChoices):
        FAVOURABLE = "favourable", "favorable"
        RESERVED = "reserved", "favorable avec réserves"
        UNFAVOURABLE = "unfavourable", "défavorable"

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    level = models.CharField("niveau", max_length=10, choices=Level.choices)
    opinion = models.CharField("avis", max_length=12, choices=Opinion.choices, blank=True)
    reasons = models.TextField("motifs", max_length=4000, blank=True)
    proposed_cents = models.PositiveBigIntegerField("montant proposé", null=True, blank=True)
    given_at = models.DateTimeField("rendu le", null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = "avis"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_review_each",
                fields=["application", "reviewer"],
                violation_error_message="Vous avez déjà ouvert un avis sur ce dossier.",
            ),
            models.CheckConstraint(
                name="given_review_has_an_opinion_and_reasons",
                condition=Q(given_at__isnull=True) | (~Q(opinion="") & ~Q(reasons="")),
                violation_error_message="Un avis rendu porte son sens et ses motifs.",
            ),
        ]


class Score(models.Model):
    """The score of one criterion, with its reason; a draft may hold one without the other."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="scores")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    value = models.PositiveSmallIntegerField("note", null=True, blank=True)
    reason = models.TextField("pourquoi", max_length=1000, blank=True)

    class Meta:
        verbose_name = "note"
        ordering = ["criterion__position", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_score_each",
                fields=["review", "criterion"],
                violation_error_message="Ce critère est déjà noté dans cet avis.",
            )
        ]


class ComplementRequest(models.Model):
    """A question put to the applicant, with a date to answer by."""

    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="complements"
    )
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField("demandé le")
    message = models.TextField("ce qui manque", max_length=2000)
    due_on = models.DateField("à répondre avant le")
    answer = models.TextField("réponse", max_length=4000, blank=True)
    answered_at = models.DateTimeField("répondu le", null=True, blank=True)
    answered_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "demande de compléments"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_open_complement",
                fields=["application"],
                condition=Q(answered_at__isnull=True),
                violation_error_message="Une demande de compléments est déjà en cours.",
            ),
        ]
