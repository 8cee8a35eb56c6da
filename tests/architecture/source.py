"""The code as data: files, syntax trees and functions, read once."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "ensemblier"
CODE = ("ensemblier", "tests", "bench", "requirements")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Module(NamedTuple):
    """A Python file and its syntax tree; `name` is its path from the root."""

    name: str
    text: str
    tree: ast.Module

    @property
    def lines(self) -> int:
        return self.text.count("\n")

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        for node in ast.walk(self.tree):
            if isinstance(node, FUNCTIONS):
                yield node

    def calls(self) -> Iterator[ast.Call]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield node


def read(text: str, name: str = "ensemblier/x/actions.py") -> Module:
    """A module from its text, for negative controls."""
    return Module(name, text, ast.parse(text))


@cache
def modules(under: str = "ensemblier", *, migrations: bool = False) -> tuple[Module, ...]:
    found = []
    for path in sorted((ROOT / under).rglob("*.py")):
        if not migrations and "migrations" in path.parts:
            continue
        name = path.relative_to(ROOT).as_posix()
        found.append(read(path.read_text(), name))
    return tuple(found)


@cache
def all_modules() -> tuple[Module, ...]:
    return tuple(module for under in CODE for module in modules(under))


@cache
def committed() -> tuple[Path, ...]:
    """Files that git follows, or would follow."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        skipped = {".git", ".venv", "var", "__pycache__"}
        return tuple(p for p in ROOT.rglob("*") if p.is_file() and not skipped & set(p.parts))
    names = [name for name in listed.stdout.decode().split("\0") if name]
    return tuple(path for path in (ROOT / name for name in names) if path.is_file())
