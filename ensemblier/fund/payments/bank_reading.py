"""Reports of banks (ISO 20022 pain.002, camt.053, camt.054): what each says of each order. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from ensemblier.base.bank.iso import (
    Entry,
    NotABankFile,
    bank_file,
    cents,
    day_of,
    reference_of,
    statements,
)
from ensemblier.base.files.trees import Node, Tree
from ensemblier.fund.payments.bank_words import EXECUTED, HEARD, REJECTED, STATUSES, UNCLEAR

RETURNED = "returned"


class Said(NamedTuple):
    """One thing a bank says: of an order by its reference, or of a whole file (`group`)."""

    rank: int
    says: str = HEARD
    status: str = ""
    reference: str = ""
    group: str = ""
    amount_cents: int | None = None
    code: str = ""
    note: str = ""
    on: date | None = None
    fault: str = ""


class BankWords(NamedTuple):
    """A file as it was understood. `accounts` are whole numbers: compared, never kept."""

    kind: str
    version: str
    accounts: frozenset[str]
    lines: list[Said]
    others: int  # entries of the statement that are not about transfers of ours


def read_words(tree: Tree) -> BankWords:
    """What the file says, line by line; NotABankFile when it is something else."""
    found = bank_file(tree)
    if found is None:
        raise NotABankFile(
            "Ce fichier XML n'est ni un compte rendu d'exécution (pain.002), ni un relevé "
            "(camt.053), ni un avis d'opérations (camt.054). Demandez l'un des trois à votre "
            f"banque.{_told(tree.namespace)}"
        )
    if found.kind == "pain.002":
        lines, others, accounts = list(_status_lines(found.body)), 0, frozenset[str]()
    else:
        lines, others, accounts = _statement(found.body)
    ranked = [line._replace(rank=rank) for rank, line in enumerate(lines, start=1)]
    return BankWords(found.kind, found.version, accounts, ranked, others)


def _told(namespace: str) -> str:
    if "pain.001" in namespace:
        return " Celui-ci est un fichier de virements : c'est ce que vous envoyez à la banque."
    return ""


# pain.002


def _status_lines(body: Node) -> Iterator[Said]:
    on = day_of(body.words("GrpHdr/CreDtTm"))
    top = body.one("OrgnlGrpInfAndSts") or Node("", "", {}, [])
    group = top.words("OrgnlMsgId")[:35]
    if not top.words("OrgnlMsgNmId").startswith("pain.001"):
        yield Said(0, group=group, fault="ce compte rendu ne porte pas sur un fichier de virements")
        return
    whole = Said(0, status=top.words("GrpSts")[:4], group=group, on=on, **_why(top, "StsRsnInf"))
    batches = list(body.all("OrgnlPmtInfAndSts"))
    for batch in batches:
        yield from _batch_lines(batch, whole)
    if whole.status and (whole.status != "PART" or not batches):
        yield _with_meaning(whole)


def _batch_lines(batch: Node, whole: Said) -> Iterator[Said]:
    status = batch.words("PmtInfSts")[:4]
    reasons = _why(batch, "StsRsnInf")
    parts = list(batch.all("TxInfAndSts"))
    for part in parts:
        own = _why(part, "StsRsnInf")
        amount, fault = cents(part.one("OrgnlTxRef/Amt/InstdAmt"))
        yield _with_meaning(
            whole._replace(
                status=part.words("TxSts")[:4] or status or whole.status,
                reference=reference_of(part.words("OrgnlEndToEndId")),
                amount_cents=amount,
                fault=fault,
                **(own if own["code"] or own["note"] else reasons),
            )
        )
    if status and (status != "PART" or not parts):
        group = batch.words("OrgnlPmtInfId")[:35] or whole.group
        kept = reasons if reasons["code"] else {"code": whole.code, "note": whole.note}
        yield _with_meaning(whole._replace(status=status, group=group, **kept))


def _why(node: Node, path: str) -> dict[str, Any]:
    code = node.words(f"{path}/Rsn/Cd", f"{path}/Rsn/Prtry")[:4].upper()
    return {"code": code, "note": node.words(f"{path}/AddtlInf")[:140]}


def _with_meaning(line: Said) -> Said:
    if not line.status:
        return line._replace(says=UNCLEAR, fault=line.fault or "aucun état n'est donné")
    says, _ = STATUSES.get(line.status, (UNCLEAR, ""))
    kept = line if says == REJECTED else line._replace(code="", note="")
    return kept._replace(says=says)


# camt.053 and camt.054


def _statement(body: Node) -> tuple[list[Said], int, frozenset[str]]:
    lines, others = [], 0
    accounts = set()
    for account, entries in statements(body):
        accounts.add(account)
        for entry in entries:
            line = _batch_entry(entry) if entry.is_whole else _placed(entry)
            if line is None:
                others += 1
            else:
                lines.append(line)
    return lines, others, frozenset(accounts - {""})


def _placed(entry: Entry) -> Said | None:
    """None for what is not about a transfer that we may have ordered."""
    line = Said(
        0,
        reference=entry.reference,
        group=entry.group,
        amount_cents=entry.amount_cents,
        on=entry.on,
        fault=entry.fault,
    )
    back = entry.is_reversal or entry.code or entry.family == "RRTN"
    if entry.way == "CRDT" and back:
        says, status = (RETURNED, "BOOK") if entry.booked else (HEARD, "PDNG")
        return line._replace(says=says, status=status, code=entry.code, note=entry.note)
    if entry.way != "DBIT" or entry.is_reversal or not entry.reference:
        return None
    says, status = (EXECUTED, "BOOK") if entry.booked else (HEARD, "PDNG")
    return line._replace(says=says, status=status)


def _batch_entry(entry: Entry) -> Said | None:
    """One entry for a whole file of transfers, as most banks write a debit."""
    if not entry.group or entry.way != "DBIT" or entry.is_reversal:
        return None
    says, status = (EXECUTED, "BOOK") if entry.booked else (HEARD, "PDNG")
    amount, fault = entry.amount_cents, entry.fault
    return Said(0, says, status, "", entry.group, amount, on=entry.on, fault=fault)
