"""Schemes with their versions, who pays in them, and the share of each on every line."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from ensemblier.base.chains.models import Chain
from ensemblier.base.ledger.models import Account
from ensemblier.base.people.models import Organisation
from ensemblier.chain.distribution.models import SaleLine


class Scheme(models.Model):
    """A rule of sharing that a chain uses under one code; its versions hold the rule itself."""

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="schemes")
    code = models.SlugField("code", max_length=60)
    name = models.CharField("nom", max_length=160)
    # Some schemes ask for a card, some ask nothing at all.
    asks_card = models.BooleanField("carte demandée", default=False)

    class Meta:
        verbose_name = "dispositif"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="scheme_code_is_unique_in_its_chain",
                fields=["chain", "code"],
                violation_error_message="Un dispositif de cette filière porte déjà ce code.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SchemeVersion(models.Model):
    """The text of a rule (TOML) from a day: a draft, then published and never changed."""

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField("version")
    text = models.TextField("règle")
    digest = models.CharField("empreinte", max_length=64)
    starts = models.DateField("à partir du", null=True, blank=True)
    ends = models.DateField("jusqu'au", null=True, blank=True)
    published_at = models.DateTimeField("publiée le", null=True, blank=True)
    published_by_id = models.BigIntegerField("publiée par", null=True, blank=True)
    # The rank of the last line shared; this row is what is locked to share the next one.
    lines = models.PositiveBigIntegerField("lignes partagées", default=0)

    class Meta:
        verbose_name = "version d'un dispositif"
        ordering = ["scheme", "number"]
        constraints = [
            models.UniqueConstraint(
                name="scheme_version_number_is_unique",
                fields=["scheme", "number"],
                violation_error_message="Cette version existe déjà.",
            ),
            models.CheckConstraint(
                name="scheme_version_published_has_a_day",
                condition=Q(published_at__isnull=True) | Q(starts__isnull=False),
                violation_error_message="Une règle publiée a un premier jour.",
            ),
            models.CheckConstraint(
                name="scheme_version_ends_after_it_starts",
                condition=Q(ends__isnull=True) | Q(starts__isnull=True) | Q(ends__gte=F("starts")),
                violation_error_message="La fin précède le début.",
            ),
        ]


class SchemePayer(models.Model):
    """Who stands behind a name in a rule, and the account of the books that pays their shares."""

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="payers")
    name = models.CharField("nom dans la règle", max_length=120)
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "payeur d'un dispositif"
        constraints = [
            models.UniqueConstraint(
                name="scheme_payer_name_is_unique",
                fields=["scheme", "name"],
                violation_error_message="Ce payeur est déjà nommé.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class EnvelopeLeft(models.Model):
    """What is left of one envelope of a version. A pot that is fed may be in debt after an undoing:
    what fed it was given back when it was already spent."""

    version = models.ForeignKey(SchemeVersion, on_delete=models.PROTECT, related_name="envelopes")
    rank = models.PositiveSmallIntegerField("rang")
    payer = models.CharField("payeur", max_length=120)
    is_fed = models.BooleanField("cagnotte", default=False)
    cents = models.BigIntegerField("reste, en centimes")

    class Meta:
        verbose_name = "reste d'une enveloppe de dispositif"
        ordering = ["version", "rank"]
        constraints = [
            models.UniqueConstraint(
                name="envelope_left_once",
                fields=["version", "rank"],
                violation_error_message="Le reste de cette enveloppe est déjà compté.",
            ),
            models.CheckConstraint(
                name="envelope_left_not_negative",
                condition=Q(cents__gte=0) | Q(is_fed=True),
                violation_error_message="Cette enveloppe est épuisée.",
            ),
        ]


class GroupCarry(models.Model):
    """The cents' memory: what a payer of a weighted step is due less what it was assigned, in
    units of one cent over the sum of the weights (see engines/cofinancing/cents.py)."""

    version = models.ForeignKey(SchemeVersion, on_delete=models.PROTECT, related_name="carries")
    step = models.PositiveSmallIntegerField("étape")
    place = models.PositiveSmallIntegerField("place")
    carry = models.BigIntegerField("report", default=0)

    class Meta:
        verbose_name = "report des centimes"
        ordering = ["version", "step", "place"]
        constraints = [
            models.UniqueConstraint(
                name="group_carry_once",
                fields=["version", "step", "place"],
                violation_error_message="Ce report est déjà compté.",
            ),
        ]


class CapUse(models.Model):
    """What a household used of a cap or of its credit in a period. `household` is a card's code,
    never a key to it: the count outlives a card that is erased, until its period ends."""

    version = models.ForeignKey(SchemeVersion, on_delete=models.PROTECT, related_name="caps")
    household = models.UUIDField("foyer")
    period = models.CharField("période", max_length=8, blank=True)
    step = models.PositiveSmallIntegerField("étape")
    payer = models.CharField("payeur", max_length=120)
    cents = models.BigIntegerField("utilisé, en centimes")
    # Last day of the period; empty: as long as the version.
    ends = models.DateField("jusqu'au", null=True, blank=True)

    class Meta:
        verbose_name = "plafond utilisé"
        constraints = [
            models.UniqueConstraint(
                name="cap_use_once",
                fields=["version", "household", "period", "step", "payer"],
                violation_error_message="Ce plafond est déjà compté.",
            ),
        ]
        indexes = [models.Index(fields=["ends"], name="cap_use_ends")]


class SharedLine(models.Model):
    """The place of a line in the order of sharing, and what undoing it gives back: what it drew on
    caps, envelopes and memory. No household: it is read from the tie, while there is one."""

    line = models.OneToOneField(
        SaleLine, primary_key=True, on_delete=models.PROTECT, related_name="shared"
    )
    version = models.ForeignKey(SchemeVersion, on_delete=models.PROTECT, related_name="shared")
    rank = models.PositiveBigIntegerField("rang")
    draft = models.JSONField("ce que la ligne a pris", default=dict)

    class Meta:
        verbose_name = "ligne partagée"
        ordering = ["version", "rank"]
        constraints = [
            models.UniqueConstraint(
                name="shared_line_rank_once",
                fields=["version", "rank"],
                violation_error_message="Ce rang est déjà pris.",
            ),
        ]


class Share(models.Model):
    """Who pays how many cents of one line, by which step, and why. Added, never changed.

    `cents` is negative when a line is undone. `payer` empty: the person.
    """

    line = models.ForeignKey(SaleLine, on_delete=models.PROTECT, related_name="shares")
    version = models.ForeignKey(SchemeVersion, on_delete=models.PROTECT, related_name="shares")
    payer = models.ForeignKey(
        SchemePayer, null=True, blank=True, on_delete=models.PROTECT, related_name="shares"
    )
    step = models.PositiveSmallIntegerField("étape", default=0)
    rank = models.PositiveSmallIntegerField("rang")
    cents = models.BigIntegerField("part, en centimes")
    reason = models.CharField("raison", max_length=200)

    class Meta:
        verbose_name = "part"
        ordering = ["line", "rank"]
        constraints = [
            models.UniqueConstraint(
                name="share_rank_once",
                fields=["line", "rank"],
                violation_error_message="Cette part est déjà écrite.",
            ),
            models.CheckConstraint(
                name="share_is_not_nothing",
                condition=~Q(cents=0),
                violation_error_message="Une part nulle ne s'écrit pas.",
            ),
        ]
