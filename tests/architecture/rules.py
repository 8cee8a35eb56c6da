"""The rules of the house, each a function from a module to its faults."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from tests.architecture.source import Module

MAX_FILE = 400
MAX_FUNCTION = 50
VAGUE = {"utils", "util", "helpers", "helper", "common", "managers", "manager", "services", "misc"}
CLOCKS = {"today", "now", "utcnow", "localdate", "localtime"}
# Files that may read the clock, and why.
CLOCK_READERS = {
    "ensemblier/base/ledger/actions.py": "the moment a row enters the books; no caller chooses it",
}
# Names in actions.py that are no actions: private, called by the clock, or only asking.
PASSIVE = ("_", "purge_", "check_")
LOW_FILES = ("models.py", "actions.py", "rules.py")
MONEY = re.compile(r"(^|_)(cents|euros|amount|price|cost|budget|money)(_|$)")
# Built from halves, so that this file does not find itself.
MARKS = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")


def file_is_short(module: Module) -> list[str]:
    return [f"{module.lines} lines"] if module.lines > MAX_FILE else []


def functions_are_short(module: Module) -> list[str]:
    return [
        f"{f.name}: {length} lines"
        for f in module.functions()
        if (length := (f.end_lineno or f.lineno) - f.lineno + 1) >= MAX_FUNCTION
    ]


def has_docstring(module: Module) -> list[str]:
    if not module.text.strip() or ast.get_docstring(module.tree):
        return []
    return ["no docstring"]


def name_is_clear(module: Module) -> list[str]:
    parts = set(re.split(r"[/.]", module.name))
    return sorted(parts & VAGUE)


def reads_no_clock(module: Module) -> list[str]:
    """Engines, models, actions and rules are given the day and the moment."""
    low = module.name.startswith("ensemblier/engines/") or module.name.endswith(LOW_FILES)
    if not low or module.name in CLOCK_READERS:
        return []
    return [f"line {c.lineno}: {called(c)}()" for c in module.calls() if called(c) in CLOCKS]


def called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def money_is_whole(module: Module) -> list[str]:
    """No float, division or round() given to a name that speaks of money."""
    faults = []
    for node in ast.walk(module.tree):
        for name, value in assignments(node):
            if MONEY.search(name) and value is not None and is_fractional(value):
                faults.append(f"line {value.lineno}: {name}")
    return faults


def assignments(node: ast.AST) -> list[tuple[str, ast.expr | None]]:
    """(name, value) of an assignment or a keyword argument."""
    if isinstance(node, ast.Assign):
        return [(named(target), node.value) for target in node.targets]
    if isinstance(node, (ast.AnnAssign, ast.AugAssign)):
        value = node.value
        if isinstance(node, ast.AnnAssign) and named(node.annotation) == "float":
            value = node.annotation
        return [(named(node.target), value)]
    if isinstance(node, ast.keyword):
        return [(node.arg or "", node.value)]
    return []


def named(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def is_fractional(value: ast.expr) -> bool:
    """The value itself (not what is inside its calls) is a float, a true division or round()."""
    if isinstance(value, ast.Constant):
        return isinstance(value.value, float)
    if isinstance(value, ast.Name):
        return value.id == "float"
    if isinstance(value, ast.Call):
        return called(value) in {"float", "round", "FloatField"}
    if isinstance(value, ast.BinOp):
        if isinstance(value.left, ast.Call) and called(value.left) == "F":
            return False  # SQL divides whole numbers into whole numbers
        divides = isinstance(value.op, ast.Div)
        return divides or is_fractional(value.left) or is_fractional(value.right)
    return False


def actions_are_keyword_only(module: Module) -> list[str]:
    """A public function of actions.py takes its arguments by name."""
    if not module.name.startswith("ensemblier/") or not module.name.endswith("/actions.py"):
        return []
    faults = []
    for node in module.tree.body:
        if not isinstance(node, ast.FunctionDef) or node.name.startswith(PASSIVE):
            continue
        if is_action(node) and (node.args.args or node.args.posonlyargs):
            faults.append(node.name)
    return faults


def is_action(node: ast.FunctionDef) -> bool:
    """It opens a transaction of its own, or names its actor: then it changes something."""
    dressed = {
        named(d) or called(d) if isinstance(d, ast.Call) else named(d) for d in node.decorator_list
    }
    arguments = {argument.arg for argument in [*node.args.args, *node.args.kwonlyargs]}
    return "atomic" in dressed or "actor" in arguments


def imports_are_absolute(module: Module) -> list[str]:
    return [
        f"line {node.lineno}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]


def models_import_nothing_above(module: Module) -> list[str]:
    if not module.name.endswith("/models.py"):
        return []
    above = ("actions", "views", "forms")
    faults = []
    for node in module.tree.body:
        names = []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or "", *[alias.name for alias in node.names]]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        faults += [n for n in names if n.startswith("ensemblier") and n.rsplit(".", 1)[-1] in above]
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ensemblier"):
            faults += [alias.name for alias in node.names if alias.name in above]
    return faults


def nothing_is_left_for_later(module: Module) -> list[str]:
    return [
        f"line {number}"
        for number, line in enumerate(module.text.splitlines(), 1)
        if MARKS.search(line)
    ]


RULES: tuple[Callable[[Module], list[str]], ...] = (
    file_is_short,
    functions_are_short,
    has_docstring,
    name_is_clear,
    reads_no_clock,
    money_is_whole,
    actions_are_keyword_only,
    imports_are_absolute,
    models_import_nothing_above,
    nothing_is_left_for_later,
)
