"""Small numbers hidden, by worked examples one can check by hand."""

import csv
import io

import pytest

from ensemblier.cli.main import main
from ensemblier.engines.disclosure import ENTERPRISES, Fact, protect

PEOPLE_FILE = """region,volet,valeur
Bretagne,local,40
Bretagne,national,60
Corse,local,4
Corse,national,30
Réunion,local,25
Réunion,national,50
"""


def rows(found: str) -> dict[tuple[str, ...], str]:
    table = list(csv.reader(io.StringIO(found)))
    return {tuple(row[:-1]): row[-1] for row in table[1:]}


def disclose(tmp_path, capsys, text: str, *options: str) -> dict[tuple[str, ...], str]:
    path = tmp_path / "donnees.csv"
    path.write_text(text, encoding="utf-8")
    assert main(["disclose", str(path), *options]) == 0
    return rows(capsys.readouterr().out)


def test_a_small_cell_takes_three_others_with_it(tmp_path, capsys):
    """4 people in Corse: hidden; and a square of four cells, or the totals would tell."""
    found = disclose(tmp_path, capsys, PEOPLE_FILE)
    hidden = {key for key, value in found.items() if value == "secret"}
    assert hidden == {
        ("Corse", "local"),
        ("Corse", "national"),
        ("Réunion", "local"),
        ("Réunion", "national"),
    }
    assert found["Corse", "ensemble"] == "34"
    assert found["ensemble", "ensemble"] == "209"


def test_one_table_alone_needs_less(tmp_path, capsys):
    found = disclose(tmp_path, capsys, PEOPLE_FILE, "--tableaux", "region;volet")
    assert "secret" not in found.values()


def test_two_single_people_do_not_hide_each_other():
    """1 + 1: their sum, 2, would tell; a third cell is hidden with them."""
    found = protect(
        [Fact((k,), n, n) for k, n in (("a", 1), ("b", 1), ("c", 20), ("d", 50))], [(0,)]
    )
    assert found.shown == {("a",): None, ("b",): None, ("c",): None, ("d",): 50, (None,): 72}
    assert found.secondary == {("c",)}


def test_an_enterprise_that_makes_most_of_a_cell_is_hidden():
    """Three farms, one makes 90 %: hidden, with the cheapest other one."""
    facts = [
        *(Fact(("lait",), value, 1, who) for value, who in ((900, "a"), (60, "b"), (40, "c"))),
        *(Fact(("fruits",), 100, 1, who) for who in "defg"),
        *(Fact(("pain",), 50, 1, who) for who in "hijkl"),
    ]
    found = protect(facts, [(0,)], ENTERPRISES)
    assert found.primary == {("lait",)}
    assert found.secondary == {("pain",)}


def test_the_same_enterprise_twice_counts_once():
    facts = [Fact(("a",), 5, 1, "x"), Fact(("a",), 5, 1, "y"), Fact(("a",), 5, 1, "y")]
    assert protect(facts, [(0,)], ENTERPRISES).primary == {("a",), (None,)}


def test_zero_stands_for_nobody_and_nothing_is_nothing():
    found = protect([Fact(("a",), 0, 0), Fact(("b",), 50, 50)], [(0,)])
    assert found.shown[("a",)] == 0
    assert protect([], [()]).shown == {(): 0}


def test_a_negative_value_is_refused():
    with pytest.raises(ValueError, match="never negative"):
        protect([Fact(("a",), -1)], [(0,)])


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("region,nombre\nBretagne,3\n", (), "valeur"),
        ("valeur\n3\n", (), "au moins une colonne"),
        ("region,valeur\nBretagne,beaucoup\n", (), "ligne 2"),
        ("region,valeur\nBretagne\n", (), "cases"),
        ("region,valeur\nBretagne,3\n", ("--tableaux", "ville"), "ville"),
    ],
)
def test_a_wrong_file_is_told_in_french(tmp_path, capsys, text, options, said):
    path = tmp_path / "donnees.csv"
    path.write_text(text, encoding="utf-8")
    assert main(["disclose", str(path), *options]) == 1
    assert said in capsys.readouterr().err
