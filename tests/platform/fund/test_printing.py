"""What is printed of a file: forms that add up, the whole PDF, the zip, and forms one adds."""

import csv
import hashlib
import io
import json
import zipfile

import pikepdf
import pytest
from django.urls import reverse
from django.utils import timezone

from ensemblier.base.files.models import ScanState, StoredFile
from ensemblier.base.people.access import Actor
from ensemblier.base.people.models import Role
from ensemblier.cli.main import main
from ensemblier.engines.printing_lines import adds_up
from ensemblier.fund.applications import actions as applications
from ensemblier.fund.applications import seats
from ensemblier.fund.printing import actions, archive, blocks, filling, sheets
from ensemblier.fund.printing.models import FormTemplate
from tests import factories_fund as make
from tests.factories_applications import draft, files_apart, ready, text  # noqa: F401
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def address(name: str, row, *more) -> str:
    return reverse(f"printing:{name}", args=[row.number, *more])


def content(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def words_of(pdf: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(pdf))


@pytest.mark.parametrize("key", ["cerfa-12156", "region", "fondation"])
def test_each_form_balances_and_loses_no_amount(ready, key):
    form = blocks.house_forms()[key]
    filled = filling.fill(form, ready)
    charges, products = (value for block, value in filled.parts if block.kind == "table")
    assert charges.total.units == products.total.units == 50_000
    assert charges.cash.cents == products.cash.cents == 50_000_00
    for found in (charges, products):
        top = found.cash._replace(depth=-1, is_heading=True)
        assert adds_up([top, *found.rows])
    assert filled.gap == 0


def test_in_kind_lines_balance_apart(ready):
    lines = [
        *make.LINES,
        {"side": "charge", "code": "864", "amount_cents": 1_234_00},
        {"side": "resource", "code": "870", "amount_cents": 1_234_00},
    ]
    applications.set_budget_lines(
        application=ready, lines=lines, version=ready.version, actor=ready.created_by
    )
    ready.refresh_from_db()
    filled = filling.fill(blocks.house_forms()["cerfa-12156"], ready)
    left, right = (value for block, value in filled.parts if block.kind == "table")
    assert left.in_kind[0].units == right.in_kind[0].units == 1234
    assert left.total.units == right.total.units == 51_234


def test_the_pdf_of_a_form_is_tagged_titled_and_in_french(client, ready):
    sign_in(client, ready.created_by)
    for key in blocks.house_forms():
        response = client.get(address("form", ready, key, "pdf"))
        assert response["Content-Type"] == "application/pdf"
        with words_of(response.content) as pdf:
            assert pdf.Root.MarkInfo.Marked and str(pdf.Root.Lang).startswith("fr")
            assert "formulaire" in str(pdf.docinfo["/Title"]) or "Cerfa" in str(
                pdf.docinfo["/Title"]
            )
    assert client.get(address("form", ready, "inconnu", "pdf")).status_code == 404
    assert client.get(address("form", ready, "region", "exe")).status_code == 404


def test_texts_too_long_are_cut_with_a_sign_and_listed(ready):
    type(ready).objects.filter(pk=ready.pk).update(summary="Des paniers solidaires. " * 80)
    ready.refresh_from_db()
    filled = filling.fill(blocks.house_forms()["fondation"], ready)
    value = next(value for block, value in filled.parts if block.text == "resume")
    assert value.endswith("[…]") and len(value) <= 400
    assert filled.cuts == ["« Que ferez-vous ? » : 400 signes sur 1920"]


def test_sheets_hold_values_and_no_live_formula(client, ready):
    line = {**make.LINES[3], "payer": "=HYPERLINK(1)"}
    applications.set_budget_lines(
        application=ready, lines=[*make.LINES[:3], line], version=ready.version,
        actor=ready.created_by,
    )  # fmt: skip
    sign_in(client, ready.created_by)
    said = client.get(address("form", ready, "cerfa-12156", "csv")).content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(said), delimiter=";"))
    assert ["Charges", "Total des charges", "50000", "50000,00"] in rows
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))]
    data = client.get(address("form", ready, "cerfa-12156", "ods")).content
    with zipfile.ZipFile(io.BytesIO(data)) as ods:
        assert ods.namelist()[0] == "mimetype" and ods.read("mimetype").decode() == sheets.ODS
        xml = ods.read("content.xml").decode()
    assert "table:formula" not in xml and 'office:value="50000"' in xml


def test_the_whole_file_in_one_pdf(client, ready):
    sign_in(client, ready.created_by)
    response = client.get(address("whole", ready))
    with words_of(response.content) as pdf:
        assert ready.title in str(pdf.docinfo["/Title"]) and pdf.Root.MarkInfo.Marked
    from ensemblier.fund.printing.whole import whole_facts

    facts = json.dumps(whole_facts(ready, now=NOW), ensure_ascii=False)
    for paper in ready.attachments.all():
        assert paper.file.sha256 in facts
    for said in (ready.summary, "L'appoint demandé", "Contrat d'engagement", "Cerfa 12156"):
        assert said in facts


def test_a_sign_without_a_letter_does_not_break_the_print(client, ready):
    type(ready).objects.filter(pk=ready.pk).update(summary="Paniers \U0001f955 et \u200bذ, #let x")
    sign_in(client, ready.created_by)
    for page in (address("whole", ready), address("form", ready, "region", "pdf")):
        response = client.get(page)
        assert response.status_code == 200
        with words_of(response.content) as pdf:
            assert pdf.Root.MarkInfo.Marked


def zipped(ready, actor=None) -> zipfile.ZipFile:
    person = Actor(actor or ready.created_by, day=timezone.localdate())
    pieces = actions.whole_file_zip(application=ready, actor=person, now=NOW)
    return zipfile.ZipFile(io.BytesIO(b"".join(pieces)))


def test_the_zip_holds_everything_and_its_digests_are_right(ready):
    with zipped(ready) as found:
        assert found.testzip() is None
        names = found.namelist()
        assert names[:2] == ["dossier.pdf", "contenu.json"] and names[-1] == "empreintes.txt"
        lines = found.read("empreintes.txt").decode().splitlines()
        for line in lines:
            digest, name = line.split("  ")
            assert hashlib.sha256(found.read(name)).hexdigest() == digest
        assert len(lines) == len(names) - 1
        assert json.loads(found.read("contenu.json"))["number"] == ready.number


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.pdf", "C:\\x\\y.pdf", "/abs.pdf", "a\nb.pdf", "…", ".." * 60]
)
def test_no_name_typed_by_anyone_becomes_a_path(ready, name):
    StoredFile.objects.update(original_name=name[:150])
    with zipped(ready) as found:
        for entry in found.namelist():
            assert not entry.startswith("/") and ".." not in entry and "\\" not in entry
            assert len(entry) < 90 and entry.isascii() and entry.isprintable()


def test_a_paper_changed_lost_or_not_checked_is_said(ready):
    files = [paper.file for paper in ready.attachments.all()]
    files[0].path.write_bytes(b"%PDF-1.4 autre")
    files[1].path.unlink()
    StoredFile.objects.filter(pk=files[2].pk).update(scan=ScanState.PENDING)
    with zipped(ready) as found:
        said = found.read("empreintes.txt").decode()
    assert "n'est plus celui qui a été déposé" in said
    assert "n'est plus conservée" in said and "contrôle en cours" in said


def test_an_archive_too_heavy_is_refused_before_the_first_byte(client, ready):
    StoredFile.objects.update(size=archive.MOST)
    sign_in(client, ready.created_by)
    response = client.get(address("zip", ready), follow=True)
    assert "Téléchargez-les une à une" in text(response)


def test_the_archive_is_streamed_in_small_pieces(client, ready):
    big = ready.attachments.first().file
    big.path.write_bytes(b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(200_000)))
    sign_in(client, ready.created_by)
    response = client.get(address("zip", ready))
    assert response.streaming
    sizes = [len(piece) for piece in response.streaming_content]
    assert max(sizes) < 600_000 and sum(sizes) > 6_000_000


def test_whoever_reads_the_file_prints_it_and_nobody_else(client, ready):
    pages = [address("menu", ready), address("whole", ready), address("zip", ready)]
    pages.append(address("form", ready, "cerfa-12156", "pdf"))
    reader = make.user()
    seats.seat_at(
        application=ready, user=reader, role="reader", actor=ready.created_by, now=timezone.now()
    )
    desk = make.user(Role.INSTRUCTOR, department=ready.department)
    for person, wanted in ((reader, 200), (make.user(), 404), (desk, 404)):
        sign_in(client, person)
        assert {client.get(page).status_code for page in pages} == {wanted}, person


def test_a_programme_officer_adds_a_form(client, ready):
    officer = make.user(Role.PROGRAMME)
    sign_in(client, officer)
    page = reverse("printing:template")
    source = blocks.source_of("region").replace('key = "region"', 'key = "hdf"', 1)
    source = source.replace("formulaire d'une région", "Hauts-de-France")
    assert "Achats et services" in text(client.get(page + "?de=region"))
    assert client.post(page, {"source": source}).status_code == 302
    row = FormTemplate.objects.get()
    assert (row.key, row.version) == ("hdf", 1)
    client.post(page, {"source": source})
    assert FormTemplate.objects.count() == 2 and len(actions.latest()) == 1
    sign_in(client, ready.created_by)
    assert "Hauts-de-France" in text(client.get(address("menu", ready)))
    assert client.get(address("form", ready, "hdf", "pdf")).status_code == 200
    sign_in(client, officer)
    client.post(reverse("printing:offer", args=[actions.latest()[0].pk]))
    assert "hdf" not in actions.forms()
    sign_in(client, ready.created_by)
    assert client.get(page).status_code == 403
    assert client.post(page, {"source": source}).status_code == 403
    with pytest.raises(Exception, match="responsable du programme"):
        actions.add_form(source=source, actor=ready.created_by, now=NOW)


WRONG = [
    ("key = 1", "il manque « key »"),
    ("not toml [", "ne se lit pas"),
    (blocks.source_of("region").replace('codes = ["CI"]', 'codes = ["60"]'), "compté deux fois"),
    (blocks.source_of("region").replace('"61", "62"', '"61"'), "62 n'est dans aucune ligne"),
    (blocks.source_of("region").replace('figure = "cout"', 'figure = "secret"'), "est inconnu"),
    (blocks.source_of("region").replace('unit = "euro"', 'unit = "livre"'), "« unit »"),
    (blocks.source_of("region").replace("max = 600", "max = 3"), "nombre de signes"),
    (blocks.source_of("region").replace('key = "region"', 'key = "../x"'), "ne convient pas"),
    ('key = "ab"\ntitle = "t"\nblocks = [1]', "ce n'est pas un bloc"),
]


@pytest.mark.parametrize("source, said", WRONG)
def test_a_wrong_form_says_what_to_mend_and_keeps_what_was_typed(client, source, said):
    sign_in(client, make.user(Role.PROGRAMME))
    response = client.post(reverse("printing:template"), {"source": source})
    assert response.status_code == 422 and said in text(response)
    assert not FormTemplate.objects.exists()


def test_a_budget_to_the_cent_on_the_command_line(tmp_path, capsys):
    path = tmp_path / "budget.toml"
    path.write_text(
        'demande = 1000.10\n[[charges]]\nligne = "60"\nmontant = 999.60\n'
        '[[charges]]\nligne = "64"\nmontant = 500.50\n'
        '[[produits]]\nligne = "70"\nmontant = 500.00\n'
    )
    assert main(["cerfa", str(path), "--json"]) == 0
    charges, products = json.loads(capsys.readouterr().out)
    totals = [
        next(row["imprime"] for row in found["lignes"] if row["intitule"].startswith("Total des"))
        for found in (charges, products)
    ]
    assert totals == [1500, 1500]
    assert main(["cerfa", str(path)]) == 0
    assert "Total des produits" in capsys.readouterr().out
    path.write_text('[[charges]]\nligne = "99"\nmontant = 1\n')
    assert main(["cerfa", str(path)]) == 1
    assert "pas de ligne « 99 »" in capsys.readouterr().err
