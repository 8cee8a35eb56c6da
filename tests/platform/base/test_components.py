"""Components: badges, charts and what templates load."""

import pytest
from django.core.paginator import Paginator
from django.template import TemplateSyntaxError, engines
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from ensemblier.base.pages.charts import Column, ColumnChart, Part, Shape, StackedBar, TerritoryMap
from tests.platform.base.test_pages import Elements, draw, spaced  # noqa: F401


def test_a_badge_has_a_shape_and_a_word():
    for kind in ("done", "wait", "stop", "info", "draft"):
        html = draw(f'{{% badge "{kind}" "Versé" %}}')
        assert "<svg" in html and "Versé" in html
    with pytest.raises(TemplateSyntaxError, match="green"):
        draw('{% badge "green" "Versé" %}')


def test_steps_mark_the_current_one():
    items = [
        {"label": "Projet", "url": "/a", "state": "done"},
        {"label": "Budget", "url": "", "state": "current"},
        {"label": "Envoi", "url": "", "state": "todo"},
    ]
    found = Elements(draw("{% steps items %}", items=items)).found
    current = [a for t, a in found if a.get("aria-current") == "step"]
    assert [a["class"] for a in current] == ["current"]
    assert [a["href"] for t, a in found if t == "a"] == ["/a"]


def test_the_pager_keeps_the_filters():
    page = Paginator(range(100), 10).page(2)
    request = RequestFactory().get("/dossiers", {"q": "é&", "page": "2"})
    html = draw("{% pager page %}", page=page, request=request)
    assert "?q=%C3%A9%26&amp;page=1" in html and "?q=%C3%A9%26&amp;page=3" in html
    assert draw("{% pager page %}", page=Paginator([], 10).page(1)).strip() == ""


def test_an_unknown_address_is_empty():
    assert draw('{% url_if_exists "nowhere:at_all" as x %}[{{ x }}]') == "[]"
    assert draw('{% url_if_exists "gallery:index" as x %}{{ x }}') == "/composants"


def test_the_heading_is_the_title_unless_given():
    shell = '{% extends "pages/page.html" %}{% block title %}Mes <i>dossiers</i>{% endblock %}'
    render = engines["django"].from_string
    assert "<h1>Mes <i>dossiers</i></h1>" in render(shell).render({})
    other = render(shell + "{% block heading %}Autre{% endblock %}").render({})
    assert "<h1>Autre</h1>" in other


# Charts -------------------------------------------------------------------------------------

PARTS = st.lists(st.integers(min_value=0, max_value=10**12), min_size=1, max_size=8)


@given(PARTS)
def test_the_slices_fill_the_bar_and_the_shares_make_a_hundred(values):
    chart = StackedBar([Part(str(i), value) for i, value in enumerate(values)], "Phrase")
    assert sum(chart.shares) == (100 if sum(values) else 0)
    assert sum(int(s.width) for s in chart.slices) == (1000 if sum(values) else 0)
    place = 0
    for piece in chart.slices:
        assert int(piece.x) == place or not sum(values)
        place += int(piece.width)


def test_a_tiny_part_is_not_said_to_be_nothing():
    chart = StackedBar([Part("a", 1), Part("b", 10**6)], "Phrase")
    assert [s.share for s in chart.slices] == ["moins de 1\u00a0%", "100\u00a0%"]


def test_a_bar_shows_its_sentence_and_its_table():
    chart = StackedBar([Part("Versé", 780), Part("Libre", 220, "slate")], "Trois quarts versés.")
    html = draw("{% stacked_bar chart %}", chart=chart)
    assert "Trois quarts versés." in html
    assert spaced("7,80 €") in html and spaced("78 %") in html
    assert "Rien à montrer" in draw("{% stacked_bar c %}", c=StackedBar([], "Rien."))


def test_columns_reach_the_top_and_never_vanish():
    chart = ColumnChart(
        [Column("2027", (1000, 1)), Column("2028", (0, 500))], "Phrase", ("Prévu", "Versé")
    )
    heights = [[bar.height for bar in group.bars] for group in chart.groups]
    assert heights == [["100", "1"], ["0", "50"]]
    assert spaced("10 €") in draw("{% column_chart chart %}", chart=chart)


@pytest.mark.parametrize(
    "build",
    [
        lambda: Part("a", -1),
        lambda: Part("a", 1, "red"),
        lambda: ColumnChart([Column("a", (1, 2))], "Phrase"),
        lambda: ColumnChart([Column("a", (-1,))], "Phrase"),
    ],
)
def test_charts_refuse_what_cannot_be_drawn(build):
    with pytest.raises(ValueError):
        build()


def test_the_tints_of_a_map_and_its_table():
    shapes = [Shape("M0 0h1v1z", name, n) for name, n in (("A", 0), ("B", 1), ("C", 8))]
    chart = TerritoryMap(shapes, "Phrase", "0 0 1 1", measure="Projets")
    assert [shape.tint for shape in chart.tinted] == [0, 1, 4]
    assert [row.label for row in chart.rows] == ["C", "B"]
    html = draw("{% territory_map chart %}", chart=chart)
    assert "Projets" in html and html.count("<path") == 3
