"""The register of the report's 257 requirements: each is shown by a page or a test, or comes later.

docs/reference/exigences.csv has one row each: id, etat (montré, plus tard), preuve. A proof is a
list of `page:<address name>` and `test:<path>::<function>`, or the letter of the issue to come.
"""

from __future__ import annotations

import ast
import csv
from functools import cache
from pathlib import Path

import pytest

from tests.trust.addresses import addresses

ROOT = Path(__file__).parents[2]
REGISTER = ROOT / "docs" / "reference" / "exigences.csv"
IDS = [f"T{number:03d}" for number in range(1, 258)]
LATER = set("BCDE")  # the issues that exist


def rows() -> list[dict[str, str]]:
    with REGISTER.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def functions(path: str) -> set[str]:
    """The tests of a file, also those of its classes."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@cache
def pages() -> set[str]:
    return {address.name for address in addresses()}


def fault(state: str, proof: str) -> str:
    """Why a row of the register proves nothing; empty when it holds."""
    if state == "plus tard":
        return "" if proof in LATER else f"no issue {proof!r}"
    if state != "montré":
        return f"unknown state {state!r}"
    return "; ".join(filter(None, map(broken, proof.split(" + "))))


def broken(proof: str) -> str:
    kind, _, what = proof.partition(":")
    if kind == "page":
        return "" if what in pages() else f"no page {what!r}"
    path, _, name = what.partition("::")
    if kind != "test" or not name.startswith("test_") or not path.startswith("tests/"):
        return f"not a proof: {proof!r}"
    found = (ROOT / path).is_file() and name in functions(path)
    return "" if found else f"no test {what!r}"


def test_each_requirement_has_one_row() -> None:
    assert [row["id"] for row in rows()] == IDS


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["id"])
def test_the_proof_exists(row: dict[str, str]) -> None:
    assert fault(row["etat"], row["preuve"]) == ""


@pytest.mark.parametrize(
    ("state", "proof"),
    [
        ("montré", ""),
        ("montré", "page:nulle:part"),
        ("montré", "page:home:index + test:tests/trust/test_requirements.py::test_absent"),
        ("montré", "test:tests/absent.py::test_x"),
        ("montré", "B"),
        ("plus tard", "A"),
        ("plus tard", "H"),
        ("plus tard", "BC"),
        ("fait", "page:home:index"),
    ],
)
def test_negative_control_a_false_proof_is_refused(state: str, proof: str) -> None:
    assert fault(state, proof) != ""


def test_a_fact_shown_by_its_sheet_is_checked_there() -> None:
    """The rows that lean on the test of facts are exactly the facts it holds."""
    from tests.spec.test_report_facts import FACTS

    leaning = {row["id"] for row in rows() if "test_report_facts.py" in row["preuve"]}
    assert leaning == set(FACTS)
