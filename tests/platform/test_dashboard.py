"""The dashboard: one screen per role, one thing to do first, bounded queries, right figures."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ensemblier.base.people.models import Claim, Role, User
from ensemblier.fund.agreements import amending
from ensemblier.fund.jury import voting
from ensemblier.fund.jury.models import Seat
from ensemblier.fund.programme.figures import figures_by_envelope
from ensemblier.fund.programme.models import Envelope
from ensemblier.web.context import NAVIGATION, address_of
from ensemblier.web.dashboard import figures
from ensemblier.web.demo.accounts import ACCOUNTS, BY_KEY
from tests import factories_fund as make
from tests import factories_jury as jury_make
from tests.factories_people import actor_for
from tests.platform.fund import test_agreement_parties as agreements

MOST_QUERIES = 15


def enter(client, key):
    """Sign in with the second factor, as the tour does."""
    client.force_login(User.objects.get(email=BY_KEY[key].email))
    session = client.session
    session["demo_strong"] = True
    session.save()


@pytest.mark.parametrize("key", [account.key for account in ACCOUNTS])
def test_every_role_has_a_screen_of_few_queries(demo_db, client, key):
    enter(client, key)
    client.get("/tableau-de-bord/")
    with CaptureQueriesContext(connection) as seen:
        answer = client.get("/tableau-de-bord/")
    assert answer.status_code == 200
    queries = [q["sql"] for q in seen if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(queries) <= MOST_QUERIES + 2, queries  # the session and the account come first
    assert "Ce qui vous attend" in answer.content.decode()


@pytest.mark.parametrize("key", [account.key for account in ACCOUNTS])
def test_every_link_of_the_menu_opens(demo_db, client, key):
    """Names of the menu that no address bears would vanish without a word."""
    enter(client, key)
    menu = client.get("/tableau-de-bord/").context["site_nav"]
    assert {item["url"]: client.get(item["url"]).status_code for item in menu} == {
        item["url"]: 200 for item in menu
    }


def test_every_name_of_the_menu_is_an_address():
    assert [name for _, name, _ in NAVIGATION if not address_of(name)] == []


def test_strangers_sign_in_first(client, db):
    assert client.get("/tableau-de-bord/").status_code == 302


WAITING = {
    "instructeur": "relancez le porteur",
    "signataire": "3 dossiers proposés attendent votre décision",
    "payeur": "Payez Fédération française des Banques Alimentaires (FFBA)",
    "programme": "Un dossier retenu attend sa convention",
    "reseau": "",
    "juree": "est ouvert. Votre voix compte.",
    "presidence": "Ont voté par cartes : 15 jurés sur 16.",
}


@pytest.mark.parametrize("key", sorted(WAITING))
def test_what_waits_is_said_in_a_sentence(demo_db, client, key):
    enter(client, key)
    context = client.get("/tableau-de-bord/").context
    things = [context["first"], *context["others"]] if context["first"] else []
    assert any(WAITING[key] in thing.sentence for thing in things) or not WAITING[key]
    for thing in things:
        # A juror says her links before she reads.
        assert client.get(thing.url, follow=True).status_code == 200
        assert thing.sentence.endswith((".", "!"))


def test_late_things_come_first(demo_db, client):
    enter(client, "instructeur")
    context = client.get("/tableau-de-bord/").context
    late = [context["first"].late, *(thing.late for thing in context["others"])]
    assert late == sorted(late, reverse=True)
    assert late[0]


def test_the_figures_are_those_of_the_books(demo_db):
    lines = figures.envelope_lines()
    books = figures_by_envelope(Envelope.objects.all())
    total = figures.total_of(lines)
    assert total.contributed == sum(found.contributed for found in books.values())
    assert total.granted == sum(found.engaged for found in books.values())
    assert total.left == sum(found.available for found in books.values())
    assert total.paid <= total.agreed <= total.granted <= total.contributed
    assert total.asked > total.contributed // 3
    assert figures.money_bar(total).total == total.contributed


def test_delays_and_map(demo_db):
    found = figures.delays()
    assert [delay.files for delay in found] == [8, 4, 3]
    assert all(delay.days > 0 for delay in found)
    drawn = figures.map_of_files()
    assert sum(shape.value for shape in drawn.everywhere) == 22
    assert all(re.search(r"departement=\d", s.href) for s in drawn.everywhere if s.value)


def test_an_organisation_sees_its_own_files_only(demo_db, client):
    enter(client, "porteur")
    context = client.get("/tableau-de-bord/").context
    assert [row.organisation.name for row, _ in context["rows"]] == [
        "Bio-Solidaire, Jardin de Cocagne de Blois"
    ]
    assert "bar" not in context
    assert "books" not in context


def test_what_was_granted_is_told_as_amended(db):
    case = agreements.signed()
    mine = actor_for(case.representative, day=agreements.NOW.date())
    for cents, granted in ((5_000_00, 25_000_00), (-2_000_00, 23_000_00)):
        row = agreements.amendment_of(case, agreements.up(case, cents))
        row = amending.send(amendment=row, actor=case.desk, now=agreements.LATER)
        before = figures.own_files(mine)[0].granted
        agreements.sign_all(case, row)
        case.instalments = list(case.agreement.instalments.all())
        assert before != figures.own_files(mine)[0].granted == granted


def test_who_has_nothing_to_do_is_told_so(client, db):
    juror = make.user()
    make.give(juror, Role.JUROR, make.organisation())
    client.force_login(juror)
    answer = client.get(reverse("dashboard:index"))
    assert "Rien ne vous attend" in answer.content.decode()


@pytest.mark.django_db
def test_a_new_account_finds_the_ways_in_and_nobody_else_sees_them(client):
    newcomer = make.user()
    client.force_login(newcomer)
    page = client.get("/tableau-de-bord/").content.decode()
    for name in ("people:organisation_find", "calls:list", "orientation:ask"):
        assert f'href="{reverse(name)}"' in page.split("<main", 1)[1]
    assert "Rien ne vous attend" not in page
    home = make.organisation("Les paniers d'essai")
    Claim.objects.create(user=newcomer, organisation=home, role=Role.APPLICANT, asked_at=make.NOW)
    assert (
        "Les paniers d&#x27;essai est en cours" in client.get("/tableau-de-bord/").content.decode()
    )
    member = make.user()
    make.give(member, Role.APPLICANT, home)
    client.force_login(member)
    assert "Commencez ici" not in client.get("/tableau-de-bord/").content.decode()


@pytest.mark.django_db
def test_a_juror_without_a_mandate_finds_the_jury_and_who_left_or_never_sat_does_not(client):
    jury = jury_make.gathered().jury
    page = reverse("jury:detail", args=[jury.pk])
    seat, gone = jury_make.seats(jury, "people")
    Seat.objects.filter(pk=gone.pk).update(state=Seat.State.LEFT)
    for user, sees in ((seat.user, True), (jury.chair, True), (gone.user, False)):
        assert not user.mandates.exists()
        client.force_login(user)
        answer = client.get("/tableau-de-bord/")
        assert (f'href="{page}"' in answer.content.decode()) is sees
        assert ("Commencez ici" in answer.content.decode()) is not sees
    assert client.get(page).status_code == 404
    client.force_login(seat.user)
    assert client.get(page).status_code == 200


@pytest.mark.django_db
def test_an_open_vote_waits_for_each_juror_then_for_the_chair(client):
    world = jury_make.sitting()
    pages = [reverse(f"jury:{name}", args=[world.sitting.pk]) for name in ("projects", "sitting")]
    voters = [
        s.user for kind in ("associations", "people") for s in jury_make.seats(world.jury, kind)
    ]

    def told(user):
        client.force_login(user)
        first = client.get("/tableau-de-bord/").context["first"]
        return first and (first.url, first.sentence)

    assert told(world.chair)[0] == pages[1]
    assert "Ont voté par cartes : 0 jurés sur 4." in told(world.chair)[1]
    assert told(jury_make.seats(world.jury, "institutions")[0].user) is None  # scores, casts none
    for user in voters:
        assert told(user)[0] == pages[0]
        jury_make.declared(world.sitting, user)
        jury_make.voted(world, user, {1: "3", 2: "N"})
        assert told(user) is None
    assert "Tous ont voté par cartes" in told(world.chair)[1]
    jury_make.scored(world)
    voting.close_poll(sitting=world.sitting, actor=world.chair, now=make.NOW)
    assert told(world.chair) is None
