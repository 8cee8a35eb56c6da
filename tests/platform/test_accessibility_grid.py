"""The audit grid of the accessibility statement, and the tests its proofs name.

They read every template and static file of the site: what they show holds on every page.
"""

import re
from pathlib import Path

import pytest

from ensemblier.web.home.accessibility import GRID, STATES, THEMES, criteria

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "ensemblier"
CRITERIA_BY_THEME = (9, 2, 3, 13, 8, 2, 5, 10, 4, 14, 13, 11, 12)
STATIC = [path for path in SITE.rglob("*") if path.is_file() and "/static/" in str(path)]
OURS = [path for path in STATIC if path.suffix in {".css", ".js"}]
PICTURES = {".png", ".jpg", ".jpeg", ".gif", ".webp"}
TEMPLATES = {
    path: path.read_text(encoding="utf-8")
    for path in SITE.rglob("*.html")
    if "/templates/" in str(path) and "/emails/" not in str(path)
}


def found(pattern: str) -> list[str]:
    seek = re.compile(pattern, re.IGNORECASE)
    return [f"{path.relative_to(ROOT)}" for path, text in TEMPLATES.items() if seek.search(text)]


def test_the_grid_has_the_106_criteria_in_order() -> None:
    expected = [
        f"{theme}.{rank}"
        for theme, size in zip(THEMES, CRITERIA_BY_THEME, strict=True)
        for rank in range(1, size + 1)
    ]
    assert [one.number for one in criteria()] == expected
    assert len(expected) == 106
    assert {one.state for one in criteria()} <= set(STATES)


def test_nothing_is_claimed_without_a_test_that_exists() -> None:
    for one in criteria():
        assert bool(one.proof) is (one.state in ("C", "NA")), one
        if one.proof:
            file, name = one.proof.split("::")
            assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), one
    assert GRID.exists()


def test_a_page_is_found_to_search() -> None:
    """The tests below would pass on an empty list of templates: this one would not."""
    assert len(TEMPLATES) > 20
    assert found(r"<main\b")


def test_no_frame_nor_video() -> None:
    assert found(r"<(i?frame|frameset|video|object|embed|canvas|track)\b") == []


def test_a_recording_stands_beside_its_words_and_never_starts_alone() -> None:
    """The one sound of the site: the summary of a project read to jurors, written below it."""
    (only,) = found(r"<audio\b")
    text = TEMPLATES[ROOT / only]
    tag = re.search(r"<audio[^>]*>", text)
    assert tag and "controls" in tag[0] and "autoplay" not in tag[0]
    assert text.index("<audio") < text.index("card.sentences")


def test_no_image_file_no_captcha() -> None:
    assert found(r"captcha|<area\b|<input[^>]+type=.image") == []
    assert [path for path in STATIC if path.suffix in PICTURES] == []


def test_pages_have_a_doctype_a_language_and_a_title() -> None:
    whole = [text for text in TEMPLATES.values() if "<html" in text]
    assert whole
    for text in whole:
        assert "<!doctype html>" in text.casefold()
        assert '<html lang="fr"' in text
        assert re.search(r"<title>.+</title>", text)


def test_pages_have_their_regions_and_a_way_to_skip() -> None:
    page = (SITE / "base/pages/templates/pages/page.html").read_text(encoding="utf-8")
    masthead = (SITE / "base/pages/templates/pages/masthead.html").read_text(encoding="utf-8")
    footer = (SITE / "base/pages/templates/pages/footer.html").read_text(encoding="utf-8")
    assert re.search(r'<main[^>]+id="contenu"', page) and page.count("<main") == 1
    assert "pages/masthead.html" in page and "pages/footer.html" in page
    assert masthead.index('href="#contenu"') < masthead.index("<header")
    assert re.search(r"<nav[^>]+aria-label=", masthead) and "<footer" in footer


def test_no_tag_or_attribute_of_presentation() -> None:
    tags = r"<(basefont|big|blink|center|font|marquee|s|strike|tt|u)\b"
    attributes = r"<(?!svg|rect|path|circle)[a-z]+[^>]*\s(align|bgcolor|border|cellpadding|valign)="
    assert found(tags) == []
    assert found(attributes) == []


def test_no_new_window() -> None:
    assert found(r"target\s*=\s*.?_blank") == []
    assert [path for path in OURS if "window.open" in path.read_text(encoding="utf-8")] == []


def test_nothing_moves_or_flashes() -> None:
    moving = re.compile(r"@keyframes|animation\s*:|animation-name")
    written_here = [path for path in OURS if "pico" not in path.name]
    assert written_here
    assert [path for path in written_here if moving.search(path.read_text(encoding="utf-8"))] == []
    assert found(r"aria-busy|<progress(?![^>]*value)") == []  # what moves in Pico
    assert found(r"<(animate|animateTransform|marquee|blink)\b|http-equiv=.refresh") == []


def test_nothing_listens_to_motion() -> None:
    motion = re.compile(r"devicemotion|deviceorientation", re.IGNORECASE)
    assert [path for path in OURS if motion.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("state", sorted(STATES))
def test_every_state_has_its_words(state: str) -> None:
    kind, words = STATES[state]
    assert kind and words
