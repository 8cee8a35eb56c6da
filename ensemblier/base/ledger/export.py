"""The books for other software: a plain-text hledger journal, and the tax office's FEC.

Both are written by streaming the transfers. In hledger, the source is negative and the destination
positive; reservations are virtual postings, so that an outsider can re-check them too. The FEC
(LPF A47 A-1) holds posted money only, in the accountants' sense: the destination on the debit side
(use), the source on the credit side (resource). Reservations are off-balance commitments there.
"""

from collections.abc import Collection, Iterator
from datetime import date
from typing import TextIO
from uuid import UUID

from ensemblier.base.ledger import reading
from ensemblier.base.ledger.locks import snapshot
from ensemblier.base.ledger.models import Account, Kind

FEC_FIELDS = (
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib",
    "CompAuxNum", "CompAuxLib", "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit",
    "EcritureLet", "DateLet", "ValidDate", "Montantdevise", "Idevise",
)  # fmt: skip
MOVING = (Kind.TRANSFER, Kind.POST)
WAITING_ACCOUNT = "471000"  # the plan's waiting account, for accounts without a number
ROOTS = {
    "contributor": "Contributeurs",
    "envelope": "Enveloppes",
    "agreement": "Conventions",
    "payee": "Paiements",
    "funder": "Financeurs",
    "producer": "Producteurs",
    "customer": "Acheteurs",
    "suspense": "Attente",
}
LABELS = {
    Kind.TRANSFER: "virement",
    Kind.RESERVE: "réservation",
    Kind.POST: "paiement",
    Kind.VOID: "abandon",
}


def write_hledger(out: TextIO) -> int:
    """Write the journal; how many transfers it holds."""
    with snapshot():
        accounts = Account.objects.in_bulk()
        out.write("; Livre d'Ensemblier, à relire avec\u00a0: hledger -f FICHIER check\n")
        out.write("decimal-mark .\ncommodity 1000.00 EUR\n\n")
        for account in accounts.values():
            out.write(f"account {_name(account)}  ; {_one_line(account.name)}\n")
            out.write(f"account {_name(account)}:Engagements\n")
        count = 0
        for row in reading.rows():
            out.write(_entry(reading.Row(*row), accounts))
            count += 1
        return count


def write_fec(
    out: TextIO,
    *,
    only: Collection[int] | None = None,
    first: date = date.min,
    last: date = date.max,
) -> int:
    """Write the FEC; how many entries it holds, each of two lines. `only`: the entries that touch
    one of these accounts, of the days from `first` to `last`."""
    days = range(first.toordinal(), last.toordinal() + 1)
    with snapshot():
        accounts = Account.objects.in_bulk()
        out.write("\t".join(FEC_FIELDS) + "\r\n")
        count = 0
        for plain in reading.rows():
            row = reading.Row(*plain)
            if row.kind not in MOVING or row.day not in days:
                continue
            if only is not None and row.debit not in only and row.credit not in only:
                continue
            count += 1
            for line in _fec_lines(row, accounts, count):
                out.write("\t".join(line) + "\r\n")
        return count


def _entry(row: reading.Row, accounts: dict[int, Account]) -> str:
    kind = Kind(row.kind)
    reference = f"({_one_line(row.reference).replace(')', ']')}) " if row.reference else ""
    reason = _one_line(row.reason).replace(";", ",").lstrip("!*=(") or LABELS[kind]
    lines = [
        f"{date.fromordinal(row.day).isoformat()} {reference}{reason}  "
        f"; ecriture:{row.id}, nature:{kind.name.lower()}, cle:{UUID(bytes=row.key)}"
    ]
    source, destination = _name(accounts[row.debit]), _name(accounts[row.credit])
    if kind in MOVING:
        lines.append(f"    {source}  {_decimal(-row.cents)} EUR")
        lines.append(f"    {destination}  {_decimal(row.cents)} EUR")
    if kind == Kind.RESERVE:
        lines.append(f"    ({source}:Engagements)  {_decimal(-row.cents)} EUR")
    if row.settled:
        lines.append(f"    ({source}:Engagements)  {_decimal(row.settled)} EUR")
    return "\n".join(lines) + "\n\n"


def _fec_lines(
    row: reading.Row, accounts: dict[int, Account], number: int
) -> Iterator[tuple[str, ...]]:
    day = date.fromordinal(row.day).strftime("%Y%m%d")
    written = date.fromordinal(row.written // 86_400_000_000 + EPOCH_DAY).strftime("%Y%m%d")
    reason = _one_line(row.reason) or LABELS[Kind(row.kind)]
    reference = _one_line(row.reference) or f"ECR{row.id}"
    amount, nothing = _decimal(row.cents).replace(".", ","), "0,00"
    for account, debit, credit in (
        (accounts[row.credit], amount, nothing),
        (accounts[row.debit], nothing, amount),
    ):
        name = _one_line(account.name)
        yield (
            "LIV", "Livre des fonds", str(number), day,
            account.fec_code or WAITING_ACCOUNT, name, _one_line(account.code), name,
            reference, day, reason, debit, credit, "", "", written, "", "",
        )  # fmt: skip


def _name(account: Account) -> str:
    """The hledger name: root by kind, then the code, without what hledger would cut at."""
    code = "".join(sign if sign.isalnum() or sign in "-_./" else "-" for sign in account.code)
    mark = "" if code == account.code else f"-{account.pk}"
    return f"{ROOTS[account.kind]}:{code}{mark}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _decimal(cents: int) -> str:
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}.{rest:02d}"


EPOCH_DAY = date(1970, 1, 1).toordinal()
