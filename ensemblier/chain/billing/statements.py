"""Extracts of a bank account: read, matched with documents, applied once by a person."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from ensemblier.base.bank.iso import Entry, NotABankFile, bank_file, statements
from ensemblier.base.bank.tables import BankLine, read_rows, told_apart
from ensemblier.base.chains.models import Chain
from ensemblier.base.files.tables import read_table
from ensemblier.base.files.trees import read_tree
from ensemblier.base.journal.actions import record
from ensemblier.base.people.models import Organisation
from ensemblier.base.refusal import Refusal
from ensemblier.chain.billing.balances import to_settle
from ensemblier.chain.billing.matching import KNOWN, LIKELY, SURE, Match, Open, match
from ensemblier.chain.billing.models import BankStatement, Document
from ensemblier.chain.billing.settling import BOUGHT, noted, settle

MOST_LINES = 2_000
CSV, CAMT = "tableau", "camt.053"


class StatementRefused(Refusal):
    """The bank's file cannot be read or applied as it stands."""


@transaction.atomic
def read_statement(
    *,
    chain: Chain,
    owner: Organisation,
    content: bytes,
    name: str,
    columns: dict[str, str],
    actor: Any,
    now: datetime,
) -> BankStatement:
    """Read an extract and keep its lines; no document is touched.

    The same file given twice is the same extract; once applied it stays applied.
    """
    digest = hashlib.sha256(content).hexdigest()
    known = BankStatement.objects.filter(chain=chain, owner=owner, sha256=digest).first()
    if known is not None:
        return known
    try:
        kind, lines = _read(content, name, columns)
    except NotABankFile as fault:
        raise StatementRefused(str(fault), field="paper") from fault
    if not lines:
        raise StatementRefused("Ce relevé ne contient aucune opération.", field="paper")
    if len(lines) > MOST_LINES:
        raise StatementRefused(
            f"Un relevé compte {MOST_LINES} lignes au plus : demandez à la banque une période plus "
            "courte.",
            field="paper",
        )
    # Sent twice at once, the other request may have written it since it was looked for.
    statement, made = BankStatement.objects.get_or_create(
        chain=chain,
        owner=owner,
        sha256=digest,
        defaults={
            "name": name[:150],
            "format": kind,
            "rows": [_packed(line) for line in lines],
            "read_at": now,
            "read_by_id": getattr(actor, "pk", None),
        },
    )
    if not made:
        return statement
    _log(statement, actor, "billing.statement_read", {"lines": len(lines), "sha256": digest})
    return statement


def _read(content: bytes, name: str, columns: dict[str, str]) -> tuple[str, list[BankLine]]:
    if content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        found = bank_file(read_tree(content=content))
        if found is None or found.kind != CAMT:
            raise NotABankFile(
                "Ce fichier XML n'est pas un relevé de compte (camt.053). Demandez ce format à "
                "votre banque, ou un tableau CSV."
            )
        entries = [entry for _, rows in statements(found.body) for entry in rows if entry.booked]
        return found.version, told_apart([_of(rank, e) for rank, e in enumerate(entries, 1)])
    table = read_table(content=content, name=name)
    return CSV, read_rows(table.heading, table.rows, columns)


def _of(rank: int, entry: Entry) -> BankLine:
    words = " ".join(text for text in (entry.words, entry.reference) if text)[:300]
    if entry.fault or entry.amount_cents is None or entry.on is None:
        fault = entry.fault or "montant ou date illisible"
        return BankLine(rank, entry.on, words=words, fault=fault)
    sign = 1 if entry.way == "CRDT" else -1
    return BankLine(rank, entry.on, sign * entry.amount_cents, words, entry.bank_reference)


def _packed(line: BankLine) -> dict[str, Any]:
    return line._asdict() | {"on": line.on.isoformat() if line.on else ""}


def line_of(row: dict[str, Any]) -> BankLine:
    kept = {name: row[name] for name in BankLine._fields}
    return BankLine(**kept | {"on": date.fromisoformat(row["on"]) if row["on"] else None})


def plan(statement: BankStatement, today: date) -> tuple[list[Match], dict[int, Any]]:
    """What each line would do now, and the documents they may settle, by number of row."""
    documents = {row.pk: row for row in to_settle(statement.chain, statement.owner)}
    waiting = [_open(row, statement.owner) for row in documents.values()]
    known = noted(statement.owner)
    lines = [line_of(row) for row in statement.rows]
    return match(lines, waiting, known, today), documents


def _open(row: Any, owner: Organisation) -> Open:
    """From the side of whose account it is."""
    pays = row.recipient_id == owner.pk and (row.kind in BOUGHT or row.issuer_id != owner.pk)
    party = row.seller.name if pays else row.recipient.name
    return Open(row.pk, row.number, party, -row.due_cents if pays else row.due_cents)


@transaction.atomic
def apply_statement(
    *,
    key: UUID,
    statement: BankStatement,
    chosen: Mapping[int, int],
    actor: Any,
    today: date,
    now: datetime,
) -> BankStatement:
    """Settle what a person confirmed, all or nothing. Asked twice: once.

    `chosen`: the document that was read beside each rank. A line that would settle another one
    now is refused. What is left over loses its words.
    """
    statement = BankStatement.objects.select_for_update(of=("self",)).get(pk=statement.pk)
    if statement.state == BankStatement.State.APPLIED:
        return statement
    found, documents = plan(statement, today)
    matched = {row.line.rank: row.document for row in found if row.document is not None}
    if any(matched.get(rank) != document for rank, document in chosen.items()):
        raise StatementRefused(
            "Une des lignes cochées ne correspond plus à la même pièce : elle a pu être réglée "
            "entre temps. Regardez les lignes ci-dessous, puis recommencez."
        )
    for row in found:
        if row.line.rank in chosen and row.document is not None and row.line.on is not None:
            settle(
                key=uuid5(key, f"line:{row.line.rank}"),
                document=documents[row.document],
                cents=abs(row.line.cents),
                day=row.line.on,
                bank_reference=row.line.reference,
                actor=actor,
                now=now,
            )
    statement.rows = [_kept(row, chosen, documents) for row in found]
    statement.state = BankStatement.State.APPLIED
    statement.ended_at, statement.ended_by_id = now, getattr(actor, "pk", None)
    statement.save()
    told = {"settled": len(chosen), "left": len(found) - len(chosen)}
    _log(statement, actor, "billing.statement_applied", told)
    return statement


@transaction.atomic
def forget_unapplied(*, before: datetime) -> int:
    """Remove the statements read before then and never applied."""
    rows = list(
        BankStatement.objects.filter(
            state=BankStatement.State.READ, read_at__lt=before
        ).select_for_update()
    )
    for row in rows:
        _log(row, None, "billing.statement_forgotten", {})
        row.delete()
    return len(rows)


def _kept(row: Match, chosen: Container[int], documents: dict[int, Document]) -> dict[str, Any]:
    kept = _packed(row.line)
    if row.line.rank in chosen and row.document is not None:
        number = documents[row.document].number
        return kept | {"outcome": "done", "said": f"réglé : {number}", "document": row.document}
    outcome = KNOWN if row.outcome == KNOWN else "left"
    said = row.words if row.outcome not in (SURE, LIKELY) else "non confirmée"
    return kept | {"words": "", "outcome": outcome, "said": said}


def _log(statement: BankStatement, actor: Any, action: str, data: dict[str, Any]) -> None:
    record(actor=actor, action=action, subject=f"bank_statement:{statement.pk}", data=data)
