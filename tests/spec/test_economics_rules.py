"""Each rule of the economic model: a plan that breaks it, and the nearest one that does not."""

import pytest

from ensemblier.engines.economics import BadPlan, broken_rules, compute, read_plan

HEAD = 'name = "Un plan"\nstart = "2027-01"\nauditor = true\n'
COST = '[[cost]]\nid = "c"\nkind = "fees"\nyearly = {}\n'
ACI = """aci_limit = {limit}
[[volume]]
id = "v"
yearly = 12000
[[sale]]
id = "s"
volume = "v"
price = {price}
perimeter = "ACI"
[[cost]]
id = "c"
kind = "fees"
yearly = 40000
perimeter = "ACI"
"""
GRANT = '[[resource]]\nid = "g"\npayer = "Ville"\ncode = "74C"\nyearly = {}\n{}\n'
FARM = """[[volume]]
id = "v"
yearly = 24000
[[cost]]
id = "a"
kind = "food"
volume = "v"
price = 1
producers = {producers}
{more}
"""
COMPLEMENT = """[[volume]]
id = "v"
yearly = 1200
[[resource]]
id = "g"
payer = "Métropole"
code = "74I"
volume = "v"
price = 21.10
complement = true
regime = "{regime}"
farms = {farms}
agreement = true
[[cost]]
id = "c"
kind = "fees"
yearly = 30000
"""
# Name, plan, its cents, its month, words; None: not broken. Each pair is as near as it gets.
CASES = [
    # 40 000 € of charges: receipts strictly below 12 000 €.
    ("aci_receipts", ACI.format(limit=30, price=1), 1, 11, "strictement sous 30 %"),
    ("aci_receipts", ACI.format(limit=30, price="0.9999"), None, 0, ""),
    ("aci_receipts", ACI.format(limit=50, price="1.6666"), None, 0, ""),
    ("aci_receipts", ACI.format(limit=50, price="1.6667"), 41, 0, "strictement sous 50 %"),
    ("aci_limit", ACI.format(limit=50.01, price=1), 0, 0, "pas plus de 50 %"),
    ("aci_limit", ACI.format(limit=50, price=1), None, 0, ""),
    (
        "separate_accounts",
        ACI.format(limit=30, price="0.5")
        + COST.format(1000).replace('"c"', '"d"')
        + COST.format(2000).replace('"c"', '"e"')
        + 'perimeter = "EI"\n',
        500_000,
        0,
        "5 000,00 €",
    ),
    (
        "separate_accounts",
        ACI.format(limit=30, price="0.5") + COST.format(1000).replace('"c"', '"d"'),
        None,
        0,
        "",
    ),
    (
        "deductible_gift",
        'form = "company"\n' + COST.format(9000) + GRANT.format(1000, "deductible = true"),
        500_000,
        0,
        "société commerciale",
    ),
    ("deductible_gift", COST.format(9000) + GRANT.format(1000, "deductible = true"), None, 0, ""),
    ("agreement", COST.format(90000) + GRANT.format(23001, ""), 100, 0, "23 000,00 €"),
    ("agreement", COST.format(90000) + GRANT.format(23000, ""), None, 0, ""),
    ("agreement", COST.format(90000) + GRANT.format(23001, "agreement = true"), None, 0, ""),
    (
        "agreement",
        COST.format(90000) + GRANT.format(46000, 'first = "2027-07"'),
        2_300_000,
        12,
        "2028",
    ),
    (
        "auditor",
        "auditor = false\n" + COST.format(190000) + GRANT.format(153000, "agreement = true"),
        0,
        0,
        "commissaire aux comptes",
    ),
    (
        "auditor",
        "auditor = false\n" + COST.format(190000) + GRANT.format(152999, "agreement = true"),
        None,
        0,
        "",
    ),
    ("auditor", COST.format(190000) + GRANT.format(153000, "agreement = true"), None, 0, ""),
    ("over_compensation", COST.format(9000) + GRANT.format(9001, ""), 100, 0, "1,00 €"),
    ("over_compensation", COST.format(9000) + GRANT.format(9000, ""), None, 0, ""),
    (
        "over_compensation",
        "reasonable_surplus = 5\n" + COST.format(9000) + GRANT.format(9450, ""),
        None,
        0,
        "",
    ),
    (
        "investment_last",
        COST.format(9000)
        + '[[equipment]]\nid = "e"\nprice = 5000\nlife = 60\n'
        + GRANT.format(600, 'pays_for = "investment"').replace("74C", "74FS"),
        60_000,
        0,
        "pour investir",
    ),
    (
        "investment_last",
        COST.format(9000)
        + '[[equipment]]\nid = "e"\nprice = 5000\nlife = 60\n'
        + GRANT.format(600, 'pays_for = "investment"').replace("74C", "74FS")
        + GRANT.format(9000, 'pays_for = "operation"').replace("74C", "74FS").replace('"g"', '"h"'),
        None,
        0,
        "",
    ),
    # 24 000 € among producers: 12 000 € each, then 8 000 €.
    ("farm_contract", FARM.format(producers=2, more=""), 200_000, 0, "au moins 3 ans (ici 0)"),
    (
        "farm_contract",
        FARM.format(producers=2, more='first = "2027-09"'),  # 4 000 € each in 2027
        200_000,
        12,
        "2 000,00 € de plus que le seuil de 10 000,00 €",
    ),
    ("farm_contract", FARM.format(producers=3, more=""), None, 0, ""),
    (
        "farm_contract",
        FARM.format(producers=2, more="contract_years = 3"),
        200_000,
        0,
        "clause de révision",
    ),
    (
        "farm_contract",
        FARM.format(producers=2, more="contract_years = 3\nrevision = true"),
        None,
        0,
        "",
    ),
    ("farm_contract", FARM.format(producers=2, more="exempt_contract = true"), None, 0, ""),
    # 126 600 € in five years with 5.5 % of VAT inside: 6 600 €.
    (
        "vat_complement",
        "vat_liable = true\n" + COMPLEMENT.format(regime="not_economic", farms=1),
        660_000,
        0,
        "6 600,00 € de TVA",
    ),
    (
        "vat_complement",  # the baskets begin in June 2028: from then on, not before
        "vat_liable = true\n"
        + COMPLEMENT.format(regime="not_economic", farms=1).replace(
            "yearly = 1200", 'yearly = 1200\nfirst = "2028-06"', 1
        ),
        473_000,
        17,
        "4 730,00 € de TVA",
    ),
    ("vat_complement", COMPLEMENT.format(regime="not_economic", farms=1), None, 0, ""),
    ("aid_basis", COMPLEMENT.format(regime="general", farms=1), 12_660_000, 0, "de minimis"),
    ("aid_basis", COMPLEMENT.format(regime="sieg", farms=1), None, 0, ""),
    # 25 320 € a year for one farm: above 50 000 € in the second one.
    (
        "aid_ceiling",
        COMPLEMENT.format(regime="agricultural", farms=1),
        64_000,
        12,
        "50 640,00 € en trois ans pour chaque ferme",
    ),
    ("aid_ceiling", COMPLEMENT.format(regime="agricultural", farms=2), None, 0, ""),
]


def plain(text):
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(("code", "text", "cents", "month", "words"), CASES)
def test_a_rule_says_which_by_how_much_from_when_and_what_mends_it(code, text, cents, month, words):
    head = HEAD.replace("auditor = true\n", "") if "auditor = false" in text else HEAD
    found = [each for each in broken_rules(compute(read_plan(head + text))) if each.code == code]
    if cents is None:
        assert found == []
        return
    first = found[0]
    assert (first.by, first.month) == (cents, month)
    assert words in plain(first.sentence)
    assert first.mend.endswith(".") and first.source and first.name


def test_a_plan_before_the_law_is_told_the_first_figures_known():
    text = HEAD.replace("2027-01", "2001-01") + ACI.format(limit=30, price=1)
    found = broken_rules(compute(read_plan(text)))
    assert {each.code for each in found} == {"aci_receipts"}


TWO = """{head}
[[volume]]
id = "v"
yearly = 12000
[[sale]]
id = "s"
volume = "v"
price = 1
perimeter = "{first}"
[[cost]]
id = "c"
kind = "fees"
yearly = 20000
perimeter = "{first}"
[[cost]]
id = "d"
kind = "fees"
yearly = 40000
perimeter = "{second}"
"""


def of_two(head="", first="ACI:jardin", second="ACI:cuisine"):
    text = HEAD + TWO.format(head=head, first=first, second=second)
    return broken_rules(compute(read_plan(text)))


def test_the_ceiling_of_an_aci_is_that_of_each_agreement():
    """12 000 € of sales: under 30 % of 60 000 € together, 60 % of the garden's own 20 000 €."""
    assert of_two(first="ACI", second="ACI") == ()  # one agreement, as plans were before
    garden = [each for each in of_two() if each.code == "aci_receipts"]
    assert len(garden) == 5 and garden[0].by == 600_001
    assert plain(garden[0].sentence).startswith("ACI « jardin », 2027 : recettes de 12 000,00 €")
    assert not any("cuisine" in each.sentence for each in garden)
    above = of_two('aci_limits = "jardin 60,01 ; cuisine 45"')
    assert [each.code for each in above] == ["aci_limit"]  # its own limit, itself too high
    assert "pour « jardin » est de" in above[0].sentence
    most = of_two('aci_limits = "jardin 50"')
    assert {each.code for each in most} == {"aci_receipts"} and most[0].by == 200_001
    ei = of_two('aci_limits = "jardin 50"', second="EI")
    assert "separate_accounts" in {each.code for each in ei}


@pytest.mark.parametrize(
    ("head", "first", "words"),
    [
        ("", "ACI:Le jardin", "nom court en minuscules"),
        ("", "ACI:", "nom court en minuscules"),
        ("", "AI", "choisissez parmi"),
        ('aci_limits = "jardin"', "ACI", "son pourcentage"),
        ('aci_limits = "jardin 30 ; jardin 40"', "ACI", "écrit deux fois"),
        ('aci_limits = "jardin 130"', "ACI", "au plus 100"),
    ],
)
def test_an_agreement_badly_named_is_refused_at_its_line(head, first, words):
    with pytest.raises(BadPlan, match=words) as refused:
        of_two(head, first)
    assert refused.value.line == (4 if head else 12)
