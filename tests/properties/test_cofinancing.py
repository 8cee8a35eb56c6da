"""Co-financing on random schemes and lines: against the naive reading, and what always holds."""

import json
import random
from datetime import date, timedelta

import pytest

from ensemblier.engines.cofinancing.lines import RawLine
from ensemblier.engines.cofinancing.reading import read_scheme
from ensemblier.engines.cofinancing.split import Refused, split
from tests.properties.cofinancing_naive import split_naively

PAYERS = ["État", "Région", "CAF", "Ville"]
DAY = date(2024, 1, 25)


def random_scheme(chance):
    """A scheme as a dictionary: any rule, up to three steps, caps, envelopes, a last resort."""
    scheme = {"name": "essai", "person": random_person(chance)}
    scheme["step"] = [random_step(chance) for _ in range(chance.randint(1, 3))]
    if chance.random() < 0.3:
        scheme["valid"] = {"from": DAY, "until": DAY + timedelta(chance.randint(3, 12))}
    if chance.random() < 0.2:
        scheme["scope"] = {"products": ["panier", "œufs"]}
    scheme["envelope"] = [random_envelope(chance) for _ in range(chance.choice([0, 0, 1, 2, 3]))]
    then = chance.choice(["refuse", "Structure", *PAYERS])
    if then != "refuse" or chance.random() < 0.5:
        scheme["exhausted"] = {"then": then}
    return scheme


def random_person(chance):
    table = {key: str(chance.choice([0, 10, 12.5, 33.33])) for key in chance.sample("AB12", 3)}
    cents = {key: chance.randint(0, 500) for key in chance.sample("AB12", 3)}
    by = chance.choice(["size", "tier"])
    return chance.choice(
        [
            {"rule": "free"},
            {"rule": "full"},
            {"rule": "percent", "percent": chance.choice(["30", "0", "12.5", "100", "140"])},
            {"rule": "fixed", "cents_per_unit": chance.randint(0, 900)},
            {"rule": "table", "by": by, "percent": table},
            {"rule": "table", "by": by, "cents_per_unit": cents},
        ]
    )


def random_caps(chance):
    caps = {}
    if chance.random() < 0.3:
        caps["cap_per_unit"] = chance.randint(0, 400)
    if chance.random() < 0.3:
        per = chance.choice(["month", "year", "scheme"])
        caps["cap_per_household"] = {"cents": chance.randint(0, 2500), "per": per}
    return caps


def random_step(chance):
    if chance.random() < 0.4:
        return {"kind": "rest", "payer": chance.choice(PAYERS), **random_caps(chance)}
    names = chance.sample(PAYERS, chance.randint(1, 4))
    payers = [{"name": n, "weight": chance.choice([1, 7, 30, 40])} for n in names]
    return {"kind": "share", "payers": [p | random_caps(chance) for p in payers]}


def random_envelope(chance):
    envelope = {"payer": chance.choice([*PAYERS, "Structure"]), "cents": chance.randint(0, 9000)}
    if chance.random() < 0.4:
        envelope["from"] = DAY + timedelta(chance.randint(0, 5))
    if chance.random() < 0.4:
        envelope["until"] = DAY + timedelta(chance.randint(5, 12))
    return envelope


def random_rows(chance, count):
    rows = []
    for rank in range(count):
        row = {
            "line_id": f"L{chance.randint(0, count)}" if chance.random() < 0.1 else f"L{rank}",
            "sold_on": (DAY + timedelta(chance.randint(0, 12))).isoformat(),
            "structure": "jardin",
            "product": chance.choice(["panier", "panier", "œufs", "vin"]),
            "quantity": chance.choice(["1", "1", "2", "0.5", "1.333", "0", "-1", "1e3", "0.0001"]),
            "unit": "panier",
            "price_cents": str(chance.choice([1205, 1000, 1, 0, 777, 4321, "x"])),
            "household": chance.choice(["f1", "f2", "f3", ""]),
            "tier": chance.choice("AB"),
            "size": chance.choice("12"),
            "commune": "62014",
            "undoes": f"L{chance.randint(0, count)}" if chance.random() < 0.15 else "",
        }
        rows.append(row)
    return rows


def as_toml(scheme):
    """Inline TOML: enough for dictionaries, lists, texts, numbers and dates."""
    return "\n".join(f"{key} = {_toml(value)}" for key, value in scheme.items())


def _toml(value):
    if isinstance(value, dict):
        inner = ", ".join(f"{json.dumps(str(k))} = {_toml(v)}" for k, v in value.items())
        return "{ " + inner + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)


def run(scheme, rows):
    return list(split(read_scheme(as_toml(scheme)), [RawLine(**row) for row in rows]))


def compare(seed, lines=40):
    """How many lines were shared; both readings agree on every one."""
    chance = random.Random(seed)
    scheme, rows = random_scheme(chance), random_rows(chance, lines)
    results = run(scheme, rows)
    naive = list(split_naively(scheme, rows))
    assert len(results) == len(naive) == len(rows)
    shared = 0
    for result, (row, expected) in zip(results, naive, strict=True):
        if isinstance(result, Refused):
            assert expected is None, (seed, row, result)
            continue
        shared += 1
        assert [(s.payer, s.cents, s.step) for s in result] == expected, (seed, row)
        if not row["undoes"]:
            assert sum(s.cents for s in result) == int(row["price_cents"])
            assert all(s.cents > 0 for s in result)
    return shared


def test_the_engine_agrees_with_the_naive_reading():
    shared = sum(compare(seed) for seed in range(1500))
    assert shared > 8_000, "the generator refuses too many lines to prove anything"


@pytest.mark.slow
def test_the_engine_agrees_with_the_naive_reading_on_a_million_lines():
    assert sum(compare(seed) for seed in range(10_000, 35_000)) > 150_000


def test_the_comparison_would_see_a_wrong_odd_cent(monkeypatch):
    """Negative control: without the memory of cents, the two readings part."""
    monkeypatch.setattr("ensemblier.engines.cofinancing.cents.Memory.keep", lambda *_: None)
    with pytest.raises(AssertionError):
        for seed in range(300):
            compare(seed)


def test_a_second_run_gives_the_same_answer_whatever_the_order_of_the_file():
    for seed in range(50):
        chance = random.Random(seed)
        scheme, rows = random_scheme(chance), random_rows(chance, 30)
        unique = list({row["line_id"]: row for row in rows}.values())
        shuffled = chance.sample(unique, len(unique))
        assert run(scheme, unique) == run(scheme, shuffled)
