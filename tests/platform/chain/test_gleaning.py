"""The agreement of a gleaning: in force on its day, completed later."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError
from django.urls import reverse

from ensemblier.base.journal.models import Event
from ensemblier.chain.activities import actions
from ensemblier.chain.activities.models import Activity
from tests.chain_people import codes, make_people, words

pytestmark = pytest.mark.django_db
START = datetime(2027, 3, 6, 8, tzinfo=UTC)
AGREED = {"agreed_on": date(2027, 2, 20), "is_insured": True}
OLD = {"agreed_on": None, "is_insured": False, "agreement_ends": None, "insured_until": None}


@pytest.fixture(autouse=True)
def moment():
    with time_machine.travel("2027-03-01 10:00", tick=True):
        yield


@pytest.fixture
def people():
    return make_people()


def glean(people, **fields):
    facts = {
        "chain": people.chain,
        "kind": "gleaning",
        "title": "Glanage de pommes",
        "site": people.site,
        "host": people.farm,
        "starts_at": START,
        "ends_at": START + timedelta(hours=3),
        "actor": None,
    }
    return actions.plan(**facts | AGREED | fields)


def old(people, **fields):
    """One written before agreements were asked for."""
    row = glean(people, **fields)
    Activity.objects.filter(pk=row.pk).update(**OLD)
    return row


def at(name, activity):
    return reverse(f"activities:{name}", args=[activity.pk])


def moved_to(day):
    return {
        "starts_at": f"{day}T09:00",
        "ends_at": f"{day}T12:00",
        "reason": "Tramontane",
    }


@pytest.mark.parametrize(
    ("fields", "day", "said"),
    [
        (
            {"agreement_ends": date(2027, 3, 10)},
            "2027-03-11",
            "La convention de ce glanage vaut jusqu'au 10 mars 2027 : elle ne couvre pas le 11 mars"
            " 2027. Complétez d'abord la convention",
        ),
        (
            {"insured_until": date(2027, 3, 10)},
            "2027-03-11",
            "L'assurance de ce glanage vaut jusqu'au 10 mars 2027 : elle ne couvre pas le 11 mars",
        ),
        ({}, "2027-02-19", "La convention se signe avant le glanage. Complétez d'abord"),
    ],
)
def test_a_move_outside_the_agreement_is_refused_and_nothing_is_lost(people, fields, day, said):
    row = glean(people, **fields)
    response = people.lead.post(at("move", row), moved_to(day))
    assert response.status_code == 422
    page = words(response)
    assert said in page and "Rien n'a été déplacé." in page
    assert f"{day}T09:00" in page and "Tramontane" in page, "what was typed stays"
    row.refresh_from_db()
    assert (row.state, Activity.objects.count()) == ("planned", 1)


@pytest.mark.parametrize("name", ["agreement_ends", "insured_until"])
def test_the_last_day_is_covered_and_the_dates_follow(people, name):
    row = glean(people, **{name: date(2027, 3, 10)})
    assert people.lead.post(at("move", row), moved_to("2027-03-10")).status_code == 302
    new = Activity.objects.get(moved_from=row)
    assert getattr(new, name) == date(2027, 3, 10)


def test_once_prolonged_it_moves(people):
    row = glean(people, agreement_ends=date(2027, 3, 10))
    sent = {"agreed_on": "2027-02-20", "is_insured": "on", "agreement_ends": "2027-03-31"}
    page = words(people.lead.post(at("agreement", row), sent, follow=True))
    assert "La convention est notée." in page and "valable jusqu'au 31 mars 2027" in page
    assert people.lead.post(at("move", row), moved_to("2027-03-11")).status_code == 302
    told = Event.objects.get(action="activity.agreed").data
    assert told["before"]["agreement_ends"] == "2027-03-10"
    assert told["after"]["agreement_ends"] == "2027-03-31"


def test_an_old_gleaning_moves_only_once_its_agreement_is_written(people):
    row = old(people)
    page = words(people.lead.get(at("detail", row)))
    assert "non notée" in page and "Compléter la convention" in page
    refused = people.lead.post(at("move", row), moved_to("2027-03-11"))
    assert refused.status_code == 422 and "Un glanage a une convention signée" in words(refused)
    sent = {"agreed_on": "2027-02-20", "is_insured": "on", "insured_until": "2027-12-31"}
    page = words(people.lead.post(at("agreement", row), sent | {"plot": "whole"}, follow=True))
    for said in ("signée le 20 février 2027", "valable jusqu'au 31 décembre 2027", "pas encore"):
        assert said in page
    assert people.lead.post(at("move", row), moved_to("2027-03-11")).status_code == 302


def test_one_that_took_place_is_completed_and_stays_done(people):
    row = old(people)
    actions.finish(activity=row, actor=None)
    sent = {"agreed_on": "2027-02-20", "is_insured": "on"}
    page = words(people.grower.post(at("agreement", row), sent, follow=True))
    assert "signée le 20 février 2027" in page and "faite" in page
    row.refresh_from_db()
    assert row.state == "done"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"agreed_on": ""}, "Remplissez « Convention signée le »."),
        ({"agreed_on": "2027-03-07"}, "La convention se signe avant le glanage."),
        ({"agreed_on": "1e3000000"}, "pas une date"),
        ({"is_insured": ""}, "prévoit une assurance en responsabilité civile."),
        ({"agreement_ends": "2027-03-05"}, "elle ne couvre pas le 6 mars 2027."),
        ({"insured_until": "2027-03-05"}, "elle ne couvre pas le 6 mars 2027."),
        ({"plot": "sable"}, "Sélectionnez un choix valide"),
    ],
)
def test_a_wrong_agreement_is_refused_and_nothing_is_written(people, fields, said):
    row = old(people)
    sent = {"agreed_on": "2027-02-20", "is_insured": "on", "agreement_ends": "2027-04-01"}
    response = people.lead.post(at("agreement", row), sent | fields)
    assert response.status_code == 422 and said in words(response)
    row.refresh_from_db()
    assert row.agreed_on is None


def test_only_a_gleaning_that_still_counts_has_one(people):
    harvest = actions.plan(
        chain=people.chain,
        kind="harvest",
        title="Récolte",
        site=people.site,
        host=people.farm,
        starts_at=START,
        ends_at=START + timedelta(hours=3),
        actor=None,
    )
    assert "Compléter la convention" not in words(people.lead.get(at("detail", harvest)))
    sent = {"agreed_on": "2027-02-20", "is_insured": "on"}
    refused = people.lead.post(at("agreement", harvest), sent)
    assert "se notent pour un glanage" in words(refused)
    row = glean(people)
    actions.cancel(activity=row, reason="gel", actor=None)
    late = words(people.lead.post(at("agreement", row), sent))
    assert "Cette activité est annulée : sa convention ne sert plus." in late
    with pytest.raises(IntegrityError, match="activity_agreement_is_of_a_gleaning"):
        Activity.objects.filter(pk=harvest.pk).update(insured_until=START.date())


def test_who_writes_it(people):
    row = old(people)
    assert codes(
        people, at("agreement", row), "lead", "grower", "rival", "auditor", "stranger"
    ) == {
        "lead": 200,
        "grower": 200,
        "rival": 403,
        "auditor": 403,
        "stranger": 404,
    }
    sent = {"agreed_on": "2027-02-20", "is_insured": "on"}
    assert people.rival.post(at("agreement", row), sent).status_code == 403
    row.refresh_from_db()
    assert row.agreed_on is None
