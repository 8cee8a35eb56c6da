"""The words of a five-year plan are those of the platform: an engine cannot import them."""

from ensemblier.base.chains.terms import Length, Link
from ensemblier.engines import budget, topup
from ensemblier.engines.economics import activities, sources, terms
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


def test_the_resources_of_the_report_have_a_nature_a_line_and_known_effects():
    """T070: the twenty of the drawing, market, granted, in kind, one in debate."""
    assert len(sources.SOURCES) == len({each.label for each in sources.SOURCES}) == 20
    assert {each.nature for each in sources.SOURCES} == set(sources.NATURES_OF_SOURCE)
    known = {line.code for line in budget.FORMS[-1].lines}
    assert {code for each in sources.SOURCES for code in each.codes} <= known
    assert {each.label for each in sources.sources_held({"870"}) if each.used} == {"Bénévolat"}


def test_a_public_lever_has_a_budget_to_explore_and_somebody_to_ask():
    """T129, T130: four budgets, three sides, and each lever among those who may be asked."""
    told = " ".join(each.budget for each in sources.LEVERS)
    assert all(word in told for word in ("Santé", "Agriculture", "Social", "Transition"))
    assert len({each.side for each in sources.LEVERS}) == 3
    asked = " ".join(funder.name for funder in funders())
    for word in (
        "PNA)",
        "PNNS",
        "PNAN",
        "État avec la région",
        "VivreS",
        "Projet alimentaire",
        "PCAET",
    ):
        assert word in asked
    assert all(set(each.effects) <= set(terms.EFFECTS) for each in sources.LEVERS)
