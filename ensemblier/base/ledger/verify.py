"""Proof of the books: every row, block, counter and protection checked; the first fault named.

It reads everything as of one instant, in a stream, and needs no right but reading.
"""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from django.db import connection

from ensemblier.base.journal import append_only
from ensemblier.base.ledger import proofs, reading, seals
from ensemblier.base.ledger.digest import digest_of
from ensemblier.base.ledger.locks import snapshot
from ensemblier.base.ledger.models import Account, Block, Counter, Kind
from ensemblier.engines.money import euros

PROTECTED = (
    "ledger_account",
    "ledger_transfer",
    "ledger_block",
    "journal_event",
    "journal_refusedattempt",
)
TRANSFER, RESERVE, POST, VOID = (  # plain numbers: quicker than the members of Kind
    kind.value for kind in (Kind.TRANSFER, Kind.RESERVE, Kind.POST, Kind.VOID)
)


class Fault(NamedTuple):
    """What is wrong and where, in French. `transfer` is the number of the bad row, 0 if none."""

    where: str
    what: str
    transfer: int = 0


class Report(NamedTuple):
    """What was read, and the faults: that of the rows first."""

    transfers: int
    sealed: int
    blocks: int
    faults: list[Fault]
    # What was proved besides the books, in words.
    also: tuple[str, ...] = ()


def verify(seals_file: Path | None = None) -> Report:
    """Check the whole ledger, and what others registered; no fault: all of it holds together."""
    with snapshot():
        check = _Check()
        faults = list(check.rows())
        faults += check.counters() if not faults else []
        faults += _outside_faults(seals_file) if seals_file else []
        faults += [
            Fault("protection", f"le déclencheur {name} manque ou est coupé")
            for name in append_only.missing(connection, *PROTECTED)
        ]
        others = proofs.table()
        faults += [Fault(where, what) for proof in others.values() for where, what in proof()]
        return Report(check.transfers, check.sealed, check.blocks, faults, tuple(others))


class _Check:
    """One reading of the rows against the blocks, the accounts and each other."""

    def __init__(self) -> None:
        self.transfers = self.sealed = self.blocks = 0
        floors = list(Account.objects.values_list("pk", "floor_zero"))
        self.accounts = {number for number, _ in floors}
        self.floored = {number for number, floor in floors if floor}
        self.available = dict.fromkeys(self.floored, 0)
        self.open: dict[int, tuple[int, int, int]] = {}
        self.chain = _Chain()

    def rows(self) -> Iterator[Fault]:
        """The first fault of the rows or of the chain, if there is one."""
        try:
            for row in reading.rows():
                self.transfers += 1
                fault = self.chain.take(row[0], row[13]) or self._content(row)
                if fault:
                    yield fault
                    return
            fault = self.chain.finish()
            if fault:
                yield fault
        finally:
            self.sealed, self.blocks = self.chain.sealed, self.chain.blocks

    def counters(self) -> list[Fault]:
        """Each counter equals what the rows say; each account held above zero has one."""
        stored = dict(Counter.objects.values_list("account_id", "available_cents"))
        faults = []
        for number in sorted(self.floored | set(stored)):
            derived, kept = self.available.get(number), stored.get(number)
            if derived != kept:
                faults.append(
                    Fault(
                        f"compteur du compte {number}",
                        f"il dit {_amount(kept)}, les écritures disent {_amount(derived)}",
                    )
                )
        return faults

    def _content(self, row: tuple) -> Fault | None:
        if digest_of(*row[1:13]) != row[13]:
            return _fault(row, "son contenu ne correspond pas à son empreinte")
        what = self._rules(row)
        return _fault(row, what) if what else self._floor(row)

    def _rules(self, row: tuple) -> str:
        number, _, kind, debit, credit, cents, settles, settled, *_ = row
        if cents <= 0:
            return "son montant n'est pas supérieur à zéro"
        if debit == credit:
            return "elle va d'un compte à lui-même"
        if debit not in self.accounts or credit not in self.accounts:
            missing = credit if debit in self.accounts else debit
            return f"le compte {missing} n'existe pas"
        if kind in (POST, VOID):
            return self._settlement(row)
        if kind == RESERVE:
            self.open[number] = (debit, credit, cents)
        return "elle solde une réservation sans le dire" if settles or settled else ""

    def _settlement(self, row: tuple) -> str:
        _, _, kind, debit, credit, cents, settles, settled, *_ = row
        held = self.open.pop(settles, None)
        if held is None:
            return f"elle solde la réservation {settles}, inconnue ou déjà soldée"
        if held != (debit, credit, settled):
            return f"elle ne reprend pas la réservation {settles} (comptes ou montant)"
        if cents > settled or (kind == VOID and cents != settled):
            return f"son montant ne va pas avec la réservation {settles}"
        return ""

    def _floor(self, row: tuple) -> Fault | None:
        _, _, kind, debit, credit, cents, _, settled, *_ = row
        if debit in self.available:
            self.available[debit] -= (0 if kind == VOID else cents) - settled
            if self.available[debit] < 0:
                return _fault(
                    row, f"elle met le compte {debit} à {euros(self.available[debit])}, sous zéro"
                )
        if credit in self.available and kind in (TRANSFER, POST):
            self.available[credit] += cents
        return None


class _Chain:
    """The sealed blocks, followed row after row."""

    def __init__(self) -> None:
        self.sealed = self.blocks = 0
        self._blocks = Block.objects.order_by("number").iterator(chunk_size=20)
        self._previous = seals.START
        self._block: Block | None = None
        self._ids: Iterator[int] = iter(())
        self._expected = 0
        self._place = 0
        self._fingerprints = b""
        self._body = sha256()
        self._accounts: dict[int, bytes] = {}
        self._fault = self._next_block()

    def take(self, number: int, digest: bytes) -> Fault | None:
        """The next row read."""
        if self._fault or self._block is None:
            return self._fault
        if number < self._expected:
            return Fault(
                f"écriture {number}",
                f"elle a été ajoutée après le scellement du bloc {self._block.number}",
                number,
            )
        if number > self._expected:
            return self._gone()
        place = self._place
        if self._fingerprints[place : place + 4] != digest[:4]:
            return Fault(
                f"écriture {number}",
                f"elle a changé depuis le scellement du bloc {self._block.number}",
                number,
            )
        self._place = place + 4
        self._body.update(digest)
        self.sealed += 1
        self._expected = next(self._ids, 0)
        if not self._expected:
            return self._close()
        return None

    def finish(self) -> Fault | None:
        """After the last row: nothing sealed may be missing."""
        if self._fault or self._block is None:
            return self._fault
        return self._gone()

    def _gone(self) -> Fault:
        assert self._block is not None
        return Fault(
            f"écriture {self._expected}",
            f"elle est scellée dans le bloc {self._block.number} et elle a disparu",
            self._expected,
        )

    def _close(self) -> Fault | None:
        assert self._block is not None
        if self._body.digest() != bytes(self._block.body):
            return self._bad("ses écritures ne donnent plus son empreinte")
        return self._next_block()

    def _next_block(self) -> Fault | None:
        block = self._block = next(self._blocks, None)
        if block is None:
            return None
        self.blocks += 1
        if block.number != self.blocks or bytes(block.previous) != self._previous:
            return self._bad("il ne suit pas le bloc précédent")
        if bytes(block.hash) != seals.block_hash(block):
            return self._bad("son contenu ne correspond pas à son empreinte")
        if block.last_account_id not in self._accounts:
            self._accounts = {block.last_account_id: seals.accounts_hash(block.last_account_id)}
        if bytes(block.accounts) != self._accounts[block.last_account_id]:
            return self._bad("des comptes ont changé depuis son scellement")
        self._previous = bytes(block.hash)
        self._ids = seals.numbers(block.ids)
        self._expected = next(self._ids, 0)
        self._place, self._fingerprints = 0, bytes(block.fingerprints)
        self._body = sha256()
        return None

    def _bad(self, what: str) -> Fault:
        assert self._block is not None
        return Fault(f"bloc {self._block.number}", what)


def _outside_faults(path: Path) -> list[Fault]:
    """The blocks against the lines kept outside."""
    here = {block.number: seals.seal_line(block) for block in Block.objects.iterator()}
    faults = []
    for line in seals.read_seals(path):
        if line.number not in here:
            what = "il est dans le fichier des sceaux et il a disparu du livre"
        elif here[line.number] != line:
            what = "il diffère du fichier des sceaux : l'histoire a été réécrite"
        else:
            continue
        faults.append(Fault(f"bloc {line.number}", what.replace(" :", "\u00a0:")))
    return faults


def _fault(row: tuple, what: str) -> Fault:
    return Fault(f"écriture {row[0]}", what, row[0])


def _amount(cents: int | None) -> str:
    return "rien" if cents is None else euros(cents)
