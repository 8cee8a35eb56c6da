"""What passes from lots to what is made of them: restrictions, marks, recalls up and down."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ensemblier.base.people.models import FoodAidAuthorisation, OrganisationKind
from ensemblier.chain.stock import queries, refusals
from ensemblier.chain.stock.actions import Output
from tests.factories_people import make_organisation
from tests.factories_stock import DAY, Pantry, make_site

pytestmark = pytest.mark.django_db
ONE = timedelta(days=1)


@pytest.fixture
def pantry():
    return Pantry()


def test_restrictions_pass_to_every_generation(pantry):
    free, given = pantry.receive(), pantry.receive(is_gift_only=True)
    aid = pantry.receive(is_aid_only=True, legal_status="sous taille")
    landed = pantry.receive(legal_status="obligation de débarquement")
    sold = [Output(pantry.soup, 2_000), Output(pantry.soup, 2_000, is_aid_only=True)]
    first, second = pantry.cook([(free, 1_000), (given, 1_000)], sold)
    assert (first.is_gift_only, first.is_aid_only) == (True, False)
    assert (second.is_gift_only, second.is_aid_only) == (True, True)
    inputs = [(first, 1_000), (aid, 250), (landed, 250)]
    [mixed] = pantry.cook(inputs, [Output(pantry.soup, 2_000)])
    assert (mixed.is_gift_only, mixed.is_aid_only) == (True, True)
    assert mixed.legal_status == "sous taille ; obligation de débarquement"
    for lot in (given, first, mixed):
        with pytest.raises(refusals.GiftOnly, match="ne se vend pas"):
            pantry.take(lot, 1)
        pantry.take(lot, 1, "handed")
    pantry.take(free, 1)


def test_aid_goes_to_those_who_are_authorised_that_day(pantry):
    lot = pantry.receive(is_aid_only=True)
    shop, town = make_organisation(), make_organisation(kind=OrganisationKind.PUBLIC)
    authorised = make_organisation()
    FoodAidAuthorisation.objects.create(
        organisation=authorised, level="national", number="A-1", starts=DAY, ends=DAY
    )
    for party, day in ((shop, DAY), (authorised, DAY + ONE)):
        with pytest.raises(refusals.AidOnly, match="habilitée"):
            pantry.take(lot, 1, "handed", party=party, day=day)
    for party in (authorised, town, None):
        pantry.take(lot, 1, "handed", party=party)


def test_what_is_kept_for_aid_is_sold_to_people_by_who_is_authorised_only(pantry):
    """A private shop of the chain that keeps some of it may not sell it to its customers."""
    lot, shop = pantry.receive(is_aid_only=True), make_organisation("Épicerie privée")
    place = make_site(pantry.chain, "Boutique", "shop", keeper=shop)
    pantry.send(lot, 2_000, place)
    with pytest.raises(refusals.AidOnly, match="Épicerie privée n'y est pas habilitée"):
        pantry.take(lot, 1_000, "sale", site=place)
    FoodAidAuthorisation.objects.create(
        organisation=shop, level="national", number="A-2", starts=DAY, ends=DAY
    )
    pantry.take(lot, 1_000, "sale", site=place)


def test_quarantine_and_recall_stop_every_exit_of_a_lot_and_of_its_children(pantry):
    lot = pantry.receive()
    [soup] = pantry.cook([(lot, 1_000)], [Output(pantry.soup, 2_000)])
    [mix] = pantry.cook([(soup, 1_000)], [Output(pantry.soup, 1_000)])
    for verb in ("quarantine", "recall"):
        pantry.mark(verb, lot, "corps étranger")
        assert [queries.held_by(each)[2] for each in (lot, soup, mix)] == [lot.number] * 3
        for each in (lot, soup, mix):
            for kind in ("sale", "handed", "own_use"):
                with pytest.raises(refusals.OnHold, match="corps étranger"):
                    pantry.take(each, 1, kind)
            with pytest.raises(refusals.OnHold, match=lot.number):
                pantry.cook([(each, 1_000)], [Output(pantry.soup, 1_000)])
    pantry.send(mix, 1)  # what is recalled may come back
    pantry.lose(mix, 1)
    pantry.mark("release", lot, "analyse bonne")
    pantry.take(mix, 1)
    assert queries.held_by(mix) is None


def test_marks_follow_each_other_and_say_why(pantry):
    lot = pantry.receive()
    with pytest.raises(refusals.NotHeld):
        pantry.mark("release", lot)
    pantry.mark("quarantine", lot)
    with pytest.raises(refusals.OnHold):
        pantry.send(lot, 1)
    with pytest.raises(refusals.BadMovement, match="pourquoi"):
        pantry.mark("release", lot, " ")
    pantry.mark("release", lot)
    with pytest.raises(refusals.NotHeld):
        pantry.mark("release", lot)
    pantry.mark("recall", lot)
    with pytest.raises(refusals.BadMovement, match="rappelé"):
        pantry.mark("quarantine", lot)
    # A child released by its own mark stays held by what it holds.
    other = pantry.receive()
    [soup] = pantry.cook([(other, 1_000)], [Output(pantry.soup, 2_000)])
    for verb, each in (("quarantine", soup), ("quarantine", other), ("release", soup)):
        pantry.mark(verb, each)
    assert queries.held_by(soup)[2] == other.number


def test_recall_goes_up_and_down_in_one_query_each(pantry, django_assert_num_queries):
    parents = [pantry.receive(1_000) for _ in range(3)]
    left_one, right_one = pantry.cook(
        [(lot, 1_000) for lot in parents[:2]], [Output(pantry.soup, 2_000)] * 2
    )
    # The same parent by two ways is met once.
    inputs = [(left_one, 1_000), (right_one, 1_000), (parents[2], 1_000)]
    [mixed] = pantry.cook(inputs, [Output(pantry.soup, 4_000)])
    sent = pantry.send(mixed, 1_000)
    handed = pantry.take(mixed, 500, "handed", site=pantry.shop, party=make_organisation())
    with django_assert_num_queries(2):  # the closure, then its rows
        assert queries.downstream(parents[0]) == [left_one, right_one, mixed]
    with django_assert_num_queries(2):
        assert queries.upstream(mixed) == [*parents, left_one, right_one]
    with django_assert_num_queries(1):
        reach = queries.reached(parents[0])
    assert reach.sites == {pantry.store.pk, pantry.shop.pk}
    assert reach.parties == {pantry.garden.pk, handed.party.pk}
    assert len(reach.activities) == 2
    sites, works, parties = queries.warned(parents[2])
    assert sent.target in sites and works.count() == 1 and handed.party in parties
    assert queries.reached(pantry.receive()).activities == frozenset()
