"""Boards: who opens them, what their files hold, their tasks; no export is ever a formula."""

import csv
import zipfile
from datetime import date, timedelta
from io import BytesIO, StringIO
from xml.etree import ElementTree

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from ensemblier.base.journal.models import Event
from ensemblier.base.notices.models import Message
from ensemblier.base.pages.cells import LIVE
from ensemblier.base.people.access import Actor
from ensemblier.base.people.models import Role
from ensemblier.cli.main import main
from ensemblier.fund.applications.models import Application
from ensemblier.fund.boards import exports, routing
from ensemblier.fund.boards.tables import Euros, Table
from ensemblier.fund.calls.desks import desk_of
from ensemblier.fund.calls.models import CallNotice, Desk
from ensemblier.fund.review.listing import at_desk_of
from tests import factories_fund as fund
from tests import factories_money as money
from tests.factories_people import sign_in

TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
HOSTILE = ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("x")')


def made(wanted, *rows):
    opened = BytesIO()
    names = tuple(f"c{place}" for place in range(len(rows[0])))
    exports.WRITERS[wanted](Table("essai", "Essai", names, rows), opened)
    opened.seek(0)
    return opened


@given(st.lists(st.text(max_size=30) | st.sampled_from(HOSTILE), min_size=1, max_size=8))
@settings(max_examples=40, deadline=None)
def test_no_text_ever_becomes_a_formula(texts):
    book = load_workbook(made("xlsx", *[(text,) for text in texts]))
    cells = [row[0] for row in book.active.iter_rows(min_row=2)]
    assert all(cell.data_type in ("s", "inlineStr", "n") and cell.value != 0 for cell in cells)
    assert not [cell for cell in cells if cell.data_type == "f"]
    with zipfile.ZipFile(made("ods", *[(text,) for text in texts])) as package:
        assert package.namelist()[0] == "mimetype"
        content = package.read("content.xml").decode()
    for cell in ElementTree.fromstring(content).iter(f"{TABLE}table-cell"):
        assert f"{TABLE}formula" not in cell.attrib
        assert cell.get(f"{OFFICE}value-type") in (None, "string")
    lines = list(csv.reader(StringIO(made("csv", *[(t,) for t in texts]).read().decode("utf-8-sig"),
                                     newline=""), delimiter=";"))  # fmt: skip
    assert not [row for row in lines if row and row[0].startswith(LIVE)]


def test_a_formula_that_is_not_disarmed_is_seen():
    """The negative control: openpyxl left alone makes a formula of it."""
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["=1+1"])
    opened = BytesIO()
    book.save(opened)
    assert load_workbook(opened).active["A1"].data_type == "f"


def test_numbers_and_days_stay_numbers_and_days():
    row = ("Jardin", 12, Euros(1_234_50), Euros(-5), date(2027, 12, 31), None)
    sheet = load_workbook(made("xlsx", row)).active
    assert [cell.value for cell in sheet[2]][1:4] == [12, 1234.5, -0.05]
    assert sheet["E2"].value.date() == date(2027, 12, 31)
    assert "€" in sheet["C2"].number_format
    text = made("csv", row).read().decode("utf-8-sig")
    assert text.splitlines()[1] == "Jardin;12;1234,50;-0,05;2027-12-31;"
    with zipfile.ZipFile(made("ods", row)) as package:
        cells = list(
            ElementTree.fromstring(package.read("content.xml")).iter(f"{TABLE}table-cell")
        )[6:]
        assert package.getinfo("mimetype").compress_type == zipfile.ZIP_STORED
    assert [cell.get(f"{OFFICE}value") for cell in cells[1:4]] == ["12", "1234.50", "-0.05"]
    assert cells[4].get(f"{OFFICE}date-value") == "2027-12-31"


@pytest.mark.parametrize("wanted", list(exports.FORMATS))
def test_a_list_that_is_too_long_is_refused_whole(wanted, monkeypatch, rf):
    monkeypatch.setattr(exports, "MOST_ROWS", 3)
    table = Table("essai", "Essai", ("a",), ((str(n),) for n in range(9)))
    with pytest.raises(exports.TooManyRows):
        exports.WRITERS[wanted](table, BytesIO())


# Pages


def content_of(answer):
    """The whole file; closing the response itself would close the database of the test."""
    content = b"".join(answer.streaming_content)
    for close in answer._resource_closers:
        close()
    return content


@pytest.fixture
def tomorrow():
    """The factories act on a day of 2027: pages look at them the day after."""
    with time_machine.travel(fund.NOW + timedelta(days=1)):
        yield


@pytest.mark.django_db
def test_each_figure_opens_its_rows_and_leaves_as_a_file(client, tomorrow):
    case = money.paid()
    sign_in(client, fund.user(Role.PROGRAMME))
    page = client.get(reverse("boards:officer")).content.decode()
    assert "etape=paye" in page and "12\u00a0000" in page.replace("\u202f", "\u00a0")
    rows = client.get(reverse("boards:rows"), {"etape": "paye"}).content.decode()
    assert case.application.number in rows
    assert (
        case.application.number
        not in client.get(reverse("boards:rows"), {"etape": "evalue"}).content.decode()
    )
    for wanted in exports.FORMATS:
        answer = client.get(reverse("boards:rows"), {"format": wanted})
        assert answer["Content-Disposition"].endswith(f'dossiers.{wanted}"')
        assert len(content_of(answer)) > 100
    for page in ("boards:answer", "boards:instructor", "boards:audit"):
        assert client.get(reverse(page)).status_code == 200


@pytest.mark.django_db
def test_an_instructor_counts_the_files_of_their_territory_only(client):
    fund.filed()
    far = fund.place("13").department
    sign_in(client, fund.user(Role.INSTRUCTOR, department=far))
    answer = client.get(reverse("boards:officer"))
    assert answer.context["board"].files == 0
    assert answer.context["facts"].purses == []
    assert client.get(reverse("boards:audit")).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["2099-01-01", "hier", "0001-01-01"])
def test_a_day_that_cannot_be_read_says_so_and_shows_today(client, text):
    sign_in(client, fund.user(Role.AUDITOR))
    for page in ("boards:officer", "boards:audit"):
        answer = client.get(reverse(page), {"au": text})
        assert "Ce jour ne se lit pas" in answer.content.decode()
        assert answer.context["asked"].day == timezone.localdate()


@pytest.mark.django_db
def test_the_applicant_reads_what_is_expected_and_what_is_owed(client, tomorrow):
    case = money.certified()
    sign_in(client, case.representative)
    answer = client.get(reverse("boards:owed"))
    found = answer.context["found"]
    # The advance waits for the payer; the balance waits for the organisation's final report.
    assert [(row.cents, row.who) for row in found.theirs] == [(12_000_00, "L'agent payeur")]
    assert [row.cents for row in found.mine] == [8_000_00]
    answer = client.get(reverse("boards:owed"), {"format": "csv"})
    assert answer["Content-Disposition"].endswith('attendu-et-du.csv"')
    assert content_of(answer)


@pytest.mark.django_db
def test_a_paid_euro_leads_to_its_papers(client):
    case = money.paid()
    sign_in(client, fund.user(Role.AUDITOR))
    answer = client.get(reverse("boards:evidence", args=[case.payment.pk]))
    titles = [proof.title for proof in answer.context["chain"]]
    assert titles[0].startswith("Versement de") and titles[-1] == "Pièces jointes"
    assert len(titles) == 8 and all(proof.holds for proof in answer.context["chain"])
    assert case.agreement.number in answer.content.decode()


@pytest.mark.django_db
def test_a_sample_is_drawn_again_from_its_seed(client, tomorrow):
    case = money.paid()
    sign_in(client, fund.user(Role.AUDITOR))
    path = reverse("boards:sample")
    wanted = {"graine": "7", "taille": "1", "methode": "monetary", "strates": "annee"}
    assert f"V{case.payment.pk}" in client.get(path, wanted).content.decode()
    drawn = client.get(path, wanted | {"format": "xlsx"})
    assert drawn.status_code == 200 and content_of(drawn)[:2] == b"PK"
    refused = client.get(path, wanted | {"graine": "", "taille": "tout"})
    assert refused.status_code == 422 and 'value="0"' in refused.content.decode()


def test_the_command_draws_the_same_sample(tmp_path, capsys):
    path = tmp_path / "versements.csv"
    path.write_text("cle;montant;strate\nA;1 000,00;18\nB;10;18\nC;5;41\n", encoding="utf-8")
    arguments = ["sample", str(path), "--seed", "7", "--taille", "2", "--methode", "monetaire"]
    assert main(arguments) == 0
    first = capsys.readouterr().out
    assert first.startswith("rang,cle,montant,strate,tirages\n1,A,1000.00,18,2")
    assert main(arguments) == 0
    assert capsys.readouterr().out == first
    path.write_text("cle;montant\nA;dix\n", encoding="utf-8")
    assert main(arguments) == 1
    assert "ligne 2" in capsys.readouterr().err


# Desks and notices


@pytest.mark.django_db
def test_a_filed_file_is_told_to_its_desk_once():
    national, regional = fund.organisation(kind="state"), fund.organisation(kind="state")
    call = fund.call(published=False)
    near = fund.place("62").department
    Desk.objects.create(call=call, organisation=national, region=None)
    Desk.objects.create(call=call, organisation=regional, region=near.region)
    from ensemblier.fund.calls import actions as calls

    calls.publish(call=call, actor=None, now=call.opens_at - timedelta(days=1))
    people = {
        "near": fund.user(Role.INSTRUCTOR, regional),
        "far": fund.user(Role.INSTRUCTOR, national),
    }
    file = fund.filed(of=call)
    desk = desk_of(call, file.department)
    assert desk is not None and desk.organisation == regional
    now = fund.NOW + timedelta(minutes=5)
    assert routing.tell_desks(now) == 1
    assert routing.tell_desks(now + timedelta(minutes=5)) == 0
    told = Message.objects.get(template="boards/emails/desk.txt")
    assert told.to == people["near"].email and file.number in told.body
    assert Event.objects.get(action="desk.told").data == {"files": [file.pk]}
    for name, expected in (("near", [file.pk]), ("far", [])):
        rows = Application.objects.filter(at_desk_of(Actor(people[name], day=fund.NOW.date())))
        assert list(rows.values_list("pk", flat=True)) == expected


@pytest.mark.django_db
def test_a_notice_reaches_whoever_writes_or_filed_a_file_once():
    call = fund.call()
    drafted, filed = fund.draft(of=call), fund.filed(of=call)
    elsewhere, gone = fund.draft(), fund.withdrawn(of=call)
    CallNotice.objects.create(
        call=call, published_at=fund.NOW, author=fund.user(), text="La foire aux questions."
    )
    assert routing.tell_notices(fund.NOW + timedelta(minutes=5)) == 2
    assert routing.tell_notices(fund.NOW + timedelta(minutes=10)) == 0
    told = set(
        Message.objects.filter(template="boards/emails/notice.txt").values_list("to", flat=True)
    )
    assert told == {drafted.created_by.email, filed.created_by.email}
    assert not told & {elsewhere.created_by.email, gone.created_by.email}
