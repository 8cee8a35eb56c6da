"""Money in and out: noted once, in the books, undone; lines of the bank matched by a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from ensemblier.base.files.tables import TableRefused
from ensemblier.base.files.trees import TreeRefused
from ensemblier.base.ledger import proofs
from ensemblier.base.ledger.queries import balance
from ensemblier.chain.billing import (
    actions,
    balances,
    documents,
    posting,
    proof,
    settling,
    statements,
)
from ensemblier.chain.billing.models import BankStatement, Document, NumberedSeries, Settlement
from ensemblier.chain.billing.refusals import (
    AlreadyNoted,
    NothingToSettle,
    PaidByAgreement,
    SettlementKeyReused,
    SettlementRefused,
    TooMuch,
)
from ensemblier.chain.billing.retention import purge_statements
from ensemblier.chain.billing.statements import StatementRefused
from tests.append_only import unprotected
from tests.factories_chain import (
    DAY,
    make_chain,
    make_grower,
    make_lot,
    make_payer_account,
    make_product,
    make_scheme,
    make_site,
)
from tests.factories_people import make_organisation

db = pytest.mark.django_db
FIRST, LAST, TODAY = date(2027, 3, 1), date(2027, 3, 31), date(2027, 4, 20)
NOW = datetime(2027, 4, 20, 9, tzinfo=UTC)
RULE = """
name = "Paniers solidaires"
[person]
rule = "percent"
percent = "40"
[[step]]
kind = "rest"
payer = "Ville"
"""


def asked(**fields: Any) -> Any:
    month = {"first": FIRST, "last": LAST, "day": LAST, "now": NOW, "actor": None}
    return {"key": uuid4()} | month | fields


@dataclass
class World:
    site: Any
    basket: Any
    buyer: Any
    grower: Any
    invoice: Document
    bought: Document


@pytest.fixture
def world():
    """An invoice of 20,00 € to be paid, and a grower's of 40,00 € to pay."""
    site = make_site(make_chain())
    basket, buyer, grower = make_product(site.chain), make_organisation(), make_grower()
    chain, lead = site.chain, site.keeper
    who = {"chain": chain, "site": site, "seller": lead, "now": NOW, "actor": None}
    line = {"product": basket, "milli": 1000, "day": DAY, "buyer": buyer}
    actions.sell(key=uuid4(), price_cents=2000, **who, **line)
    make_lot(basket, site, 1000, value_cents=4000, origin=grower)
    actions.sign_mandate(grower=grower, buyer=lead, signed_on=FIRST, actor=None)
    invoice = documents.invoice(chain=chain, seller=lead, buyer=buyer, **asked())
    bought = documents.self_bill(chain=chain, buyer=lead, grower=grower, **asked())
    return World(site, basket, buyer, grower, invoice, bought)


def pay(document: Document, cents: int, reference: str = "VIR 1", **fields: Any) -> Settlement:
    facts = {"key": uuid4(), "day": TODAY, "actor": None, "now": NOW} | fields
    return settling.settle(document=document, cents=cents, bank_reference=reference, **facts)


def posted(account: Any) -> int:
    found: int = balance(account).posted
    return found


@db
def test_money_in_closes_what_the_sale_opened(world):
    chain, buyer = world.site.chain, posting.buyer_account(world.site.chain, world.buyer)
    assert posted(buyer) == -2000
    pay(world.invoice, 1500)
    assert balances.due_of(world.invoice) == 500
    pay(world.invoice, 500, "VIR 2")
    assert (balances.due_of(world.invoice), posted(buyer)) == (0, 0)
    assert posted(posting.bank_account(chain, world.site.keeper)) == -2000


@db
def test_money_out_pays_the_grower(world):
    grower = posting.grower_account(world.site.chain, world.grower)
    assert posted(grower) == 4000
    pay(world.bought, 4000)
    assert posted(grower) == 0
    assert posted(posting.bank_account(world.site.chain, world.site.keeper)) == 4000


@db
def test_the_same_money_counts_once(world):
    key = uuid4()
    first = pay(world.invoice, 1000, key=key)
    assert pay(world.invoice, 1000, key=key) == first
    with pytest.raises(SettlementKeyReused):
        pay(world.invoice, 900, key=key)
    with pytest.raises(AlreadyNoted, match="VIR 1"):
        pay(world.invoice, 500)
    assert Settlement.objects.count() == 1 and balances.due_of(world.invoice) == 1000


@db
@pytest.mark.parametrize(
    ("cents", "fields", "refusal"),
    [
        (2001, {}, TooMuch),
        (0, {}, SettlementRefused),
        (-5, {}, SettlementRefused),
        (100, {"day": date(2027, 4, 21)}, SettlementRefused),
        (100, {"reference": "  "}, SettlementRefused),
        (100, {"reference": "x" * 101}, SettlementRefused),
    ],
)
def test_what_cannot_be_noted_is_refused_and_nothing_is_written(world, cents, fields, refusal):
    with pytest.raises(refusal):
        pay(world.invoice, cents, **fields)
    assert not Settlement.objects.exists()
    assert posted(posting.buyer_account(world.site.chain, world.buyer)) == -2000


@db
def test_a_settlement_is_undone_by_its_opposite_once(world):
    row, key = pay(world.invoice, 2000), uuid4()
    facts = {"settlement": row, "day": TODAY, "reason": "erreur", "actor": None, "now": NOW}
    undone = settling.undo_settlement(key=key, **facts)
    assert (undone.cents, undone.undoes) == (-2000, row)
    assert settling.undo_settlement(key=key, **facts) == undone
    for again in (row, undone):
        with pytest.raises(SettlementRefused, match="déjà annulé"):
            settling.undo_settlement(key=uuid4(), **facts | {"settlement": again})
    assert balances.due_of(world.invoice) == 2000
    assert posted(posting.buyer_account(world.site.chain, world.buyer)) == -2000
    with pytest.raises(DatabaseError), transaction.atomic():
        Settlement.objects.filter(pk=row.pk).update(cents=1)


@db
def test_money_noted_on_the_wrong_document_is_undone_and_noted_on_the_right_one(world):
    buyer = {"product": world.basket, "milli": 1000, "day": DAY, "buyer": world.buyer}
    who = {"chain": world.site.chain, "site": world.site, "seller": world.site.keeper}
    actions.sell(key=uuid4(), price_cents=2000, now=NOW, actor=None, **who, **buyer)
    who = {"chain": world.site.chain, "seller": world.site.keeper, "buyer": world.buyer}
    other = documents.invoice(**who, **asked())
    right = world.invoice
    for document in (other, right):
        row = pay(document, 2000, "VIR 7")
        undo = {"day": TODAY, "reason": "autre facture", "actor": None, "now": NOW}
        settling.undo_settlement(key=uuid4(), settlement=row, **undo)
        assert "VIR 7" not in settling.noted(world.site.keeper)
    row = pay(right, 2000, "VIR 7")
    assert (balances.due_of(right), balances.due_of(other)) == (0, 2000)
    assert row.reference_in_words == "VIR 7\u00a0(3)"
    with pytest.raises(AlreadyNoted, match="VIR 7"):
        pay(other, 2000, "VIR 7")
    assert settling.noted(world.site.keeper) == {"VIR 7": (TODAY, 2000)}


@db
def test_a_credit_note_after_payment_is_money_to_give_back(world):
    pay(world.invoice, 2000)
    line = world.invoice.lines.get().sale_line
    actions.undo_sale(key=uuid4(), line=line, day=date(2027, 4, 2), now=NOW, actor=None)
    april = {"first": date(2027, 4, 1), "last": date(2027, 4, 5), "day": date(2027, 4, 5)}
    note = documents.credit_note(document=world.invoice, **asked(**april))
    assert balances.due_of(world.invoice) == -2000
    with pytest.raises(NothingToSettle, match="avoir"):
        pay(note, 2000, "VIR 2")
    assert pay(world.invoice, 2000, "VIR 2").cents == -2000
    assert balances.due_of(world.invoice) == 0
    assert posted(posting.buyer_account(world.site.chain, world.buyer)) == 0


@db
@pytest.mark.parametrize("kind", ["funder", "agreement"])
def test_a_funder_pays_its_call(world, kind):
    account = make_payer_account("ville", kind=kind)
    chain, lead = world.site.chain, world.site.keeper
    version = make_scheme(chain, RULE, [], accounts={"Ville": account})
    payer = version.scheme.payers.get()
    payer.organisation = make_organisation("Ville")
    payer.save()
    who = {"chain": chain, "site": world.site, "seller": lead, "now": NOW, "actor": None}
    line = {"product": world.basket, "milli": 1000, "day": DAY, "scheme": "paniers"}
    actions.sell(key=uuid4(), price_cents=1000, **who, **line)
    call = documents.funder_call(payer=payer, **asked())
    waits = balances.to_settle(chain, lead).filter(kind="funder_call")
    if kind == "agreement":
        assert not waits.exists(), "nobody is shown what nobody may settle"
        with pytest.raises(PaidByAgreement):
            pay(call, 600)
        return
    assert posted(account) == -600
    assert waits.get() == call
    pay(call, 600)
    assert posted(account) == 0
    assert not waits.exists()


CSV = """Date;Libellé;Débit;Crédit
05/04/2027;VIR SEPA FACTURE F 2027 1;;20,00
06/04/2027;VIREMENT EMIS;-40,00 €;
07/04/2027;CB BOULANGERIE;12,30;
08/04/2027;=CMD|' /C calc'!A0;;1 000,00
"""


def read(world, content: bytes, **columns: str) -> BankStatement:
    lead = world.site.keeper
    return statements.read_statement(
        chain=world.site.chain,
        owner=lead,
        content=content,
        name="releve.csv",
        columns=columns,
        actor=None,
        now=NOW,
    )


def apply(statement, *chosen: int, key=None):
    facts = {"actor": None, "today": TODAY, "now": NOW}
    read = {row.line.rank: row.document or 0 for row in statements.plan(statement, TODAY)[0]}
    return statements.apply_statement(
        key=key or uuid4(),
        statement=statement,
        chosen={rank: read.get(rank, 0) for rank in chosen},
        **facts,
    )


@db
def test_a_line_settles_the_document_that_was_read_beside_it_and_no_other(world):
    """Between the page and the button, the document was paid by hand and another one came."""
    statement = read(world, CSV.replace("FACTURE F 2027 1", "VIREMENT RECU").encode())
    line, *_ = statements.plan(statement, TODAY)[0]
    assert (line.outcome, line.document) == ("likely", world.invoice.pk)
    pay(world.invoice, 2000)
    who = {"chain": world.site.chain, "seller": world.site.keeper}
    sold = {"product": world.basket, "milli": 1000, "day": DAY, "buyer": world.buyer}
    sold |= {"site": world.site, "now": NOW, "actor": None}
    actions.sell(key=uuid4(), price_cents=2000, **who, **sold)
    other = documents.invoice(buyer=world.buyer, **who, **asked())
    assert statements.plan(statement, TODAY)[0][0].document == other.pk
    facts = {"actor": None, "today": TODAY, "now": NOW, "key": uuid4()}
    with pytest.raises(StatementRefused, match="la même pièce"):
        statements.apply_statement(
            statement=statement, chosen={line.line.rank: line.document}, **facts
        )
    assert balances.due_of(other) == 2000


@db
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_a_statement_shows_before_it_does_and_is_applied_once(world, encoding):
    statement = read(world, CSV.encode(encoding))
    found, documents_ = statements.plan(statement, TODAY)
    told = [(row.outcome, row.document and documents_[row.document]) for row in found]
    assert told == [
        ("sure", world.invoice),
        ("likely", world.bought),
        ("unmatched", None),
        ("unmatched", None),
    ]
    assert not Settlement.objects.exists(), "reading settles nothing"
    assert read(world, CSV.encode(encoding)) == statement
    key = uuid4()
    apply(statement, 2, 3, key=key)
    apply(statement, 2, 3, key=key)
    assert [balances.due_of(row) for row in (world.invoice, world.bought)] == [0, 0]
    statement.refresh_from_db()
    assert [row["words"] for row in statement.rows][2:] == ["", ""], "what names people is gone"
    again = read(world, CSV.encode(encoding) + b"\r\n09/04/2027;AUTRE;;1,00\r\n")
    assert [row.outcome for row in statements.plan(again, TODAY)[0]] == [
        "known",
        "known",
        *["unmatched"] * 3,
    ]


@db
def test_a_statement_never_applied_is_forgotten(world):
    read(world, CSV.encode())
    applied = read(world, CSV.replace("1 000,00", "9,00").encode())
    apply(applied)
    assert purge_statements(NOW + timedelta(days=29)) == 0
    assert purge_statements(NOW + timedelta(days=31)) == 1
    assert BankStatement.objects.get() == applied


@db
def test_a_line_that_matches_nothing_is_not_confirmed(world):
    statement = read(world, CSV.encode())
    for chosen in ([4], [99]):
        with pytest.raises(StatementRefused):
            apply(statement, *chosen)
    assert not Settlement.objects.exists()
    assert BankStatement.objects.get().state == "read"


CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>
<Acct><Id><IBAN>FR7630001007941234567890185</IBAN></Id></Acct>
<Ntry><Amt Ccy="EUR">20.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2027-04-05</Dt></BookgDt><AcctSvcrRef>BQ1</AcctSvcrRef>
<NtryDtls><TxDtls><RmtInf><Ustrd>FACTURE %s</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="EUR">40.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>PDNG</Cd></Sts>
<BookgDt><Dt>2027-04-05</Dt></BookgDt></Ntry>
</Stmt></BkToCstmrStmt></Document>"""


@db
def test_a_camt_053_is_read_the_same_way(world):
    statement = read(world, (CAMT % world.invoice.number).encode())
    (row,) = statements.plan(statement, TODAY)[0]
    assert (row.outcome, row.document, row.line.reference) == ("sure", world.invoice.pk, "BQ1")
    apply(statement, 1)
    assert balances.due_of(world.invoice) == 0
    assert Settlement.objects.get().bank_reference == f"{world.site.keeper.pk}:BQ1"


@db
@pytest.mark.parametrize(
    ("content", "refusal", "words"),
    [
        (b"Date;Montant\n05/04/2027;1", StatementRefused, "Libell"),
        (b"", TableRefused, "vide"),
        ("Date;Libellé;Montant".encode(), StatementRefused, "aucune op"),
        ("Date;Libellé;Montant\n".encode("utf-16"), TableRefused, "ni un classeur"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", TreeRefused, "DOCTYPE"),
        (b"<a/>", StatementRefused, "camt.053"),
    ],
)
def test_a_bad_file_is_refused_in_words(world, content, refusal, words):
    with pytest.raises(refusal, match=words):
        read(world, content)
    assert not BankStatement.objects.exists()


@db
def test_columns_named_by_hand(world):
    content = b"Le;Quoi;Combien\n05/04/2027;F-2027-00001;20"
    with pytest.raises(StatementRefused, match="« Quoi »"):
        read(world, content)
    statement = read(world, content, on="Le", words="Quoi", amount="Combien")
    assert statements.plan(statement, TODAY)[0][0].outcome == "sure"


@db
def test_verify_proves_documents_and_settlements(world):
    pay(world.invoice, 1500)
    assert "les pièces" in proofs.table(), "`ensemblier verify` runs it"
    assert proof.prove() == []
    # Negative controls: each fault by itself is found, and named.
    connection.check_constraints()  # PostgreSQL alters no table whose foreign keys still wait
    with unprotected():
        Document.objects.filter(pk=world.bought.pk).update(digest="0" * 64)
        Settlement.objects.update(cents=1400)
        connection.check_constraints()
    NumberedSeries.objects.filter(kind="invoice").update(last=2)
    said = " ; ".join(what for _, what in proof.prove())
    assert f"la pièce {world.bought.number} n'est plus" in said
    assert "il manque un numéro dans la suite facture 2027" in said
    assert "n'est pas au livre pour son montant" in said
