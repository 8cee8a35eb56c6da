"""Imports of tables: dry run, apply, undo, and tables that mean harm."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest

from ensemblier.base.files.tables import read_table
from ensemblier.base.people.models import Role
from ensemblier.fund.applications import actions as applications
from ensemblier.fund.applications.models import Application, HelpMandate, State
from ensemblier.fund.intake import actions
from ensemblier.fund.intake.access import NotYours
from ensemblier.fund.intake.models import Batch, ColumnMapping
from ensemblier.fund.intake.planning import plan
from tests import factories_fund as fund
from tests.factories_people import a_siret, actor_for

NOW = fund.NOW
DAY = NOW.date()
HEAD = "Association;SIRET;Président;Courriel;Commune;Titre;Résumé;Étape;Personnes;60;64;70"
GOOD = "Jardins du Nord;{0};Awa Test;awa@exemple.fr;62051;Paniers du nord;Des paniers.;amorçage;120;18 000;32000;12000"  # noqa: E501


@pytest.fixture
def desk(db: Any) -> Any:
    return fund.user(Role.PROGRAMME)


def table(*rows: str, head: str = HEAD) -> bytes:
    return "\n".join([head, *rows]).encode()


def read(desk: Any, content: bytes, **fields: Any) -> Batch:
    full = {
        "call": fields.pop("call", None) or fund.call(),
        "name": "demandes.csv",
        "quality": "officer",
        "statement": "Accord donné à la réunion du 10 mai.",
        "given_on": DAY,
        "mapping": None,
        "actor": desk,
        "now": NOW,
    } | fields
    return actions.read(content=content, **full)


def planned(batch: Batch, user: Any) -> list[Any]:
    return plan(Batch.objects.select_related("call").get(pk=batch.pk), actor_for(user, day=DAY))


def test_a_table_becomes_drafts_under_a_recorded_mandate(desk: Any) -> None:
    fund.place()
    batch = read(desk, table(GOOD.format(a_siret(501)), GOOD.format(a_siret(502))))
    assert not Application.objects.exists()
    assert [row.outcome for row in planned(batch, desk)] == ["create", "create"]
    batch = actions.apply(batch=batch, actor=desk, now=NOW)
    assert [row["outcome"] for row in batch.told] == ["create", "create"]
    file = Application.objects.order_by("pk").first()
    assert (file.state, file.stage, file.people_count) == (State.DRAFT, "seeding", 120)
    assert {(row.code, row.amount_cents) for row in file.lines.all()} == {
        ("60", 18_000_00), ("64", 32_000_00), ("70", 12_000_00)
    }  # fmt: skip
    mandate = HelpMandate.objects.get(application=file)
    assert mandate.representative == "Awa Test"
    assert "ligne 2" in mandate.statement
    assert batch.cells == []


def test_the_same_table_twice_changes_nothing(desk: Any) -> None:
    fund.place()
    call, content = fund.call(), table(GOOD.format(a_siret(503)))
    batch = read(desk, content, call=call)
    actions.apply(batch=batch, actor=desk, now=NOW)
    before = list(Application.objects.values_list("pk", "version"))
    again = read(desk, content, call=call)
    assert again.pk == batch.pk
    actions.apply(batch=again, actor=desk, now=NOW)
    assert list(Application.objects.values_list("pk", "version")) == before


def test_a_corrected_table_updates_and_never_over_a_file_changed_since(desk: Any) -> None:
    fund.place()
    call, siret, other = fund.call(), a_siret(504), a_siret(505)
    first = read(desk, table(GOOD.format(siret), GOOD.format(other)), call=call)
    actions.apply(batch=first, actor=desk, now=NOW)
    touched = Application.objects.get(organisation__siret=other)
    applications.save_step(
        application=touched, step="projet", values={"summary": "Écrit à la main."},
        version=touched.version, actor=desk,
    )  # fmt: skip
    rows = [GOOD.format(number).replace("120", "150") for number in (siret, other)]
    second = read(desk, table(*rows), call=call)
    update, refused = planned(second, desk)
    assert update.outcome == "update"
    assert refused.outcome == "refused"
    assert "modifié depuis" in refused.faults[0].words
    actions.apply(batch=second, actor=desk, now=NOW)
    assert Application.objects.get(organisation__siret=siret).people_count == 150
    assert Application.objects.get(organisation__siret=other).people_count == 120
    # Undone: back to what it held, then the first import can be undone too.
    with_first = actions.undo(batch=second, reason="Erreur", actor=desk, now=NOW)
    assert Application.objects.get(organisation__siret=siret).people_count == 120
    assert with_first.told[0]["undone"] == "défait"
    told = actions.undo(batch=first, reason="Erreur", actor=desk, now=NOW).told
    assert told[0]["undone"] == "défait"
    assert told[1]["undone"].startswith("gardé")
    assert Application.objects.get(organisation__siret=siret).state == State.WITHDRAWN
    assert Application.objects.get(organisation__siret=other).state == State.DRAFT


@pytest.mark.parametrize(
    ("column", "value", "cell", "words"),
    [
        (1, "12345678901234", "B2", "clé de contrôle"),
        (3, "contact@barbèche", "D2", "adresse e-mail"),
        (2, "", "C2", "remplissez"),
        (4, "Nulleparville", "E2", "commune"),
        (5, "=HYPERLINK(1)", "F2", "formule"),
        (7, "démarrage", "H2", "dans la liste"),
        (8, "beaucoup", "I2", "nombre entier"),
        (9, "1e3000000", "J2", "n'est pas un montant"),
        (9, "=1+1", "J2", "formule"),
        (9, "12,50", "J2", "centimes"),
        (6, "Des l\ufffdgumes", "G2", "UTF-8"),
    ],
)
def test_each_bad_cell_is_refused_with_its_place(
    desk: Any, column: int, value: str, cell: str, words: str
) -> None:
    fund.place()
    cells = GOOD.format(a_siret(506)).split(";")
    cells[column] = value
    (row,) = planned(read(desk, table(";".join(cells))), desk)
    assert row.outcome == "refused"
    assert row.faults[0].cell == cell
    assert words in row.faults[0].words


def test_columns_are_corrected_and_kept_under_a_name(desk: Any) -> None:
    fund.place()
    call = fund.call()
    head = HEAD.replace("Association;", "Qui;").replace(";70", ";Recettes")
    batch = read(desk, table(GOOD.format(a_siret(507)), head=head), call=call)
    assert "name" not in batch.columns
    with pytest.raises(actions.ImportRefused, match="Nom de l'association"):
        actions.apply(batch=batch, actor=desk, now=NOW)
    columns = batch.columns | {"name": "Qui", "line:resource:70": "Recettes"}
    actions.choose_columns(batch=batch, columns=columns, name="Notre tableau", actor=desk, now=NOW)
    kept = ColumnMapping.objects.get(owner=desk)
    other = read(desk, table(GOOD.format(a_siret(508)), head=head), call=call, mapping=kept)
    assert other.columns["line:resource:70"] == "Recettes"
    with pytest.raises(actions.ImportRefused, match="deux fois"):
        actions.choose_columns(
            batch=batch, columns=columns | {"title": "Qui"}, name="", actor=desk, now=NOW
        )


def test_who_imports_for_whom(desk: Any) -> None:
    place = fund.place()
    head = fund.organisation("Tête", kind="network")
    member = fund.organisation("Membre", siret=a_siret(509), head=head)
    leader = fund.user(Role.NETWORK_HEAD, head)
    rows = table(GOOD.format(member.siret), GOOD.format(a_siret(510)))
    batch = read(leader, rows, quality="network")
    mine, stranger = planned(batch, leader)
    assert mine.outcome == "create"
    assert "pas membre de votre réseau" in stranger.faults[0].words
    far = fund.user(Role.INSTRUCTOR, department=fund.place("13").department)
    (row,) = planned(read(far, table(GOOD.format(a_siret(511)))), far)
    assert "territoire" in row.faults[0].words
    near = fund.user(Role.INSTRUCTOR, department=place.department)
    assert planned(read(near, table(GOOD.format(a_siret(512)))), near)[0].outcome == "create"
    with pytest.raises(NotYours):
        read(fund.user(Role.REPRESENTATIVE, member), rows)
    with pytest.raises(NotYours):
        actions.apply(batch=batch, actor=desk, now=NOW)


def test_nothing_after_the_close_nor_in_the_future(desk: Any) -> None:
    fund.place()
    batch = read(desk, table(GOOD.format(a_siret(513))))
    with pytest.raises(applications.CallClosed):
        actions.apply(batch=batch, actor=desk, now=fund.CLOSES + timedelta(days=1))
    with pytest.raises(actions.ImportRefused, match="avenir"):
        read(desk, table("x"), given_on=DAY + timedelta(days=1))


def an_ods(rows: str, *, doctype: str = "") -> bytes:
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr(
            "content.xml",
            f"<?xml version='1.0'?>{doctype}<office:document-content {spaces}><office:body>"
            f"<office:spreadsheet><table:table>{rows}</table:table></office:spreadsheet>"
            "</office:body></office:document-content>",
        )
    return found.getvalue()


def a_cell(text: str, more: str = "") -> str:
    return f"<table:table-cell {more}><text:p>{text}</text:p></table:table-cell>"


def test_an_ods_is_read_and_repeated_cells_cost_nothing() -> None:
    wide = 'table:number-columns-repeated="16384"'
    rows = f"<table:table-row>{a_cell('Titre')}{a_cell('Montant')}<table:table-cell {wide}/>"
    rows += "</table:table-row><table:table-row>"
    rows += a_cell("Paniers") + a_cell(
        "1 200 €", 'office:value-type="currency" office:value="1200"'
    )  # noqa: E501
    rows += "</table:table-row>"
    found = read_table(content=an_ods(rows), name="a.ods")
    assert found.heading == ["Titre", "Montant"]
    assert found.rows == [["Paniers", "1200"]]


@pytest.mark.parametrize(
    "content",
    [
        an_ods("<table:table-row/>", doctype="<!DOCTYPE a [<!ENTITY b 'c'>]>"),
        an_ods("<table:table-row>" * 400),
        an_ods(f"<table:table-row>{a_cell('x', 'table:number-columns-repeated=' + chr(34) + '9000' + chr(34))}</table:table-row>"),  # noqa: E501
        b"PK\x03\x04" + b"x" * 500,
        b"\xff\xfea\x00b\x00",
    ],
)  # fmt: skip
def test_a_hostile_table_is_refused_in_french(content: bytes) -> None:
    with pytest.raises(Exception) as caught:
        read_table(content=content, name="piege.ods")
    assert (
        "ableau" in str(caught.value)
        or "ichier" in str(caught.value)
        or "ocument" in str(caught.value)
    )  # noqa: E501


def test_an_ods_bomb_is_refused() -> None:
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("content.xml", b" " * 120_000_000)
    with pytest.raises(Exception, match="100 Mo"):
        read_table(content=found.getvalue(), name="bombe.ods")
