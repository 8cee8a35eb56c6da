"""The rules of the house hold in every file, and each rule is able to say no."""

from __future__ import annotations

import re

import pytest
from django.apps import apps

from tests.architecture import rules
from tests.architecture.source import ROOT, all_modules, committed, read

# What each rule must refuse, and what it must let through.
CONTROLS = {
    rules.file_is_short: ("a = 1\n" * 401, "a = 1\n" * 400),
    rules.functions_are_short: (
        "def f():\n" + "    a = 1\n" * 49,
        "def f():\n" + "    a = 1\n" * 48,
    ),
    rules.has_docstring: ("a = 1\n", '"""What it is."""\n'),
    rules.reads_no_clock: (
        "from datetime import date\nd = date.today()\n",
        "from django.utils import timezone\nd = F(default=timezone.now)\n",
    ),
    rules.money_is_whole: ("price_cents = total / 2\n", "price_cents = total // 2\n"),
    rules.actions_are_keyword_only: (
        "def pay(claim, actor): ...\n",
        "def pay(*, claim, actor): ...\n",
    ),
    rules.imports_are_absolute: ("from .models import A\n", "from ensemblier.a import b\n"),
    rules.nothing_is_left_for_later: ("# TO" + "DO: later\n", "# the method\n"),
}
NAMED_CONTROLS = {
    rules.name_is_clear: ("ensemblier/base/utils.py", "ensemblier/base/limits.py"),
}
MORE_MONEY = [
    "total_cents: float = x\n",
    "f(amount_cents=round(x))\n",
    "self.price_cents = 0.5\n",
    "budget_cents += 12 * 0.2\n",
]


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_every_file_obeys(rule):
    faults = {module.name: found for module in all_modules() if (found := rule(module))}
    assert faults == {}


@pytest.mark.parametrize("rule", CONTROLS, ids=lambda rule: rule.__name__)
def test_the_rule_can_say_no(rule):
    bad, good = CONTROLS[rule]
    assert rule(read(bad)) != []
    assert rule(read(good)) == []


@pytest.mark.parametrize("rule", NAMED_CONTROLS, ids=lambda rule: rule.__name__)
def test_the_rule_on_names_can_say_no(rule):
    bad, good = NAMED_CONTROLS[rule]
    assert rule(read("", bad)) != []
    assert rule(read("", good)) == []


@pytest.mark.parametrize("text", MORE_MONEY)
def test_a_fraction_of_a_cent_is_found_however_it_is_written(text):
    assert rules.money_is_whole(read(text)) != []


def test_a_model_that_imports_an_action_is_found():
    text = "from ensemblier.base.journal.actions import record\n"
    assert rules.models_import_nothing_above(read(text, "ensemblier/a/models.py")) != []
    assert rules.models_import_nothing_above(read(text, "ensemblier/a/views.py")) == []


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "ARCHITECTURE.md",
        "GLOSSARY.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "LICENSE",
        "Makefile",
        ".ci/run",
        "deploy/README.md",
    ],
)
def test_the_house_has_its_papers(name):
    assert (ROOT / name).stat().st_size > 100


def ours() -> list[type]:
    return [m for m in apps.get_models() if m.__module__.startswith("ensemblier.")]


def test_every_model_is_in_the_glossary():
    glossary = (ROOT / "GLOSSARY.md").read_text()
    absent = [m.__name__ for m in ours() if not re.search(rf"`{m.__name__}`", glossary)]
    assert absent == []


def test_every_constraint_speaks_french():
    default = "La contrainte"
    silent = [
        f"{model.__name__}.{constraint.name}"
        for model in ours()
        for constraint in model._meta.constraints
        if str(constraint.violation_error_message).startswith((default, "Constraint"))
    ]
    assert silent == []


def test_files_are_not_huge_by_accident():
    # The sample of a release is a whole installation, all communes included.
    limit = {True: 4_000_000, False: 2_500_000}
    big = [
        str(path.relative_to(ROOT))
        for path in committed()
        if path.stat().st_size > limit["releases" in path.parts]
    ]
    assert big == []
