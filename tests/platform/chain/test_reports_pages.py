"""The pages of the reports: close, send, read each figure down to its rows, take the files."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from ensemblier.base.people.models import IaeAgreement
from ensemblier.chain.activities import actions as activities
from ensemblier.chain.billing.posting import post_line
from ensemblier.chain.catalogue.models import Product
from ensemblier.chain.cofinancing.models import Share
from ensemblier.chain.insertion import actions as insertion
from ensemblier.reports import actions
from ensemblier.reports.figures import SITUATIONS
from ensemblier.reports.models import ReportedShare, ReportKind, SentReport
from tests.factories_chain import make_lot, make_payer_account
from tests.factories_cofinancing import build, enter, published, said, sold

pytestmark = pytest.mark.django_db
FRUIT = "FRUITS_ET_LEGUMES"


@pytest.fixture
def world(db):
    made = build()
    made.day = timezone.localdate() - timedelta(days=40)
    made.days = {
        "first_day": (made.day - timedelta(days=5)).isoformat(),
        "last_day": (made.day + timedelta(days=5)).isoformat(),
    }
    return made


def at(world, name):
    return reverse(f"reports:{name}", args=[world.chain.slug])


def of(report, name="detail"):
    return reverse(f"reports:{name}", args=[report.pk])


def closed(client, world):
    enter(client, world, "lead")
    return client.post(at(world, "close"), {"last_day": world.days["last_day"]})


def send(client, world, kind="funder", to="métropole", **more):
    sent = {"kind": kind, "recipient": world.funders[to].pk, "key": uuid4()}
    return client.post(at(world, "send"), sent | world.days | more)


def test_a_month_is_closed_sent_and_read_down_to_its_lines(client, world):
    published(world)
    line = sold(world, day=world.day)
    enter(client, world, "lead")
    words = said(client.get(at(world, "list")))
    assert "métropole" in words
    assert "9,00 €" in words  # not told yet
    assert closed(client, world)["Location"] == at(world, "list")
    report = SentReport.objects.get(pk=_pk(send(client, world)))
    page = client.get(of(report))
    assert "9,00 €" in said(page)
    assert report.digest in page.content.decode()
    assert reverse("cofinancing:why", args=[line.pk]) in page.content.decode()
    assert 'href="#lignes"' in page.content.decode()
    assert "Tout ce que paient les financeurs leur a été dit" in said(client.get(at(world, "list")))
    assert ReportedShare.objects.count() == Share.objects.exclude(payer=None).count() == 1


def _pk(answer):
    assert answer.status_code == 302, said(answer)
    return int(answer["Location"].rstrip("/").rsplit("/", 1)[1])


def test_an_open_period_says_what_to_do_and_keeps_what_was_typed(client, world):
    published(world)
    sold(world, day=world.day)
    enter(client, world, "lead")
    answer = send(client, world)
    assert answer.status_code == 422
    assert "Clôturez d'abord la période" in said(answer)
    assert f'value="{world.days["last_day"]}"' in answer.content.decode()
    future = {"last_day": (timezone.localdate() + timedelta(days=1)).isoformat()}
    assert "une fois finie" in said(client.post(at(world, "close"), future))
    closed(client, world)
    assert "sont déjà clos" in said(closed(client, world))
    upside_down = send(client, world, first_day=timezone.localdate().isoformat())
    assert "La fin de la période précède son début" in said(upside_down)


def test_twice_the_same_key_sends_once(client, world):
    published(world)
    sold(world, day=world.day)
    closed(client, world)
    key = uuid4()
    assert _pk(send(client, world, key=key)) == _pk(send(client, world, key=key))
    assert SentReport.objects.count() == 1
    assert "Rien de nouveau à rapporter" in said(send(client, world))


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("activity", "Foyers servis avec une carte"),
        ("quality", "Achats, hors taxe 90,00 €"),
        ("canteen", "90.00"),
        ("insertion", "Parcours en cours"),
    ],
)
def test_each_kind_of_figures_is_sent_and_shown(client, world, kind, words):
    make_lot(
        world.basket, world.site, 10_000, value_cents=90_00, day=world.day, written=timezone.now()
    )
    closed(client, world)
    report = SentReport.objects.get(pk=_pk(send(client, world, kind)))
    page = client.get(of(report))
    assert words in said(page)
    links = [part.split('"')[0] for part in page.content.decode().split('href="')[1:]]
    opened = [link.replace("&amp;", "&") for link in links if "?chiffre=" in link]
    assert bool(opened) == (kind in ("activity", "quality"))
    for link in opened:
        assert client.get(link).status_code == 200, link


def test_a_figure_opens_the_movements_it_counts(client, world):
    Product.objects.update(unit_grams=3500)
    make_lot(
        world.basket, world.site, 10_000, value_cents=90_00, day=world.day, written=timezone.now()
    )
    closed(client, world)
    report = SentReport.objects.get(pk=_pk(send(client, world, "quality")))
    rows = said(client.get(of(report, "rows"), {"chiffre": "purchases"}))
    assert "Panier" in rows
    assert "90,00 €" in rows
    for odd in ("", "x", "came-purchase-NON", "went'"):
        assert client.get(of(report, "rows"), {"chiffre": odd}).status_code == 404


def hire(world, people, minutes=420):
    """Contracts with one day of work each."""
    agreement = IaeAgreement.objects.create(
        organisation=world.chain.lead,
        kind="aci",
        number="ACI-1",
        starts=world.day - timedelta(days=100),
        ends=world.day + timedelta(days=300),
    )
    for rank in range(people):
        person = activities.add_participant(
            chain=world.chain, organisation=world.chain.lead, alias=f"A{rank}", actor=None
        )
        contract = insertion.open_contract(
            agreement=agreement,
            participant=person,
            weekly_minutes=26 * 60,
            starts=world.day - timedelta(days=20),
            ends=world.day + timedelta(days=160),
            actor=None,
        )
        kinds = {"key": uuid4(), "contract": contract, "kind": "work", "minutes": minutes}
        insertion.note_hours(day=world.day, now=timezone.now(), actor=None, **kinds)


@pytest.mark.parametrize(("people", "told"), [(4, "moins de 5"), (5, "35 h")])
def test_hours_of_fewer_than_five_people_are_not_given(client, world, people, told):
    hire(world, people)
    closed(client, world)
    report = SentReport.objects.get(pk=_pk(send(client, world, "insertion")))
    words = said(client.get(of(report)))
    assert told in words
    assert ("28 h" in words, report.content["minutes"]["work"] is None) == (False, people < 5)
    assert (report.content["total_minutes"] is None) == (people < 5)


def test_declared_answers_are_counts_and_small_ones_are_left_out(client, world):
    closed(client, world)
    answers = {f"before_{key}": 10 for key in SITUATIONS} | {
        f"after_{key}": 7 for key in SITUATIONS
    }
    sent = {"recipient": world.funders["CAF"].pk, "key": uuid4()} | world.days | answers
    sent |= {"after_often_short": 2}
    report = SentReport.objects.get(pk=_pk(client.post(at(world, "sufficiency"), sent)))
    assert report.content["after"]["often_short"] is None
    assert report.content["after_total"] is None  # it would give the two back
    assert report.content["before_total"] == 40
    words = said(client.get(of(report)))
    assert "moins de 5" in words
    assert "non donné" in words
    again = client.post(at(world, "sufficiency"), sent | {"before_enough": 11})
    assert "pour d'autres réponses" in said(again)
    empty = sent | {"key": uuid4()} | dict.fromkeys(answers, 0)
    assert "au moins une réponse" in said(client.post(at(world, "sufficiency"), empty))
    below = client.post(at(world, "sufficiency"), sent | {"key": uuid4(), "before_enough": -1})
    assert below.status_code == 422


def test_who_left_gets_and_reads_the_report_of_its_days(client, world):
    published(world)
    sold(world, day=world.day)
    closed(client, world)
    grower = world.people["grower"].mandates.first().organisation
    world.chain.members.filter(organisation=grower).update(
        starts=world.day - timedelta(days=200), ends=world.day
    )
    sent = {"kind": "activity", "recipient": grower.pk, "key": uuid4()}
    report = SentReport.objects.get(pk=_pk(client.post(at(world, "send"), sent | world.days)))
    enter(client, world, "grower")
    assert client.get(of(report)).status_code == 200
    assert grower.name in said(client.get(at(world, "list")))
    enter(client, world, "lead")
    world.chain.members.filter(organisation=grower).update(ends=world.day - timedelta(days=6))
    answer = client.post(at(world, "send"), sent | world.days | {"key": uuid4()})
    assert answer.status_code == 422 and "ne fait pas partie de la filière" in said(answer)


def _copied(report):
    names = ("chain", "kind", "recipient", "first_day", "last_day", "digest", "sent_at")
    return {name: getattr(report, name) for name in names}


def test_the_files_hold_no_live_formula(client, world):
    Product.objects.update(name="=1+1")
    grower = world.people["grower"].mandates.first().organisation
    make_lot(
        world.basket,
        world.site,
        10_000,
        value_cents=90_00,
        day=world.day,
        written=timezone.now(),
        origin=grower,
    )
    published(world)
    sold(world, day=world.day)
    closed(client, world)
    told = SentReport.objects.get(pk=_pk(send(client, world)))
    bought = SentReport.objects.get(pk=_pk(send(client, world, "canteen")))
    for address in (of(told, "table"), of(bought, "table"), of(bought, "canteen")):
        answer = client.get(address)
        assert "attachment" in answer["Content-Disposition"]
        cells = [cell for row in csv.reader(io.StringIO(answer.content.decode())) for cell in row]
        assert any("'=1+1" in cell for cell in cells)
        assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]
    lines = csv.DictReader(io.StringIO(client.get(of(bought, "canteen")).content.decode()))
    assert next(lines)["prix_ht"] == "90.00"
    # Below zero, what a late undoing takes back is a number too: ma-cantine adds the column.
    rows = [row | {"prix_ht": "-12.00"} for row in bought.content["rows"]]
    less = SentReport(**_copied(bought), content={"rows": rows}, version=9, key=uuid4())
    less.save()
    lines = csv.DictReader(io.StringIO(client.get(of(less, "canteen")).content.decode()))
    assert next(lines)["prix_ht"] == "-12.00"
    assert client.get(of(told, "canteen")).status_code == 404


def test_the_books_of_the_chain_and_of_no_other(client, world):
    published(world)
    agreement = make_payer_account("convention", kind="agreement")
    world.scheme.payers.update(account=agreement)
    line = sold(world, day=world.day)
    post_line(line, list(Share.objects.filter(line=line)), None)
    other = build_other(world, agreement)
    enter(client, world, "lead")
    days = {"first": world.days["first_day"], "last": world.days["last_day"]}
    answer = client.post(at(world, "books"), days)
    text = answer.content.decode()
    assert "attachment" in answer["Content-Disposition"]
    assert text.count("\r\n") == 1 + 2 * 2  # the heading, then two entries of two lines
    assert "9,00" in text
    assert f"filiere-{other.pk}-" not in text
    before = {"first": "2020-01-01", "last": "2020-12-31"}
    assert client.post(at(world, "books"), before).content.decode().count("\r\n") == 1
    wrong = client.post(at(world, "books"), {"first": days["last"], "last": days["first"]})
    assert wrong.status_code == 422


def build_other(world, agreement):
    """Another chain with an entry of its own the same day, on the same agreement's account."""
    other = build()
    published(other)
    other.scheme.payers.update(account=agreement)
    line = sold(other, day=world.day)
    post_line(line, list(Share.objects.filter(line=line)), None)
    return other.chain


class TestWhoReads:
    def test_a_funder_reads_what_it_received_and_only_that(self, client, world):
        published(world)
        sold(world, day=world.day)
        closed(client, world)
        mine = SentReport.objects.get(pk=_pk(send(client, world)))
        other = SentReport.objects.get(pk=_pk(send(client, world, "activity", "CAF")))
        client.cookies.clear()  # with what was said to the lead
        enter(client, world, "métropole")
        words = said(client.get(at(world, "list")))
        assert "Compte rendu à un financeur" in words
        assert "CAF" not in words
        assert "Pas encore dit" not in words
        for name in ("detail", "table"):
            assert client.get(of(mine, name)).status_code == 200
            assert client.get(of(other, name)).status_code == 404
        assert client.get(of(other, "rows"), {"chiffre": "went"}).status_code == 404
        for name in ("send", "close", "sufficiency", "books"):
            assert client.get(at(world, name)).status_code == 403

    def test_a_report_opens_what_its_own_figures_are_made_of(self, client, world):
        """A funder told of its parts does not read what growers are paid, nor who came when."""
        make_lot(world.basket, world.site, 1_000, value_cents=90_00, day=world.day)
        published(world)
        sold(world, day=world.day)
        closed(client, world)
        reports = {
            kind: SentReport.objects.get(pk=_pk(send(client, world, kind)))
            for kind in ("funder", "activity", "quality", "insertion")
        }
        client.cookies.clear()
        enter(client, world, "métropole")
        opened = {
            (kind, figure)
            for kind, report in reports.items()
            for figure in ("purchases", "went", "visits", "volunteers", f"came-purchase-{FRUIT}")
            if client.get(of(report, "rows"), {"chiffre": figure}).status_code == 200
        }
        of_activity = ("went", "visits", "volunteers", f"came-purchase-{FRUIT}")
        assert opened == {("quality", "purchases"), *(("activity", each) for each in of_activity)}

    @pytest.mark.parametrize("who", ["grower", "stranger", "MSA"])
    def test_who_received_nothing_finds_nothing(self, client, world, who):
        published(world)
        sold(world, day=world.day)
        closed(client, world)
        report = SentReport.objects.get(pk=_pk(send(client, world)))
        enter(client, world, who)
        assert client.get(of(report)).status_code == 404
        for name in ("list", "send", "close", "sufficiency", "books"):
            assert client.get(at(world, name)).status_code == 404, name


def test_pages_cost_few_queries(client, world):
    published(world)
    for _ in range(6):
        sold(world, day=world.day)
    closed(client, world)
    report = SentReport.objects.get(pk=_pk(send(client, world)))
    figures = actions.send_figures(
        key=uuid4(),
        chain=world.chain,
        kind=ReportKind.ACTIVITY,
        recipient=world.funders["CAF"],
        first_day=world.day,
        last_day=world.day,
        now=timezone.now(),
        actor=None,
    )
    pages = {at(world, "list"): 10, of(report): 15, of(figures): 15}
    pages |= {f"{of(figures, 'rows')}?chiffre=visits": 15}
    for address, most in pages.items():
        client.get(address)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(address).status_code == 200
        asked = [q["sql"] for q in seen if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
        assert len(asked) <= most, (address, len(asked), [q[:100] for q in asked])
