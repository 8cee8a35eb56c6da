"""What agreements show a visitor: three parties, an amendment to sign, a recovery in progress."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from ensemblier.base.people import actions as people
from ensemblier.base.people.models import Organisation, Role, User
from ensemblier.fund.agreements import actions as agreements
from ensemblier.fund.agreements import amending, content, parties, recovering, releasing
from ensemblier.fund.agreements.models import Agreement
from ensemblier.web.demo.accounts import DOMAIN
from ensemblier.web.demo.plan import Clock, key

THREE_PARTIES, PARTNER = 19, "fondation"
BREACH = 13


def third_party(
    agreement: Agreement, partner: Organisation, desk: User, clock: Clock, ago: int
) -> User:
    """A co-funder of example, with an indicator to follow; who represents it."""
    now = clock.ago(ago, 16)
    day = clock.day(ago)
    speaker = people.open_account(
        email=f"presidence.fondation@{DOMAIN}", name=f"Pour {partner.name} (démo)", password=None
    )
    people.vouch_for_address(user=speaker)
    people.give_mandate(
        user=speaker,
        role=Role.REPRESENTATIVE,
        organisation=partner,
        day=clock.day(200),
        actor=None,
        reason="Compte de démonstration",
    )
    parties.add_party(
        agreement=agreement,
        organisation=partner,
        role="co_funder",
        signer_name="La présidence",
        signer_title="représentante légale (exemple)",
        legal_basis="délibération d'exemple (hypothèse)",
        payments=[
            parties.PlannedPayment("Versement 1 (hypothèse)", 2_000_00, day + timedelta(days=55)),
            parties.PlannedPayment("Versement 2 (hypothèse)", 1_000_00, day + timedelta(days=58)),
            parties.PlannedPayment("Solde (hypothèse)", 2_000_00, day + timedelta(days=300)),
        ],
        actor=desk,
        now=now,
    )
    content.add_indicator(
        agreement=agreement,
        label="Foyers qui reçoivent des produits chaque mois (hypothèse)",
        unit="foyers",
        baseline=Decimal(0),
        target=Decimal(40),
        source="registre des distributions",
        measured_by="l'organisation",
        actor=desk,
        now=now,
    )
    return speaker


def amended(agreement: Agreement, desk: User, speaker: User, clock: Clock) -> None:
    """An amendment that gives three more months: the organisation signed, the others have not."""
    agreement.refresh_from_db()
    row = amending.prepare(
        key=key("amendment", agreement.number),
        agreement=agreement,
        reasons="La récolte commence plus tard que prévu : trois mois de plus (exemple).",
        changes=amending.Changes(ends_on=agreement.ends_on + timedelta(days=90)),
        version=0,
        actor=desk,
        now=clock.ago(5, 10),
    )
    row = amending.send(amendment=row, actor=desk, now=clock.ago(5, 11))
    agreements.sign(
        agreement=agreement,
        amendment=row,
        organisation=agreement.decision.application.organisation,
        actor=speaker,
        now=clock.ago(3, 9),
        key=key("sign-amendment", agreement.number),
    )
    indicator = agreement.indicators.get()
    releasing.measure(
        indicator=indicator,
        value=Decimal(22),
        measured_on=clock.day(7),
        note="Premier relevé (hypothèse)",
        actor=speaker,
        now=clock.ago(6, 9),
    )


def breach(agreement: Agreement, desk: User, clock: Clock) -> None:
    """Money used for something else: found, and the organisation has time to answer."""
    agreement.refresh_from_db()
    row = recovering.find(
        key=key("recovery", agreement.number),
        agreement=agreement,
        ground="misuse",
        happened_on=clock.day(20),
        facts="Exemple : une facture de 900 € concerne un autre projet de l'organisation.",
        misused_cents=900_00,
        stops_payments=True,
        actor=desk,
        now=clock.ago(8, 10),
    )
    recovering.hear(
        recovery=row, due_on=clock.today + timedelta(days=9), actor=desk, now=clock.ago(7, 10)
    )
