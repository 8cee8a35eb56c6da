"""Rows around an agreement, made at once, so that every one of its pages has an object."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from uuid import uuid4

from ensemblier.base.people.models import Organisation
from ensemblier.fund.agreements.models import (
    Amendment,
    Evidence,
    Indicator,
    Party,
    PartyPayment,
    Recovery,
    RecoveryStage,
    SignedScan,
    Suspension,
)
from tests import factories_fund as fund


def around(side: SimpleNamespace) -> None:
    """One of each, on the agreement of a side; texts carry its word."""
    agreement, word = side.money.agreement, side.word
    partner = fund.organisation(f"Ville {word}", kind="public")
    side.party = Party.objects.create(
        agreement=agreement,
        organisation=partner,
        role="co_funder",
        position=20,
        amount_cents=5_000_00,
    )
    side.party_payment = PartyPayment.objects.create(
        party=side.party,
        position=1,
        label=f"Versement {word}",
        amount_cents=5_000_00,
        due_on=date(2027, 9, 1),
    )
    side.indicator = Indicator.objects.create(
        agreement=agreement,
        position=1,
        label=f"Foyers {word}",
        unit="foyers",
        baseline=Decimal(0),
        target=Decimal(40),
        source="registre",
        measured_by="l'association",
    )
    _evidence(side)
    _amendment(side, partner)
    _recovery(side)


def _evidence(side: SimpleNamespace) -> None:
    agreement, word = side.money.agreement, side.word
    desk, now = side.money.desk, fund.NOW
    side.instalment = agreement.instalments.first()
    side.evidence = Evidence.objects.create(
        instalment=side.instalment, kind="date", note=word, given_by=desk, given_at=now
    )
    side.suspension = Suspension.objects.create(
        agreement=agreement,
        reason=f"Le RIB manque, {word}.",
        starts_on=date(2027, 6, 1),
        ends_on=date(2027, 6, 2),
        made_by=desk,
        made_at=now,
    )


def _amendment(side: SimpleNamespace, partner: Organisation) -> None:
    agreement, word = side.money.agreement, side.word
    desk, now = side.money.desk, fund.NOW
    side.amendment = Amendment.objects.create(
        agreement=agreement,
        number=1,
        state="sent",
        reasons=f"Un quartier de plus, {word}.",
        content={"ends_on": "2028-01-31"},
        key=uuid4(),
        prepared_by=desk,
        prepared_at=now,
        sent_at=now,
        pdf=agreement.pdf,
    )
    side.scan = SignedScan.objects.create(
        agreement=agreement,
        amendment=side.amendment,
        file=agreement.pdf,
        code=agreement.code,
        pages=1,
        parties=[partner.pk],
        uploaded_by=fund.user(),
        uploaded_at=now,
    )


def _recovery(side: SimpleNamespace) -> None:
    agreement, word = side.money.agreement, side.word
    desk, now = side.money.desk, fund.NOW
    side.recovery = Recovery.objects.create(
        agreement=agreement,
        number=f"R-{agreement.pk}",
        key=uuid4(),
        state="ordered",
        ground="misuse",
        happened_on=date(2027, 9, 1),
        facts=f"Constat {word}.",
        calculation={"sentence": "Calcul", "lines": [["À rendre", 100]], "source": "texte"},
        proposed_cents=100,
        decided_cents=100,
        reasons="Motifs.",
        opened_by=desk,
        opened_at=now,
        decided_by=side.money.signatory,
        decided_at=now,
    )
    side.stage = RecoveryStage.objects.create(
        recovery=side.recovery, position=1, due_on=date(2027, 12, 1), amount_cents=100
    )
