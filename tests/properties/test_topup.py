"""What holds for every top-up: nothing is lost to the cent, refused counts for nothing."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ensemblier.engines.topup import STATES, Resource, TopUp, top_up

CENTS = st.integers(0, 50_000_000)
EFFECTS = ("", "health", "employment", "social_link")
RESOURCES = st.lists(
    st.builds(
        Resource,
        payer=st.sampled_from(("CAF", "Ville", "Ventes", "Fondation")),
        amount_cents=CENTS,
        state=st.sampled_from(STATES),
        effect=st.sampled_from(EFFECTS),
    ),
    max_size=10,
)


def conserved(found: TopUp) -> bool:
    """Each cent of the charges is placed or missing; each cent too many is a surplus."""
    return found.share.placed + found.missing_cents == found.charges_cents + found.surplus_cents


@given(CENTS, RESOURCES, CENTS)
def test_every_cent_is_placed_missing_or_too_many(charges, resources, asked):
    found = top_up(charges, resources, requested_cents=asked)
    assert conserved(found)
    assert min(found.missing_cents, found.surplus_cents) == 0
    assert found.requested_cents - found.over_cents == found.missing_cents
    everything = sum(row.amount_cents for row in resources)
    assert sum(found.share) == everything


@given(CENTS, RESOURCES)
def test_cases_are_ordered_and_never_negative(charges, resources):
    found = top_up(charges, resources)
    assert 0 <= found.missing_cents <= found.likely_cents <= found.worst_cents <= charges


@given(CENTS, RESOURCES, CENTS)
def test_a_refused_resource_changes_no_figure_that_counts(charges, resources, amount):
    before = top_up(charges, resources)
    after = top_up(charges, [*resources, Resource("Autre", amount, "refused", "health")])
    figures = ("missing_cents", "surplus_cents", "likely_cents", "worst_cents")
    assert [getattr(before, name) for name in figures] == [getattr(after, name) for name in figures]


@given(CENTS, RESOURCES)
def test_effects_share_the_same_money(charges, resources):
    found = top_up(charges, resources, effects=EFFECTS)
    for rank in range(len(STATES)):
        assert sum(row.share[rank] for row in found.by_effect) == found.share[rank]


@given(CENTS, RESOURCES)
def test_the_order_of_the_resources_does_not_matter(charges, resources):
    one, other = top_up(charges, resources), top_up(charges, resources[::-1])
    assert one.share == other.share
    assert {row.effect: row.share for row in one.by_effect} == {
        row.effect: row.share for row in other.by_effect
    }


def test_the_check_of_conservation_sees_a_lost_cent():
    """Negative control: a top-up that loses one cent of a promise is caught."""
    found = top_up(100_00, [Resource("Ville", 40_00, "promised")])

    class Leaky(TopUp):
        @property
        def missing_cents(self) -> int:
            return super().missing_cents - 1

    leaky = Leaky(**vars(replace(found)))
    assert conserved(found)
    with pytest.raises(AssertionError):
        assert conserved(leaky)
