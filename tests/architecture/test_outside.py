"""What leaves the house: every e-mail has a subject, every kept file someone who may read it."""

import ast
import re

from django.template import loader

from ensemblier.base.files.serving import serve_rule
from tests.architecture.rules import called
from tests.architecture.source import PACKAGE, modules

FIRST_LINE = re.compile(r"\A({% load [\w ]+ %})?Objet[ \N{NO-BREAK SPACE}]: \S")


def constants(function: str, argument: str) -> set[str]:
    """Values written in full for this argument in calls of a function of this name."""
    found = set()
    for module in modules():
        for call in module.calls():
            for keyword in call.keywords:
                if called(call) == function and keyword.arg == argument:
                    found |= values(keyword.value)
    return found


def values(node: ast.expr) -> set[str]:
    return {
        each.value
        for each in ast.walk(node)
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and each.value
    }


def test_every_email_starts_with_its_subject():
    texts = {path: path.read_text() for path in PACKAGE.rglob("emails/*.txt")}
    assert len(texts) > 5
    assert [path.name for path, text in texts.items() if not FIRST_LINE.match(text)] == []


def test_every_email_named_in_the_code_exists():
    named = {name for name in constants("send", "template") if re.fullmatch(r"\w+/.+\.txt", name)}
    assert len(named) > 3
    for name in named:
        loader.get_template(name)


def test_every_purpose_of_a_stored_file_has_a_rule_of_reading():
    purposes = constants("store", "purpose")
    assert len(purposes) > 1
    assert purposes - set(serve_rule) == set()
