"""Pages of one lot: it moves, leaves, is held, is traced; each refusal in plain words."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from ensemblier.base.pages import formats
from ensemblier.base.refusal import Refusal
from ensemblier.chain.stock import queries
from ensemblier.chain.stock.actions import Output
from ensemblier.chain.stock.exports import as_csv, units
from tests import chain_visitors
from tests.chain_visitors import FORMULA, body, member, signed
from tests.factories_stock import DAY, NOW, Pantry

pytestmark = pytest.mark.django_db
ONE = timedelta(days=1)


@pytest.fixture(autouse=True)
def on_that_day():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def pantry():
    return Pantry()


@pytest.fixture
def lead(pantry):
    return signed(pantry.chain.lead)


def at(name, thing):
    return reverse(f"stock:{name}", args=[getattr(thing, "slug", thing.pk)])


def send(client, url, **typed):
    return chain_visitors.send(client, url, **({"day": "2026-03-03"} | typed))


def test_a_lot_moves_leaves_and_is_lost(pantry, lead):
    lot, canteen = pantry.receive(), member(pantry.chain, "buyer", "Cantine")
    from_store = {"site": pantry.store.pk}
    send(lead, at("transport", lot), target=pantry.shop.pk, quantity="4", **from_store)
    send(lead, at("take_out", lot), kind="handed", party=canteen.pk, quantity="1,5", **from_store)
    send(lead, at("take_out", lot), kind="own_use", quantity="0,5", **from_store)
    send(lead, at("lose", lot), quantity="1", reason="gâté", **from_store)
    assert queries.level(lot, pantry.store) == 3_000 and queries.level(lot, pantry.shop) == 4_000
    assert lot.movements.get(kind="handed").party == canteen
    page = body(lead.get(at("lot", lot)))
    for words in ("Ce que ce lot est devenu", "Cantine", "gâté", "Remis gratuitement", "7 kg"):
        assert words in page


@pytest.mark.parametrize(
    ("page", "typed", "message"),
    [
        ("take_out", {"quantity": "11"}, "il reste 10 kg du lot"),
        ("take_out", {"quantity": "-1"}, "supérieure à zéro"),
        ("take_out", {"kind": "handed"}, "Choisissez l'organisation à qui ce lot est remis"),
        ("take_out", {"kind": "sale"}, "choix"),
        ("lose", {"reason": ""}, "Remplissez « Pourquoi ? »"),
        ("lose", {"quantity": "10,0001"}, "trop de chiffres après la virgule"),
        ("transport", {"target": "same"}, "Choisissez deux lieux différents."),
        ("transport", {"target": "999"}, "choix"),
    ],
)
def test_a_move_is_refused_in_plain_words(pantry, lead, page, typed, message):
    lot = pantry.receive()
    facts = {"kind": "own_use", "reason": "gâté", "target": pantry.shop.pk, "quantity": "1"}
    if typed.get("target") == "same":
        typed = {"target": pantry.store.pk}
    whole = facts | {"site": pantry.store.pk} | typed
    response = send(lead, at(page, lot), **whole)
    assert response.status_code == 422 and message in body(response)
    assert lot.movements.count() == 1


def test_nothing_leaves_past_its_date_or_held_and_a_loss_still_may(pantry, lead):
    late = pantry.receive(use_by=DAY)
    from_store = {"site": pantry.store.pk, "quantity": "1"}
    with time_machine.travel(NOW + ONE):
        lead = signed(pantry.chain.lead)
        typed = from_store | {"day": "2026-03-04", "kind": "own_use"}
        assert "il ne peut plus être reçu" in body(send(lead, at("take_out", late), **typed))
        assert send(lead, at("lose", late), reason="date", **from_store).status_code == 302
    held = pantry.receive()
    pantry.mark("quarantine", held, "doute")
    typed = from_store | {"kind": "own_use"}
    response = send(lead, at("take_out", held), **typed)
    assert "mis en quarantaine (doute) : il ne sort pas avant d'être libéré" in body(response)


def test_aid_goes_to_who_is_authorised(pantry, lead):
    lot, shop = pantry.receive(is_aid_only=True), member(pantry.chain, "buyer", "Épicerie privée")
    typed = {"kind": "handed", "party": shop.pk, "site": pantry.store.pk, "quantity": "1"}
    assert "est réservé à l'aide alimentaire" in body(send(lead, at("take_out", lot), **typed))


def test_marks_say_why_and_a_recall_shows_who_to_warn(pantry, lead):
    lot = pantry.receive()
    assert "Remplissez" in body(lead.post(at("quarantine", lot), {"reason": " "}))
    lead.post(at("quarantine", lot), {"reason": "froid coupé"})
    page = body(lead.get(at("lot", lot)))
    assert "Rien ne sort de ce lot" in page and "froid coupé" in page and "Libérer" in page
    lead.post(at("release", lot), {"reason": "contrôlé"})
    response = lead.post(at("release", lot), {"reason": "encore"})
    assert response.status_code == 422 and "n'est ni en quarantaine ni rappelé" in body(response)
    response = lead.post(at("recall", lot), {"reason": "listeria"})
    assert response.url == at("reached", lot)
    response = lead.post(at("quarantine", lot), {"reason": "doute"})
    assert "déjà retenu, plus fort" in body(response)
    assert "rappelé" in body(lead.get(at("list", pantry.chain)))


def test_everywhere_a_lot_went_up_and_down(pantry, lead):
    seed = pantry.receive(number="GRAINE")
    [soup] = pantry.cook([(seed, 4_000)], [Output(pantry.soup, 8_000, number="POT")])
    canteen = member(pantry.chain, "buyer", FORMULA)
    pantry.take(soup, 2_000, kind="handed", party=canteen)
    pantry.take(soup, 1_000)
    gone = pantry.take(seed, 1_000, kind="handed", party=member(pantry.chain, "buyer", "Annulée"))
    pantry.undo(gone)
    page = body(lead.get(at("reached", seed)))
    for words in ("lot POT", FORMULA, "Réserve : 1 sortie.", "5 bocaux", "6 kg"):
        assert words in page
    assert "Annulée" not in page
    below = body(lead.get(at("reached", soup)))
    assert "lot GRAINE" in below and "Jardin" in below
    response = lead.get(at("reached_csv", soup))
    assert response["Content-Type"].startswith("text/csv")
    text = response.content.decode("utf-8-sig")
    assert "amont;GRAINE" in text and "ce lot;POT" in text and f"'{FORMULA}" in text
    assert f";{FORMULA}" not in text


def test_quantities_take_their_plural_and_bars_their_thousandths():
    said = [formats.quantity(milli, "bocal") for milli in (1_500, 1_999, 2_000, -3_000)]
    assert said == ["1,5\u00a0bocal", "1,999\u00a0bocal", "2\u00a0bocaux", "\u22123\u00a0bocaux"]
    assert formats.amount(12_500, "/1000 kg") == "12,5\u00a0kg"


def test_the_table_writes_no_formula_and_has_an_end(monkeypatch):
    assert as_csv(["=a"], [["+1", -5, DAY, None]]) == "'=a\r\n'+1;-5;2026-03-03;\r\n"
    assert units(1_234_500) == "1234,5"
    monkeypatch.setattr("ensemblier.chain.stock.exports.MOST_ROWS", 1)
    with pytest.raises(Refusal, match="50 000"):
        as_csv(["a"], [["1"], ["2"]])


def test_a_lot_that_the_books_say_gone_can_be_counted_from_its_page(pantry, lead):
    lot = pantry.receive()
    pantry.lose(lot, 10_000)
    url = at("count", pantry.chain) + f"?lieu={pantry.store.pk}&lot={lot.pk}"
    assert send(lead, url, reason="retrouvé", **{f"lot_{lot.pk}": "2"}).status_code == 302
    assert queries.level(lot, pantry.store) == 2_000


def test_a_movement_is_undone_once(pantry, lead):
    lot = pantry.receive()
    row = pantry.lose(lot, 1_000)
    assert "Perte de 1 kg" in body(lead.get(at("undo", row)))
    early = send(lead, at("undo", row), day="2026-03-02")
    assert "l'annulation vient ce jour-là ou après" in body(early)
    assert send(lead, at("undo", row)).status_code == 302
    again = send(lead, at("undo", row))
    assert again.status_code == 422 and "déjà annulé" in body(again)
    assert queries.level(lot, pantry.store) == 10_000
    assert "annulation" in body(lead.get(at("lot", lot)))
