"""XML files of banks (ISO 20022): which file it is, and each entry of an account. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from ensemblier.base.files.trees import Node, Tree

KINDS = {
    "pain.002": ("CstmrPmtStsRpt", "compte rendu d'exécution (pain.002)"),
    "camt.053": ("BkToCstmrStmt", "relevé de compte (camt.053)"),
    "camt.054": ("BkToCstmrDbtCdtNtfctn", "avis d'opérations (camt.054)"),
}
NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:((?:pain\.002|camt\.05[34])\.001\.\d{2})")
AMOUNT = re.compile(r"(\d{1,15})(?:\.(\d{1,2})0{0,3})?", re.ASCII)
DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T.*)?", re.ASCII)
NO_REFERENCE = frozenset({"", "NOTPROVIDED", "NOTAVAILABLE"})


class NotABankFile(ValueError):
    """In French, why this XML is not what was asked for."""


class BankFile(NamedTuple):
    """What a file is: « camt.053 », « camt.053.001.08 », and what it holds."""

    kind: str
    version: str
    body: Node


class Entry(NamedTuple):
    """One movement of an account. `is_whole`: the bank gives it without its details."""

    is_whole: bool
    way: str  # CRDT or DBIT
    is_reversal: bool
    booked: bool
    on: date | None
    amount_cents: int | None
    fault: str
    reference: str  # end to end: given by who ordered it
    group: str
    code: str  # why it came back
    family: str
    note: str
    bank_reference: str  # given by the bank that keeps the account
    words: str


def bank_file(tree: Tree) -> BankFile | None:
    """None when the file is none of the three."""
    found = NAMESPACE.fullmatch(tree.namespace)
    if found is None or tree.root.name != "Document":
        return None
    kind = found[1][:8]
    body = tree.root.one(KINDS[kind][0])
    return BankFile(kind, found[1], body) if body else None


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


def reference_of(text: str) -> str:
    return "" if text in NO_REFERENCE else text[:35]


def statements(body: Node) -> Iterator[tuple[str, list[Entry]]]:
    """Each account of a camt.053 or camt.054 with its entries."""
    for part in (*body.all("Stmt"), *body.all("Ntfctn")):
        entries = [line for entry in part.all("Ntry") for line in _entries(entry)]
        yield part.words("Acct/Id/IBAN").replace(" ", ""), entries


def _entries(entry: Node) -> Iterator[Entry]:
    parts = list(entry.all("NtryDtls/TxDtls"))
    if not parts:
        amount, fault = cents(entry.one("Amt"))
        group = entry.words("NtryDtls/Btch/PmtInfId", "NtryDtls/Btch/MsgId")[:35]
        yield _entry(entry, Node("", "", {}, []), amount, fault)._replace(
            is_whole=True, group=group
        )
    for part in parts:
        amount, fault = cents(_amount_of(part, entry if len(parts) == 1 else None))
        yield _entry(entry, part, amount, fault)


def _amount_of(part: Node, entry: Node | None) -> Node | None:
    own = part.one("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt")
    return own or (entry.one("Amt") if entry else None)


def _entry(entry: Node, part: Node, amount: int | None, fault: str) -> Entry:
    family = "BkTxCd/Domn/Fmly/SubFmlyCd"
    return Entry(
        is_whole=False,
        way=part.words("CdtDbtInd") or entry.words("CdtDbtInd"),
        is_reversal=entry.words("RvslInd") in ("true", "1"),
        booked=entry.words("Sts/Cd", "Sts") == "BOOK",
        on=day_of(entry.words("BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm")),
        amount_cents=amount,
        fault=fault,
        reference=reference_of(part.words("Refs/EndToEndId")),
        group=part.words("Refs/PmtInfId", "Refs/MsgId")[:35],
        code=part.words("RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry")[:4].upper(),
        family=part.words(family) or entry.words(family),
        note=part.words("RtrInf/AddtlInf")[:140],
        bank_reference=(part.words("Refs/AcctSvcrRef") or entry.words("AcctSvcrRef", "NtryRef"))[
            :70
        ],
        words=_words(entry, part),
    )


def _words(entry: Node, part: Node) -> str:
    """What the payer wrote; not who the payer is."""
    said = [node.text for node in part.all("RmtInf/Ustrd")]
    said += [node.text for node in part.all("RmtInf/Strd/CdtrRefInf/Ref")]
    said += [part.words("AddtlTxInf") or entry.words("AddtlNtryInf")]
    return " ".join(text for text in said if text)[:300]
