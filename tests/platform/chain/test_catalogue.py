"""Chains, members and places; products, labels with their proof, prices that follow one another."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from ensemblier.base.chains import access
from ensemblier.base.chains import actions as chains
from ensemblier.base.chains.models import Chain, ChainMember
from ensemblier.base.journal.models import Event
from ensemblier.base.people.models import Role
from ensemblier.chain.catalogue import actions, rules
from ensemblier.chain.catalogue.models import Label, Price, Product
from ensemblier.chain.catalogue.queries import labels_on, price_on
from ensemblier.engines.law import egalim
from tests.factories_people import TODAY, actor_for, make_organisation, make_person
from tests.factories_stock import make_chain, make_product, make_site

pytestmark = pytest.mark.django_db
JANUARY, MARCH, JUNE = date(2026, 1, 1), date(2026, 3, 1), date(2026, 6, 1)


@pytest.fixture
def carrots():
    return make_product(make_chain())


def test_a_chain_is_opened_once_and_its_days_belong_to_its_lead():
    chain = make_chain(name="Les paniers de la Têt")
    assert chain.slug == "les-paniers-de-la-tet"
    assert Event.objects.filter(action="chain.open", subject=f"chain:{chain.pk}").exists()
    with pytest.raises(chains.ChainExists, match="choisissez un autre nom"):
        make_chain(name="Les paniers de la Têt")
    with pytest.raises(chains.BadChain, match="Donnez un nom"):
        make_chain(name="  ")
    with pytest.raises(chains.BadChain, match="longueur"):
        make_chain(length="very long")
    assert Chain.objects.count() == 1


def test_a_member_holds_a_part_once_at_a_time():
    chain, garden = make_chain(), make_organisation()

    def enter(starts, ends=None, part="grower"):
        return chains.add_member(
            chain=chain, organisation=garden, part=part, starts=starts, ends=ends, actor=None
        )

    first = enter(JANUARY, MARCH)
    for starts, ends in ((MARCH, None), (JANUARY, JANUARY), (date(2025, 1, 1), JUNE)):
        with pytest.raises(chains.AlreadyMember):
            enter(starts, ends)
    enter(JUNE)
    enter(MARCH, part="carrier")
    assert ChainMember.objects.on(MARCH).filter(organisation=garden).count() == 2
    with pytest.raises(chains.MembershipOver):
        enter(JUNE, MARCH, part="store")
    chains.end_member(member=first, day=date(2026, 2, 1), reason="départ", actor=None)
    with pytest.raises(chains.MembershipOver):
        chains.end_member(member=first, day=date(2026, 2, 2), reason="encore", actor=None)


def test_two_places_of_one_keeper_have_two_names():
    chain = make_chain()
    make_site(chain, "Chalet")
    with pytest.raises(chains.SiteExists, match="Chalet"):
        make_site(chain, " Chalet ")
    make_site(chain, "Chalet", keeper=make_organisation())
    with pytest.raises(chains.BadChain, match="nature"):
        make_site(chain, "Autre", kind="castle")


def test_who_may_see_and_lead_a_chain():
    chain, garden = make_chain(), make_organisation()
    chains.add_member(
        chain=chain, organisation=garden, part="grower", starts=JANUARY, ends=JUNE, actor=None
    )
    lead = actor_for(make_person(Role.APPLICANT, chain.lead))
    grower = actor_for(make_person(Role.APPLICANT, garden), day=MARCH)
    former = actor_for(make_person(Role.APPLICANT, garden), day=TODAY)
    stranger = actor_for(make_person(Role.APPLICANT))
    auditor = actor_for(make_person(Role.AUDITOR))
    assert access.may_lead(lead, chain).allowed
    assert access.may_see(grower, chain).allowed and access.own_parts(grower, chain) == {garden.pk}
    refused = access.may_lead(grower, chain)
    assert not refused.allowed and str(chain.lead) in refused.reason
    assert access.may_see(auditor, chain).allowed
    for nobody in (former, stranger):
        assert not access.may_see(nobody, chain).allowed and access.may_lead(nobody, chain)[1] == ""


def test_a_product_is_known_by_its_code_and_a_kilogram_weighs_itself(carrots):
    assert carrots.unit_grams == 1000
    basket = make_product(carrots.chain, "panier", unit="basket")
    assert basket.unit_grams is None
    with pytest.raises(actions.ProductExists, match="carottes"):
        make_product(carrots.chain)
    make_product(make_chain())  # another chain has its own codes


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"unit": "bushel"}, "unit"),
        ({"family": "FLEURS"}, "family"),
        ({"storage": "moon"}, "storage"),
        ({"name": " "}, "name"),
        ({"code": "deux mots"}, "code"),
        ({"unit_grams": 0}, "unit_grams"),
        ({"season_first": 13, "season_last": 2}, "season_first"),
        ({"season_first": 4}, ""),
    ],
)
def test_a_product_that_is_not_right_is_refused_and_nothing_is_written(fields, field):
    chain = make_chain()
    facts = {"code": "poires"} | fields
    with pytest.raises(actions.BadProduct) as refusal:
        make_product(chain, **facts)
    assert refusal.value.field == field and refusal.value.message
    assert not Product.objects.exists()
    with pytest.raises(TypeError):
        make_product(chain, "prunes", colour="blue")


def test_a_label_counts_on_the_days_of_its_proof_for_its_grower(carrots):
    garden, other = make_organisation(), make_organisation()

    def prove(kind, **fields):
        facts = {"starts": JANUARY, "certificate": "FR-BIO-01"} | fields
        return actions.add_label(product=carrots, kind=kind, actor=None, **facts)

    prove("BIO", grower=garden, ends=MARCH)
    prove("IGP")
    assert labels_on(carrots, MARCH, garden) == ["BIO", "IGP"]
    assert labels_on(carrots, MARCH, other) == labels_on(carrots, MARCH) == ["IGP"]
    assert labels_on(carrots, JUNE, garden) == ["IGP"]
    assert labels_on(carrots, date(2025, 12, 31), garden) == []


def test_level_two_counts_until_the_end_of_2026_whatever_its_certificate_says(carrots):
    actions.add_label(
        product=carrots,
        kind="NIVEAU_2",
        starts=JANUARY,
        ends=date(2028, 1, 1),
        certificate="N2-7",
        actor=None,
    )
    assert labels_on(carrots, date(2026, 12, 31)) == ["NIVEAU_2"]
    assert labels_on(carrots, date(2027, 1, 1)) == []
    assert "L. 230-5-1" in egalim.LIMITS[0].source
    assert egalim.counts("HVE", date(2027, 1, 1))


def test_a_label_without_proof_is_refused_by_the_action_and_by_the_database(carrots):
    for fields in (
        {"kind": "BIO", "certificate": " "},
        {"kind": "GOOD", "certificate": "1"},
        {"kind": "BIO", "certificate": "1", "ends": date(2025, 1, 1)},
    ):
        with pytest.raises(actions.BadLabel):
            actions.add_label(product=carrots, starts=JANUARY, actor=None, **fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        Label.objects.create(product=carrots, kind="BIO", starts=JANUARY)
    assert not Label.objects.exists()


def price(product, cents, starts, **fields):
    facts = {"basis": "person", "actor": None} | fields
    return actions.set_price(product=product, unit_cents=cents, starts=starts, **facts)


def test_a_new_price_ends_the_one_before_and_stops_where_the_next_one_starts(carrots):
    first, last = price(carrots, 120, JANUARY), price(carrots, 150, JUNE)
    middle = price(carrots, 130, MARCH)
    first.refresh_from_db()
    assert (first.ends, middle.ends, last.ends) == (date(2026, 2, 28), date(2026, 5, 31), None)
    days = [date(2025, 12, 31), JANUARY, date(2026, 2, 28), MARCH, date(2026, 5, 31), JUNE]
    seen = [price_on(carrots, "person", day) for day in days]
    assert [row and row.unit_cents for row in seen] == [None, 120, 120, 130, 130, 150]
    with pytest.raises(actions.PriceSameDay, match="01/03/2026"):
        price(carrots, 131, MARCH)
    assert Price.objects.count() == 3


def cents_on(product, *days):
    seen = [price_on(product, "person", day) for day in days]
    return [row and row.unit_cents for row in seen]


def test_after_a_dated_price_the_one_before_comes_back(carrots):
    price(carrots, 120, JANUARY)
    price(carrots, 99, MARCH, ends=date(2026, 3, 31))
    april = date(2026, 4, 1)
    assert cents_on(carrots, date(2026, 2, 28), MARCH, april, JUNE) == [120, 99, 120, 120]
    # A new price of the day it comes back, or of a day before, takes its place.
    price(carrots, 130, april)
    assert cents_on(carrots, date(2026, 3, 31), april, JUNE) == [99, 130, 130]
    assert Price.objects.count() == 3


def test_what_comes_back_waits_for_the_end_of_another_dated_price(carrots):
    price(carrots, 120, JANUARY, ends=date(2026, 6, 30))
    price(carrots, 99, MARCH, ends=date(2026, 3, 31))
    middle, april = date(2026, 3, 15), date(2026, 4, 15)
    price(carrots, 95, middle, ends=april)
    days = (MARCH, middle, april, date(2026, 4, 16), date(2026, 6, 30), date(2026, 7, 1))
    assert cents_on(carrots, *days) == [99, 95, 95, 120, 120, None]
    price(carrots, 140, date(2026, 4, 2))
    assert cents_on(carrots, *days) == [99, 95, 140, 140, 140, 140]


def test_a_dated_price_inside_another_gives_it_back(carrots):
    price(carrots, 120, JANUARY)
    price(carrots, 99, MARCH, ends=date(2026, 3, 31))
    price(carrots, 90, date(2026, 3, 10), ends=date(2026, 3, 12))
    days = (date(2026, 3, 9), date(2026, 3, 12), date(2026, 3, 13), date(2026, 4, 1))
    assert cents_on(carrots, *days) == [99, 90, 99, 120]
    price(carrots, 150, JUNE)
    assert cents_on(carrots, date(2026, 5, 31), JUNE) == [120, 150]


def test_a_seller_and_an_audience_come_before_everybody(carrots):
    seller = make_organisation()
    price(carrots, 100, JANUARY)
    price(carrots, 50, JANUARY, audience="rouge")
    price(carrots, 90, JANUARY, seller=seller)
    price(carrots, 200, JANUARY, basis="producer")

    def cents(**fields):
        return price_on(carrots, "person", MARCH, **fields).unit_cents

    assert (cents(), cents(audience="rouge"), cents(audience="vert")) == (100, 50, 100)
    assert cents(seller=seller) == cents(seller=seller, audience="rouge") == 90
    assert cents(seller=make_organisation(), audience="rouge") == 50
    assert price_on(carrots, "market", MARCH) is None


@pytest.mark.parametrize("cents", [-1, 1.5, True, "12", 10**9 + 1])
def test_a_price_that_is_not_whole_cents_is_refused(carrots, cents):
    with pytest.raises(actions.BadPrice) as refusal:
        price(carrots, cents, JANUARY)
    assert refusal.value.field == "unit_price"
    assert not Price.objects.exists()


@pytest.mark.parametrize("fields", [{"basis": "mood"}, {"ends": date(2025, 1, 1)}])
def test_a_price_with_a_wrong_basis_or_dates_is_refused(carrots, fields):
    with pytest.raises(actions.BadPrice):
        price(carrots, 100, JANUARY, **fields)


def test_quantities_are_whole_weighed_and_written_in_french():
    assert [rules.grams_of(milli, 250) for milli in (1000, 1, 2, 4)] == [250, 0, 1, 1]
    assert rules.grams_of(1000, None) is None
    assert rules.written(1_234_500, "kg") == "1\u00a0234,5\u00a0kg"
    assert rules.written(1000, "panier") == "1\u00a0panier"
    for wrong in (0, -1, 1.0, True, "3", rules.MOST_MILLI + 1):
        assert rules.quantity_fault(wrong)
    assert rules.quantity_fault(1) == rules.quantity_fault(rules.MOST_MILLI) == ""
