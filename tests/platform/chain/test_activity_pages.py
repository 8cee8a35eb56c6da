"""Pages of activities: planned, moved, done; people under an alias that only their own read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from ensemblier.base.chains.actions import set_open
from ensemblier.base.journal.models import Event
from ensemblier.chain.activities import actions, rules
from ensemblier.chain.activities.models import Activity, Participant, Participation
from ensemblier.chain.commitments import actions as commitments
from tests.chain_people import codes, join, make_people, words
from tests.factories_chain import make_chain, make_product, make_site
from tests.factories_people import make_organisation

pytestmark = pytest.mark.django_db
START = datetime(2027, 3, 6, 8, tzinfo=UTC)
WHO = ("lead", "grower", "rival", "funder", "auditor", "stranger")


@pytest.fixture(autouse=True)
def moment():
    with time_machine.travel("2027-03-01 10:00", tick=True):
        yield


@pytest.fixture
def people():
    found = make_people()
    found.activity = plan(found)
    found.ana = person(found, found.chain.lead, "Ana du samedi")
    found.bob = person(found, found.farm, "Bob des serres")
    return found


def plan(people, **fields):
    facts = {
        "chain": people.chain,
        "kind": "distribution",
        "title": "Distribution du samedi",
        "site": people.site,
        "host": people.chain.lead,
        "starts_at": START,
        "ends_at": START + timedelta(hours=3),
        "actor": None,
    }
    return actions.plan(**facts | fields)


def person(people, organisation, alias):
    return actions.add_participant(
        chain=people.chain, organisation=organisation, alias=alias, actor=None
    )


def sign(people, who, nature="volunteer", activity=None):
    return actions.sign_up(
        activity=activity or people.activity, participant=who, nature=nature, actor=None
    )


def at(name, thing):
    return reverse(f"activities:{name}", args=[getattr(thing, "slug", thing.pk)])


def typed(people, **fields):
    facts = {
        "kind": "gleaning",
        "title": "Glanage de pommes",
        "site": people.site.pk,
        "host": people.farm.pk,
        "starts_at": "2027-03-08T08:00",
        "ends_at": "08/03/2027 11:30",
        "opens_at": "2027-03-02T09:00",
        "closes_at": "2027-03-07T18:00",
        "places": "12",
        "agreed_on": "2027-02-20",
        "is_insured": "on",
        "plot": "left",
    }
    return facts | fields


def test_the_lead_plans_an_activity_on_the_clock_of_paris(people):
    page = words(people.lead.post(at("new", people.chain), typed(people), follow=True))
    row = Activity.objects.get(kind="gleaning")
    assert (row.starts_at, row.places) == (datetime(2027, 3, 8, 7, tzinfo=UTC), 12)
    for said in (
        "lundi 8 mars 2027, de 8 h 00 à 11 h 30",
        "2 mars 2027 à 9 h 00",
        "prévue",
        f"signée le 20 février 2027, entre {people.site.keeper.name} et {people.farm.name} ; "
        "assurance en responsabilité civile prévue",
        "récoltée, il y reste des produits",
    ):
        assert said in page
    assert "Glanage de pommes" in words(people.lead.get(at("list", people.chain)))
    own = typed(people, host=people.site.keeper_id)
    alone = words(people.lead.post(at("new", people.chain), own, follow=True))
    assert "signée le 20 février 2027 ; assurance" in alone, "nobody signs with themselves"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"title": ""}, "Remplissez « Titre »."),
        ({"ends_at": "2027-03-08T07:00"}, "La fin précède le début."),
        ({"closes_at": "2027-03-01T07:00"}, "La clôture précède l'ouverture."),
        ({"starts_at": "demain"}, "Écrivez la date et l'heure : 30/06/2027 12:00."),
        ({"starts_at": "2027-03-28T02:30"}, "Cette heure n'existe pas"),
        ({"starts_at": "2027-03-08T08:00Z"}, "Écrivez la date et l'heure"),
        ({"starts_at": "9999-03-08T08:00"}, "L'année 9999 n'est pas possible ici."),
        ({"places": "-3"}, "supérieure ou égale à 1"),
        ({"places": "1e3000000"}, "Saisissez un nombre entier."),
        ({"places": "=1+1"}, "Saisissez un nombre entier."),
        ({"site": "elsewhere"}, "Sélectionnez un choix valide"),
        ({"host": "9" * 30}, "Sélectionnez un choix valide"),
        ({"kind": "fête"}, "Sélectionnez un choix valide"),
        ({"agreed_on": ""}, "Un glanage a une convention signée"),
        ({"agreed_on": "2027-03-09"}, "La convention se signe avant le glanage."),
        ({"is_insured": ""}, "prévoit une assurance en responsabilité civile."),
        ({"plot": "sable"}, "Sélectionnez un choix valide"),
        ({"kind": "harvest"}, "Convention et parcelle se notent pour un glanage."),
    ],
)
def test_a_wrong_activity_is_refused_and_what_was_typed_stays(people, fields, said):
    if fields.get("site") == "elsewhere":
        fields = {"site": make_site(make_chain()).pk}
    sent = {"title": "Glanage de pommes"} | typed(people, **fields)
    response = people.lead.post(at("new", people.chain), sent)
    assert response.status_code == 422
    assert said in words(response)
    assert "2027-03-02T09:00" in words(response)
    assert Activity.objects.count() == 1


def test_weather_moves_it_with_its_people_and_promises(people):
    sign(people, people.ana)
    sent = {"starts_at": "2027-03-13T09:00", "ends_at": "2027-03-13T12:00", "reason": ""}
    response = people.lead.post(at("move", people.activity), sent)
    assert response.status_code == 422 and "Remplissez « Pourquoi ? »." in words(response)
    assert "2027-03-13T09:00" in words(response)
    sent["reason"] = "Tramontane"
    page = words(people.lead.post(at("move", people.activity), sent, follow=True))
    assert "samedi 13 mars 2027, de 9 h 00 à 12 h 00" in page
    assert "Tramontane" in page and "Ana du samedi" in page
    old = words(people.lead.get(at("detail", people.activity)))
    assert "voir la nouvelle date" in old and "Déplacer<" not in old
    again = people.lead.post(at("move", people.activity), sent)
    assert "Cette activité est déjà déplacée." in words(again)


def test_it_is_cancelled_with_a_reason_or_noted_as_done(people):
    other = plan(people, title="Tournée")
    assert people.lead.post(at("cancel", other), {"reason": ""}).status_code == 422
    page = words(people.lead.post(at("cancel", other), {"reason": "Camion en panne"}, follow=True))
    assert "Annulée : Camion en panne" in page
    assert Event.objects.get(action="activity.cancelled").reason == "Camion en panne"
    page = words(people.lead.post(at("finish", people.activity), follow=True))
    assert "faite" in page
    assert "Cette activité est déjà faite." in words(
        people.lead.post(at("finish", people.activity))
    )


def test_a_person_is_added_signed_up_timed_then_erased(people):
    sent = {"organisation": people.chain.lead_id, "alias": "Zoé"}
    page = words(people.lead.post(at("add_participant", people.chain), sent, follow=True))
    zoe = Participant.objects.get(alias="Zoé")
    assert "Zoé" in page
    sent = {"participant": zoe.pk, "nature": "volunteer", "role": "pèse"}
    page = words(people.lead.post(at("sign_up", people.activity), sent, follow=True))
    assert "Une personne inscrite." in page and "Zoé" in page and "à relever" in page
    row = Participation.objects.get()
    sheet = {f"minutes-{row.pk}": "2 h 30"}
    page = words(people.lead.post(at("hours", people.activity), sheet, follow=True))
    assert "Temps noté : 2 h 30." in page
    row.refresh_from_db()
    assert row.minutes == 150
    assert "2 h 30" in words(people.lead.get(at("people", people.chain)))
    page = words(people.lead.post(at("erase", zoe), {"reason": "À sa demande"}, follow=True))
    assert "Zoé" not in page
    page = words(people.lead.get(at("detail", people.activity)))
    assert "Zoé" not in page and "personne effacée" in page and "Temps noté : 2 h 30." in page
    assert people.lead.get(at("erase", zoe)).status_code == 404


@pytest.mark.parametrize(
    "text", ["-5", "1e3000000", "=1+1", "2 h 75", "deux heures", "1441", "25 h"]
)
def test_a_wrong_duration_is_refused_and_what_was_typed_stays(people, text):
    row, other = sign(people, people.ana), sign(people, person(people, people.chain.lead, "Lu"))
    sent = {f"minutes-{row.pk}": text, f"minutes-{other.pk}": "45 min"}
    response = people.lead.post(at("hours", people.activity), sent)
    assert response.status_code == 422
    assert "n'est pas une durée" in words(response) or "24 heures au plus" in words(response)
    assert "45 min" in words(response)
    assert not Participation.objects.filter(minutes__isnull=False).exists()


def test_no_hour_counts_where_nothing_took_place(people):
    row = sign(people, people.ana)
    actions.cancel(activity=people.activity, reason="gel", actor=None)
    response = people.lead.post(at("hours", people.activity), {f"minutes-{row.pk}": "60"})
    assert "Cette activité n'a pas eu lieu à cette date" in words(response)
    row.refresh_from_db()
    assert row.minutes is None


def test_places_run_out_and_sign_up_closes(people):
    full = plan(people, title="Atelier", places=1)
    sign(people, people.bob, activity=full)
    sent = {"participant": people.ana.pk, "nature": "eater", "role": "cuisine"}
    response = people.lead.post(at("sign_up", full), sent)
    assert response.status_code == 422
    assert "La seule place est prise." in words(response) and "cuisine" in words(response)
    late = plan(people, title="Labo", closes_at=datetime(2027, 2, 20, 8, tzinfo=UTC))
    sent["participant"] = people.bob.pk
    response = people.grower.post(at("sign_up", late), sent)
    assert "L'inscription est close" in words(response)
    sent["participant"] = people.ana.pk
    assert people.lead.post(at("sign_up", late), sent).status_code == 302


def test_an_alias_is_read_by_its_own_organisation_only(people):
    sign(people, people.ana)
    sign(people, people.bob, "insertion")
    seen = {}
    for who in ("lead", "grower", "rival", "funder", "auditor"):
        page = words(getattr(people, who).get(at("detail", people.activity)))
        seen[who] = [name for name in ("Ana", "Bob") if name in page]
        assert "2 personnes inscrites" in page
    assert seen == {"lead": ["Ana"], "grower": ["Bob"], "rival": [], "funder": [], "auditor": []}
    assert "Bob" not in words(people.lead.get(at("people", people.chain)))
    assert "Ana" not in words(people.grower.get(at("people", people.chain)))
    for who in ("lead", "rival", "auditor", "stranger"):
        assert getattr(people, who).get(at("erase", people.bob)).status_code == 404
    sent = {"participant": people.bob.pk, "nature": "volunteer"}
    other = plan(people, title="Tri")
    assert "Sélectionnez un choix valide" in words(people.lead.post(at("sign_up", other), sent))
    assert people.grower.post(at("sign_up", other), sent).status_code == 302


def test_one_organisation_never_writes_the_hours_of_another(people):
    ana, bob = sign(people, people.ana), sign(people, people.bob)
    sent = {f"minutes-{ana.pk}": "60", f"minutes-{bob.pk}": "60"}
    people.grower.post(at("hours", people.activity), sent)
    ana.refresh_from_db()
    bob.refresh_from_db()
    assert (ana.minutes, bob.minutes) == (None, 60)


def a_promise(people, giver):
    product = make_product(people.chain, f"p{giver.pk}", name=f"Panier de {giver}")
    return commitments.promise(
        key=uuid4(),
        chain=people.chain,
        kind="order",
        product=product,
        milli=12_000,
        starts=date(2027, 3, 1),
        ends=date(2027, 3, 31),
        firmness="firm",
        giver=giver,
        receiver=people.chain.lead,
        now=START - timedelta(days=9),
        actor=None,
    )


def test_it_serves_promises_and_each_grower_reads_its_own(people):
    mine, other = a_promise(people, people.farm), a_promise(people, people.other)
    page = words(people.lead.get(at("serve", people.activity)))
    assert "commande de 12 paniers (Ferme du Riberal à Ensemble à table)" in page
    for row in (mine, other):
        people.lead.post(at("serve", people.activity), {"commitment": row.pk})
    path = at("detail", people.activity)
    for who, read in (("lead", 2), ("grower", 1), ("rival", 1), ("funder", 0), ("auditor", 2)):
        assert words(getattr(people, who).get(path)).count("Panier de ") == read, who
    again = people.lead.post(at("serve", people.activity), {"commitment": mine.pk})
    assert again.status_code == 422 and "Sélectionnez un choix valide" in words(again)
    stranger = a_promise(people, people.town)
    commitments.cancel(commitment=stranger, reason="gel", actor=None)
    refused = people.lead.post(at("serve", people.activity), {"commitment": stranger.pk})
    assert refused.status_code == 422


def test_who_opens_what(people):
    shown = {"lead": 200, "grower": 200, "rival": 200, "funder": 200, "auditor": 200}
    shown |= {"stranger": 404}
    run = shown | {"grower": 403, "rival": 403, "funder": 403, "auditor": 403}
    kept = shown | {"auditor": 403}
    for names, thing, expected in (
        (("list",), people.chain, shown),
        (("detail",), people.activity, shown),
        (("new",), people.chain, run),
        (("move", "cancel", "finish", "serve"), people.activity, run),
        (("people", "add_participant"), people.chain, kept),
        (("sign_up", "hours"), people.activity, kept),
    ):
        for name in names:
            assert codes(people, at(name, thing), *WHO) == expected, name
    assert people.grower.post(at("finish", people.activity)).status_code == 403
    people.activity.refresh_from_db()
    assert people.activity.state == "planned"


def test_the_member_that_organises_runs_its_activity(people):
    harvest = plan(people, host=people.farm, title="Récolte")
    assert people.rival.post(at("finish", harvest)).status_code == 403
    assert people.grower.post(at("finish", harvest)).status_code == 302
    harvest.refresh_from_db()
    assert harvest.state == "done"


def test_nothing_is_planned_in_a_closed_place(people):
    set_open(site=people.site, is_open=False, reason="travaux", actor=None)
    response = people.lead.post(at("new", people.chain), typed(people))
    assert response.status_code == 422 and "Sélectionnez un choix valide" in words(response)


def test_the_agenda_is_filtered_and_costs_the_same(people, django_assert_max_num_queries):
    join(people.chain, make_organisation(), "store")
    for number in range(60):
        row = plan(people, title=f"Tri {number}", kind="sorting")
        sign(people, people.ana, activity=row)
    plan(people, title="Vieille tournée", kind="round", starts_at=START - timedelta(days=30))
    path = at("list", people.chain)
    for client in (people.lead, people.grower, people.auditor):
        assert "Page 1 sur 2" in words(client.get(path))
        with django_assert_max_num_queries(10):
            client.get(path)
        with django_assert_max_num_queries(15):
            client.get(at("detail", people.activity))
    assert "Tri 1" not in words(people.lead.get(path, {"kind": "distribution"}))
    assert "Ces filtres ne trouvent rien." in words(people.lead.get(path, {"kind": "lab"}))
    assert "Sélectionnez un choix valide" in words(people.lead.get(path, {"when": "=1"}))


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("2 h 30", 150), ("2h", 120), ("150", 150), ("45 min", 45), ("0", 0), ("٤", None), ("", None)],
)
def test_durations_as_they_are_typed(text, minutes):
    assert rules.minutes_typed(text) == minutes


def test_durations_and_slots_as_they_are_read():
    assert [rules.taken(people, 12) for people in (0, 1, 7)] == [
        "0 place prise sur 12",
        "1 place prise sur 12",
        "7 places prises sur 12",
    ]
    assert [rules.duration(m) for m in (45, 120, 150)] == [
        "45\u00a0min",
        "2\u00a0h",
        "2\u00a0h\u00a030",
    ]
    over_night = rules.slot(START, START + timedelta(days=1))
    assert over_night.replace("\u00a0", " ") == (
        "du samedi 6 mars 2027, 9 h 00, au dimanche 7 mars 2027, 9 h 00"
    )
