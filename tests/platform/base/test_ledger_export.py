"""The exports, read back by parsers written here, give the balances of the books."""

import re
from collections import defaultdict
from datetime import datetime
from uuid import uuid4

import pytest

from ensemblier.base.ledger.actions import post, void
from ensemblier.base.ledger.export import FEC_FIELDS
from ensemblier.base.ledger.models import Account
from ensemblier.base.ledger.queries import balances
from ensemblier.cli.main import main
from tests.factories_ledger import DAY, envelope, hold, move, payee, state


@pytest.fixture
def book(db):
    fund, garden = envelope(1_234_567_89), payee("jardin n° 1 ; 2")
    move(fund, garden, 12_05)
    post(key=uuid4(), reservation=hold(fund, garden, 60_00), day=DAY, actor=None, amount_cents=1)
    void(key=uuid4(), reservation=hold(fund, garden, 7_00), day=DAY, actor=None, reason="x\ty\nz")
    hold(fund, garden, 33_33)
    move(state(), payee("autre"), 99)


def cents(text):
    sign, whole, rest = re.fullmatch(r"(-?)(\d+)[.,](\d{2})", text).groups()
    return int(sign + whole + rest)


def export(kind, tmp_path):
    path = tmp_path / f"livre.{kind}"
    assert main(["ledger", "export", "--format", kind, "--out", str(path)]) == 0
    return path.read_bytes().decode("utf-8")


def test_hledger_journal_balances_and_gives_the_same_figures(book, tmp_path):
    text = export("hledger", tmp_path)
    posted, reserved, declared = defaultdict(int), defaultdict(int), set()
    for block in text.split("\n\n"):
        total = 0
        for line in block.splitlines():
            if line.startswith("account "):
                declared.add(line[8:].split("  ")[0])
            virtual = re.fullmatch(r"    \((\S+):Engagements\)  (-?\d+\.\d\d) EUR", line)
            real = re.fullmatch(r"    (\w\S*)  (-?\d+\.\d\d) EUR", line)
            if virtual:
                reserved[virtual[1]] -= cents(virtual[2])
            elif real:
                posted[real[1]] += cents(real[2])
                total += cents(real[2])
            else:
                assert not line.startswith(" "), line
        assert total == 0, block
    found = balances()
    by_name = {name.split(":")[1]: name for name in declared if name.count(":") == 1}
    for account in Account.objects.all():
        (name,) = [by_name[code] for code in by_name if _same(code, account)]
        assert posted[name] == found[account.pk].posted
        assert reserved[name] == found[account.pk].reserved
    assert set(posted) | set(reserved) <= declared


def _same(code, account):
    safe = re.sub(r"[^-\w./]", "-", account.code)
    return code in (account.code, f"{safe}-{account.pk}")


def test_fec_has_eighteen_fields_and_balances(book, tmp_path):
    lines = export("fec", tmp_path).split("\r\n")
    assert lines.pop() == ""
    assert tuple(lines[0].split("\t")) == FEC_FIELDS
    assert len(FEC_FIELDS) == 18
    moved, entries = defaultdict(int), defaultdict(int)
    for line in lines[1:]:
        row = dict(zip(FEC_FIELDS, line.split("\t"), strict=True))
        for field in ("EcritureDate", "PieceDate", "ValidDate"):
            datetime.strptime(row[field], "%Y%m%d")
        assert re.fullmatch(r"\d+,\d\d", row["Debit"])
        assert re.fullmatch(r"\d+,\d\d", row["Credit"])
        assert row["CompteNum"][:3].isdigit()
        assert row["CompteLib"] and row["EcritureLib"] and row["PieceRef"]
        # Accountants put the destination on the debit side: the sign of our balances.
        change = cents(row["Debit"]) - cents(row["Credit"])
        moved[row["CompAuxNum"]] += change
        entries[row["EcritureNum"]] += change
    assert set(entries.values()) == {0}
    assert list(entries) == [str(n) for n in range(1, len(entries) + 1)]
    found = balances()
    assert moved == {a.code: found[a.pk].posted for a in Account.objects.all()}


def test_the_export_goes_to_standard_output_too(book, capsys):
    assert main(["ledger", "export", "--format", "fec"]) == 0
    assert capsys.readouterr().out.startswith("JournalCode\t")
