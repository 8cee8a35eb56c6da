"""A bad plan is refused in French at its line, by the engine and by `ensemblier simulate`."""

import csv
import json
from pathlib import Path

import pytest

from ensemblier.cli.main import parser
from ensemblier.engines.economics import BadDraws, BadPlan, compute, plan_of, read_plan, simulate
from ensemblier.engines.economics.cells import KINDS
from ensemblier.engines.economics.format import TABLES, TOP

GOOD = """name = "Un plan"
start = "2027-01"
[[volume]]
id = "kilos"
yearly = 1000
[[volume]]
id = "paniers"
of = "kilos"
rate = 0.2
[[sale]]
id = "vente"
volume = "paniers"
price = 5
[[cost]]
id = "achats"
kind = "food"
volume = "kilos"
price = 1.20
[[in_kind]]
id = "temps"
hours = 10
price = 13.5
[[resource]]
id = "ville"
payer = "Ville"
yearly = 3000
"""
# What is replaced, by what, the line, and words of the message.
BAD = [
    ("yearly = 1000", "yearly = -1000", 5, "« yearly » : ce nombre ne peut pas être négatif"),
    ("yearly = 1000", "yearly = 1e3000000", 5, "trop grand"),
    ("yearly = 1000", "yearly = 1e-3000000", 5, "trop petit"),
    ("yearly = 1000", "yearly = nan", 5, "trop grand ou trop petit"),
    ("yearly = 1000", "yearly = 9999999999", 5, "un milliard"),
    ("yearly = 1000", "yearly = 0.12345678901234567890123456", 5, "trop de chiffres"),
    ("yearly = 1000", "yearly = 1.2345", 5, "trop de décimales : 3 au plus"),
    ("yearly = 1000", 'yearly = "beaucoup"', 5, "écrivez un nombre, sans guillemets"),
    ("yearly = 1000", "yearly = true", 5, "écrivez un nombre"),
    ("yearly = 1000", 'of = "paniers"', 5, "en rond : kilos → paniers → kilos"),
    ("yearly = 1000", 'of = "rien"', 5, "« rien » n'est le nom d'aucun volume"),
    ("yearly = 1000", 'unit = "kg"', 3, "l'un des deux"),
    ("yearly = 1000", "yearly = 1000\nseason = [1, 2]", 6, "douze nombres"),
    ("yearly = 1000", "yearly = 1000\nseason = [" + "0, " * 12 + "]", 6, "plus grand que zéro"),
    ("yearly = 1000", "yearly = 1000\ngrowth = [1]", 6, "quatre pourcentages"),
    ("yearly = 1000", "yearly = 1000\nseasson = 1", 6, "« seasson » n'existe pas dans [[volume]]"),
    (
        "yearly = 1000",
        'yearly = 1000\nfirst = "2028-06"\nlast = "2028-05"',
        7,
        "avant de commencer",
    ),
    ("yearly = 1000", 'yearly = 1000\nlast = "2026-05"', 6, "avant le début du plan"),
    ("yearly = 1000", 'yearly = 1000\nfirst = "2032-01"', 6, "après la fin du plan"),
    ("yearly = 1000", 'yearly = 1000\nfirst = "2032-13"', 6, "écrivez un mois"),
    ("yearly = 1000", 'yearly = 1000\nactivity = "chasse"', 6, "activité de la carte"),
    ("yearly = 1000", 'yearly = 1000\nlink = "table"', 6, "choisissez parmi « production »"),
    ('volume = "paniers"', 'volume = "panniers"', 12, "« panniers » n'est le nom d'aucun volume"),
    ("price = 5\n", "", 10, "il manque « price » dans [[sale]]"),
    ("price = 5\n", "price = 5\nshare = 120\n", 14, "« share » : au plus 100"),
    ("price = 5\n", 'price = 5\ncode = "99"\n', 14, "n'a pas de ligne « 99 »"),
    ("price = 5\n", 'price = 5\ncode = "870"\n', 14, "s'écrivent dans [[in_kind]]"),
    ('id = "achats"', 'id = "vente"', 15, "déjà le nom d'un autre élément"),
    ('id = "achats"', 'id = "Mes achats"', 15, "nom court en minuscules"),
    ('kind = "food"', 'kind = "foot"', 16, "choisissez parmi « food »"),
    ("price = 1.20", "price = 1.20\nyearly = 3", 14, "une seule façon de compter"),
    ("price = 13.5", "price = 13.5\nreceived = 1600", 23, "620,00 € en 86 et 1 600,00 € en 87"),
    ("price = 13.5", 'price = 13.5\ncharge = "60"', 23, "86 et 87"),
    ('payer = "Ville"', 'payer = ""', 25, "écrivez un texte"),
    ('payer = "Ville"', 'payer = "Ville', 25, "fermez le guillemet"),
    ("yearly = 3000", "yearly = 3000\nyearly = 2", 27, "déjà écrite plus haut"),
    ("yearly = 3000", "yearly = 3000\nagreement = 1", 27, "écrivez true"),
    ('name = "Un plan"', 'name = "Un plan"\nfarine = 3', 2, "« farine » n'existe pas dans un plan"),
    ('name = "Un plan"', 'name = "Un plan"\nbasket = "poisson"', 2, "d'aucun volume"),
    ('start = "2027-01"\n', "", 1, "il manque « start »"),
    ("yearly = 1000", "yearly = " + "9" * 5000, 5, "un nombre est trop long"),
    ('start = "2027-01"', "start = 2027-01-01", 2, "écrivez un mois"),
    (
        "[[cost]]",
        '[[post]]\nid = "p"\nmonthly = 2000\nvolume = "kilos"\n[[cost]]',
        17,
        "(capacity)",
    ),
    ("[[cost]]", '[[post]]\nid = "p"\nmonthly = 2000\naid = "aided"\n[[cost]]', 17, "(aid_yearly)"),
    ("[[cost]]", '[[post]]\nid = "p"\nmonthly = 2000\nhours = 0\n[[cost]]', 17, "une heure"),
    ("[[cost]]", '[[round]]\nid = "r"\nkm = 3\nprice = 1\n[[cost]]', 14, "combien de tournées"),
    (
        "[[cost]]",
        '[[equipment]]\nid = "e"\nprice = 10\nlife = 12\nloan = 20\nterm = 3\n[[cost]]',
        18,
        "l'emprunt dépasse le prix",
    ),
    ("[[cost]]", '[[equipment]]\nid = "e"\nprice = 10\nlife = 0\n[[cost]]', 17, "un mois au moins"),
    (
        "[[cost]]",
        '[[post]]\nid = "p"\nmonthly = 1\nvolume = "kilos"\ncapacity = 9\ntraining = 100\n[[cost]]',
        18,
        "ne laissent rien faire",
    ),
    ("[[cost]]", "[cost]", 14, "deux crochets : [[cost]]"),
]


def plain(text):
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(("old", "new", "line", "words"), BAD, ids=[row[1][:40] for row in BAD])
def test_a_bad_plan_is_refused_at_its_line(old, new, line, words):
    assert old in GOOD
    with pytest.raises(BadPlan) as caught:
        read_plan(GOOD.replace(old, new, 1))
    assert words in plain(str(caught.value))
    assert caught.value.line == (line or None)
    assert str(caught.value).startswith(f"Ligne {line} : ") == bool(line)


def test_the_plan_itself_is_good_and_values_are_refused_as_text_is():
    assert compute(read_plan(GOOD)).lines
    with pytest.raises(BadPlan, match="ne peut pas être négatif"):
        plan_of({"name": "a", "start": "2027-01", "volume": [{"id": "a", "yearly": -1}]})
    with pytest.raises(BadPlan, match="Le plan est vide"):
        plan_of({"name": "a", "start": "2027-01"})


def test_lines_inside_lists_and_long_texts_are_not_taken_for_keys():
    text = 'source = """\n[[volume]]\nyearly = 3\n"""\n' + GOOD
    text = text.replace("yearly = 1000", "season = [\n1,1,1,1,1,1,\n1,1,1,1,1,1]\nyearly = -1")
    with pytest.raises(BadPlan) as caught:
        read_plan(text)
    assert caught.value.line == 12


@pytest.mark.parametrize(("draws", "seed"), [(0, 1), (2_000_000, 1), (10, -1), (10, 2**63)])
def test_draws_and_seeds_out_of_bounds_are_refused(draws, seed):
    with pytest.raises(BadDraws):
        simulate(read_plan(GOOD), draws, seed)


def run(plan, out, *more):
    arguments = parser().parse_args(["simulate", str(plan), "--out", str(out), *more])
    return arguments.run(arguments)


def test_the_command_writes_tables_and_one_json(tmp_path, capsys):
    plan = Path(__file__).resolve().parents[2] / "plans" / "05-ecopole-d-audruicq.toml"
    assert run(plan, tmp_path / "a", "--draws", "500", "--seed", "3") == 0
    assert run(plan, tmp_path / "b", "--draws", "500", "--seed", "3") == 0
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert len(names) == 13 and "resultats.json" in names
    whole = json.loads((tmp_path / "a" / "resultats.json").read_text())
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
        if name.endswith(".csv"):
            with (tmp_path / "a" / name).open() as file:
                rows = list(csv.reader(file))
            table = whole["tables"][name.removesuffix(".csv")]
            assert len(rows) == len(table["lignes"]) + 1
    assert whole["tirages"] == 500 and len(whole["tables"]["mois"]["lignes"]) == 60
    assert "13 fichiers écrits" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "more", "words"),
    [
        (GOOD.replace("yearly = 1000", "yearly = -1"), (), "Ligne 5"),
        (GOOD, ("--draws", "0"), "nombre de tirages"),
        (b"name = \xe9", (), "Ligne 1 : le fichier n'est pas en UTF-8"),
        (b'name = "a"\n\nsource = "\xe9"', (), "Ligne 3 : le fichier n'est pas en UTF-8"),
        (GOOD.encode("utf-16"), (), "Ligne 1 : le fichier n'est pas en UTF-8"),
        (b"", (), "Ligne 1 : il manque « name »"),
        (GOOD, ("--seed", str(2**63)), "de 0 à neuf milliards de milliards"),
        (None, (), "Fichier inaccessible"),
    ],
)
def test_nothing_is_written_when_something_is_wrong(tmp_path, capsys, content, more, words):
    plan = tmp_path / "plan.toml"
    if content is not None:
        plan.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert run(plan, tmp_path / "out", *more) == 2
    said = capsys.readouterr().err
    assert said.startswith("Rien n'est écrit. ") and words in said
    assert not (tmp_path / "out").exists()


def test_every_key_of_the_format_says_what_it_is():
    fields = [field for table in TABLES.values() for field in table.fields.values()]
    for field in [*fields, *TOP.values()]:
        assert field.says and field.kind in KINDS
