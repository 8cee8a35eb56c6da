"""State aid: what a single undertaking declares it received, and what agreements add."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from ensemblier.base.people.models import Organisation, User
from ensemblier.engines.law.state_aid import CAPPED
from ensemblier.fund.agreements.models.agreement import Agreement
from ensemblier.fund.agreements.models.amendment import Amendment

REGIMES = [(basis.value, basis.label) for basis in CAPPED]


class AidDeclaration(models.Model):
    """What the organisation declares on its honour: the companies it forms one undertaking with,
    and the capped aid received elsewhere over three years. The last one counts."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="aid_declarations"
    )
    # SIREN numbers of the other companies of the single undertaking.
    linked = models.JSONField("entreprises liées", default=list, blank=True)
    # Lines {regime, granted_on, cents, grantor}.
    received = models.JSONField("aides reçues ailleurs", default=list, blank=True)
    declared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    declared_at = models.DateTimeField("déclaré le")

    class Meta:
        verbose_name = "déclaration d'aides de minimis"
        ordering = ["pk"]


class AidCount(models.Model):
    """Capped aid that an agreement, or its amendment, gave to a SIREN on a day. Only added: an
    amendment that lowers the grant adds a negative row."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="aid_counts")
    amendment = models.ForeignKey(
        Amendment, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    siren = models.CharField("SIREN", max_length=9, db_index=True)
    regime = models.CharField("règle", max_length=16, choices=REGIMES)
    amount_cents = models.BigIntegerField("montant")
    granted_on = models.DateField("accordée le")

    class Meta:
        verbose_name = "aide comptée"
        ordering = ["granted_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="aid_count_is_not_zero",
                condition=~Q(amount_cents=0),
                violation_error_message="Une aide comptée a un montant.",
            ),
            models.UniqueConstraint(
                name="agreement_aid_counted_once",
                fields=["agreement"],
                condition=Q(amendment__isnull=True),
                violation_error_message="L'aide de cette convention est déjà comptée.",
            ),
            models.UniqueConstraint(
                name="amendment_aid_counted_once",
                fields=["amendment"],
                condition=Q(amendment__isnull=False),
                violation_error_message="L'aide de cet avenant est déjà comptée.",
            ),
        ]
