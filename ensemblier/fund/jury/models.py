"""Juries: seats drawn by lot, sittings, project cards, polls, and what taking part costs."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from ensemblier.base.files.models import StoredFile
from ensemblier.base.ledger.models import Transfer
from ensemblier.base.people.models import User
from ensemblier.fund.applications.models import Application
from ensemblier.fund.calls.models import Call, College, Criterion
from ensemblier.fund.programme.models import Envelope


class Jury(models.Model):
    """The body that a call gathers: who presides, who pays what taking part costs."""

    call = models.OneToOneField(Call, on_delete=models.PROTECT, related_name="jury")
    chair = models.ForeignKey(
        User, verbose_name="présidence", on_delete=models.PROTECT, related_name="+"
    )
    envelope = models.ForeignKey(
        Envelope, verbose_name="enveloppe des frais", on_delete=models.PROTECT, related_name="+"
    )
    helpers = models.ManyToManyField(User, verbose_name="accompagnants", related_name="+")
    volunteers_closed_at = models.DateTimeField("liste close le", null=True, blank=True)
    volunteers_digest = models.CharField("empreinte de la liste", max_length=64, blank=True)

    class Meta:
        verbose_name = "jury"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Jury de « {self.call.title} »"


class Volunteer(models.Model):
    """Somebody who asked to sit in a college; only the number is in the minutes of the draw."""

    jury = models.ForeignKey(Jury, on_delete=models.PROTECT, related_name="volunteers")
    college = models.ForeignKey(College, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField("numéro")

    class Meta:
        verbose_name = "volontaire"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                name="one_college_each",
                fields=["jury", "user"],
                violation_error_message="Cette personne est déjà volontaire pour ce jury.",
            ),
            models.UniqueConstraint(
                name="volunteer_number_once",
                fields=["jury", "number"],
                violation_error_message="Ce numéro est déjà celui d'un autre volontaire.",
            ),
        ]


class LotDraw(models.Model):
    """One drawing of lots, with all that is needed to replay it by hand."""

    jury = models.ForeignKey(Jury, on_delete=models.PROTECT, related_name="draws")
    college = models.ForeignKey(College, on_delete=models.PROTECT, related_name="+")
    seed = models.CharField("graine", max_length=120)
    source = models.CharField("d'où vient la graine", max_length=200)
    numbers = models.JSONField("numéros tirés, dans l'ordre")
    drawn_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField("tiré le")

    class Meta:
        verbose_name = "tirage au sort"
        ordering = ["college__position"]
        constraints = [
            models.UniqueConstraint(
                name="one_draw_each",
                fields=["jury", "college"],
                violation_error_message="Ce collège est déjà tiré au sort.",
            )
        ]


class Seat(models.Model):
    """A juror's place in a college: sitting, in reserve, or left."""

    class State(models.TextChoices):
        SITTING = "sitting", "siège"
        RESERVE = "reserve", "en réserve"
        LEFT = "left", "parti"

    jury = models.ForeignKey(Jury, on_delete=models.PROTECT, related_name="seats")
    college = models.ForeignKey(College, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    rank = models.PositiveSmallIntegerField("rang du tirage")
    state = models.CharField("état", max_length=8, choices=State.choices)
    left_reason = models.CharField("motif du départ", max_length=300, blank=True)

    class Meta:
        verbose_name = "siège de juré"
        ordering = ["college__position", "rank"]
        constraints = [
            models.UniqueConstraint(
                name="one_seat_each",
                fields=["jury", "user"],
                violation_error_message="Cette personne a déjà un siège dans ce jury.",
            )
        ]


class Sitting(models.Model):
    """A day on which the jury meets: place, agenda, who came, minutes."""

    jury = models.ForeignKey(Jury, on_delete=models.PROTECT, related_name="sittings")
    held_on = models.DateField("le")
    place = models.CharField("lieu", max_length=200)
    agenda = models.ManyToManyField(Application, through="AgendaItem", related_name="+")
    present = models.ManyToManyField(Seat, verbose_name="présents", related_name="+")
    minutes = models.TextField("procès-verbal", max_length=8000, blank=True)
    closed_at = models.DateTimeField("levée le", null=True, blank=True)

    class Meta:
        verbose_name = "séance"
        ordering = ["held_on", "pk"]


class AgendaItem(models.Model):
    """One project on the agenda, under the number that jurors see on its card."""

    sitting = models.ForeignKey(Sitting, on_delete=models.CASCADE, related_name="items")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField("numéro du projet")

    class Meta:
        verbose_name = "projet à l'ordre du jour"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                name="agenda_number_once",
                fields=["sitting", "number"],
                violation_error_message="Ce numéro est déjà pris à l'ordre du jour.",
            ),
            models.UniqueConstraint(
                name="agenda_project_once",
                fields=["sitting", "application"],
                violation_error_message="Ce projet est déjà à l'ordre du jour.",
            ),
        ]


class ProjectCard(models.Model):
    """A project told in two minutes: pictures, and a spoken recording of the French text."""

    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="card")
    pictures = models.JSONField("pictogrammes")
    recording = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "fiche d'un projet"


class CardText(models.Model):
    """The words of a card in one language: ten short sentences at most, three questions."""

    card = models.ForeignKey(ProjectCard, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField("langue", max_length=5)
    title = models.CharField("nom simple", max_length=60)
    sentences = models.JSONField("phrases")
    questions = models.JSONField("questions")

    class Meta:
        verbose_name = "texte d'une fiche"
        ordering = ["language"]
        constraints = [
            models.UniqueConstraint(
                name="card_text_once",
                fields=["card", "language"],
                violation_error_message="Cette fiche est déjà écrite dans cette langue.",
            )
        ]


class LanguageReview(models.Model):
    """People read the jury's screens in this language and say that it may be used."""

    language = models.CharField("langue", max_length=5, unique=True)
    readers = models.PositiveSmallIntegerField("combien de personnes ont relu")
    note = models.CharField("ce qu'elles ont dit", max_length=300)
    reviewed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField("relue le")

    class Meta:
        verbose_name = "relecture d'une langue"
        constraints = [
            models.CheckConstraint(
                name="language_was_read_by_somebody",
                condition=Q(readers__gt=0),
                violation_error_message="Au moins une personne relit la langue.",
            )
        ]


class JurorScore(models.Model):
    """A score by criterion, in a college that scores: it bears its author, for ever."""

    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="scores")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="+")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    value = models.PositiveSmallIntegerField("note")

    class Meta:
        verbose_name = "note d'un juré"
        ordering = ["criterion__position"]
        constraints = [
            models.UniqueConstraint(
                name="juror_score_once",
                fields=["seat", "application", "criterion"],
                violation_error_message="Ce critère est déjà noté.",
            )
        ]


class Poll(models.Model):
    """The secret vote of a sitting: one urn. Nothing below it says who, nor when."""

    sitting = models.OneToOneField(Sitting, on_delete=models.PROTECT, related_name="poll")
    opened_at = models.DateTimeField("ouvert le")
    closed_at = models.DateTimeField("clos le", null=True, blank=True)
    digest = models.CharField("empreinte des bulletins", max_length=64, blank=True)

    class Meta:
        verbose_name = "scrutin"


class Voter(models.Model):
    """The attendance sheet of a poll: all lines are there from the opening, none has a time."""

    class Way(models.TextChoices):
        NOT_YET = "", "n'a pas voté"
        SCREEN = "screen", "a voté à l'écran"
        PAPER = "paper", "a voté sur papier"

    poll = models.ForeignKey(Poll, on_delete=models.PROTECT, related_name="voters")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="+")
    way = models.CharField("vote", max_length=6, choices=Way.choices, blank=True, default="")

    class Meta:
        verbose_name = "émargement"
        ordering = ["seat__college__position", "seat__rank"]
        constraints = [
            models.UniqueConstraint(
                name="one_vote_each",
                fields=["poll", "seat"],
                violation_error_message="Ce juré est déjà sur la liste d'émargement.",
            )
        ]


class Ballot(models.Model):
    """A ballot in the urn. It holds supports only: no juror, no time, an id drawn at random.

    A recused juror's ballot thus looks like that of anybody who did not support the project.
    `receipt` is the digest of a code that the juror alone was given (docs/decisions/0015).
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    poll = models.ForeignKey(Poll, on_delete=models.PROTECT, related_name="ballots")
    college = models.ForeignKey(College, on_delete=models.PROTECT, related_name="+")
    points = models.JSONField("points par numéro de projet")
    receipt = models.CharField("empreinte du reçu", max_length=64, unique=True)

    class Meta:
        verbose_name = "bulletin"
        ordering = ["id"]


class Tally(models.Model):
    """How many said no, or did not know, on one project in one college: counted, never listed."""

    poll = models.ForeignKey(Poll, on_delete=models.PROTECT, related_name="tallies")
    college = models.ForeignKey(College, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField("numéro du projet")
    against = models.PositiveSmallIntegerField("non", default=0)
    unsure = models.PositiveSmallIntegerField("ne sait pas", default=0)

    class Meta:
        verbose_name = "décompte"
        ordering = ["number", "college__position"]
        constraints = [
            models.UniqueConstraint(
                name="tally_once",
                fields=["poll", "college", "number"],
                violation_error_message="Ce décompte existe déjà.",
            )
        ]


class PaperSlip(models.Model):
    """A printed envelope slip: its code proves that the paper ballot is ours. Nobody's name."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    poll = models.ForeignKey(Poll, on_delete=models.PROTECT, related_name="slips")
    college = models.ForeignKey(College, on_delete=models.PROTECT, related_name="+")
    receipt = models.CharField("empreinte du code", max_length=64, unique=True)

    class Meta:
        verbose_name = "talon imprimé"
        ordering = ["id"]


class JurorExpense(models.Model):
    """What taking part costs a juror: planned (reserved), then paid in advance."""

    class Kind(models.TextChoices):
        TRAVEL = "travel", "trajet"
        CHILDCARE = "childcare", "garde d'enfant"
        TIME = "time", "temps passé"

    class State(models.TextChoices):
        PLANNED = "planned", "prévu"
        PAID = "paid", "payé d'avance"
        CANCELLED = "cancelled", "annulé"

    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="expenses")
    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="expenses")
    kind = models.CharField("sorte", max_length=9, choices=Kind.choices)
    amount_cents = models.PositiveBigIntegerField("montant")
    state = models.CharField("état", max_length=9, choices=State.choices, default=State.PLANNED)
    reservation = models.OneToOneField(Transfer, on_delete=models.PROTECT, related_name="+")
    settlement = models.OneToOneField(
        Transfer, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    planned_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "frais d'un juré"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="juror_expense_is_settled_or_planned",
                condition=Q(state="planned", settlement__isnull=True)
                | (~Q(state="planned") & Q(settlement__isnull=False)),
                violation_error_message="Des frais payés ou annulés portent leur écriture.",
            )
        ]


class Feedback(models.Model):
    """The jurors of a poll were told what became of their projects."""

    poll = models.OneToOneField(Poll, on_delete=models.PROTECT, related_name="feedback")
    told_on = models.DateField("dit le")

    class Meta:
        verbose_name = "nouvelles données aux jurés"
