"""Every import of our own code, wherever it is written, names a module and a name that exist."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, Module, modules, read

OURS = ("ensemblier", "tests", "bench")
# Programs that no test imports, and the tests themselves: a name that went is found in seconds.
PLACES = ("bench", "deploy", "ensemblier", "tests")


@cache
def file_of(dotted: str) -> Path | None:
    """The file of a module of ours, or its package's."""
    base = ROOT.joinpath(*dotted.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return path
    return None


@cache
def names_of(dotted: str) -> frozenset[str] | None:
    """What a module binds at its top, whatever branch; None when there is no such module."""
    path = file_of(dotted)
    if path is None:
        return frozenset() if ROOT.joinpath(*dotted.split(".")).is_dir() else None
    return frozenset(bound(ast.parse(path.read_text()).body))


def bound(body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.Import() | ast.ImportFrom():
                yield from (name.asname or name.name.split(".")[0] for name in node.names)
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign() | ast.For() | ast.With():
                stored = (each for each in ast.walk(node) if isinstance(each, ast.Name))
                yield from (each.id for each in stored if isinstance(each.ctx, ast.Store))
        for inner in ("body", "orelse", "finalbody"):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield from bound(getattr(node, inner, []))
        for handler in getattr(node, "handlers", []):
            yield from bound(handler.body)


def stale(module: Module) -> list[str]:
    """Imports of ours, at the top or inside a function, that name nothing."""
    found = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            wanted = [(name.name, "") for name in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            wanted = [(node.module, name.name) for name in node.names]
        else:
            continue
        for dotted, name in wanted:
            if dotted.split(".")[0] in OURS and not exists(dotted, name):
                found.append(f"line {node.lineno}: {dotted} {name}".rstrip())
    return found


def exists(dotted: str, name: str) -> bool:
    names = names_of(dotted)
    if names is None:
        return False
    return not name or name == "*" or name in names or names_of(f"{dotted}.{name}") is not None


def test_every_import_of_ours_resolves() -> None:
    looked = [module for place in PLACES for module in modules(place)]
    assert len(looked) > 500
    assert {module.name: faults for module in looked if (faults := stale(module))} == {}


@pytest.mark.parametrize(
    "text",
    [
        "from ensemblier.chain.billing.attached import lines",
        "import ensemblier.chain.gone",
        "def late():\n    from ensemblier.engines.money import gone",
        "from tests.factories_chain import make_nothing",
        "from bench import gone",
    ],
)
def test_a_stale_import_is_found(text: str) -> None:
    assert len(stale(read(text, "bench/x.py"))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "from ensemblier.engines import money",
        "from ensemblier.engines.money import share_out",
        "import ensemblier.engines.money",
        "import json",
        "from tests import factories_chain",
    ],
)
def test_a_right_import_is_left_alone(text: str) -> None:
    assert stale(read(text, "bench/x.py")) == []
