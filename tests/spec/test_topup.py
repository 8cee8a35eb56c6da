"""The top-up by worked examples that a treasurer could check by hand."""

import pytest

from ensemblier.engines.topup import Funder, Resource, Share, TopUp, top_up

STATES = {"acquis": "firm", "promis": "promised", "demandé": "asked", "refusé": "refused"}
FUNDERS = (
    Funder("health", "Agence régionale de santé (ARS)", ("ars",), "tableau"),
    Funder("social_link", "CAF ou MSA", ("caf", "msa"), "critère 5"),
    Funder("social_link", "CCAS ou commune", ("ccas", "commune"), "critère 5"),
    Funder("employment", "DDETS", ("ddets",), "tableau"),
)


def cents(text: str) -> int:
    return int(text.replace(" ", "")) * 100


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def read(table: str) -> list[Resource]:
    """Resources as people write them: who, how much, how sure, for which useful effect."""
    rows = []
    for row in table.strip().splitlines():
        payer, amount, state, effect = (cell.strip() for cell in row.split("|"))
        rows.append(Resource(payer, cents(amount), STATES[state], effect))
    return rows


# A solidarity grocery of 50 000 €.
GROCERY = """
    Ventes         | 12 000 | acquis  |
    Département    |  8 000 | promis  | social_link
    ARS Bretagne   |  5 000 | demandé | health
    Fondation Blé  |  6 000 | refusé  | health
"""


def grocery(asked: str = "25 000", **fields) -> TopUp:
    return top_up(cents("50 000"), read(GROCERY), requested_cents=cents(asked), **fields)


def test_the_top_up_is_what_is_missing_once_the_rest_is_placed():
    """50 000 - 12 000 - 8 000 - 5 000 = 25 000; the 6 000 refused count for nothing."""
    found = grocery()
    assert found.share == Share(12_000_00, 8_000_00, 5_000_00, 6_000_00)
    assert found.missing_cents == 25_000_00
    assert (found.over_cents, found.surplus_cents) == (0, 0)
    assert plain(found.sentence()) == (
        "Une fois les autres ressources placées, il manque 25 000 €. "
        "Vous demandez 25 000 € au fonds : c'est exactement ce montant."
    )


def test_best_likely_and_worst_case():
    """All comes: 25 000 missing. Without what is only asked: 30 000. Only the sure: 38 000."""
    found = grocery()
    assert found.missing_cents == 25_000_00
    assert found.likely_cents == 30_000_00
    assert found.worst_cents == 38_000_00


@pytest.mark.parametrize(
    ("asked", "over", "said"),
    [
        ("27 500", 2_500_00, "Vous demandez 27 500 € au fonds : 2 500 € de trop."),
        ("20 000", -5_000_00, "Vous demandez 20 000 € au fonds : 5 000 € restent à trouver."),
        ("0", -25_000_00, "Vous ne demandez encore rien au fonds."),
    ],
)
def test_the_request_is_compared_with_the_top_up(asked, over, said):
    found = grocery(asked)
    assert found.over_cents == over
    assert plain(found.sentence()).endswith(said)


def test_when_others_pay_everything_the_fund_has_nothing_to_add():
    found = top_up(cents("10 000"), read("Ville | 12 000 | acquis |"), requested_cents=1_000_00)
    assert (found.missing_cents, found.surplus_cents, found.over_cents) == (0, 2_000_00, 1_000_00)
    assert plain(found.sentence()) == (
        "Les autres ressources paient déjà tout le projet. "
        "Vous demandez 1 000 € au fonds : 1 000 € de trop."
    )


def test_without_charges_there_is_nothing_to_count():
    assert top_up(0, []).sentence().startswith("Écrivez d'abord les charges au budget")


def test_each_useful_effect_says_who_pays_it():
    found = grocery(effects=["health", "social_link", "employment"])
    rows = {row.effect: (row.share, row.payers) for row in found.by_effect}
    assert rows["health"] == (Share(0, 0, 5_000_00, 6_000_00), ("ARS Bretagne", "Fondation Blé"))
    assert rows["social_link"] == (Share(0, 8_000_00, 0, 0), ("Département",))
    assert rows["employment"] == (Share(), ())
    assert rows[""] == (Share(12_000_00, 0, 0, 0), ("Ventes",))


def test_who_may_be_asked_next_is_who_was_not_spoken_to():
    """The ARS is in the budget already; employment has nobody, so its funder comes first."""
    found = grocery(effects=["health", "social_link", "employment"], funders=FUNDERS)
    assert [row.name for row in found.who_next] == ["DDETS", "CAF ou MSA", "CCAS ou commune"]


def test_somebody_who_refused_without_being_in_the_budget_is_not_asked_again():
    refused = [Resource("Msa Portes de Bretagne", 0, "refused", "social_link")]
    found = grocery(effects=["social_link"], funders=FUNDERS, approached=refused)
    assert [row.name for row in found.who_next] == ["CCAS ou commune"]


def test_a_funder_asked_for_another_effect_may_still_be_asked_for_this_one():
    other = [Resource("CAF", 0, "asked", "employment")]
    found = grocery(effects=["social_link"], funders=FUNDERS, approached=other)
    assert "CAF ou MSA" in [row.name for row in found.who_next]


@pytest.mark.parametrize("fields", [{"amount_cents": -1}, {"state": "peut-être"}])
def test_a_resource_that_means_nothing_is_refused(fields):
    with pytest.raises(ValueError, match=r"ressource|état"):
        Resource(**{"payer": "Ville", "amount_cents": 100, **fields})


@pytest.mark.parametrize("wrong", [(-1, 0), (0, -1)])
def test_negative_charges_or_requests_are_refused(wrong):
    with pytest.raises(ValueError, match="négatives"):
        top_up(wrong[0], [], requested_cents=wrong[1])
