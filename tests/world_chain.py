"""The chain of one side of the world: one thing of each kind, its texts with the side's canary."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from uuid import uuid4

from ensemblier.base.chains import actions as chains
from ensemblier.base.chains.models import ChainMember, Site
from ensemblier.base.people.models import IaeAgreement, IaeKind
from ensemblier.chain.activities import actions as activities
from ensemblier.chain.activities.models import Activity
from ensemblier.chain.billing import actions as billing
from ensemblier.chain.billing import documents, settling, statements, tills
from ensemblier.chain.catalogue import actions as catalogue
from ensemblier.chain.catalogue.models import Basis, Family, LabelKind, Storage, Unit
from ensemblier.chain.cofinancing import actions as cofinancing
from ensemblier.chain.commitments import actions as commitments
from ensemblier.chain.commitments.models import Commitment
from ensemblier.chain.distribution import actions as distribution
from ensemblier.chain.insertion import actions as insertion
from ensemblier.chain.stock import actions as stock
from ensemblier.chain.stock.models import Movement
from ensemblier.reports import actions as reports
from ensemblier.reports.models import ReportKind
from tests import factories_fund as fund
from tests.factories_chain import make_grower, make_payer_account

RULE = """
name = "Paniers solidaires"

[person]
rule = "percent"
percent = "30"

[[step]]
kind = "rest"
payer = "Ville"
"""


def around(side: SimpleNamespace) -> None:
    """A chain led by the side's organisation, with one month of its life."""
    today = fund.NOW.date()
    side.chain_day = date(today.year, today.month, 1) - timedelta(days=20)
    _actors(side)
    _goods(side)
    _days(side)
    _money(side)
    _work(side)


def _actors(side: SimpleNamespace) -> None:
    lead, actor = side.organisation, side.representative
    since = date(2026, 1, 1)  # members on any day a test may be run
    side.chain = chains.open_chain(
        name=f"Filière {side.word}",
        slug=f"filiere-{side.commune.code}",  # an address is repeated by pages that say no
        lead=lead,
        length="local",
        actor=actor,
    )
    side.grower = make_grower(f"Ferme {side.word}")
    side.funder = fund.organisation(f"Ville {side.word}", kind="public")
    parts = ChainMember.Part
    side.member = chains.add_member(
        chain=side.chain, organisation=side.grower, part=parts.GROWER, starts=since, actor=actor
    )
    for organisation, part in ((side.funder, parts.FUNDER), (side.head, parts.STORE)):
        chains.add_member(
            chain=side.chain, organisation=organisation, part=part, starts=since, actor=actor
        )
    facts = {"chain": side.chain, "keeper": lead, "actor": actor, "commune": side.commune}
    side.shop = chains.add_site(name=f"Épicerie {side.word}", kind=Site.Kind.SHOP, **facts)
    side.store = chains.add_site(
        name=f"Réserve {side.word}", kind=Site.Kind.STORE, is_cold=True, **facts
    )


def _goods(side: SimpleNamespace) -> None:
    actor, day = side.representative, side.chain_day
    side.product = catalogue.add_product(
        chain=side.chain,
        code="panier",
        name=f"Panier {side.word}",
        unit=Unit.BASKET,
        family=Family.FRUIT_VEG,
        storage=Storage.AMBIENT,
        unit_grams=5000,
        actor=actor,
    )
    side.price = catalogue.set_price(
        product=side.product, basis=Basis.PERSON, unit_cents=1205, starts=day, actor=actor
    )
    side.label = catalogue.add_label(
        product=side.product,
        kind=LabelKind.BIO,
        starts=day,
        certificate=f"FR-BIO {side.word}",
        actor=actor,
    )
    side.promise = commitments.promise(
        key=uuid4(),
        chain=side.chain,
        kind=Commitment.Kind.FRAMEWORK,
        product=side.product,
        milli=100_000,
        starts=day,
        ends=day + timedelta(days=90),
        firmness=Commitment.Firmness.FIRM,
        giver=side.grower,
        receiver=side.organisation,
        unit_cents=900,
        note=f"cadre {side.word}",
        now=fund.NOW,
        actor=actor,
    )


def _days(side: SimpleNamespace) -> None:
    actor, day = side.representative, side.chain_day
    side.activity = activities.plan(
        chain=side.chain,
        kind=Activity.Kind.DISTRIBUTION,
        title=f"Distribution {side.word}",
        site=side.shop,
        host=side.organisation,
        starts_at=fund.NOW + timedelta(days=5),
        ends_at=fund.NOW + timedelta(days=5, hours=3),
        actor=actor,
    )
    side.participant = activities.add_participant(
        chain=side.chain, organisation=side.organisation, alias=f"Alias {side.word}", actor=actor
    )
    side.participation = activities.sign_up(
        activity=side.activity, participant=side.participant, nature="volunteer", actor=actor
    )
    side.movement = stock.receive(
        key=uuid4(),
        chain=side.chain,
        product=side.product,
        site=side.shop,
        kind=Movement.Kind.PURCHASE,
        origin=side.grower,
        milli=40_000,
        value_cents=36_000,
        day=day,
        now=fund.NOW,
        actor=actor,
        note=f"arrivage {side.word}",
    )
    side.lot = side.movement.lot


def _money(side: SimpleNamespace) -> None:
    actor, day = side.representative, side.chain_day
    side.scheme = cofinancing.create_scheme(
        chain=side.chain,
        code="paniers",
        name=f"Paniers {side.word}",
        asks_card=False,
        actor=actor,
    )
    side.payer = cofinancing.name_payer(
        scheme=side.scheme,
        name="Ville",
        account=make_payer_account(f"ville-{side.word}", name=f"Ville {side.word}"),
        organisation=side.funder,
        actor=actor,
    )
    side.version = cofinancing.publish(
        version=cofinancing.save_draft(scheme=side.scheme, text=RULE, actor=actor),
        starts=day,
        now=fund.NOW,
        actor=actor,
    )
    side.rule_draft = cofinancing.save_draft(
        scheme=side.scheme, text=RULE.replace('"30"', '"40"'), actor=actor
    )
    _sale(side)
    _documents(side)


def _sale(side: SimpleNamespace) -> None:
    actor, day = side.representative, side.chain_day
    side.card = distribution.give_card(
        chain=side.chain, given_by=side.organisation, given_on=day, actor=actor
    )
    side.right = distribution.entitle(
        card=side.card,
        scheme="paniers",
        starts=day,
        attested_by=side.organisation,
        actor=actor,
    )
    side.sale = billing.sell(
        key=uuid4(),
        now=fund.NOW,
        actor=actor,
        lot=side.lot,
        card=side.card,
        chain=side.chain,
        site=side.shop,
        seller=side.organisation,
        product=side.product,
        milli=2000,
        day=day,
        scheme="paniers",
    )
    side.billing_mandate = billing.sign_mandate(
        grower=side.grower, buyer=side.organisation, signed_on=day, actor=actor
    )


def _documents(side: SimpleNamespace) -> None:
    actor, day = side.representative, side.chain_day
    last = day + timedelta(days=10)
    asked = {"first": day, "last": last, "day": last, "now": fund.NOW, "actor": actor}
    side.call_document = documents.funder_call(payer=side.payer, key=uuid4(), **asked)
    side.document = documents.self_bill(
        chain=side.chain, buyer=side.organisation, grower=side.grower, key=uuid4(), **asked
    )
    side.settlement = settling.settle(
        key=uuid4(),
        document=side.document,
        cents=1000,
        day=last,
        bank_reference=f"VIR {side.word}",
        now=fund.NOW,
        actor=actor,
    )
    side.statement = statements.read_statement(
        chain=side.chain,
        owner=side.organisation,
        content=f"Date;Libellé;Montant\n{last:%d/%m/%Y};VIR {side.word};-10,00".encode(),
        name="releve.csv",
        columns={},
        now=fund.NOW,
        actor=actor,
    )
    side.till = tills.read_file(
        chain=side.chain,
        content=f"date;produit;quantite;prix\n{last:%d/%m/%Y};{side.word};1;12".encode(),
        name="caisse.csv",
        today=last,
        now=fund.NOW,
        actor=actor,
    )
    side.closed = reports.close_period(chain=side.chain, last_day=last, actor=actor, now=fund.NOW)
    told = {"chain": side.chain, "first_day": day, "last_day": last, "now": fund.NOW}
    side.sent_report = reports.send_funder_report(
        key=uuid4(), recipient=side.funder, actor=actor, **told
    )
    side.sent_canteen = reports.send_figures(
        key=uuid4(), kind=ReportKind.CANTEEN, recipient=side.funder, actor=actor, **told
    )
    side.sent_figures = reports.send_figures(
        key=uuid4(), kind=ReportKind.ACTIVITY, recipient=side.funder, actor=actor, **told
    )


def _work(side: SimpleNamespace) -> None:
    side.iae = IaeAgreement.objects.create(
        organisation=side.organisation,
        kind=IaeKind.ACI,
        number=f"ACI-{side.word}",
        starts=side.chain_day - timedelta(days=200),
        ends=side.chain_day + timedelta(days=400),
    )
    side.contract = insertion.open_contract(
        agreement=side.iae,
        participant=side.participant,
        weekly_minutes=26 * 60,
        starts=side.chain_day,
        ends=side.chain_day + timedelta(days=200),
        actor=side.representative,
    )
    side.hours = insertion.note_hours(
        key=uuid4(),
        contract=side.contract,
        kind="work",
        minutes=7 * 60,
        day=side.chain_day,
        now=fund.NOW,
        actor=side.representative,
    )
