"""The words of a five-year plan are those of the platform: an engine cannot import them."""

from ensemblier.base.chains.terms import Length, Link
from ensemblier.engines import topup
from ensemblier.engines.economics import activities, terms
from ensemblier.engines.law.state_aid import Basis
from ensemblier.fund.applications.models.terms import Effect
from ensemblier.fund.applications.report import funders
from ensemblier.fund.programme.models import ExpenseClass


def words(choices):
    return {str(value): str(label) for value, label in choices.choices}


def test_links_classes_and_effects_are_the_same_words():
    assert words(Link) == terms.LINKS
    assert words(ExpenseClass) == terms.CLASSES
    assert words(Effect) == terms.EFFECTS
    assert {str(value) for value in Length.values} == set(activities.LENGTHS)
    assert {basis.value for basis in Basis} | {""} == set(terms.REGIMES)
    assert set(terms.CERTAINTIES) == set(topup.STATES) - {topup.REFUSED}


def test_somebody_could_pay_for_every_effect_of_an_activity():
    given = activities.effects_given(activities.BY_KEY, funders=funders())
    assert {each.effect for each in given} == set(terms.EFFECTS)
    assert all(each.activities and each.could_pay for each in given)
