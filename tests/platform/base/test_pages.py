"""The components of the pages: formats, euros typed by people, errors, charts."""

from datetime import UTC, date, datetime
from html.parser import HTMLParser

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.template import engines
from hypothesis import given
from hypothesis import strategies as st

from ensemblier.base.pages import formats
from ensemblier.base.pages.forms import (
    DayField,
    EurosField,
    KeyedForm,
    PageForm,
    UploadInput,
    WholeEurosField,
)
from ensemblier.base.refusal import Refusal

CENTS = st.integers(min_value=-(10**15), max_value=10**15)


def spaced(text: str) -> str:
    """Plain spaces become U+00A0, so that the tables below stay readable."""
    return text.replace(" ", "\u00a0")


def refused(field: forms.Field, typed: str) -> str:
    """The message that a field answers to what was typed."""
    with pytest.raises(ValidationError) as refusal:
        field.clean(typed)
    return refusal.value.messages[0]


# Formats ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cents", "short", "exact"),
    [
        (0, "0 €", "0,00 €"),
        (5, "0,05 €", "0,05 €"),
        (1205, "12,05 €", "12,05 €"),
        (123400, "1 234 €", "1 234,00 €"),
        (2_000_000_000, "20 000 000 €", "20 000 000,00 €"),
        (-4200, "\u221242 €", "\u221242,00 €"),
        (-1, "\u22120,01 €", "\u22120,01 €"),
        (None, "—", "—"),
    ],
)
def test_euros(cents, short, exact):
    assert formats.euros(cents) == spaced(short)
    assert formats.euros_exact(cents) == spaced(exact)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (date(2027, 3, 1), "1er mars 2027"),
        (date(2027, 12, 31), "31 décembre 2027"),
        (date(2028, 2, 29), "29 février 2028"),
        (None, "—"),
    ],
)
def test_day(value, shown):
    assert formats.day(value) == spaced(shown)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (datetime(2027, 3, 3, 13, 2, tzinfo=UTC), "3 mars 2027 à 14 h 02"),  # winter
        (datetime(2027, 7, 14, 22, 30, tzinfo=UTC), "15 juillet 2027 à 0 h 30"),  # summer
        (datetime(2027, 3, 28, 0, 59, tzinfo=UTC), "28 mars 2027 à 1 h 59"),  # before the change
        (datetime(2027, 3, 28, 1, 0, tzinfo=UTC), "28 mars 2027 à 3 h 00"),  # after it
        (datetime(2027, 3, 3, 9, 5), "3 mars 2027 à 9 h 05"),  # naive: already in Paris
        (None, "—"),
    ],
)
def test_moment(value, shown):
    assert spaced(formats.moment(value)) == spaced(shown)


@pytest.mark.parametrize(
    ("part", "total", "shown"),
    [(1, 3, "33 %"), (2, 3, "67 %"), (1, 200, "1 %"), (0, 5, "0 %"), (5, 5, "100 %"), (1, 0, "—")],
)
def test_percent(part, total, shown):
    assert formats.percent(part, total) == spaced(shown)


@pytest.mark.parametrize(
    ("octets", "shown"),
    [(1, "1 octet"), (900, "900 octets"), (1_500_000, "1,5 Mo"), (10**7, "10 Mo"), (10**9, "1 Go")],
)
def test_size(octets, shown):
    assert formats.size(octets) == spaced(shown)


# Euros typed by people ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("1 234,50", 123450),
        ("1234.5", 123450),
        ("1 234 €", 123400),
        ("1\u00a0234,5\u00a0€", 123450),
        ("1\u202f234\u202f567,89", 123456789),
        ("12 euros", 1200),
        ("0,05", 5),
        (" 7, ", 700),
        ("+3", 300),
        ("000012", 1200),
        ("", None),
        ("   ", None),
    ],
)
def test_typed_euros_become_cents(typed, cents):
    assert EurosField(required=False).clean(typed) == cents


@pytest.mark.parametrize(
    ("typed", "code", "said"),
    [
        ("abc", "invalid", "abc"),
        ("12 34", "invalid", "12 34"),
        ("1,234.50", "invalid", "1,234.50"),
        ("1e3", "invalid", "1e3"),
        ("٣", "invalid", "٣"),
        ("12,345", "decimals", "12,345"),
        ("1,000", "decimals", "1,000"),
        ("-5", "too_small", "\u22125"),
        ("99999999999999", "too_large", "99"),
        ("9" * 400, "too_large", "999"),
        ("1" * 29 + "x" * 400, "invalid", "…"),
        ("NaN", "invalid", "NaN"),
    ],
)
def test_what_is_not_an_amount_is_quoted_and_refused(typed, code, said):
    with pytest.raises(ValidationError) as refusal:
        EurosField().clean(typed)
    message = refusal.value.messages[0]
    assert refusal.value.error_list[0].code == code
    assert said in message
    assert len(message) < 200


def test_bounds_are_told_in_euros():
    field = EurosField(min_cents=100_000, max_cents=20_000_000)
    assert spaced("Le minimum est 1 000 €.") in spaced(refused(field, "999,99"))
    assert spaced("Le montant maximum est 200 000 €") in spaced(refused(field, "200 000,01"))
    assert field.clean("200 000") == 20_000_000


def test_negative_amounts_only_where_allowed():
    assert EurosField(allow_negative=True).clean("-1 234,50") == -123450
    assert EurosField(allow_negative=True).clean("\u22125") == -500


def test_whole_euros_refuse_cents():
    assert WholeEurosField().clean("1 234") == 123400
    assert WholeEurosField().clean("1 234,00") == 123400
    assert "Arrondissez" in refused(WholeEurosField(), "1 234,50")


@given(CENTS)
def test_an_amount_shown_then_typed_again_is_the_same(cents):
    field = EurosField(allow_negative=True, max_cents=10**15)
    assert field.clean(formats.euros(cents)) == cents
    assert field.clean(formats.euros_exact(cents)) == cents
    assert field.clean(formats.typed_euros(cents)) == cents
    assert field.clean(field.prepare_value(cents)) == cents
    assert not field.has_changed(cents, formats.typed_euros(cents))


@given(st.text(max_size=60))
def test_no_text_breaks_the_field(typed):
    try:
        cents = EurosField(required=False).clean(typed)
    except ValidationError as refusal:
        assert refusal.messages[0].endswith(".")
    else:
        assert cents is None or 0 <= cents <= 100_000_000_000


@pytest.mark.parametrize("typed", ["31/03/2027", "2027-03-31", "31-03-2027", "31.03.2027"])
def test_day_field_takes_french_and_iso(typed):
    assert DayField().clean(typed) == date(2027, 3, 31)


@pytest.mark.parametrize("typed", ["31/02/2027", "03/31/2027", "demain"])
def test_day_field_quotes_what_is_wrong(typed):
    assert typed in refused(DayField(), typed)


@pytest.mark.parametrize("typed", ["31/12/9999", "0001-01-01", "01/01/1899"])
def test_day_field_refuses_years_that_nobody_means(typed):
    assert "Écrivez une année entre 1900 et 2199" in refused(DayField(), typed)


def test_euros_field_reads_any_number_of_zeros():
    assert EurosField().clean("0" * 5000 + "12,50") == 12_50


# Forms --------------------------------------------------------------------------------------


class Sample(KeyedForm):
    name = forms.CharField(label="Nom du projet", help_text="Quelques mots.")
    asked = EurosField(label="Montant demandé")
    kind = forms.ChoiceField(label="Forme", choices=[("a", "A")], widget=forms.RadioSelect)
    agreed = forms.BooleanField(label="J'accepte")
    note = forms.CharField(label="Note", required=False)
    budget = forms.FileField(
        label="Budget", required=False, widget=UploadInput(max_octets=10**7, kinds=["pdf"])
    )


class Elements(HTMLParser):
    """The tags of a fragment, in order, and the links between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def values(self, attribute: str) -> list[str]:
        return [a[attribute] for _, a in self.found if a.get(attribute)]


def draw(source: str, **context: object) -> str:
    template = engines["django"].from_string("{% load pages %}" + source)
    return template.render(context)


def test_each_error_is_linked_to_a_field_that_exists():
    form = Sample({"asked": "abc", "key": "6f1f7a54-6e44-4e0e-8a2c-0d4a3a1f9f10"})
    html = draw("{% error_summary form %}{{ form }}", form=form)
    elements = Elements(html)
    ids = elements.values("id")
    targets = [href.removeprefix("#") for href in elements.values("href")]
    assert len(targets) == 4
    assert set(targets) <= set(ids)
    assert len(ids) == len(set(ids))
    assert "Il reste 4 choses à corriger" in html
    assert "«\u00a0abc\u00a0»" in html


def test_each_description_exists_and_errors_are_announced():
    html = draw("{{ form }}", form=Sample({}))
    elements = Elements(html)
    ids = set(elements.values("id"))
    for described in elements.values("aria-describedby"):
        assert set(described.split()) <= ids
    wrong = {a["name"] for _, a in elements.found if a.get("aria-invalid") == "true"}
    assert {"name", "asked"} <= wrong
    labels = set(elements.values("for"))
    inputs = [a for t, a in elements.found if t == "input" and a.get("type") != "hidden"]
    assert all(a["id"] in labels for a in inputs)


def test_a_form_without_summary_still_says_what_concerns_it_all():
    form = PageForm({})
    form.refuse(Refusal("L'enveloppe est épuisée."))
    assert "enveloppe est épuisée" in draw("{{ form }}", form=form)
    assert draw("{% error_summary form %}{{ form }}", form=form).count("épuisée") == 1


def test_a_refusal_is_shown_at_its_field():
    form = Sample({})
    form.full_clean()
    form.refuse(Refusal("Ce montant dépasse le plafond.", field="asked"))
    form.refuse(Refusal("L'appel est clos.", field="unknown"))
    assert "Ce montant dépasse le plafond." in form.errors["asked"]
    assert form.non_field_errors() == ["L'appel est clos."]


def test_required_messages_name_the_field():
    errors = Sample({}).errors
    assert errors["name"] == ["Remplissez «\u00a0Nom du projet\u00a0»."]
    assert errors["kind"] == ["Choisissez une réponse pour «\u00a0Forme\u00a0»."]
    assert errors["agreed"] == ["Cochez la case «\u00a0J'accepte\u00a0» pour continuer."]


def test_a_message_chosen_for_a_field_is_kept():
    class Own(PageForm):
        name = forms.CharField(error_messages={"required": "Dites comment on vous appelle."})

    assert Own({}).errors["name"] == ["Dites comment on vous appelle."]


def test_a_keyed_form_draws_a_new_key_each_time_and_gives_back_the_one_sent():
    first, second = Sample(), Sample()
    keys = [Elements(draw("{{ form }}", form=f)).found[-1][1]["value"] for f in (first, second)]
    assert len(set(keys)) == 2
    again = draw("{{ form }}", form=Sample({"key": keys[0]}))
    assert f'value="{keys[0]}"' in again


def test_the_upload_field_says_its_limits():
    html = draw("{{ form }}", form=Sample())
    assert "10\u00a0Mo au plus, au format PDF." in html
    assert 'accept=".pdf"' in html


def test_typed_text_is_escaped():
    form = Sample({"name": "<b>x</b>", "asked": "<script>"})
    html = draw("{% error_summary form %}{{ form }}", form=form)
    assert "<b>" not in html
    assert "<script>" not in html


# Small components ---------------------------------------------------------------------------


# Written without a template of their own ------------------------------------------------------


def written(source: str, **context: object) -> str:
    return engines["django"].from_string("{% load pages %}" + source).render(context)


def test_a_badge_a_figure_and_a_choice_escape_what_they_are_given():
    words = "<b>l'eau</b>"
    for source in (
        '{% badge "info" words %}',
        '{% figure words "1" %}',
        '{% figure "Eau" words %}',
        '{% figure "Eau" 1 words %}',
        "{% options pairs %}",
        "{% menu entries %}",
    ):
        entry = {"url": words, "label": words, "current": True, "exact": False}
        shown = written(source, words=words, pairs=[(words, words)], entries=[entry])
        assert "<b>" not in shown and "&lt;b&gt;l&#x27;eau&lt;/b&gt;" in shown, source


def test_numbers_in_a_figure_are_written_in_french():
    assert spaced("12 000") in written('{% figure "Personnes" 12000 %}')
    assert "3,5" in written('{% figure "Note" value %}', value=3.5)
    assert "note" not in written('{% figure "Note" 3 %}')


def test_one_value_of_a_list_is_chosen():
    shown = written("{% options pairs chosen %}", pairs=[("a", "A"), ("b", "B")], chosen="b")
    assert shown == '<option value="a">A</option><option value="b" selected>B</option>'
    assert "selected" not in written("{% options pairs %}", pairs=[("a", "A")])


def test_the_menu_says_which_page_is_open_and_which_one_holds_it():
    entries = [
        {"url": "/a/", "label": "A", "current": True, "exact": True},
        {"url": "/b/", "label": "B", "current": True, "exact": False},
        {"url": "/c/", "label": "C", "current": False, "exact": False},
    ]
    assert written("{% menu entries %}", entries=entries) == (
        '<ul><li><a href="/a/" aria-current="page">A</a></li>'
        '<li><a href="/b/" aria-current="true">B</a></li><li><a href="/c/">C</a></li></ul>'
    )
