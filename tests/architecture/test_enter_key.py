"""The key Enter presses the first button of a form: it saves, it never adds or removes lines."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGE

FORM = re.compile(r"<form\b.*?</form>", re.DOTALL)
BUTTON = re.compile(r"<button\b[^>]*>")
INCLUDE = re.compile(r'{% include "([^"]+)"[^%]*%}')
# Names of buttons that only change how many lines a form shows.
BESIDE = re.compile(r'name="(more|less|add|remove)"|value="(more|less|add|remove)\b')


@cache
def templates() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted(PACKAGE.rglob("templates/**/*.html")):
        found[name_of(path)] = path.read_text()
    return found


def name_of(path: Path) -> str:
    parts = path.parts
    return "/".join(parts[parts.index("templates") + 1 :])


def whole(text: str, depth: int = 3) -> str:
    """The template with what it includes, as the browser gets it."""
    if not depth:
        return text
    return INCLUDE.sub(lambda found: whole(templates().get(found[1], ""), depth - 1), text)


def faults(text: str) -> list[str]:
    """First buttons that Enter should not press."""
    found = []
    for form in FORM.findall(whole(text)):
        buttons = [each for each in BUTTON.findall(form) if 'type="button"' not in each]
        if buttons and BESIDE.search(buttons[0]):
            found.append(buttons[0])
    return found


def test_enter_saves_in_every_form() -> None:
    assert len(templates()) > 100
    assert {name: found for name, text in templates().items() if (found := faults(text))} == {}


def test_the_workshop_is_looked_at() -> None:
    """Its form has a button that adds lines, and it comes after one that saves."""
    buttons = BUTTON.findall(whole(templates()["stock/process.html"]))
    assert any(BESIDE.search(each) for each in buttons[1:])


@pytest.mark.parametrize("first", ['name="more" value="1"', 'name="do" value="more-payeurs"'])
def test_a_form_where_enter_adds_lines_is_found(first: str) -> None:
    text = (
        f"<form method='post'><button {first}>Ajouter</button><button>Enregistrer</button></form>"
    )
    assert len(faults(text)) == 1
    assert faults('<form><input>{% include "stock/process.html" %}</form>') == []
