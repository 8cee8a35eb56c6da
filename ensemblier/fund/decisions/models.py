"""Decisions: what was granted or refused and why, and what is prepared before it is signed."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from ensemblier.base.files.models import StoredFile
from ensemblier.base.ledger.models import Account, Transfer
from ensemblier.base.people.models import DatedQuerySet, Mandate, User
from ensemblier.fund.applications.models import Application
from ensemblier.fund.calls.models import Call
from ensemblier.fund.programme.models import Envelope, ExpenseClass


class Scenario(models.Model):
    """One way to share the envelopes of a call between its files; it decides nothing.

    `rule` is what `engines.scenarios.Rule` reads; amounts are worked out each time, never kept.
    """

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="scenarios")
    name = models.CharField("nom", max_length=80)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField("créé le")
    rule = models.JSONField("règle", default=dict)

    class Meta:
        verbose_name = "scénario"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="scenario_name_once",
                fields=["call", "name"],
                violation_error_message="Un scénario de cet appel porte déjà ce nom.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class ScenarioLine(models.Model):
    """What somebody fixed by hand for one file in one scenario, and why."""

    scenario = models.ForeignKey(Scenario, on_delete=models.CASCADE, related_name="lines")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="+")
    amount_cents = models.PositiveBigIntegerField("montant")
    reason = models.CharField("pourquoi", max_length=500)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField("écrit le")

    class Meta:
        verbose_name = "ajustement de scénario"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="scenario_line_once",
                fields=["scenario", "application"],
                violation_error_message="Ce dossier est déjà ajusté dans ce scénario.",
            ),
            models.CheckConstraint(
                name="scenario_line_says_why",
                condition=~Q(reason=""),
                violation_error_message="Un ajustement dit pourquoi.",
            ),
        ]


class Decision(models.Model):
    """One decision on one application. `account` holds what is granted until it is paid.

    Signed, it holds the money; it stands towards the organisation from `notified_at` on, and until
    then only it may be withdrawn. An implicit refusal has no signatory: nobody answered in time.
    """

    class Outcome(models.TextChoices):
        FUNDED = "funded", "accordé"
        REFUSED = "refused", "refusé"

    application = models.OneToOneField(
        Application, on_delete=models.PROTECT, related_name="decision"
    )
    number = models.CharField("numéro", max_length=20, unique=True)
    outcome = models.CharField("décision", max_length=8, choices=Outcome.choices)
    reasons = models.TextField("motifs", max_length=4000)
    conditions = models.TextField("conditions", max_length=2000, blank=True, default="")
    ways = models.JSONField("autres voies", default=list, blank=True)
    signatory = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_implicit = models.BooleanField("née du silence", default=False)
    decided_at = models.DateTimeField("décidé le")
    notified_at = models.DateTimeField("notifié le", null=True, blank=True)
    notified_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    letter = models.OneToOneField(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    scenario = models.ForeignKey(
        Scenario, null=True, blank=True, on_delete=models.PROTECT, related_name="decisions"
    )
    key = models.UUIDField(unique=True)
    account = models.OneToOneField(Account, null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        verbose_name = "décision"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="decision_has_reasons",
                condition=~Q(reasons=""),
                violation_error_message="Une décision se motive.",
            ),
            models.CheckConstraint(
                name="funded_decision_has_an_account",
                condition=Q(outcome="refused") | Q(account__isnull=False),
                violation_error_message="Un accord ouvre un compte au livre.",
            ),
            models.CheckConstraint(
                name="decision_is_signed_or_born_of_silence",
                condition=Q(is_implicit=False, signatory__isnull=False)
                | Q(is_implicit=True, signatory__isnull=True, outcome="refused"),
                violation_error_message="Une décision est signée, ou c'est un refus implicite.",
            ),
        ]


class Award(models.Model):
    """What is granted for one class of expenses on one envelope."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="awards")
    envelope = models.ForeignKey(Envelope, on_delete=models.PROTECT, related_name="awards")
    expense_class = models.CharField("dépense", max_length=20, choices=ExpenseClass.choices)
    amount_cents = models.PositiveBigIntegerField("montant")
    reservation = models.OneToOneField(Transfer, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "montant accordé"
        ordering = ["envelope__year", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="award_once",
                fields=["decision", "envelope", "expense_class"],
                violation_error_message="Ce type de dépense est déjà accordé sur cette enveloppe.",
            ),
            models.CheckConstraint(
                name="award_is_positive",
                condition=Q(amount_cents__gt=0),
                violation_error_message="Un montant accordé est positif.",
            ),
        ]


class WithdrawnDecision(models.Model):
    """A decision taken back before it was notified, whole, with who took it back and why."""

    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="withdrawn_decisions"
    )
    number = models.CharField("numéro", max_length=20)
    key = models.UUIDField(unique=True)
    content = models.JSONField("contenu")
    why = models.TextField("pourquoi", max_length=2000)
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField("retirée le")

    class Meta:
        verbose_name = "décision retirée"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="withdrawn_decision_says_why",
                condition=~Q(why=""),
                violation_error_message="Un retrait dit pourquoi.",
            )
        ]


class DecisionDraft(models.Model):
    """A decision prepared for a signatory: nothing is granted until somebody else signs it.

    `awards` are lines [envelope, class of expenses, cents]. Its key is the key of the decision.
    """

    application = models.OneToOneField(
        Application, on_delete=models.PROTECT, related_name="decision_draft"
    )
    scenario = models.ForeignKey(
        Scenario, null=True, blank=True, on_delete=models.PROTECT, related_name="drafts"
    )
    outcome = models.CharField("décision", max_length=8, choices=Decision.Outcome.choices)
    awards = models.JSONField("montants", default=list)
    reasons = models.TextField("motifs", max_length=4000)
    conditions = models.TextField("conditions", max_length=2000, blank=True, default="")
    ways = models.JSONField("autres voies", default=list, blank=True)
    prepared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField("préparé le")
    key = models.UUIDField(unique=True, default=uuid4)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = "projet de décision"
        ordering = ["application__number"]
        constraints = [
            models.CheckConstraint(
                name="decision_draft_has_reasons",
                condition=~Q(reasons=""),
                violation_error_message="Un projet de décision se motive.",
            )
        ]


class Delegation(models.Model):
    """A mandate to sign that was delegated: by which act, for how long, up to which amount.

    A mandate that has delegations lets sign only while one of them is in force. Its territory is
    the mandate's. Without any, the mandate is its holder's own power.
    """

    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, related_name="delegations")
    act = models.CharField("arrêté", max_length=120)
    ceiling_cents = models.PositiveBigIntegerField("plafond par décision", null=True, blank=True)
    starts = models.DateField("du")
    ends = models.DateField("au", null=True, blank=True)
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField("enregistrée le")

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = "délégation de signature"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="delegation_ends_after_it_starts",
                condition=Q(ends__isnull=True) | Q(ends__gte=F("starts")),
                violation_error_message="La fin de la délégation précède son début.",
            ),
            models.CheckConstraint(
                name="delegation_names_its_act",
                condition=~Q(act=""),
                violation_error_message="Une délégation cite l'arrêté qui la donne.",
            ),
        ]


class LetterTemplate(models.Model):
    """One version of the words of a letter; a sent letter keeps the version it was made with."""

    class Kind(models.TextChoices):
        GRANT = "grant", "accord"
        PARTIAL = "partial", "accord d'une partie"
        REFUSAL = "refusal", "refus"
        IMPLICIT = "implicit", "refus implicite"
        NOTICE = "notice", "demande d'observations"

    kind = models.CharField("lettre", max_length=10, choices=Kind.choices)
    version = models.PositiveIntegerField("version")
    body = models.TextField("texte", max_length=6000)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField("écrit le")

    class Meta:
        verbose_name = "modèle de lettre"
        ordering = ["kind", "-version"]
        constraints = [
            models.UniqueConstraint(
                name="letter_template_version_once",
                fields=["kind", "version"],
                violation_error_message="Ce modèle vient d'être modifié par une autre personne.",
            )
        ]


class Notice(models.Model):
    """What the State blames or intends, told before it acts, and what the organisation answers.

    `about` names what it is for, "kind:number" ("decision:12", "agreement:4"): whoever must hear
    first (a refusal after a grant was announced, a recovery) sends one through `contradictory`.
    """

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="notices")
    about = models.CharField("objet", max_length=60, db_index=True)
    title = models.CharField("titre", max_length=160)
    grounds = models.TextField("griefs et mesure envisagée", max_length=4000)
    sent_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField("envoyé le")
    due_on = models.DateField("réponse avant le")
    letter = models.OneToOneField(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reply = models.TextField("réponse", max_length=8000, blank=True, default="")
    replied_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    replied_at = models.DateTimeField("répondu le", null=True, blank=True)

    class Meta:
        verbose_name = "demande d'observations"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="notice_says_why",
                condition=~Q(grounds=""),
                violation_error_message="Une demande d'observations dit ce qui est reproché.",
            ),
            models.CheckConstraint(
                name="notice_reply_has_its_date",
                condition=Q(reply="", replied_at__isnull=True)
                | (~Q(reply="") & Q(replied_at__isnull=False, replied_by__isnull=False)),
                violation_error_message="Une réponse est datée et faite par quelqu'un.",
            ),
        ]
