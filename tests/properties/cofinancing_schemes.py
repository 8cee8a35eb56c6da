"""Random schemes with every rule of the language, and lines for them."""

from datetime import timedelta

from tests.properties.test_cofinancing import (
    DAY,
    PAYERS,
    random_person,
    random_rows,
    random_scheme,
    random_step,
)

POTS = [*PAYERS, "Cagnotte"]


def any_scheme(chance):
    """A scheme as a dictionary, of which the naive reading knows a part only."""
    scheme = random_scheme(chance)
    scheme["person"] = any_person(chance)
    scheme["step"] = [any_step(chance) for _ in range(chance.randint(1, 3))]
    if scheme["person"].get("carry"):
        scheme["valid"] = {"from": DAY - timedelta(chance.choice([0, 3, 40]))}
    if chance.random() < 0.2:
        scheme["scope"] = {"labels": ["bio", "local"], "families": ["légumes", ""]}
    if chance.random() < 0.4:
        scheme["surcharge"] = {"pot": chance.choice(POTS)}
        if chance.random() < 0.5:
            scheme["surcharge"] |= {"percent": chance.choice(["15", "2.5"]), "tiers": ["A"]}
        pot = {"payer": scheme["surcharge"]["pot"], "cents": chance.randint(0, 50), "fed": True}
        scheme["envelope"] = [*scheme["envelope"], pot]
    return scheme


def any_person(chance):
    table = {key: str(chance.choice([0, 1, 1.38, "0.9"])) for key in chance.sample("AB12", 3)}
    by = chance.choice(["size", "tier"])
    per = chance.choice(["week", "month", "year", "scheme"])
    credit = {"rule": "credit", "per": per, "carry": chance.random() < 0.5}
    return chance.choice(
        [
            random_person(chance),
            {"rule": chance.choice(["cost", "producer"])},
            {"rule": chance.choice(["cost", "producer"]), "by": by, "coefficient": table},
            credit | {"cents": chance.randint(0, 4000)},
            credit | {"by": by, "cents": {key: chance.randint(0, 4000) for key in "AB1"}},
            {"rule": "rest", "at_most_percent": chance.choice(["30", "99.9"])},
            {"rule": "rest", "at_most_cents_per_unit": chance.randint(0, 900)},
        ]
    )


def any_step(chance):
    step = random_step(chance)
    if step["kind"] == "rest" and chance.random() < 0.4:
        step |= {"kind": "match", "of": chance.choice(PAYERS)}
        if chance.random() < 0.5:
            step["percent"] = chance.choice(["50", "33.3", "250"])
    if "cap_per_household" in step and chance.random() < 0.3:
        step["cap_per_household"]["per"] = "week"
    if chance.random() < 0.2:
        step["up_to_percent"] = chance.choice(["12.5", "0", "80"])
    if chance.random() < 0.2:
        step["up_to_cents_per_unit"] = chance.randint(0, 500)
    return step


def any_rows(chance, count):
    rows = random_rows(chance, count)
    for row in rows:
        row["family"] = chance.choice(["légumes", "", "vin"])
        row["labels"] = chance.choice(["", "bio", "aop;local", "biologique"])
        row["cost_cents"] = chance.choice(["700", "1", "0", "333", "", "-3"])
        row["producer_cents"] = chance.choice(["650", "99999", "x", "12"])
        row["extra_cents"] = chance.choice(["", "", "", "", "", "0", "100", "3.5"])
        if chance.random() < 0.8:  # most lines are right
            row |= {"quantity": chance.choice(["1", "2", "0.5", "1.333"]), "household": "f1"}
            row |= {"price_cents": str(chance.randint(0, 2000)), "product": "panier"}
            row["family"] = "légumes"
    return rows
