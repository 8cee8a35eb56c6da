"""Calls: the default grid and expenses, publication, and rules that never change after it."""

from datetime import timedelta
from html import unescape

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import DatabaseError

from ensemblier.fund.calls import actions
from ensemblier.fund.calls.defaults import default_expenses, default_grid
from ensemblier.fund.calls.instants import instant
from ensemblier.fund.calls.models import Call, CallExpense, Criterion
from ensemblier.fund.programme.models import ExpenseClass
from tests import factories_fund as make

pytestmark = pytest.mark.django_db


def test_the_default_grid_attaches_the_eighteen_criteria_to_the_six():
    grid = default_grid()
    assert [row.code for row in grid] == ["C1", "C2", "C3", "C4", "C5", "C6"]
    parts = [part for row in grid for part in row.parts]
    labels = {part.label for part in parts}
    assert len(labels) == 18
    by_objective = {
        name: {part.label for part in parts if part.objective == name}
        for name in {part.objective for part in parts}
    }
    assert sorted(len(found) for found in by_objective.values()) == [6, 6, 6]
    main = [part.label for part in parts if part.is_main]
    assert len(main) == len(set(main)) == 17
    # Advice of the PNNS is "also" everywhere in the proposed mapping, and main nowhere.
    assert labels - set(main) == {"Diffusion des recommandations du PNNS"}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("C2", ["qui en a les moyens : argent, moral, santé"]),
        ("C2", ["lien social", "du don gratuit à la réciprocité"]),
        ("C3", ["l'origine", "les modes de production", "le partage de la valeur", "équitable"]),
        ("C3", ["activités d'insertion", "lien à la terre un soin et une place", "glanage"]),
    ],
)
def test_the_words_of_a_criterion_hold_the_principles_of_the_annex(client, code, words):
    """They stand in the grid, and on the public page of a call that uses it."""
    told = {row.code: row.explanation for row in default_grid()}[code]
    assert [each for each in words if each not in told] == []
    call = make.call()
    assert told in unescape(client.get(f"/appels/{call.slug}/").content.decode())


def test_the_grid_is_written_with_the_call():
    call = make.call()
    criteria = list(Criterion.objects.filter(call=call))
    assert [row.code for row in criteria] == ["C1", "C2", "C3", "C4", "C5", "C6"]
    assert sum(row.parts.count() for row in criteria) == 40
    assert criteria[0].label == "La réponse à des situations de précarité alimentaire"


def test_food_purchase_is_first_nationally_and_subsidiary_locally():
    """Q13: the priority of an expense belongs to the strand of the call."""
    national = [row.expense_class for row in default_expenses("national")]
    local = [row.expense_class for row in default_expenses("local")]
    assert national[0] == "food_purchase"
    assert local[0] == "engineering"
    assert local.index("food_purchase") == 3
    for rows in (national, local):
        assert rows[-1] == "investment"
        assert sorted(rows) == sorted(ExpenseClass.values)
    assert {row.expense_class: row.condition for row in default_expenses("local")} == {
        "engineering": "",
        "operation": "",
        "support": "",
        "food_purchase": "subsidiary",
        "investment": "envelope",
    }


def test_a_new_call_has_the_expenses_of_its_strand():
    call = make.call(envelopes=[make.envelope(0, strand="national")], published=False)
    assert call.expenses.first().expense_class == "food_purchase"


@pytest.mark.parametrize(
    ("lacking", "sentence"),
    [("criteria", "grille"), ("expenses", "dépenses"), ("envelopes", "enveloppe")],
)
def test_a_call_lacking_something_is_not_published(lacking, sentence):
    call = make.call(published=False)
    if lacking == "envelopes":
        call.envelopes.clear()
    else:
        getattr(call, lacking).all().delete()
    with pytest.raises(actions.CallNotReady, match=sentence):
        actions.publish(call=call, actor=None, now=call.opens_at)


def test_a_call_already_closed_is_not_published():
    call = make.call(published=False)
    with pytest.raises(actions.CallNotReady, match="clôture"):
        actions.publish(call=call, actor=None, now=call.closes_at)


def test_a_published_call_refuses_every_change():
    call = make.call()
    changes = [
        lambda: actions.change_call(actor=None, call=call, title="Autre titre"),
        lambda: actions.set_expenses(actor=None, call=call, expenses=[]),
        lambda: actions.apply_default_grid(call=call),
        lambda: actions.publish(call=call, actor=None, now=call.opens_at),
        lambda: actions.set_envelopes(actor=None, call=call, envelopes=[]),
    ]
    for change in changes:
        with pytest.raises(actions.CallFrozen, match="ne changent plus"):
            change()


def test_a_later_envelope_may_join_a_published_call():
    call = make.call()
    first = call.envelopes.get()
    later = make.envelope(0, of=first.programme, year=2028)
    actions.set_envelopes(actor=None, call=call, envelopes=[first, later])
    assert call.envelopes.count() == 2


def test_an_envelope_of_another_strand_does_not_pay():
    call = make.call(published=False)
    other = make.envelope(0, of=call.programme, strand="national")
    with pytest.raises(actions.CallRefused, match="autre volet"):
        actions.set_envelopes(actor=None, call=call, envelopes=[other])


def test_the_database_too_keeps_a_published_call_as_it_is():
    call = make.call()
    criterion = call.criteria.first()
    expense = call.expenses.first()
    part = criterion.parts.first()
    writes = [
        lambda: Call.objects.filter(pk=call.pk).update(max_rate_bp=9000),
        lambda: Criterion.objects.filter(pk=criterion.pk).update(weight=9),
        lambda: CallExpense.objects.filter(pk=expense.pk).update(cap_bp=1),
        lambda: criterion.parts.filter(pk=part.pk).update(label="autre"),
        lambda: CallExpense.objects.create(
            call=call, expense_class="other", priority=9, cap_bp=10_000
        ),
        lambda: Criterion.objects.create(call=call, position=9, code="C9", label="x"),
    ]
    for write in writes:
        with pytest.raises(DatabaseError, match="publié"), transaction.atomic():
            write()


def test_a_draft_call_changes():
    call = make.call(published=False)
    actions.change_call(actor=None, call=call, title="Nouveau titre", max_cents=10_00)
    call.refresh_from_db()
    assert (call.title, call.max_cents) == ("Nouveau titre", 10_00)
    with pytest.raises(TypeError, match="slug"):
        actions.change_call(actor=None, call=call, slug="autre")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"zone": "Europe/Nowhere"}, "zone"),
        ({"first_year": 2028, "last_year": 2027}, "last_year"),
        ({"max_rate_bp": 10_001}, ""),
        ({"closes_at": make.OPENS - timedelta(days=1)}, ""),
    ],
)
def test_a_call_with_wrong_rules_is_refused(fields, field):
    with pytest.raises(actions.CallRefused) as refusal:
        make.call(published=False, **fields)
    assert refusal.value.field == field


def test_two_calls_never_share_an_address():
    call = make.call()
    with pytest.raises(actions.CallRefused) as refusal:
        make.call(slug=call.slug)
    assert refusal.value.field == "slug"
    with pytest.raises(IntegrityError), transaction.atomic():
        Call.objects.create(
            slug=call.slug,
            programme=call.programme,
            owner=call.owner,
            opens_at=call.opens_at,
            closes_at=call.closes_at,
            first_year=2027,
            last_year=2027,
        )


def test_a_call_is_open_from_its_first_instant_to_the_one_before_its_last():
    call = make.call()
    second = timedelta(seconds=1)
    assert [
        call.is_open(moment)
        for moment in (
            call.opens_at - second,
            call.opens_at,
            call.closes_at - second,
            call.closes_at,
        )
    ] == [False, True, True, False]
    assert list(Call.objects.open_at(call.opens_at)) == [call]
    assert not Call.objects.open_at(call.closes_at).exists()


def test_an_instant_names_its_time_zone():
    text = instant(make.CLOSES, "Indian/Reunion").replace("\u00a0", " ")
    assert text == "30 juin 2027 à 14 h 00 (heure de La Réunion)"
    assert "heure de Paris" in instant(make.CLOSES)
    assert "fuseau Asia/Tokyo" in instant(make.CLOSES, "Asia/Tokyo")
