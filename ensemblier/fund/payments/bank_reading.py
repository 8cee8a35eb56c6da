"""Reports of banks (ISO 20022 pain.002, camt.053, camt.054): what each says of each order. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from ensemblier.base.files.trees import Node, Tree
from ensemblier.fund.payments.bank_words import EXECUTED, HEARD, REJECTED, STATUSES, UNCLEAR

RETURNED = "returned"
KINDS = {
    "pain.002": ("CstmrPmtStsRpt", "compte rendu d'exécution (pain.002)"),
    "camt.053": ("BkToCstmrStmt", "relevé de compte (camt.053)"),
    "camt.054": ("BkToCstmrDbtCdtNtfctn", "avis d'opérations (camt.054)"),
}
NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:((?:pain\.002|camt\.05[34])\.001\.\d{2})")
AMOUNT = re.compile(r"(\d{1,15})(?:\.(\d{1,2})0{0,3})?", re.ASCII)
DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T.*)?", re.ASCII)
NO_REFERENCE = frozenset({"", "NOTPROVIDED", "NOTAVAILABLE"})


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


class NotABankFile(ValueError):
    """In French, why this XML is not one of the three reports."""


def read_words(tree: Tree) -> BankWords:
    """What the file says, line by line; NotABankFile when it is something else."""
    found = NAMESPACE.fullmatch(tree.namespace)
    kind = found[1][:8] if found else ""
    body = tree.root.one(KINDS[kind][0]) if kind and tree.root.name == "Document" else None
    if found is None or body is None:
        raise NotABankFile(
            "Ce fichier XML n'est ni un compte rendu d'exécution (pain.002), ni un relevé "
            "(camt.053), ni un avis d'opérations (camt.054). Demandez l'un des trois à votre "
            f"banque.{_told(tree.namespace)}"
        )
    if kind == "pain.002":
        lines, others, accounts = list(_status_lines(body)), 0, frozenset[str]()
    else:
        lines, others, accounts = _statement(body)
    ranked = [line._replace(rank=rank) for rank, line in enumerate(lines, start=1)]
    return BankWords(kind, found[1], accounts, ranked, others)


def _told(namespace: str) -> str:
    if "pain.001" in namespace:
        return " Celui-ci est un fichier de virements : c'est ce que vous envoyez à la banque."
    return ""


def cents(node: Node | None) -> tuple[int | None, str]:
    """The amount in cents, and what is wrong with it in French."""
    if node is None:
        return None, ""
    match = AMOUNT.fullmatch(node.text)
    if match is None:
        return None, f"« {node.text[:30]} » n'est pas un montant"
    if node.attributes.get("Ccy", "EUR") != "EUR":
        return None, f"montant en {node.attributes['Ccy'][:3]} : seul l'euro se lit ici"
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")), ""


def day_of(text: str) -> date | None:
    match = DAY.fullmatch(text)
    try:
        return date(*(int(part) for part in match.groups())) if match else None
    except ValueError:
        return None


def _reference(text: str) -> str:
    return "" if text in NO_REFERENCE else text[:35]


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
                reference=_reference(part.words("OrgnlEndToEndId")),
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
    for part in (*body.all("Stmt"), *body.all("Ntfctn")):
        accounts.add(part.words("Acct/Id/IBAN").replace(" ", ""))
        for entry in part.all("Ntry"):
            for line in _entry_lines(entry):
                if line is None:
                    others += 1
                else:
                    lines.append(line)
    return lines, others, frozenset(accounts - {""})


def _entry_lines(entry: Node) -> Iterator[Said | None]:
    """None for what is not about a transfer that we may have ordered."""
    booked = entry.words("Sts/Cd", "Sts") == "BOOK"
    on = day_of(entry.words("BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm"))
    parts = list(entry.all("NtryDtls/TxDtls"))
    if not parts:
        yield _batch_entry(entry, booked, on)
    for part in parts:
        amount, fault = cents(_amount_of(part, entry if len(parts) == 1 else None))
        line = Said(
            0,
            reference=_reference(part.words("Refs/EndToEndId")),
            group=part.words("Refs/PmtInfId", "Refs/MsgId")[:35],
            amount_cents=amount,
            on=on,
            fault=fault,
        )
        yield _placed(line, part, entry, booked)


def _amount_of(part: Node, entry: Node | None) -> Node | None:
    own = part.one("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt")
    return own or (entry.one("Amt") if entry else None)


def _placed(line: Said, part: Node, entry: Node, booked: bool) -> Said | None:
    way = part.words("CdtDbtInd") or entry.words("CdtDbtInd")
    turned = entry.words("RvslInd") in ("true", "1")
    code = part.words("RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry")[:4].upper()
    family = part.words("BkTxCd/Domn/Fmly/SubFmlyCd") or entry.words("BkTxCd/Domn/Fmly/SubFmlyCd")
    back = way == "CRDT" and bool(turned or code or family == "RRTN")
    if back:
        note = part.words("RtrInf/AddtlInf")[:140]
        says, status = (RETURNED, "BOOK") if booked else (HEARD, "PDNG")
        return line._replace(says=says, status=status, code=code, note=note)
    if way != "DBIT" or turned or not line.reference:
        return None
    says, status = (EXECUTED, "BOOK") if booked else (HEARD, "PDNG")
    return line._replace(says=says, status=status)


def _batch_entry(entry: Node, booked: bool, on: date | None) -> Said | None:
    """One entry for a whole file of transfers, as most banks write a debit."""
    group = entry.words("NtryDtls/Btch/PmtInfId", "NtryDtls/Btch/MsgId")[:35]
    if not group or entry.words("CdtDbtInd") != "DBIT" or entry.words("RvslInd") in ("true", "1"):
        return None
    amount, fault = cents(entry.one("Amt"))
    says, status = (EXECUTED, "BOOK") if booked else (HEARD, "PDNG")
    return Said(0, says, status, "", group, amount, on=on, fault=fault)
