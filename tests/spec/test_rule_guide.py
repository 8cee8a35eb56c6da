"""The guided form of a rule: what it writes is read back as the same rule, and only what it can."""

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ensemblier.chain.cofinancing.examples import EXAMPLES
from ensemblier.chain.cofinancing.guide import (
    CannotWrite,
    EnvelopeRow,
    Guide,
    MoneyRow,
    PayerRow,
    quoted,
    read,
    renamed,
    write,
)
from ensemblier.chain.cofinancing.trying import Change, changes, totals, try_lines
from ensemblier.engines.cofinancing.lines import RawLine
from ensemblier.engines.cofinancing.reading import read_scheme
from ensemblier.engines.cofinancing.scheme import BadScheme

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "cofinancement.md"
WORDS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12).filter(
    lambda text: text.strip() and text != "person"
)
CENTS = st.integers(0, 10**9)
PAYERS = st.builds(
    PayerRow,
    step=st.integers(1, 1),
    name=WORDS,
    weight=st.integers(1, 100),
    unit_cap=st.none() | CENTS,
    household_cap=st.none() | CENTS,
    per=st.sampled_from(["week", "month", "year", "scheme"]),
)


def test_the_forms_of_the_field_are_those_of_the_reference():
    written = re.findall(r"^### \d+\. (.+?)$.+?^```toml\n(.*?)^```$", PAGE.read_text(), re.M | re.S)
    assert written == [tuple(example) for example in EXAMPLES]
    for example in EXAMPLES:
        read_scheme(example.text)


def test_what_the_guide_can_say_is_written_back_as_the_same_rule():
    able = [number for number, each in enumerate(EXAMPLES, 1) if read(read_scheme(each.text))]
    assert able == [1, 2, 4, 5, 9, 12]  # 3: rest; 6, 7: pots; 8: coefficient; 10, 11: credit
    for number in able:
        rule = read_scheme(EXAMPLES[number - 1].text)
        assert read_scheme(write(read(rule))) == rule


@settings(max_examples=150, deadline=None)
@given(
    name=WORDS,
    payers=st.lists(PAYERS, min_size=1, max_size=4, unique_by=lambda row: row.name),
    envelope=CENTS,
    first=st.none() | st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    products=st.lists(WORDS, max_size=3, unique=True),
)
def test_any_rows_are_read_back(name, payers, envelope, first, products):
    guide = Guide(
        name=name,
        percent="12.5",
        payers=tuple(payers),
        first=first,
        products=tuple(sorted(products)),
        envelopes=(EnvelopeRow(payers[0].name, envelope, first),),
        exhausted=payers[-1].name,
        money=(MoneyRow(payers[0].name, "gift", "not_economic"),),
    )
    back = read(read_scheme(write(guide)))
    assert back.name == name.strip()
    plain = [PayerRow(r.step, r.name, r.weight, r.unit_cap, r.household_cap) for r in payers]
    assert [PayerRow(*row) for row in map(_without_per, back.payers)] == plain
    assert (back.envelopes, back.products, back.money) == (
        guide.envelopes,
        guide.products,
        guide.money,
    )


def _without_per(row):
    return row.step, row.name, row.weight, row.unit_cap, row.household_cap


@pytest.mark.parametrize(
    ("guide", "words"),
    [
        (Guide(name="A"), "pourcentage"),
        (Guide(name="A", rule="fixed"), "par unité"),
        (Guide(name="A", rule="table"), "barème"),
        (Guide(name="A", rule="table", table=(("1", "10"), ("1", "9"))), "deux fois"),
        (
            Guide(name="A", rule="free", payers=(PayerRow(1, "CAF", 1), PayerRow(1, "MSA"))),
            "parts de MSA",
        ),
    ],
)
def test_rows_that_make_no_rule_are_refused_in_french(guide, words):
    with pytest.raises(CannotWrite, match=words):
        write(guide)


def test_a_rule_is_written_under_another_name():
    text = renamed(EXAMPLES[0].text, 'Paniers "du jeudi"\x7f')
    assert read_scheme(text).name == 'Paniers "du jeudi"\x7f'
    assert quoted("é") == '"é"'


@pytest.mark.parametrize("text", ["a = " + "[" * 9000, "a = " + "9" * 9000])
def test_a_text_made_to_exhaust_the_reader_is_refused(text):
    with pytest.raises(BadScheme, match="trop"):
        read_scheme(text)


def test_sample_lines_are_shared_with_their_reasons():
    rule = read_scheme(EXAMPLES[3].text)
    lines = [
        RawLine(n, "2026-04-02", "épicerie", "panier", "1", "panier", "900", tier=tier)
        for n, tier in (("1", "2"), ("2", "2"), ("3", "9"))
    ]
    tried = try_lines(rule, lines)
    assert [[(p.payer, p.cents) for p in line.parts] for line in tried] == [
        [("person", 450), ("métropole", 450)],
        [("person", 450), ("métropole", 377), ("fonds de dotation", 73)],
        [],
    ]
    assert tried[1].parts[1].before == 377
    assert tried[1].parts[1].reason == "fin de l'enveloppe"
    assert "« 9 »" in tried[2].refusal
    assert totals(tried) == {"person": 900, "métropole": 827, "fonds de dotation": 73}


def test_two_rules_are_compared_in_words():
    old = read_scheme(EXAMPLES[0].text)
    new = read_scheme(EXAMPLES[0].text.replace('"30"', '"40"'))
    assert changes(old, old) == []
    assert changes(old, new) == [
        Change(["La personne paie 30 % du prix."], ["La personne paie 40 % du prix."])
    ]
    assert len(changes(None, new)[0].after) == 4
