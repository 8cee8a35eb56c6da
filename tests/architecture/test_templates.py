"""Templates obey the content policy and the house: nothing inline, one shell for all pages."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "ensemblier"
TEMPLATES = sorted(ROOT.rglob("templates/**/*.html"))
BY_NAME = {str(path).rsplit("/templates/", 1)[1]: path for path in TEMPLATES}
COMMENT = re.compile(r"{#.*?#}|{% comment %}.*?{% endcomment %}|<!--.*?-->", re.S)
# Complete documents: the shell, what must not depend on it, and e-mails.
DOCUMENTS = {"pages/page.html", "500.html", "503.html"}


def source(path: Path) -> str:
    return COMMENT.sub("", path.read_text(encoding="utf-8"))


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def offenders(pattern: str, text: str) -> list[str]:
    return [match.group(0) for match in re.finditer(pattern, text, re.I | re.S)]


INLINE = {
    "a style attribute": r"<[^>]*\sstyle\s*=",
    "a style element": r"<style[\s>]",
    # Data for a script of ours is not a script: the content policy lets it through.
    "a script without a file": r'<script(?![^>]*\s(?:src=|type="application/json"))[^>]*>',
    "an event attribute": r"<[^>]*\son[a-z]+\s*=",
    "a javascript address": r"javascript:",
    "an htmx event or expression": r"\shx-(on|vals=.js|headers=.js)",
}


@pytest.mark.parametrize("path", TEMPLATES, ids=names(TEMPLATES))
def test_nothing_inline(path):
    text = source(path)
    found = {what: offenders(pattern, text) for what, pattern in INLINE.items()}
    assert not {what: hits for what, hits in found.items() if hits}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('<p class="a" style="color:red">', "a style attribute"),
        ("<style>p{}</style>", "a style element"),
        ("<script>x()</script>", "a script without a file"),
        ('<a href="#" onclick="x()">', "an event attribute"),
        ('<a href="javascript:x()">', "a javascript address"),
        ('<a hx-on:click="x()">', "an htmx event or expression"),
    ],
)
def test_the_patterns_do_catch(text, what):
    assert offenders(INLINE[what], text)


def parent(path: Path) -> str:
    match = re.match(r'\s*(?:{% load [^%]*%}\s*)*{% extends "([^"]+)"', source(path))
    return match.group(1) if match else ""


@pytest.mark.parametrize("path", TEMPLATES, ids=names(TEMPLATES))
def test_every_template_extends_the_shell_or_is_a_fragment(path):
    name = str(path).rsplit("/templates/", 1)[1]
    ancestor = parent(path)
    if ancestor:
        while parent(BY_NAME[ancestor]):
            ancestor = parent(BY_NAME[ancestor])
        assert ancestor in DOCUMENTS
    elif name not in DOCUMENTS:
        assert not re.search(r"<(html|head|body|main)[\s>]", source(path))


@pytest.mark.parametrize("path", TEMPLATES, ids=names(TEMPLATES))
def test_every_posted_form_carries_its_proof_of_origin(path):
    for form in re.findall(r'<form[^>]*method="post".*?</form>', source(path), re.I | re.S):
        assert "{% csrf_token %}" in form, form[:120]


def test_there_are_templates():
    assert {"pages/page.html", "gallery/index.html", "404.html", "500.html"} <= set(BY_NAME)
