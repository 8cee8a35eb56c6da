"""Review: opinions with scores and reasons, complements, threads, interests, visits."""

from __future__ import annotations

from django.db import models
from django.db.models import Exists, OuterRef, Q

from ensemblier.base.files.models import StoredFile
from ensemblier.base.people.models import Organisation, User
from ensemblier.fund.applications.models import Application
from ensemblier.fund.calls.models import Criterion


class ReviewQuerySet(models.QuerySet["Review"]):
    def given(self) -> ReviewQuerySet:
        return self.filter(given_at__isnull=False)

    def current(self) -> ReviewQuerySet:
        """Given opinions that their author has not revised since: those that count."""
        later = Review.objects.filter(replaces=OuterRef("pk"), given_at__isnull=False)
        return self.given().filter(~Exists(later))


class Review(models.Model):
    """The opinion of one person, hidden from others until it is given.

    A given opinion never changes: its author revises it by a new edition that replaces it.
    """

    class Level(models.TextChoices):
        NATIONAL = "national", "avis national"
        REGION = "region", "avis régional"
        DEPARTMENT = "department", "avis départemental"
        NETWORK = "network", "avis de la tête de réseau"
        EXPERT = "expert", "avis d'expert"

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
    edition = models.PositiveSmallIntegerField("édition", default=1)
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = "avis"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_review_each",
                fields=["application", "reviewer", "edition"],
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
    # Days before the date due at which a reminder left; 0 is the notice that it is past.
    reminders = models.JSONField("rappels envoyés", default=list, blank=True)
    # The desk closed the file without an answer (unanswered.py).
    closed_at = models.DateTimeField("classé sans réponse le", null=True, blank=True)
    closed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_why = models.TextField("pourquoi classé", max_length=2000, blank=True, default="")

    OPEN = Q(answered_at__isnull=True, closed_at__isnull=True)

    class Meta:
        verbose_name = "demande de compléments"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_open_complement",
                fields=["application"],
                condition=Q(answered_at__isnull=True, closed_at__isnull=True),
                violation_error_message="Une demande de compléments est déjà en cours.",
            ),
            models.CheckConstraint(
                name="complement_closed_with_a_reason",
                condition=Q(closed_at__isnull=True, closed_by__isnull=True)
                | (
                    Q(closed_at__isnull=False, closed_by__isnull=False, answered_at__isnull=True)
                    & ~Q(closed_why="")
                ),
                violation_error_message="Dites qui classe ce dossier, et pourquoi.",
            ),
        ]


class Interest(models.Model):
    """What a person declared about one file before opening it: no link, or a link.

    A link recuses at once; only the programme officer lifts a recusal, and says why.
    """

    class Kind(models.TextChoices):
        NONE = "none", "aucun lien"
        FAMILY = "family", "un proche y travaille, y est élu ou en vit"
        WORK = "work", "j'y travaille ou j'y ai travaillé depuis moins de cinq ans"
        MEMBER = "member", "j'en suis membre, bénévole ou élu"
        MONEY = "money", "j'y ai un intérêt d'argent"
        OTHER = "other", "un autre lien"

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="interests")
    kind = models.CharField("lien", max_length=8, choices=Kind.choices)
    reason = models.TextField("précision", max_length=1000, blank=True)
    declared_at = models.DateTimeField("déclaré le")
    recused = models.BooleanField("déporté", default=False)
    lifted_at = models.DateTimeField("levé le", null=True, blank=True)
    lifted_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    lifted_reason = models.TextField("motif de la levée", max_length=1000, blank=True)

    class Meta:
        verbose_name = "déclaration d'intérêt"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="one_interest_each",
                fields=["application", "user"],
                violation_error_message="Vous avez déjà fait votre déclaration sur ce dossier.",
            ),
            models.CheckConstraint(
                name="interest_link_recuses_until_lifted",
                condition=Q(kind="none", recused=False)
                | (~Q(kind="none") & Q(recused=True, lifted_at__isnull=True))
                | (~Q(kind="none") & Q(recused=False, lifted_at__isnull=False)),
                violation_error_message="Un lien déclaré écarte la personne du dossier, "
                "jusqu'à ce que le responsable du programme lève ce déport.",
            ),
        ]


class Message(models.Model):
    """One message of a file's thread; an internal note is for the desk only."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="messages")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    body = models.TextField("message", max_length=4000)
    is_internal = models.BooleanField("note interne au service", default=False)
    from_desk = models.BooleanField("écrit par le service", default=False)
    sent_at = models.DateTimeField("envoyé le")
    file = models.OneToOneField(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "message d'un dossier"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="internal_note_comes_from_the_desk",
                condition=Q(is_internal=False) | Q(from_desk=True),
                violation_error_message="Seul le service écrit une note interne.",
            )
        ]


class ThreadRead(models.Model):
    """Up to which message a person read a thread."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    last = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = "lecture d'un fil"
        constraints = [
            models.UniqueConstraint(
                name="one_thread_read_each",
                fields=["application", "user"],
                violation_error_message="Cette lecture est déjà notée.",
            )
        ]


class Assignment(models.Model):
    """Who instructs a file now; the journal keeps who did before."""

    application = models.OneToOneField(
        Application, on_delete=models.PROTECT, related_name="assignment"
    )
    instructor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    assigned_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField("attribué le")

    class Meta:
        verbose_name = "attribution"


class SavedView(models.Model):
    """A search of the list kept under a name, for oneself or for one's desk."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField("nom de la vue", max_length=60)
    query = models.CharField("filtres", max_length=400)
    desk = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )

    class Meta:
        verbose_name = "vue enregistrée"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="saved_view_once",
                fields=["owner", "name"],
                violation_error_message="Vous avez déjà une vue de ce nom.",
            )
        ]


class ExpertInvitation(models.Model):
    """An expert asked for an opinion on one file, by a link that expires; the token is hashed."""

    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="expert_invitations"
    )
    email = models.EmailField("adresse e-mail de l'expert")
    question = models.TextField("ce qui est attendu", max_length=2000, blank=True)
    token_digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField("envoyée le")
    expires_at = models.DateTimeField("expire le")
    accepted_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    accepted_at = models.DateTimeField("acceptée le", null=True, blank=True)
    withdrawn_at = models.DateTimeField("annulée le", null=True, blank=True)

    class Meta:
        verbose_name = "invitation d'expert"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="expert_invitation_is_accepted_by_someone",
                condition=Q(accepted_by__isnull=True, accepted_at__isnull=True)
                | Q(accepted_by__isnull=False, accepted_at__isnull=False),
                violation_error_message="Une invitation acceptée l'est par quelqu'un, à une date.",
            )
        ]


class Reconciliation(models.Model):
    """How the desk reconciles opinions that disagree, in words, for whoever decides."""

    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="reconciliations"
    )
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    note = models.TextField("note de conciliation", max_length=4000)
    written_at = models.DateTimeField("écrite le")

    class Meta:
        verbose_name = "note de conciliation"
        ordering = ["pk"]


class VisitChecklist(models.Model):
    """A visit on site: the list of questions it followed, and what was seen."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="visits")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    visited_on = models.DateField("jour de la visite")
    present = models.CharField("personnes rencontrées (fonctions)", max_length=400, blank=True)
    edition = models.CharField("édition de la grille", max_length=20)
    # question code -> {"answer": "yes" | "no" | "partly" | "", "note": str}
    answers = models.JSONField("réponses", default=dict, blank=True)
    conclusion = models.TextField("conclusion", max_length=4000, blank=True)
    version = models.PositiveIntegerField(default=1)
    finished_at = models.DateTimeField("terminée le", null=True, blank=True)

    class Meta:
        verbose_name = "visite sur place"
        ordering = ["-visited_on", "-pk"]
