"""Every example of docs/reference/cofinancement.md, through `ensemblier split`."""

import re
from pathlib import Path

import pytest

from ensemblier.cli import split as command
from ensemblier.cli.main import parser
from ensemblier.engines.cofinancing.reading_person import RULES

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "cofinancement.md"
NOTHING = "line_id,reason\n"
EXAMPLE = re.compile(r"^### (\d+)\. (.+?)$(.+?)(?=^##)", re.M | re.S)
BLOCK = re.compile(r"^```(toml|csv \w+)\n(.*?)^```$", re.M | re.S)
TOLD = re.compile(r"^La règle, telle qu'Ensemblier la dit : (.+)$", re.M)


def examples():
    for number, title, text in EXAMPLE.findall(PAGE.read_text()):
        yield pytest.param(dict(BLOCK.findall(text)), TOLD.findall(text), id=f"{number} {title}")


EXAMPLES = list(examples())


def run(folder, blocks, *more):
    scheme, lines = folder / "s.toml", folder / "l.csv"
    scheme.write_text(blocks["toml"])
    lines.write_text(blocks["csv lignes"])
    arguments = parser().parse_args(["split", str(scheme), str(lines), *more])
    return arguments.run(arguments)


def test_the_twelve_forms_are_there_with_their_source():
    numbers = [int(number) for number, _, _ in EXAMPLE.findall(PAGE.read_text())]
    assert numbers == list(range(1, 13))
    for _, title, text in EXAMPLE.findall(PAGE.read_text()):
        assert re.search(r"\([^)]*(\.\w{2,3}|fiches? [^)]+|pressreader[^)]*)\)", text), title


@pytest.mark.parametrize("many", [0, 10**9], ids=["kernel", "reference"])
@pytest.mark.parametrize(("blocks", "told"), EXAMPLES)
def test_an_example_gives_what_the_page_says(tmp_path, monkeypatch, blocks, told, many):
    monkeypatch.setattr(command, "MANY", many)
    files = [str(tmp_path / name) for name in ("p.csv", "r.csv")]
    assert run(tmp_path, blocks, "--shares", files[0], "--refused", files[1]) == 0
    assert (tmp_path / "p.csv").read_text() == blocks["csv parts"]
    assert (tmp_path / "r.csv").read_text() == blocks.get("csv refus", NOTHING)


@pytest.mark.parametrize(("blocks", "told"), EXAMPLES)
def test_the_page_tells_the_rule_in_the_same_words(tmp_path, capsys, blocks, told):
    assert run(tmp_path, blocks, "--sentences") == 0
    sentences = capsys.readouterr().out.replace("\u00a0", " ").split("\n")
    assert [" ".join(sentences).strip()] == told


def test_why_3_77_for_the_metropole(tmp_path, capsys):
    assert run(tmp_path, EXAMPLES[3].values[0], "--explain", "G2") == 0
    told = capsys.readouterr().out.replace("\u00a0", " ")
    assert "métropole : 3,77 €, fin de l'enveloppe." in told
    assert "Avant cette ligne, métropole avait 3,77 €." in told
    assert "fonds de dotation : 0,73 €" in told


def test_seventy_baskets_give_the_sums_of_the_page(tmp_path):
    """The norm's own worked example."""
    blocks = dict(EXAMPLES[0].values[0])
    header = blocks["csv lignes"].splitlines()[0]
    rows = [f"P{n:02},2026-03-03,jardin,panier,1,panier,1205" for n in range(70)]
    blocks["csv lignes"] = "\n".join([header, *rows]) + "\n"
    files = [str(tmp_path / name) for name in ("p.csv", "r.csv")]
    assert run(tmp_path, blocks, "--shares", files[0], "--refused", files[1]) == 0
    sums = {"person": 0, "DGCS": 0, "bailleurs": 0}
    for row in (tmp_path / "p.csv").read_text().splitlines()[1:]:
        _, payer, cents, *_ = row.split(",")
        sums[payer] += int(cents)
    assert sums == {"person": 25340, "DGCS": 33720, "bailleurs": 25290}
    page = PAGE.read_text()
    assert "personne 253,40 €, DGCS 337,20 €, bailleurs 252,90 €, en tout 843,50 €" in page


def test_the_page_names_every_rule_of_the_language():
    page = PAGE.read_text()
    assert [rule for rule in RULES if f"`{rule}`" not in page] == []
    words = {"name", "valid", "farm_goods", "scope", "person", "surcharge", "step", "envelope"}
    words |= {"exhausted", "payer", "up_to_percent", "up_to_cents_per_unit", "cap_per_unit"}
    words |= {"cap_per_household", "match", "fed", "carry"}
    assert {word for word in words if word not in page} == set()
