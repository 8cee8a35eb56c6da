"""`ensemblier verify` finds and names whatever was changed behind the books' back."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from ensemblier.base.ledger import digest, reading, seals
from ensemblier.base.ledger import verify as verifying
from ensemblier.base.ledger.actions import Line, post, transfer_many, void
from ensemblier.base.ledger.models import Block, Kind, Transfer
from ensemblier.base.ledger.verify import verify
from ensemblier.cli.main import main
from tests.append_only import unprotected
from tests.factories_ledger import DAY, envelope, hold, move, payee, state

NOW = datetime(2026, 3, 3, tzinfo=UTC)


@pytest.fixture
def book(transactional_db, monkeypatch):
    """Forty-odd transfers of every kind, sealed in several blocks."""
    monkeypatch.setattr(seals, "BLOCK_SIZE", 7)
    write_some(random.Random(1))
    seals.seal(now=NOW)
    assert Block.objects.count() > 4
    assert verify().faults == []


def write_some(chance):
    first, second, garden = envelope(1000_00, "a"), envelope(500_00, "b"), payee()
    for number in range(12):
        move(chance.choice([first, second]), garden, chance.randint(1, 9_00))
        held = hold(first, garden, chance.randint(2, 9_00))
        if number % 3 == 0:
            post(key=uuid4(), reservation=held, day=DAY, actor=None, amount_cents=1)
        elif number % 3 == 1:
            void(key=uuid4(), reservation=held, day=DAY, actor=None, reason="essai")
    move(second, first, 3_00)
    transfer_many(
        [
            Line(key=uuid4(), debit=first, credit=garden, amount_cents=5, day=DAY, reason="mois")
            for _ in range(4)
        ]
    )


CHANGES = {
    "cents": lambda row: row.cents + 1,
    "day": lambda row: row.day + timedelta(days=1),
    "reason": lambda row: row.reason + ".",
    "reference": lambda row: row.reference + "x",
    "actor_id": lambda row: (row.actor_id or 0) + 1,
    "created_at": lambda row: row.created_at + timedelta(microseconds=1),
    "key": lambda row: uuid4(),
    "digest": lambda row: bytes(row.digest)[:-1] + bytes([bytes(row.digest)[-1] ^ 1]),
}


def change(row, chance, recompute):
    """One field, by SQL; then, if the attacker is careful, the digest that goes with it."""
    names = sorted(CHANGES)
    if row.kind in (Kind.POST, Kind.VOID):
        names.remove("cents")  # the database's own constraints stop that one
    if recompute:
        names.remove("digest")
    name = chance.choice(names)
    setattr(row, name, CHANGES[name](row))
    if recompute:
        row.digest = digest_of(row)
    Transfer.objects.filter(pk=row.pk).update(**{name: getattr(row, name), "digest": row.digest})
    return row.pk


def delete(row, chance, recompute):
    Transfer.objects.filter(pk=row.pk)._raw_delete("default")
    return row.pk


def insert(row, chance, recompute):
    """A copy of a row, put among the sealed ones."""
    first = Transfer.objects.order_by("pk").values_list("pk", flat=True)[0]
    row.pk, row.key = first - chance.randint(1, 5), uuid4()
    row.kind, row.settles_id, row.settled_cents = Kind.TRANSFER, None, 0
    row.digest = digest_of(row)
    row.save(force_insert=True)
    return row.pk


def digest_of(row):
    return digest.digest(
        row.key,
        row.kind,
        row.debit_id,
        row.credit_id,
        row.cents,
        row.settles_id,
        row.settled_cents,
        row.day,
        row.reason,
        row.reference,
        row.actor_id,
        row.created_at,
    )


def attack(seed):
    """One random mutation, seen by verify, then undone. What was named, what should be."""
    chance = random.Random(seed)
    with transaction.atomic():
        row = chance.choice(list(Transfer.objects.order_by("pk")))
        verb = chance.choice([change, change, delete, insert])
        expected = verb(row, chance, recompute=chance.random() < 0.5)
        faults = verify().faults
        transaction.set_rollback(True)
    return faults[0].transfer if faults else None, expected


def test_two_hundred_mutations_by_a_superuser_are_found_and_named(book):
    with unprotected():
        for seed in range(200):
            named, expected = attack(seed)
            assert named == expected, seed
    assert verify().faults == []


def test_negative_control_without_the_chain_a_careful_attacker_wins(book, monkeypatch):
    monkeypatch.setattr(verifying._Chain, "take", lambda *_: None)
    monkeypatch.setattr(verifying._Chain, "finish", lambda *_: None)
    monkeypatch.setattr(verifying.append_only, "missing", lambda *_: [])
    with unprotected(), transaction.atomic():
        row = Transfer.objects.filter(kind=Kind.TRANSFER).last()
        row.reason = "autre motif"
        row.digest = digest_of(row)
        Transfer.objects.filter(pk=row.pk).update(reason=row.reason, digest=row.digest)
        assert verify().faults == []
        transaction.set_rollback(True)


def test_rewriting_the_whole_chain_is_seen_from_outside(book, tmp_path, capsys):
    outside = tmp_path / "sceaux.tsv"
    assert seals.write_seals(outside) == Block.objects.count()
    assert seals.write_seals(outside) == 0
    assert verify(outside).faults == []
    with unprotected():
        row = Transfer.objects.order_by("pk")[3]
        row.reason = "autre motif"
        row.digest = digest_of(row)
        Transfer.objects.filter(pk=row.pk).update(reason=row.reason, digest=row.digest)
        Block.objects.all()._raw_delete("default")
    seals.seal(now=NOW)
    assert verify().faults == []
    faults = verify(outside).faults
    assert [fault.where for fault in faults] == [f"bloc {n}" for n in range(1, len(faults) + 1)]
    assert main(["verify", "--seals", str(outside)]) == 1
    assert "l'histoire a été réécrite" in capsys.readouterr().out


def test_a_block_cut_off_the_end_is_seen_from_outside(book, tmp_path):
    outside = tmp_path / "sceaux.tsv"
    seals.write_seals(outside)
    with unprotected():
        last = Block.objects.order_by("number").last()
        Block.objects.filter(pk=last.pk)._raw_delete("default")
    assert verify().faults == []
    assert verify(outside).faults[0].where == f"bloc {last.number}"


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        ("UPDATE ledger_block SET count = count + 1 WHERE number = 2", "bloc 2"),
        ("UPDATE ledger_account SET code = 'autre' WHERE code = 'a'", "bloc 1"),
        ("DELETE FROM ledger_block WHERE number = 2", "bloc 3"),
        ("UPDATE ledger_counter SET available_cents = available_cents + 1", "compteur"),
        ("DELETE FROM ledger_counter", "compteur"),
    ],
)
def test_blocks_accounts_and_counters_are_proved_too(book, statement, where):
    with unprotected(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(statement)
        assert verify().faults[0].where.startswith(where)
        transaction.set_rollback(True)


def test_money_spent_below_the_floor_by_sql_is_named(transactional_db):
    fund, garden = envelope(10_00), payee()
    row = move(fund, garden, 10_00)
    row.pk, row.key = None, uuid4()
    row.digest = digest_of(row)
    row.save(force_insert=True)
    fault = verify().faults[0]
    assert fault.transfer == row.pk
    assert "sous zéro" in fault.what


def test_a_transfer_to_an_unknown_account_is_named(transactional_db):
    row = move(state(), payee(), 10_00)
    row.pk, row.key, row.credit_id = None, uuid4(), 10**9
    row.digest = digest_of(row)
    row.save(force_insert=True)
    assert "n'existe pas" in verify().faults[0].what


def test_a_reservation_settled_twice_is_named(transactional_db):
    held = hold(envelope(10_00), payee(), 5_00)
    row = post(key=uuid4(), reservation=held, day=DAY, actor=None)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX ledger_transfer_settled_once")
    try:
        row.pk, row.key = None, uuid4()
        row.digest = digest_of(row)
        row.save(force_insert=True)
        assert verify().faults[0].transfer == row.pk
    finally:
        with unprotected():
            Transfer.objects.filter(pk=row.pk)._raw_delete("default")
        constraint = next(
            each for each in Transfer._meta.constraints if each.name.endswith("settled_once")
        )
        with connection.schema_editor() as editor:
            editor.add_constraint(Transfer, constraint)


def test_a_missing_trigger_is_named(book):
    with unprotected():
        faults = verify().faults
    assert {fault.where for fault in faults} == {"protection"}
    assert any("ledger_transfer_no_update" in fault.what for fault in faults)


def test_the_command_says_it_in_french_with_its_exit_code(book, capsys):
    assert main(["verify"]) == 0
    assert "Aucune faute" in capsys.readouterr().out
    with unprotected():
        row = Transfer.objects.order_by("pk")[5]
        Transfer.objects.filter(pk=row.pk).update(reason="autre")
    assert main(["verify"]) == 1
    out = capsys.readouterr().out
    assert f"FAUTE\u00a0: écriture {row.pk}\u00a0: son contenu ne correspond pas" in out


def test_an_unreadable_seal_file_is_an_error(book, tmp_path, capsys):
    (tmp_path / "x").write_text("n'importe quoi\n")
    assert main(["verify", "--seals", str(tmp_path / "x")]) == 2
    assert "ligne 1" in capsys.readouterr().err


def test_sealing_again_adds_nothing_and_goes_on_later(book):
    count = Block.objects.count()
    assert seals.seal(now=NOW) == []
    move(state(), payee(), 1)
    assert len(seals.seal(now=NOW)) == 1
    assert Block.objects.count() == count + 1
    report = verify()
    assert report.faults == []
    assert report.sealed == report.transfers == Transfer.objects.count()


def test_ranges_of_numbers():
    assert seals.ranges([1, 2, 3, 7, 9, 10]) == "1-3,7,9-10"
    assert list(seals.numbers("1-3,7,9-10")) == [1, 2, 3, 7, 9, 10]
    assert list(seals.numbers(seals.ranges([]))) == []


def test_the_stream_gives_what_the_digest_needs(book):
    for plain in reading.rows():
        row = reading.Row(*plain)
        stored = Transfer.objects.get(pk=row.id)
        assert digest.digest_of(*plain[1:13]) == row.digest == bytes(stored.digest)
        assert UUID(bytes=row.key) == stored.key


def test_the_commands_seal_and_list_balances(book, tmp_path, capsys):
    outside = tmp_path / "sceaux.tsv"
    move(state(), payee(), 1)
    assert main(["ledger", "seal", "--out", str(outside)]) == 0
    assert len(seals.read_seals(outside)) == Block.objects.count()
    assert main(["ledger", "balances"]) == 0
    assert main(["ledger", "grants", "appli"]) == 0
    out = capsys.readouterr().out
    assert "disponible" in out
    assert "GRANT SELECT, INSERT ON ledger_account" in out
    assert main(["ledger", "grants", "a b"]) == 2
