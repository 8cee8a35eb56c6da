"""Framework programmes: one request of a network, its members' shares, and what becomes of them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from ensemblier.base.files.models import StoredFile
from ensemblier.base.ledger.models import Account, Transfer
from ensemblier.base.people.models import Organisation, User
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.applications.models import Application
from ensemblier.fund.programme.models import ExpenseClass


class Cover(models.TextChoices):
    """What the head of the network answers for."""

    CONTROL = "control", "le contrôle des dépenses de chaque membre"
    REPORT = "report", "un bilan unique, qui réunit ceux des membres"
    RETURN = "return", "le reversement de ce qu'un membre n'aurait pas justifié"
    DEFAULT = "default", "la suite de l'action si un membre s'arrête"


class Framework(models.Model):
    """The grouped request of a network: one file, and what its head guarantees."""

    application = models.OneToOneField(
        Application, on_delete=models.PROTECT, related_name="framework"
    )
    answer_by = models.DateField("réponse des membres avant le")
    guarantee = models.TextField("garantie de la tête de réseau", max_length=2000, blank=True)
    covers = models.JSONField("ce qu'elle couvre", default=list, blank=True)
    signed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    signed_at = models.DateTimeField("garantie signée le", null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField("créé le")
    # Once the agreement is signed and its money shared out.
    agreement = models.OneToOneField(
        Agreement, null=True, blank=True, on_delete=models.PROTECT, related_name="framework"
    )
    opened_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    opened_at = models.DateTimeField("parts ouvertes le", null=True, blank=True)

    class Meta:
        verbose_name = "programme cadre"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="framework_guarantee_signed_whole",
                condition=Q(signed_by__isnull=True, signed_at__isnull=True)
                | Q(signed_by__isnull=False, signed_at__isnull=False) & ~Q(guarantee=""),
                violation_error_message="Une garantie signée a un texte, un auteur et une date.",
            ),
            models.CheckConstraint(
                name="framework_opened_under_an_agreement",
                condition=Q(opened_at__isnull=True)
                | Q(agreement__isnull=False, opened_by__isnull=False),
                violation_error_message="Les parts s'ouvrent sous une convention.",
            ),
        ]


class MemberShare(models.Model):
    """One member's part of the request; it counts once this member has said yes to it."""

    class State(models.TextChoices):
        WAITING = "waiting", "à confirmer"
        CONFIRMED = "confirmed", "confirmée"
        REFUSED = "refused", "refusée par le membre"
        REMOVED = "removed", "retirée"

    framework = models.ForeignKey(Framework, on_delete=models.PROTECT, related_name="shares")
    member = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="shares")
    project = models.TextField("le projet de ce membre", max_length=1000)
    state = models.CharField("état", max_length=9, choices=State.choices, default=State.WAITING)
    token_digest = models.CharField(max_length=64, blank=True, db_index=True)
    asked_at = models.DateTimeField("lien envoyé le", null=True, blank=True)
    # The answer holds for the content that was read; it falls when the content changes.
    answered_digest = models.CharField("contenu lu", max_length=64, blank=True)
    answered_name = models.CharField("qui a répondu", max_length=120, blank=True)
    answered_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField("répondu le", null=True, blank=True)
    reason = models.TextField("motif", max_length=1000, blank=True)

    class Meta:
        verbose_name = "part d'un membre"
        ordering = ["member__name", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="member_share_once",
                fields=["framework", "member"],
                condition=~Q(state="removed"),
                violation_error_message="Ce membre a déjà une part dans ce programme.",
            ),
            models.CheckConstraint(
                name="member_share_answer_is_whole",
                condition=~Q(state__in=["confirmed", "refused"])
                | Q(answered_at__isnull=False) & ~Q(answered_digest="") & ~Q(answered_name=""),
                violation_error_message="Une réponse dit qui, quand et sur quel contenu.",
            ),
            models.CheckConstraint(
                name="member_share_refused_with_a_reason",
                condition=~Q(state="refused") | ~Q(reason=""),
                violation_error_message="Un refus est toujours expliqué.",
            ),
        ]


class ShareAmount(models.Model):
    """What a share asks, for one class of expenses and one year, in whole euros."""

    share = models.ForeignKey(MemberShare, on_delete=models.CASCADE, related_name="amounts")
    expense_class = models.CharField("dépense", max_length=20, choices=ExpenseClass.choices)
    year = models.PositiveSmallIntegerField("année")
    amount_cents = models.PositiveBigIntegerField("montant")

    class Meta:
        verbose_name = "montant d'une part"
        ordering = ["year", "expense_class"]
        constraints = [
            models.UniqueConstraint(
                name="share_amount_once",
                fields=["share", "expense_class", "year"],
                violation_error_message="Ce montant est déjà écrit pour cette année.",
            ),
            models.CheckConstraint(
                name="share_amount_is_positive",
                condition=Q(amount_cents__gt=0),
                violation_error_message="Le montant d'une part est positif.",
            ),
        ]


class ShareAccount(models.Model):
    """The account of a share for one class of expenses, never below zero."""

    share = models.ForeignKey(MemberShare, on_delete=models.PROTECT, related_name="accounts")
    expense_class = models.CharField("dépense", max_length=20, choices=ExpenseClass.choices)
    account = models.OneToOneField(Account, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "compte d'une part"
        ordering = ["share", "expense_class"]
        constraints = [
            models.UniqueConstraint(
                name="share_account_once",
                fields=["share", "expense_class"],
                violation_error_message="Cette part a déjà un compte pour cette dépense.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.share.member} · {self.get_expense_class_display()}"


class Draw(models.Model):
    """A real expense of a member, with its evidence, checked by the head of the network."""

    class State(models.TextChoices):
        GIVEN = "given", "à contrôler"
        ACCEPTED = "accepted", "acceptée"
        REFUSED = "refused", "refusée"

    source = models.ForeignKey(ShareAccount, on_delete=models.PROTECT, related_name="draws")
    label = models.CharField("dépense", max_length=160)
    amount_cents = models.PositiveBigIntegerField("montant")
    spent_on = models.DateField("payée le")
    evidence = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    state = models.CharField("état", max_length=8, choices=State.choices, default=State.GIVEN)
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField("donnée le")
    reservation = models.OneToOneField(Transfer, on_delete=models.PROTECT, related_name="+")
    settlement = models.OneToOneField(
        Transfer, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    checked_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    checked_at = models.DateTimeField("contrôlée le", null=True, blank=True)
    reason = models.TextField("motif", max_length=1000, blank=True)

    class Meta:
        verbose_name = "dépense sur une part"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="draw_is_checked_by_another",
                condition=Q(checked_by__isnull=True) | ~Q(checked_by=F("given_by")),
                violation_error_message="Une autre personne contrôle la dépense.",
            ),
            models.CheckConstraint(
                name="draw_settled_by_somebody",
                condition=Q(state="given", settlement__isnull=True)
                | ~Q(state="given")
                & Q(settlement__isnull=False, checked_by__isnull=False, checked_at__isnull=False),
                violation_error_message="Une dépense contrôlée l'est par quelqu'un, à une date.",
            ),
        ]


class ShareTransfer(models.Model):
    """What a member does not use, passed to another for the same kind of expenses."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "proposé"
        ACCEPTED = "accepted", "effectif"
        REFUSED = "refused", "refusé"

    giver = models.ForeignKey(ShareAccount, on_delete=models.PROTECT, related_name="given")
    taker = models.ForeignKey(ShareAccount, on_delete=models.PROTECT, related_name="taken")
    amount_cents = models.PositiveBigIntegerField("montant")
    reason = models.TextField("motif", max_length=1000)
    state = models.CharField("état", max_length=8, choices=State.choices, default=State.PROPOSED)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField("proposé le")
    reservation = models.OneToOneField(Transfer, on_delete=models.PROTECT, related_name="+")
    settlement = models.OneToOneField(
        Transfer, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField("répondu le", null=True, blank=True)
    answer = models.TextField("réponse", max_length=1000, blank=True)

    class Meta:
        verbose_name = "transfert entre deux parts"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="share_transfer_between_two",
                condition=~Q(giver=F("taker")),
                violation_error_message="Choisissez deux membres différents.",
            ),
            models.CheckConstraint(
                name="share_transfer_answered_by_another",
                condition=Q(answered_by__isnull=True) | ~Q(answered_by=F("proposed_by")),
                violation_error_message="Le membre qui donne répond lui-même.",
            ),
            models.CheckConstraint(
                name="share_transfer_settled_whole",
                condition=Q(state="proposed", settlement__isnull=True)
                | ~Q(state="proposed") & Q(settlement__isnull=False, answered_by__isnull=False),
                violation_error_message="Un transfert répondu l'est par quelqu'un.",
            ),
        ]


class NetworkCriterion(models.Model):
    """A criterion of the network itself, on top of the grid of the call."""

    framework = models.ForeignKey(Framework, on_delete=models.PROTECT, related_name="criteria")
    position = models.PositiveSmallIntegerField("rang")
    label = models.CharField("critère", max_length=160)
    explanation = models.CharField("ce qui est regardé", max_length=300, blank=True)
    scale_max = models.PositiveSmallIntegerField("note maximale", default=4)

    class Meta:
        verbose_name = "critère d'un réseau"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="network_criterion_position_once",
                fields=["framework", "position"],
                violation_error_message="Deux critères ne portent pas le même rang.",
            )
        ]


class MemberScore(models.Model):
    """The head's score of one share on one criterion, with its reason."""

    share = models.ForeignKey(MemberShare, on_delete=models.PROTECT, related_name="scores")
    criterion = models.ForeignKey(NetworkCriterion, on_delete=models.PROTECT, related_name="scores")
    score = models.PositiveSmallIntegerField("note")
    reason = models.CharField("raison", max_length=300)
    scored_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    scored_at = models.DateTimeField("notée le")

    class Meta:
        verbose_name = "note d'une part"
        ordering = ["criterion__position", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="member_score_once",
                fields=["share", "criterion"],
                violation_error_message="Cette part a déjà sa note sur ce critère.",
            )
        ]
