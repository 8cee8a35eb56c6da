"""The frame of the stories: figures with their source, none forgotten, a file for each story."""

from __future__ import annotations

import pytest

from tests.stories.frame import DATA, SHEETS, BadFigure, Figures

GOOD = {"baskets": {"value": 70, "source": "fiche 5"}}
FILES = sorted(path.stem for path in DATA.glob("*.toml"))
HERE = DATA.parent


def test_a_figure_is_read_altered_and_missed() -> None:
    figures = Figures(5, "Essai", GOOD)
    assert figures.unread == {"baskets"}
    assert (figures.baskets, figures.unread) == (70, set())
    assert figures.altered(baskets=71).baskets == 71 and figures.baskets == 70
    with pytest.raises(BadFigure):
        figures.altered(basket=71)
    with pytest.raises(KeyError):
        _ = figures.basket


@pytest.mark.parametrize(
    "figure",
    [
        {"value": 70},
        {"value": 70, "source": "fiche 5", "assumed": True},
        {"value": 70.5, "source": "fiche 5"},
        {"source": "fiche 5"},
        {"value": 70, "source": "fiche 5", "note": "?"},
    ],
)
def test_a_figure_that_hides_where_it_comes_from(figure) -> None:
    with pytest.raises(BadFigure):
        Figures(5, "Essai", {"baskets": figure})


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_one_sheet_and_has_its_story(name) -> None:
    figures = Figures.of(name)
    assert figures.sheet in SHEETS and name.startswith(f"{figures.sheet:02d}_")
    assert (HERE / f"test_{name}.py").exists()
    named = [row for row in figures.figures.values() if "source" in row]
    assert any(f"fiche {figures.sheet}" in row["source"] for row in named), "nothing of the sheet"


def test_each_story_of_a_sheet_has_its_file() -> None:
    stories = {path.stem.removeprefix("test_") for path in HERE.glob("test_[0-9]*.py")}
    assert stories == set(FILES)
