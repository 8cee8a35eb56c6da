"""Dedicated funds by worked examples that a treasurer could check by hand."""

import json

import pytest

from ensemblier.cli.main import main
from ensemblier.engines.dedicated_funds import Entry, WrongYears, Year, movements


def cents(text: str) -> int:
    return int(text.replace(" ", "")) * 100


def years(table: str) -> list[Year]:
    """année | reçu | employé | rendu"""
    rows = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    return [Year(int(row[0]), *(cents(cell) for cell in row[1:])) for row in rows]


def test_what_is_not_used_is_carried_over_then_taken_back():
    """12 000 received in 2026, 7 500 used: 4 500 carried. 2027: 8 000 received, 12 500 used."""
    found = movements(
        years("""
        2026 | 12 000 |  7 500 | 0
        2027 |  8 000 | 12 500 | 0
        """)
    )
    assert [move.closing_cents for move in found] == [4_500_00, 0]
    assert found[0].entries == (
        Entry("6894", "194", 4_500_00, "Report en fonds dédiés, subventions d'exploitation"),
    )
    assert found[1].entries == (
        Entry("194", "7894", 4_500_00, "Utilisation des fonds dédiés, subventions d'exploitation"),
    )
    assert found[0].sentence.replace("\u00a0", " ") == (
        "Fin 2026 : 4 500,00 € reçus et non employés restent dédiés au projet."
    )
    assert found[1].sentence == (
        "Fin 2027 : tout ce qui a été reçu est employé, aucun fonds dédié."
    )


def test_what_goes_back_is_a_debt_never_a_dedicated_fund():
    """10 000 received, 6 000 used, 3 000 given back: 1 000 is carried over."""
    (move,) = movements(years("2026 | 10 000 | 6 000 | 3 000"))
    assert (move.carried_cents, move.closing_cents) == (1_000_00, 1_000_00)


def test_money_of_another_year_given_back_leaves_the_fund():
    found = movements(years("2026 | 10 000 | 6 000 | 0\n2027 | 0 | 1 000 | 3 000"))
    assert (found[1].released_cents, found[1].closing_cents) == (4_000_00, 0)


def test_two_quiet_years_are_said():
    found = movements(years("2026 | 5 000 | 0 | 0\n2027 | 0 | 0 | 0"), "196")
    assert [move.is_idle for move in found] == [False, True]
    assert "Rien n'a été dépensé depuis deux ans" in found[1].sentence
    assert found[0].entries[0].debit == "6896"


@pytest.mark.parametrize(
    ("table", "fund", "opening", "said"),
    [
        ("2026 | 100 | 150 | 0", "194", 0, "de plus ont été employés"),
        ("2027 | 1 | 0 | 0\n2026 | 1 | 0 | 0", "194", 0, "dans l'ordre"),
        ("2026 | 1 | 0 | 0", "512", 0, "194, 195 ou 196"),
        ("2026 | 1 | 0 | 0", "194", -1, "négatif"),
    ],
)
def test_impossible_years_are_refused(table, fund, opening, said):
    with pytest.raises(WrongYears, match=said):
        movements(years(table), fund, opening)


def test_a_negative_amount_is_refused():
    with pytest.raises(WrongYears, match="négatif"):
        Year(2026, -1, 0)


FILE = """
compte = "194"
depart = 0

[[annees]]
annee = 2026
recu = 12000
employe = 7500.50

[[annees]]
annee = 2027
recu = "8 000"
employe = "12499,50"
"""


def test_the_command_writes_json(tmp_path, capsys):
    path = tmp_path / "fonds.toml"
    path.write_text(FILE, encoding="utf-8")
    assert main(["dedicated-funds", str(path)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["annees"][0]["fin"] == "4499.50"
    assert found["annees"][0]["ecritures"][0]["debit"] == "6894"
    assert found["annees"][1]["fin"] == "0.00"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('compte = "194"', "annees"),
        ("[[annees]]\nannee = 2026\nrecu = 'dix'\nemploye = 1", "dix"),
        ("[[annees]]\nannee = 'deux'\nrecu = 1\nemploye = 1", "année"),
        ("[[annees]]\nannee = 2026\nrecu = 1.005\nemploye = 1", "centimes"),
        ("[[annees]]\nannee = 2026\nrecu = 1\nemploye = 5", "de plus ont été employés"),
        ("[[annees]]\nannee = 2026\nrecu = 1\nemploye = 5\ncouleur = 3", "couleur"),
        ("n'importe quoi", "fonds.toml"),
    ],
)
def test_a_wrong_file_is_told_in_french(tmp_path, capsys, text, said):
    path = tmp_path / "fonds.toml"
    path.write_text(text, encoding="utf-8")
    assert main(["dedicated-funds", str(path)]) == 1
    assert said in capsys.readouterr().err
