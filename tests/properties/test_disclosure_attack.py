"""An attacker subtracts all published tables from one another and learns no hidden cell."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from ensemblier.engines.disclosure import (
    ENTERPRISES,
    PEOPLE,
    Fact,
    cells_of,
    is_sensitive,
    lines_of,
    protect,
    together,
)

REGIONS, YEARS, STRANDS = ("Bretagne", "Corse", "Réunion"), ("2026", "2027"), ("local", "national")
KEYS = st.tuples(st.sampled_from(REGIONS), st.sampled_from(YEARS), st.sampled_from(STRANDS))
TABLES = st.sampled_from(
    (((0, 1), (0, 2)), ((0, 1),), ((0, 1, 2),), ((0,), (1, 2)), ((0, 1), (1, 2), (0, 2)))
)


@st.composite
def people(draw):
    keys = draw(st.lists(KEYS, min_size=1, max_size=9, unique=True))
    counts = draw(st.lists(st.integers(0, 40), min_size=len(keys), max_size=len(keys)))
    return [Fact(key, n, n) for key, n in zip(keys, counts, strict=True)]


@st.composite
def enterprises(draw):
    who = st.sampled_from([f"e{n}" for n in range(8)])
    rows = draw(st.lists(st.tuples(KEYS, st.integers(1, 1000), who), min_size=1, max_size=18))
    return [Fact(key, value, 1, name) for key, value, name in rows]


def attack(cells, shown) -> set:
    """Every cell that follows from what is shown: dense elimination, written apart from ours.

    Nothing negative is known to the attacker, and what is zero is shown as zero.
    """
    atoms = sorted({atom for cell in cells.values() for atom in cell.atoms})
    rows = [
        [Fraction(atom in cells[key].atoms) for atom in atoms]
        for key, value in shown.items()
        if value is not None
    ]
    basis: list[list[Fraction]] = []
    for row in rows:
        rest = rest_of(row, basis)
        if any(rest):
            basis.append(rest)
    found = set()
    for key, value in shown.items():
        vector = [Fraction(atom in cells[key].atoms) for atom in atoms]
        if value is None and not any(rest_of(vector, basis)):
            found.add(key)
    return found


def rest_of(row, basis):
    row = list(row)
    for other in basis:
        pivot = next(i for i, x in enumerate(other) if x)
        if row[pivot]:
            factor = row[pivot] / other[pivot]
            row = [a - factor * b for a, b in zip(row, other, strict=True)]
    return row


def check(facts, tables, rule) -> None:
    found = protect(facts, tables, rule)
    cells = cells_of(facts, tables)
    assert attack(cells, found.shown) == set()
    for key, cell in cells.items():
        if is_sensitive(cell, rule):
            assert found.shown[key] is None
        elif found.shown[key] is not None:
            assert found.shown[key] == cell.value
    for total, parts in lines_of(cells, tables):
        hidden = [cells[part] for part in parts if found.shown[part] is None]
        if hidden and found.shown[total] is not None:
            assert not is_sensitive(together(hidden), rule), (total, parts)


@settings(max_examples=40, deadline=None)
@given(people(), TABLES)
def test_no_small_count_of_people_is_derived(facts, tables):
    check(facts, tables, PEOPLE)


@settings(max_examples=40, deadline=None)
@given(enterprises(), TABLES)
def test_no_enterprise_is_derived(facts, tables):
    check(facts, tables, ENTERPRISES)


def test_the_attacker_wins_when_only_small_cells_are_hidden():
    """Negative control: hiding the sensitive cell alone is given away by its total."""
    facts = [Fact(("Bretagne",), 40, 40), Fact(("Corse",), 4, 4), Fact(("Réunion",), 30, 30)]
    cells = cells_of(facts, [(0,)])
    naive = {key: None if is_sensitive(cell, PEOPLE) else cell.value for key, cell in cells.items()}
    assert attack(cells, naive) == {("Corse",)}
    assert attack(cells, protect(facts, [(0,)]).shown) == set()


def test_the_attacker_wins_when_two_tables_are_protected_apart():
    """Negative control: each table alone is safe, and the two together give a cell back."""
    facts = [
        Fact(("Bretagne", "local", "2026"), 4, 4),
        Fact(("Bretagne", "national", "2026"), 30, 30),
        Fact(("Corse", "local", "2026"), 25, 25),
        Fact(("Corse", "national", "2027"), 20, 20),
    ]
    tables = [(0, 1), (0, 2)]
    cells = cells_of(facts, tables)
    apart = {}
    for table in tables:
        for key, value in protect(facts, [table]).shown.items():
            apart[key] = value if apart.get(key) is None else apart[key]
    assert attack(cells, apart)
    assert attack(cells, protect(facts, tables).shown) == set()
