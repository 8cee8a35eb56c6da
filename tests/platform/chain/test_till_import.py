"""A till's file of lines: each fault at its line and column, then written once and shared."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from html import unescape
from types import SimpleNamespace

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from ensemblier.base.people.models import Role
from ensemblier.chain.billing import desk, tills
from ensemblier.chain.billing.models import Document, MonthEnd, TillFile
from ensemblier.chain.billing.month_end import close_month
from ensemblier.chain.catalogue.actions import set_price
from ensemblier.chain.cofinancing.models import EnvelopeLeft, Share
from ensemblier.chain.distribution.models import SaleLine
from ensemblier.reports import actions as reports
from tests import factories_chain as chains
from tests import factories_fund as fund
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 4, 5, 9, tzinfo=UTC)
TODAY = NOW.date()
RULE = """
name = "Paniers"
[person]
rule = "percent"
percent = "30"
[[step]]
kind = "share"
payers = [ { name = "Ville", weight = 1 } ]
[[envelope]]
payer = "Ville"
cents = 2000
until = 2027-03-20
"""
HEAD = "ligne;date;lieu;produit;quantite;prix;dispositif;carte"
GOOD = f"{HEAD}\n1;01/03/2027;;panier;1;12,05;paniers;\n2;02/03/2027;;Panier;0,5;6;;\n"


@pytest.fixture
def world() -> SimpleNamespace:
    chain = chains.make_chain()
    shop, basket = chains.make_site(chain), chains.make_product(chain)
    chains.make_scheme(chain, RULE, ["Ville"])
    return SimpleNamespace(chain=chain, shop=shop, basket=basket)


def read(world: SimpleNamespace, text: str | bytes, **more) -> TillFile:
    content = text.encode() if isinstance(text, str) else text
    facts = {"name": "caisse.csv", "today": TODAY, "actor": None, "now": NOW} | more
    return tills.read_file(chain=world.chain, content=content, **facts)


def faults(world: SimpleNamespace, *lines: str) -> list[tuple[int, str, str]]:
    return [tuple(each) for each in read(world, "\n".join([HEAD, *lines])).faults]


def imported(world: SimpleNamespace, file: TillFile) -> TillFile:
    TillFile.objects.filter(pk=file.pk).update(state="writing")
    return tills.write_file(file_id=file.pk, actor=None, clock=lambda: NOW)


WRONG = [
    ("31/02/2027;;panier;1;12;;", "date", "n'est pas une date"),
    ("06/04/2027;;panier;1;12;;", "date", "pas encore venu"),
    ("28/02/2027;;panier;1;12;;", "date", "les jours jusqu'au 28 février 2027 sont clos"),
    ("01/03/2027;Ailleurs;panier;1;12;;", "lieu", "aucun lieu"),
    ("01/03/2027;;chou;1;12;;", "produit", "« chou » : ce produit n'est pas au catalogue"),
    ("01/03/2027;;;1;12;;", "produit", "cette case est vide"),
    ("01/03/2027;;panier;-1;12;;", "quantite", "supérieure à zéro"),
    ("01/03/2027;;panier;1e3000000;12;;", "quantite", "n'est pas une quantité"),
    ("01/03/2027;;panier;1;1e3000000;;", "prix", "n'est pas un montant"),
    ("01/03/2027;;panier;1;-5;;", "prix", "est négatif"),
    ("01/03/2027;;panier;1;=2+3;;", "prix", "une formule n'est pas lue"),
    ("01/03/2027;;panier;1;;;", "prix", "tarif"),
    ("01/03/2027;;panier;1;12;inconnu;", "dispositif", "aucun dispositif"),
    ("01/12/2026;;panier;1;12;paniers;", "dispositif", "aucune règle n'est publiée"),
    ("01/03/2027;;panier;1;12;paniers;123", "carte", "aucune carte"),
]


def test_each_fault_is_named_at_its_line_and_column(world) -> None:
    lines = [f"{rank};{line}" for rank, (line, _, _) in enumerate(WRONG)]
    reports.close_period(chain=world.chain, last_day=date(2027, 2, 28), actor=None, now=NOW)
    found = faults(world, "x;01/03/2027;;panier;1;12,05;;", *lines)
    for rank, (_, column, said) in enumerate(WRONG, 3):
        mine = [each for each in found if each[0] == rank and each[1] == column]
        assert [said in each[2].replace("\u00a0", " ") for each in mine] == [True], (column, mine)
    assert not [each for each in found if each[0] == 2]  # the line that is right
    assert SaleLine.objects.count() == 0


def test_the_envelope_is_tried_over_the_whole_file_and_nothing_moves(world) -> None:
    """20 € in the envelope, 7 € a line: the third does not fit."""
    found = faults(world, *(f"{rank};0{rank}/03/2027;;panier;1;10;paniers;" for rank in (1, 2, 3)))
    assert [each[:2] for each in found] == [(4, "dispositif")]
    assert found[0][2]
    late = faults(world, "9;25/03/2027;;panier;1;10;paniers;")  # its last day is the 20th
    assert [each[:2] for each in late] == [(2, "dispositif")]
    assert SaleLine.objects.count() == Share.objects.count() == 0
    assert EnvelopeLeft.objects.get().cents == 2000  # tried, not drawn


def test_a_file_that_is_no_table_of_lines_is_refused(world) -> None:
    with pytest.raises(tills.TillRefused, match="Il manque la colonne produit, quantite"):
        read(world, "date;chose\n01/03/2027;1\n")
    with pytest.raises(tills.TillRefused, match="aucune ligne"):
        read(world, f"{HEAD}\n;;;;;;;\n")
    with pytest.raises(tills.Refusal):
        read(world, "date;produit;quantite\n01/03/2027;Pâté;1\n".encode("utf-16"))
    # Another encoding is read, or its words are shown as they came: never a line by accident.
    strange = read(world, "date;produit;quantite;prix\n01/03/2027;Pâté;1;2\n".encode("latin-1"))
    assert strange.fault_count == 1
    assert SaleLine.objects.count() == 0


def test_the_same_file_or_the_same_line_twice_is_written_once(world) -> None:
    file = read(world, GOOD)
    assert (file.fault_count, file.lines) == (0, 2)
    done = imported(world, file)
    assert (done.state, done.written, done.rows) == ("written", 2, [])
    assert read(world, GOOD).pk == file.pk
    assert imported(world, read(world, GOOD + "3;03/03/2027;;panier;1;10;;\n")).written == 1
    assert SaleLine.objects.count() == 3
    # The till's number with another content is refused, and said.
    changed = imported(world, read(world, GOOD.replace("12,05", "13,05")))
    assert (changed.written, changed.fault_count) == (0, 1)
    assert SaleLine.objects.count() == 3


def test_cut_in_the_middle_it_goes_on_where_it_was(world, monkeypatch) -> None:
    monkeypatch.setattr(tills, "BATCH", 1)
    file = read(world, GOOD)
    TillFile.objects.filter(pk=file.pk).update(state="writing")
    assert tills._write_some(file.pk, None, NOW)
    assert SaleLine.objects.count() == 1
    tills.write_file(file_id=file.pk, actor=None, clock=lambda: NOW)
    assert SaleLine.objects.count() == 2


def test_two_lines_that_say_the_same_are_two_without_a_number(world) -> None:
    text = "date;produit;quantite;prix\n" + 2 * "01/03/2027;panier;1;12\n"
    assert imported(world, read(world, text)).written == 2


def run_tasks() -> None:
    for row in DBTaskResult.objects.ready().filter(task_path__contains="billing"):
        row.task.func(*row.args_kwargs["args"])
        row.delete()


def test_given_tried_imported_then_the_month_is_closed_on_screen(world) -> None:
    client, lead = Client(), fund.user(Role.APPLICANT, world.chain.lead)
    with time_machine.travel(NOW, tick=False):
        sign_in(client, lead)
        address = reverse("billing:till", args=[world.chain.slug])
        bad = client.post(address, {"paper": SimpleUploadedFile("c.csv", b"a;b\n1;2\n")})
        assert bad.status_code == 422
        assert "Il manque la colonne" in unescape(bad.content.decode())
        wrong = SimpleUploadedFile("c.csv", GOOD.replace("panier;1;", "chou;1;").encode())
        page = client.post(address, {"paper": wrong}, follow=True)
        assert "ce produit n'est pas au catalogue" in unescape(page.content.decode())
        assert "Importer ces" not in page.content.decode()
        page = client.post(
            address, {"paper": SimpleUploadedFile("c.csv", GOOD.encode())}, follow=True
        )
        assert "Importer ces 2 lignes" in page.content.decode()
        file = TillFile.objects.get(fault_count=0)
        for _ in range(2):  # a double click
            page = client.post(reverse("billing:import_till", args=[file.pk]), follow=True)
        assert "0 lignes traitées sur 2" in page.content.decode()
        assert DBTaskResult.objects.ready().filter(task_path__contains="billing").count() == 1
        run_tasks()
        shown = client.get(reverse("billing:till_file", args=[file.pk])).content.decode()
        assert "Clôturer le mois" in shown
        closing = reverse("billing:close_month", args=[world.chain.slug])
        sent = {"until": "2027-03-31", "day": "2027-04-05"}
        assert client.post(closing, sent | {"until": "2027-04-05"}).status_code == 422
        for _ in range(2):
            page = client.post(closing, sent, follow=True)
        assert "en cours" in page.content.decode()
        assert DBTaskResult.objects.ready().filter(task_path__contains="billing").count() == 1
        run_tasks()
        page = unescape(client.get(closing).content.decode())
    assert "Dernière clôture" in page
    run = MonthEnd.objects.get()
    assert (run.lines, run.refused, run.phase) == (2, 0, "over")
    assert Share.objects.filter(payer__name="Ville").get().cents == 843  # 12,05 € less 3,62 €
    assert Document.objects.filter(kind="funder_call").get().total_cents == 843


def test_a_file_never_imported_is_forgotten_with_its_cards(world) -> None:
    read(world, GOOD)
    assert tills.forget_unwritten(before=NOW) == 0
    assert tills.forget_unwritten(before=NOW + timedelta(days=30)) == 1


FAMILIES = """
name = "Foyers"
[person]
rule = "table"
by = "size"
percent = { "1" = "50", "3-4" = "10" }
[[step]]
kind = "rest"
payer = "CAF"
"""


def test_what_the_cards_right_says_is_tried_priced_and_written(world) -> None:
    """A till only knows the number of a card: its tier and its household are those of the right."""
    chains.make_scheme(world.chain, FAMILIES, ["CAF"], code="foyers", asks_card=True)
    card = chains.make_card(world.chain, "foyers", tier="A", size="3-4")
    for audience, cents in (("", 1200), ("A", 500)):
        facts = {"basis": "person", "audience": audience, "unit_cents": cents, "actor": None}
        set_price(product=world.basket, starts=date(2027, 1, 1), **facts)
    file = read(world, f"{HEAD}\n1;01/03/2027;;panier;1;;foyers;{card.number}\n")
    assert file.faults == []
    assert imported(world, file).written == 1
    line = SaleLine.objects.get()
    assert (line.price_cents, line.tier, line.size) == (500, "A", "3-4")
    run = close_month(
        chain=world.chain, until=date(2027, 3, 31), day=TODAY, actor=None, clock=lambda: NOW
    )
    assert run.refused == 0
    assert sorted(Share.objects.values_list("cents", flat=True)) == [50, 450]
    other = f"{HEAD};tranche\n2;01/03/2027;;panier;1;;foyers;{card.number};B\n"
    (fault,) = read(world, other).faults
    assert fault[:2] == [2, "tranche"] and "le droit de la carte dit « A »" in fault[2]


def test_a_line_that_waits_to_be_shared_is_not_said_to_be_free(world) -> None:
    imported(world, read(world, GOOD))
    first, second = SaleLine.objects.order_by("day")
    client = sign_in(Client(), fund.user(Role.APPLICANT, world.chain.lead))

    def said(name: str, *args, **query) -> str:
        page = client.get(reverse(f"desk:{name}", args=args), query).content.decode()
        return unescape(page).replace("\u00a0", " ")

    page = said("line", first.pk)
    assert "Qui paie quoi sera dit à la clôture du mois" in page
    assert "personne ne paie" not in page and "La personne paie" not in page
    assert "La personne paie <strong>6,00 €" in said("line", second.pk)  # without a scheme
    day = said("day", world.chain.slug, jour=first.day.isoformat())
    assert "Pas encore partagé" in day and "à partager" in day
    totals = desk.totals(SaleLine.objects.filter(pk=first.pk))
    assert (totals.person, totals.funders, totals.waiting) == (0, 0, 1205)
    (row,) = desk.table(SaleLine.objects.filter(pk=first.pk))
    assert row[7:10] == ["12,05", "", ""]
    close_month(
        chain=world.chain, until=date(2027, 3, 31), day=TODAY, actor=None, clock=lambda: NOW
    )
    assert "La personne paie <strong>3,62 €" in said("line", first.pk)
    totals = desk.totals(SaleLine.objects.filter(pk=first.pk))
    assert (totals.person, totals.funders, totals.waiting) == (362, 843, 0)
