"""Real elections of Pabulib: the winners of pabutools 1.2.3, and three decided by this rule."""

import json
import tarfile
from functools import cache
from pathlib import Path

import pytest

from ensemblier.engines import allocation
from ensemblier.engines.allocation import engine

pytestmark = pytest.mark.shared_data
UTILITIES = {
    "Cost_Sat": "cost",
    "Cardinality_Sat": "cardinality",
    "Additive_Borda_Sat": "borda",
    "Additive_Cardinal_Sat": "points",
}


def folder(shared):
    return shared / "data" / "pabulib"


@cache
def golden(path):
    """The outcomes of golden.json, the smallest first, and the files that they are about."""
    outcomes = json.loads((path / "golden.json").read_text())["outcomes"]
    return sorted(outcomes, key=lambda outcome: outcome["n"] * outcome["m"])


def texts(path, names):
    """The bytes of files of the archive."""
    found = {}
    with tarfile.open(path / "dev.tar.xz") as archive:
        for member in archive:
            name = Path(member.name).name
            if name in names:
                found[name] = archive.extractfile(member).read()
    return found


def shared_out(source, **rules):
    problem = allocation.read_problem(source, True, rules)
    return problem, allocation.allocate(problem)


def check(outcomes, sources):
    for outcome in outcomes:
        source, utility = sources[outcome["file"]], UTILITIES[outcome["utility"]]
        _, result = shared_out(source, utility=utility, completion="none")
        assert list(result.winners) == sorted(outcome["mes"]), outcome["file"]
        if "add1" in outcome:
            step = outcome["add1_step"]
            _, result = shared_out(source, utility=utility, completion="add1", step=step)
            assert list(result.winners) == sorted(outcome["add1"]), outcome["file"]


def test_winners_of_one_city_are_those_of_pabutools(shared):
    path = folder(shared)
    here = {file.name: file.read_bytes() for file in path.glob("*.pb")}
    outcomes = [outcome for outcome in golden(path) if outcome["file"] in here]
    assert len(outcomes) >= 2
    check(outcomes, here)


@pytest.mark.slow
def test_winners_are_those_of_pabutools_on_all_of_golden(shared):
    path = folder(shared)
    outcomes = golden(path)
    assert len(outcomes) == 293
    check(outcomes, texts(path, {outcome["file"] for outcome in outcomes}))


@pytest.mark.parametrize(
    "name, step, stop, agrees",
    [
        ("Poland_Swiecie_2023.pb", 1, "exhaustive", True),
        ("Netherlands_Assen_2024.pb", 1, "exhaustive", True),
        ("Poland_Wieliczka_2023_Green_Budget.pb", 1, "infeasible", True),
        ("Poland_Wieliczka_2023_Green_Budget.pb", 1, "exhaustive", False),
    ],
)
def test_elections_decided_by_equal_shares(shared, name, step, stop, agrees):
    """What the town funded, read in the file's own column `selected`."""
    source = (folder(shared) / name).read_bytes()
    _, result = shared_out(source, utility="cost", completion="add1", step=step, stop=stop)
    assert (set(result.winners) == selected(source)) is agrees


def selected(source):
    """Projects that the file says were funded."""
    lines = source.decode("utf-8-sig").split("PROJECTS")[1].split("VOTES")[0].strip().splitlines()
    header = lines[0].strip().split(";")
    rows = [line.strip().split(";") for line in lines[1:]]
    at = header.index("selected")
    return {row[0] for row in rows if row[at] == "1"}


@pytest.mark.parametrize(
    "name", ["Poland_Zabrze_2020_Osiedle_Mlodego_Gornika.pb", "Poland_Zabrze_2021_Zandka.pb"]
)
def test_a_project_that_its_supporters_pay_to_the_last_cent_is_funded(shared, name):
    """Floating point alone cannot say it: the round is settled in fractions."""
    source = (folder(shared) / name).read_bytes()
    problem, result = shared_out(source, utility="cost", completion="none")
    exactly = engine.allocate_exactly(problem)
    assert result == exactly
    assert any(each.emptied == each.supporters for each in result.purchases)
    body = json.loads(allocation.written(allocation.result_of(problem, result, source)))
    assert allocation.verdict(source, True, body)[0] == []
