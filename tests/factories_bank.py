"""Files of banks for tests (pain.002, camt.053, camt.054), and the order of their elements."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

URN = "urn:iso:std:iso:20022:tech:xsd:"


def _row(text: str) -> list[str]:
    return text.split()


# Written from the message definitions of ISO 20022: what each element holds, in its order; « ! »
# must be there, « * » may be repeated. Only what our samples use, and what a bank must give.
_STATUS = ["Orgtr", "Rsn", "AddtlInf*"]
_ENTRY = _row(
    """NtryRef Amt! CdtDbtInd! RvslInd Sts! BookgDt ValDt AcctSvcrRef Avlbty* BkTxCd!
    ComssnWvrInd AddtlInfInd AmtDtls Chrgs TechInptChanl Intrst NtryDtls* AddtlNtryInf"""
)
_STATEMENT = _row(
    """Id! StmtPgntn NtfctnPgntn ElctrncSeqNb RptgSeq LglSeqNb CreDtTm! FrToDt CpyDplctInd
    RptgSrc Acct! RltdAcct Intrst* Bal* TxsSummry Ntry* AddtlStmtInf AddtlNtfctnInf"""
)
GRAMMAR: dict[str, list[str]] = {
    "CstmrPmtStsRpt": ["GrpHdr!", "OrgnlGrpInfAndSts!", "OrgnlPmtInfAndSts*"],
    "OrgnlGrpInfAndSts": _row(
        """OrgnlMsgId! OrgnlMsgNmId! OrgnlCreDtTm OrgnlNbOfTxs OrgnlCtrlSum GrpSts
        StsRsnInf* NbOfTxsPerSts*"""
    ),
    "OrgnlPmtInfAndSts": _row(
        """OrgnlPmtInfId! OrgnlNbOfTxs OrgnlCtrlSum PmtInfSts StsRsnInf*
        NbOfTxsPerSts* TxInfAndSts*"""
    ),
    "TxInfAndSts": _row(
        """StsId OrgnlInstrId OrgnlEndToEndId OrgnlUETR TxSts StsRsnInf* ChrgsInf*
        AccptncDtTm AcctSvcrRef ClrSysRef OrgnlTxRef"""
    ),
    "StsRsnInf": _STATUS,
    "OrgnlTxRef": ["IntrBkSttlmAmt", "Amt", "IntrBkSttlmDt", "ReqdColltnDt", "ReqdExctnDt"],
    "BkToCstmrStmt": ["GrpHdr!", "Stmt*"],
    "BkToCstmrDbtCdtNtfctn": ["GrpHdr!", "Ntfctn*"],
    "GrpHdr": ["MsgId!", "CreDtTm!", "InitgPty", "FwdgAgt", "DbtrAgt", "CdtrAgt"],
    "Stmt": [*_STATEMENT[:-2], "AddtlStmtInf"],
    "Ntfctn": _STATEMENT,
    "Bal": ["Tp!", "CdtLine", "Amt!", "CdtDbtInd!", "Dt!"],
    "Ntry": _ENTRY,
    "NtryDtls": ["Btch", "TxDtls*"],
    "Btch": ["MsgId", "PmtInfId", "NbOfTxs", "TtlAmt", "CdtDbtInd"],
    "TxDtls": _row(
        """Refs Amt CdtDbtInd AmtDtls Avlbty* BkTxCd Chrgs Intrst RltdPties RltdAgts Purp
        RltdRmtId* RmtInf RltdDts RltdPric RltdQties* FinInstrmId Tax RtrInf"""
    ),
    "Refs": _row(
        """MsgId AcctSvcrRef PmtInfId InstrId EndToEndId UETR TxId MndtId ChqNb
        ClrSysRef"""
    ),
    "RtrInf": ["OrgnlBkTxCd", "Orgtr", "Rsn", "AddtlInf*"],
}
MOST = {"MsgId": 35, "OrgnlMsgId": 35, "EndToEndId": 35, "OrgnlEndToEndId": 35, "AddtlInf": 105}


def faults(content: bytes) -> list[str]:
    """What a bank would not write so: an element out of its order, missing or too long."""
    found: list[str] = []
    for node in ET.fromstring(content).iter():
        name = node.tag.rpartition("}")[2]
        if name in MOST and len(node.text or "") > MOST[name]:
            found.append(f"{name}: too long")
        if name not in GRAMMAR:
            continue
        rules = [rule.rstrip("!*") for rule in GRAMMAR[name]]
        there = [child.tag.rpartition("}")[2] for child in node]
        strange = [child for child in there if child not in rules]
        found += [f"{name}/{child}: unknown" for child in strange]
        if not strange and there != sorted(there, key=rules.index):
            found.append(f"{name}: order")
        needed = [rule[:-1] for rule in GRAMMAR[name] if rule.endswith("!")]
        found += [f"{name}/{rule}: missing" for rule in needed if rule not in there]
        once = [rule.rstrip("!") for rule in GRAMMAR[name] if not rule.endswith("*")]
        found += [f"{name}/{rule}: repeated" for rule in once if there.count(rule) > 1]
    return found


def document(version: str, inside: str) -> bytes:
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{URN}{version}">{inside}'
        "</Document>"
    ).encode()
    assert faults(content) == []
    return content


def _tag(name: str, text: str) -> str:
    return f"<{name}>{text}</{name}>" if text else ""


def _why(code: str, note: str = "") -> str:
    return f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn>{_tag('AddtlInf', note)}</StsRsnInf>"


class Fate(NamedTuple):
    """What the bank says of one order."""

    reference: str
    status: str = ""
    code: str = ""
    amount: str = ""
    note: str = ""


def status_report(
    message: str,
    fates: Sequence[Fate] = (),
    *,
    on: date,
    group: str = "",
    group_code: str = "",
    version: str = "pain.002.001.03",
    name: str = "pain.001.001.09",
    serial: int = 1,
) -> bytes:
    """A pain.002 about one file."""
    parts = "".join(
        "<TxInfAndSts>"
        f"<OrgnlEndToEndId>{fate.reference}</OrgnlEndToEndId>{_tag('TxSts', fate.status)}"
        + (_why(fate.code, fate.note) if fate.code else "")
        + (
            f'<OrgnlTxRef><Amt><InstdAmt Ccy="EUR">{fate.amount}</InstdAmt></Amt></OrgnlTxRef>'
            if fate.amount
            else ""
        )
        + "</TxInfAndSts>"
        for fate in fates
    )
    batch = f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{message[:31]}-1</OrgnlPmtInfId>{parts}"
    batch += "</OrgnlPmtInfAndSts>"
    return document(
        version,
        f"<CstmrPmtStsRpt><GrpHdr><MsgId>STATUT-{serial}</MsgId><CreDtTm>{on}T08:30:00</CreDtTm>"
        f"</GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>{message}</OrgnlMsgId>"
        f"<OrgnlMsgNmId>{name}</OrgnlMsgNmId>{_tag('GrpSts', group)}"
        + (_why(group_code) if group_code else "")
        + f"</OrgnlGrpInfAndSts>{batch if parts else ''}</CstmrPmtStsRpt>",
    )


class Entry(NamedTuple):
    """One line of a statement; `code` makes it a return, `batch` a debit of a whole file."""

    reference: str
    amount: str
    way: str = "DBIT"
    code: str = ""
    batch: str = ""
    state: str = "BOOK"
    currency: str = "EUR"


def statement(
    entries: Sequence[Entry],
    *,
    on: date,
    iban: str,
    version: str = "camt.053.001.02",
    serial: int = 1,
) -> bytes:
    """A camt.053 or a camt.054."""
    body, part = ("BkToCstmrStmt", "Stmt")
    if version.startswith("camt.054"):
        body, part = ("BkToCstmrDbtCdtNtfctn", "Ntfctn")
    lines = "".join(_entry(entry, on, version) for entry in entries)
    return document(
        version,
        f"<{body}><GrpHdr><MsgId>RELEVE-{serial}</MsgId><CreDtTm>{on}T06:00:00</CreDtTm></GrpHdr>"
        f"<{part}><Id>{serial}</Id><CreDtTm>{on}T06:00:00</CreDtTm>"
        f"<Acct><Id><IBAN>{iban}</IBAN></Id></Acct>{lines}</{part}></{body}>",
    )


def _entry(entry: Entry, on: date, version: str) -> str:
    new = version.endswith(".08")
    state = f"<Sts><Cd>{entry.state}</Cd></Sts>" if new else f"<Sts>{entry.state}</Sts>"
    family = "RRTN" if entry.code else "ESCT"
    amount = f'<Amt Ccy="{entry.currency}">{entry.amount}</Amt>'
    if entry.batch:
        inside = f"<Btch><PmtInfId>{entry.batch}</PmtInfId></Btch>"
    else:
        own = f"{amount}<CdtDbtInd>{entry.way}</CdtDbtInd>" if new else ""
        back = f"<RtrInf><Rsn><Cd>{entry.code}</Cd></Rsn></RtrInf>" if entry.code else ""
        refs = f"<Refs><EndToEndId>{entry.reference}</EndToEndId></Refs>"
        inside = f"<TxDtls>{refs}{own}{back}</TxDtls>"
    return (
        f"<Ntry>{amount}<CdtDbtInd>{entry.way}</CdtDbtInd>{state}<BookgDt><Dt>{on}</Dt></BookgDt>"
        f"<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>{family}</SubFmlyCd></Fmly>"
        f"</Domn></BkTxCd><NtryDtls>{inside}</NtryDtls></Ntry>"
    )
