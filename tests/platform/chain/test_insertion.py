"""Insertion in the books of a chain: contracts, hours, exits, and the share of sales watched."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest

from ensemblier.base.chains.models import Chain, Site
from ensemblier.base.people.models import IaeAgreement, IaeKind
from ensemblier.chain.activities.models import Participant
from ensemblier.chain.catalogue.models import Family, Product, Storage, Unit
from ensemblier.chain.distribution.models import SaleLine
from ensemblier.chain.insertion import actions, queries
from ensemblier.chain.insertion.models import HourEntry, InsertionContract
from tests.factories_people import make_organisation

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
KEY = UUID(int=1)


@pytest.fixture
def agreement() -> IaeAgreement:
    return IaeAgreement.objects.create(
        organisation=make_organisation("Chantier de Marseille"),
        kind=IaeKind.ACI,
        number="ACI-1",
        starts=date(2027, 1, 1),
        ends=date(2029, 12, 31),
    )


@pytest.fixture
def chain(agreement: IaeAgreement) -> Chain:
    lead = agreement.organisation
    return Chain.objects.create(name="Filière", slug="filiere-aci", lead=lead, length="local")


@pytest.fixture
def contract(agreement: IaeAgreement, chain: Chain) -> InsertionContract:
    """Fiche 12 : 26 heures, un quart en formation."""
    person = Participant.objects.create(chain=chain, organisation=agreement.organisation)
    return actions.open_contract(
        agreement=agreement,
        participant=person,
        weekly_minutes=26 * 60,
        training_share=2500,
        starts=date(2027, 1, 4),
        ends=date(2027, 9, 3),
        actor=None,
    )


def note(contract: InsertionContract, **fields: object) -> HourEntry:
    facts = {
        "key": uuid4(),
        "day": date(2027, 2, 1),
        "kind": "work",
        "minutes": 300,
        "now": NOW,
        "actor": None,
    }
    return actions.note_hours(contract=contract, **(facts | fields))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"weekly_minutes": 19 * 60}, "au moins 20 heures"),
        ({"ends": date(2027, 5, 2)}, "au moins 4 mois"),
        ({"ends": date(2029, 1, 4)}, "au plus 24 mois"),
        ({"starts": date(2026, 12, 1)}, "La convention va du 01/01/2027"),
        ({"weekly_minutes": 36 * 60}, "au plus 35 heures"),
    ],
)
def test_a_contract_the_law_does_not_allow(agreement, contract, changed, words) -> None:
    facts = {
        "weekly_minutes": 26 * 60,
        "starts": date(2027, 1, 4),
        "ends": date(2027, 9, 3),
    } | changed
    with pytest.raises(actions.ContractRefused, match=words):
        actions.open_contract(
            agreement=agreement, participant=contract.participant, actor=None, **facts
        )
    assert InsertionContract.objects.count() == 1


def test_a_person_has_one_contract_a_day(agreement, contract) -> None:
    facts = {"agreement": agreement, "participant": contract.participant, "actor": None}
    facts |= {"weekly_minutes": 26 * 60}
    for starts in (contract.starts, contract.ends):
        with pytest.raises(actions.ContractRefused, match="déjà un contrat à ces dates"):
            actions.open_contract(starts=starts, ends=date(2028, 1, 31), **facts)
    assert InsertionContract.objects.count() == 1
    actions.leave(contract=contract, exit="short_job", day=date(2027, 6, 30), actor=None)
    actions.open_contract(starts=date(2027, 7, 1), ends=date(2028, 1, 31), **facts)
    assert InsertionContract.objects.count() == 2


def test_a_derogation_names_its_reference(agreement, chain) -> None:
    person = Participant.objects.create(chain=chain, organisation=agreement.organisation)
    held = actions.open_contract(
        agreement=agreement,
        participant=person,
        weekly_minutes=15 * 60,
        starts=date(2027, 1, 4),
        ends=date(2027, 9, 3),
        derogation="décision préfectorale du 2 janvier",
        actor=None,
    )
    assert held.weekly_minutes == 900


def test_hours_are_written_once_and_undone_by_their_opposite(agreement, contract) -> None:
    entry = note(contract, key=KEY)
    assert note(contract, key=KEY) == entry
    with pytest.raises(actions.KeyReused):
        note(contract, key=KEY, minutes=301)
    note(contract, kind="training", minutes=120)
    year = (date(2027, 1, 1), date(2027, 12, 31))
    assert queries.hours(agreement, *year).minutes == {"work": 300, "training": 120}
    actions.undo_hours(key=uuid4(), entry=entry, now=NOW, actor=None, reason="jour faux")
    assert queries.hours(agreement, *year).minutes == {"work": 0, "training": 120}
    with pytest.raises(actions.HoursRefused, match="déjà annulées"):
        actions.undo_hours(key=uuid4(), entry=entry, now=NOW, actor=None, reason="encore")
    assert HourEntry.objects.count() == 3


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"minutes": -60}, "Écrivez un temps"),
        ({"kind": "play"}, "Écrivez un temps"),
        ({"day": date(2027, 12, 24)}, "Le contrat va du"),
        ({"minutes": 1441}, "24 heures"),
    ],
)
def test_hours_that_cannot_be(contract, changed, words) -> None:
    with pytest.raises(actions.HoursRefused, match=words):
        note(contract, **changed)
    assert not HourEntry.objects.exists()


@pytest.mark.parametrize("day", [date(2027, 1, 3), date(2027, 9, 4)])
def test_an_exit_is_a_day_of_its_contract(contract, day) -> None:
    with pytest.raises(actions.ContractRefused, match="du 04/01/2027 au 03/09/2027") as refused:
        actions.leave(contract=contract, exit="training", day=day, actor=None)
    assert refused.value.field == "day"


def test_no_hours_after_an_exit_and_those_undone_do_not_stop_it(contract) -> None:
    entry = note(contract, day=date(2027, 2, 3))
    exit_on = {"exit": "training", "day": date(2027, 2, 1), "actor": None}
    with pytest.raises(actions.ContractRefused, match="jusqu'au 03/02/2027"):
        actions.leave(contract=contract, **exit_on)
    actions.undo_hours(key=uuid4(), entry=entry, now=NOW, actor=None, reason="erreur de jour")
    actions.leave(contract=contract, **exit_on)
    with pytest.raises(actions.HoursRefused, match="au 01/02/2027, jour de la sortie"):
        note(contract, day=date(2027, 2, 2))
    note(contract, day=date(2027, 2, 1))


def test_the_contracts_of_a_path_last_two_years_in_all(agreement, contract) -> None:
    """Eight months, then at most sixteen."""
    facts = {"agreement": agreement, "participant": contract.participant, "actor": None}
    facts |= {"weekly_minutes": 26 * 60, "starts": date(2027, 10, 1)}
    with pytest.raises(actions.ContractRefused, match="dépasserait 24 mois en tout"):
        actions.open_contract(ends=date(2029, 2, 28), **facts)
    actions.open_contract(ends=date(2029, 2, 28), derogation="formation en cours", **facts)


def test_an_exit_is_counted_once(agreement, contract) -> None:
    note(contract, day=date(2027, 6, 1))
    with pytest.raises(actions.ContractRefused, match="Des heures sont écrites après"):
        actions.leave(contract=contract, exit="lasting_job", day=date(2027, 5, 31), actor=None)
    actions.leave(contract=contract, exit="lasting_job", day=date(2027, 6, 30), actor=None)
    with pytest.raises(actions.ContractRefused, match="déjà écrite"):
        actions.leave(contract=contract, exit="training", day=date(2027, 6, 30), actor=None)
    assert queries.exits(agreement, date(2027, 1, 1), date(2027, 12, 31)) == {"lasting_job": 1}
    with pytest.raises(actions.HoursRefused, match="30/06/2027"):
        note(contract, day=date(2027, 7, 1))


def test_the_share_of_sales_reads_lines_and_charges_of_the_agreement(agreement, chain) -> None:
    """30 % exactement est déjà trop : la limite est stricte (D. 5132-34)."""
    line(agreement, chain, 2_000_00)
    actions.note_charge(
        key=uuid4(),
        agreement=agreement,
        month=date(2027, 1, 20),
        label="Salaires",
        cents=10_000_00,
        now=NOW,
        actor=None,
    )
    calm = queries.sales_watch(agreement, 2027, date(2027, 1, 31))
    assert (calm.sales_cents, calm.charges_cents, calm.room_cents) == (2_000_00, 10_000_00, 999_99)
    actions.note_outside_sale(
        key=uuid4(),
        agreement=agreement,
        day=date(2027, 1, 21),
        label="Facture 12",
        cents=1_000_00,
        now=NOW,
        actor=None,
    )
    above = queries.sales_watch(agreement, 2027, date(2027, 1, 31))
    assert (above.holds, above.level) == (False, "stop")
    agreement.sales_share_max = 5000  # the prefect's own limit
    assert queries.sales_watch(agreement, 2027, date(2027, 1, 31)).holds


def test_an_undone_line_and_another_structure_do_not_count(agreement, chain) -> None:
    sold = line(agreement, chain, 500_00)
    line(None, chain, 700_00, seller=make_organisation())
    line(agreement, chain, 500_00, undoes=sold)
    assert queries.sales_watch(agreement, 2027, date(2027, 1, 31)).sales_cents == 0


def line(agreement: IaeAgreement | None, chain: Chain, cents: int, **fields: object) -> SaleLine:
    site, _ = Site.objects.get_or_create(
        chain=chain, keeper=chain.lead, name="Boutique", kind=Site.Kind.SHOP
    )
    product, _ = Product.objects.get_or_create(
        chain=chain,
        code="soupe",
        name="Soupe",
        unit=Unit.JAR,
        family=Family.FRUIT_VEG,
        storage=Storage.AMBIENT,
    )
    facts = {"day": date(2027, 1, 15), "seller": chain.lead, "site": site} | fields
    return SaleLine.objects.create(
        chain=chain,
        key=uuid4(),
        product=product,
        milli=1000,
        price_cents=cents,
        iae_agreement=agreement,
        created_at=NOW,
        **facts,
    )
