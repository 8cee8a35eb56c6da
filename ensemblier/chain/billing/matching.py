"""Which document a line of the bank pays: by its number, else by its amount. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from ensemblier.base.bank.tables import BankLine
from ensemblier.base.pages.formats import euros

SURE, LIKELY, LOOK, KNOWN, NONE, INVALID = (
    "sure",
    "likely",
    "look",
    "known",
    "unmatched",
    "invalid",
)
SHORTEST = 4  # a shorter number would be found by chance


class Open(NamedTuple):
    """A document that waits: what comes in is above zero, what goes out below."""

    pk: int
    number: str
    party: str
    cents: int


class Match(NamedTuple):
    """What a line would do, in words; `document` when it would settle one."""

    line: BankLine
    outcome: str
    words: str
    document: int | None = None


def match(
    lines: Sequence[BankLine],
    documents: Sequence[Open],
    known: Mapping[str, tuple[date, int]],
    today: date,
) -> list[Match]:
    """One answer for each line, in order: a line takes from what the lines before it left.

    `known`: day and amount of what is noted under each reference.
    """
    left = {row.pk: row.cents for row in documents}
    patterns = [(row, _pattern(row.number)) for row in documents if len(row.number) >= SHORTEST]
    # Lines that name a document go first, so that none is taken by a line that only fits.
    named = {
        line.rank: [row for row, pattern in patterns if pattern.search(line.words.upper())]
        for line in lines
    }
    found: dict[int, Match] = {}
    for line in sorted(lines, key=lambda line: (not named[line.rank], line.rank)):
        answer = _aside(line, known, today) or _match(line, named[line.rank], documents, left)
        if answer.document is not None:
            left[answer.document] -= line.cents
        found[line.rank] = answer
    return [found[line.rank] for line in lines]


def _pattern(number: str) -> re.Pattern[str]:
    """« F-2027-00012 » also as banks write it: F 2027 00012, F202700012, F-2027-12."""
    parts = [part for part in re.split(r"[^A-Z0-9]+", number.upper()) if part]
    loose = [
        f"0*{int(part)}" if part.isascii() and part.isdigit() and rank else re.escape(part)
        for rank, part in enumerate(parts)
    ]
    return re.compile(r"(?<![A-Z0-9])" + r"[\W_]*".join(loose) + r"(?!\d)")


def _aside(line: BankLine, known: Mapping[str, tuple[date, int]], today: date) -> Match | None:
    if line.fault:
        return Match(line, INVALID, line.fault)
    if line.on is not None and line.on > today:
        return Match(line, INVALID, "ce jour n'est pas encore venu")
    if line.reference not in known:
        return None
    day, cents = known[line.reference]
    if (day, cents) == (line.on, abs(line.cents)):
        return Match(line, KNOWN, "cette ligne est déjà notée")
    # Some banks give the same reference every month: this money may not be noted yet.
    said = f"sa référence est celle de {euros(cents)} notés le {day:%d/%m/%Y}"
    then = "si c'est un autre règlement, notez-le depuis sa pièce avec une autre référence"
    return Match(line, LOOK, f"{said} : {then}")


def _match(
    line: BankLine, named: Sequence[Open], documents: Sequence[Open], left: dict[int, int]
) -> Match:
    if len(named) > 1:
        numbers = ", ".join(row.number for row in named[:5])
        return Match(line, LOOK, f"plusieurs pièces sont nommées : {numbers}")
    if named:
        return _by_number(line, named[0], left[named[0].pk])
    same = [row for row in documents if left[row.pk] == line.cents]
    if not same:
        return Match(line, NONE, "aucune pièce à régler n'a ce numéro ni ce montant")
    if len(same) > 1:
        told = ", ".join(row.number for row in same[:5])
        return Match(line, LOOK, f"{len(same)} pièces ont ce montant : {told}")
    return Match(line, LIKELY, "le montant seul correspond : vérifiez", same[0].pk)


def _by_number(line: BankLine, row: Open, left: int) -> Match:
    if left == 0 or (left > 0) != (line.cents > 0):
        words = "rien ne reste à régler dans ce sens sur cette pièce"
        return Match(line, LOOK, f"{row.number} : {words}")
    if abs(line.cents) > abs(left):
        return Match(line, LOOK, f"{row.number} : il ne reste que {euros(abs(left))} à régler")
    if line.cents == left:
        return Match(line, SURE, "numéro et montant", row.pk)
    rest = euros(abs(left) - abs(line.cents))
    return Match(line, SURE, f"numéro ; il restera {rest} à régler", row.pk)
