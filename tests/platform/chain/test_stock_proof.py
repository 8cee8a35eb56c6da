"""`ensemblier verify` finds whatever was changed behind the stock's back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from ensemblier.base.ledger.verify import verify
from ensemblier.chain.stock.actions import Output
from ensemblier.chain.stock.models import Lot, Movement, Processing, StockLevel
from ensemblier.chain.stock.proof import prove
from ensemblier.cli.main import main
from tests.append_only import unprotected
from tests.factories_stock import DAY, Pantry

pytestmark = pytest.mark.django_db
ONE = timedelta(days=1)


@pytest.fixture
def pantry():
    """A lot sold, sent, cooked and in part undone: nothing wrong."""
    pantry = Pantry()
    lot = pantry.receive(10_000, use_by=DAY + ONE, number="C-1")
    given = pantry.receive(10_000, is_gift_only=True, legal_status="sous taille", number="C-2")
    pantry.cook([(lot, 1_000), (given, 1_000)], [Output(pantry.soup, 3_900, number="S-1")], 50)
    pantry.undo(pantry.take(lot, 1_000))
    pantry.take(lot, 2_000, day=DAY + ONE)
    pantry.send(given, 500)
    assert prove() == []
    connection.check_constraints()  # PostgreSQL alters no table that has checks waiting
    return pantry


CHANGES = {
    "a level raised": (
        lambda: StockLevel.objects.filter(milli=500).update(milli=501),
        "il dit 501 millièmes, les mouvements disent 500",
    ),
    "a level lost": (
        lambda: StockLevel.objects.filter(milli=500).delete(),
        "il dit 0 millièmes, les mouvements disent 500",
    ),
    "a movement lost": (
        lambda: Movement.objects.filter(kind="transport").delete(),
        "les mouvements disent",
    ),
    "an arrival dated later": (
        lambda: Movement.objects.filter(lot__number="C-1", kind="harvest").update(day=DAY + ONE),
        "moins que rien",
    ),
    "a written loss changed": (
        lambda: Processing.objects.update(lost_grams=49),
        "entrée moins sortie fait 50 g, la perte écrite est de 49 g",
    ),
    "a weight changed": (
        lambda: Movement.objects.filter(kind="made").update(grams=1_951),
        "entrée moins sortie fait 49 g",
    ),
    "an exit dated after the use-by": (
        lambda: Lot.objects.filter(number="C-1").update(use_by=DAY),
        "sorti après sa DLC",
    ),
    "a sold lot made gift-only": (
        lambda: Lot.objects.filter(number="C-1").update(is_gift_only=True),
        "à donner seulement, est vendu",
    ),
    "a child freed": (
        lambda: Lot.objects.filter(number="S-1").update(is_gift_only=False),
        "il n'a pas les restrictions",
    ),
    "a status taken away": (
        lambda: Lot.objects.filter(number="S-1").update(legal_status=""),
        "il n'a pas les restrictions",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_changed_is_named(pantry, change):
    alter, words = CHANGES[change]
    with unprotected():
        alter()
        connection.check_constraints()
    faults = verify().faults
    assert any(words in fault.what for fault in faults), faults


def test_a_missing_protection_is_named(pantry):
    on = " ON stock_movement" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER stock_movement_no_update{on}")
    [fault] = verify().faults
    assert fault.where == "protection" and "stock_movement_no_update" in fault.what


def test_the_command_says_what_else_it_proved(pantry, capsys):
    assert main(["verify"]) == 0
    said = capsys.readouterr().out
    assert "Vérifié aussi" in said and "les stocks" in said
    with unprotected():
        StockLevel.objects.filter(milli=500).update(milli=501)
        connection.check_constraints()
    assert main(["verify"]) == 1
    assert "FAUTE\u00a0: reste du lot" in capsys.readouterr().out
