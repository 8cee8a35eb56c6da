"""The live page of rules: which formulas it writes about farmers and aid, and when it writes none.

LibreOffice computes them in tests/platform/base/test_live_sheets.py."""

from ensemblier.engines.economics import book, compute, plan_of
from ensemblier.engines.economics.cellnames import Formula

COST = {"id": "a", "label": "Achats", "kind": "food", "yearly": 24_000, "producers": 2}
AID = {"id": "g", "label": "Prix", "payer": "Ville", "code": "74C", "yearly": 900_000}


def over(start="2027-01", *, cost=COST, aid=AID, **head):
    plan = {"name": "p", "start": start, "cost": [cost], "resource": [aid], **head}
    rows = next(sheet for sheet in book(compute(plan_of(plan))) if sheet.name == "Regles").rows
    kept = [row for row in rows if len(row) > 2 and row[1] == "dépassement"]
    return {row[0]: [c.text if isinstance(c, Formula) else c for c in row[2:]] for row in kept}


def test_a_contract_is_live_until_it_is_written_in_full_or_exempt():
    name = "contrat avec les producteurs : Achats"
    assert all("/2)-1000000" in text for text in over()[name])
    signed = COST | {"contract_years": 3, "revision": True}
    assert over(cost=signed)[name] == ["0/100"] * 5
    unrevised = COST | {"contract_years": 3}
    assert over(cost=unrevised)[name] == over()[name]
    for cost in (COST | {"exempt_contract": True}, COST | {"producers": 0}):
        assert name not in over(cost=cost)


def test_the_vat_of_a_complement_is_live_when_the_seller_is_liable():
    name = "TVA des compléments de prix : Prix"
    aid = AID | {"complement": True}
    assert all("10550" in text for text in over(aid=aid, vat_liable=True)[name])
    assert name not in over(aid=aid) and name not in over(vat_liable=True)


def test_an_aid_is_counted_over_three_years_by_farm_under_the_ceiling_of_its_day():
    farm = over(aid=AID | {"regime": "agricultural", "farms": 4})
    texts = farm["plafond : aide de minimis agricole"]
    assert [text.count("/4)") for text in texts] == [1, 2, 3, 3, 3]
    assert all("-5000000)" in text for text in texts)
    sieg = over(aid=AID | {"regime": "sieg", "farms": 4})
    name = "plafond : aide de minimis d'intérêt économique général (SIEG)"
    assert all("/1)" in text and "-75000000)" in text for text in sieg[name])
    old = over("2010-01", aid=AID | {"regime": "sieg"})[name]
    assert old[:3] == ["0/100"] * 3 and "-50000000)" in old[3]  # no ceiling before April 2012
    assert not any("plafond" in row for row in over())
