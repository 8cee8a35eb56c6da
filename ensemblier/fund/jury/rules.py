"""Pure rules of a jury: the replayable draw, short sentences, secret ballots, merged colleges."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

# Easy-to-read ("FALC"): one idea, and few words. A sentence of more than 15 words is refused.
MOST_SENTENCES = 10
MOST_WORDS = 15
QUESTIONS = 3
PICTURES = 5
MOST_POINTS = 5
LEAST_SUPPORTS = 8  # below, an allocation says little of what a juror wants (design/engines.md, 5)
# Under this number of ballots, a college is published with another one.
LEAST_BALLOTS = 8
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # neither I nor O, neither 0 nor 1
RECEIPT_SIGNS = 16  # 80 bits
CARD = re.compile(r"([A-Z0-9]+)\.(\d{1,3})\.(N|I|[1-5])")
SLIP = re.compile(r"T\.([A-HJ-NP-Z2-9]{16})")


def draw(seed: str, numbers: Iterable[int]) -> list[int]:
    """The order in which volunteers are drawn: by the digest of "seed:number".

    Anyone replays it with a shell: `printf '%s:%d' "$SEED" 12 | sha256sum`, then sorts.
    """
    return sorted(numbers, key=lambda number: (digest(f"{seed}:{number}"), number))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def list_digest(rows: Iterable[tuple[str, int]]) -> str:
    """The closed list of volunteers: (college, number), sorted, one a line."""
    return digest("".join(f"{kind} {number}\n" for kind, number in sorted(rows)))


def sentences_of(text: str) -> list[str]:
    """One sentence a line, or several in a line: cut after . ! or ?"""
    parts = re.split(r"(?<=[.!?…])\s+|\n+", text.strip())
    return [part.strip() for part in parts if part.strip()]


def words_in(sentence: str) -> int:
    return len(re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", sentence))


def fault_of_sentences(sentences: Sequence[str]) -> str:
    """What keeps a text from being read in two minutes, "" when nothing does."""
    if not sentences:
        return "Écrivez au moins une phrase."
    if len(sentences) > MOST_SENTENCES:
        return f"Il y a {len(sentences)} phrases. Gardez-en {MOST_SENTENCES} au plus."
    for rank, sentence in enumerate(sentences, start=1):
        if (count := words_in(sentence)) > MOST_WORDS:
            return (
                f"La phrase {rank} compte {count} mots. Coupez-la : {MOST_WORDS} mots au plus. "
                f"« {sentence[:80]} »"
            )
    return ""


def receipt_digest(code: str) -> str:
    return digest(f"ensemblier:receipt:{plain(code)}")


def plain(code: str) -> str:
    """A code as typed, without spaces nor dashes, in capitals."""
    return re.sub(r"[\s-]", "", code).upper()


def spaced(code: str) -> str:
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def is_receipt(code: str) -> bool:
    return len(code) == RECEIPT_SIGNS and all(sign in ALPHABET for sign in code)


class Group(NamedTuple):
    """Colleges published together, and how many ballots they cast."""

    colleges: tuple[int, ...]
    ballots: int


def merged(ballots: Mapping[int, int], least: int = LEAST_BALLOTS) -> list[Group]:
    """Colleges with fewer ballots than `least` are published with the next smallest one.

    Keys are colleges in their order. All of them together may still be few: then there is one
    group, and nothing finer is ever published.
    """
    groups = [Group((key,), count) for key, count in ballots.items()]
    while len(groups) > 1:
        small = min(groups, key=lambda group: (group.ballots, group.colleges))
        if small.ballots >= least:
            break
        groups.remove(small)
        other = min(groups, key=lambda group: (group.ballots, group.colleges))
        groups.remove(other)
        both = tuple(sorted(small.colleges + other.colleges))
        groups.append(Group(both, small.ballots + other.ballots))
    return sorted(groups, key=lambda group: group.colleges)


def ballots_digest(rows: Iterable[tuple[int, Mapping[str, int]]]) -> str:
    """The urn as one text: (college, points), sorted, so that the order of voting is nowhere."""
    lines = sorted(f"{college} {json.dumps(points, sort_keys=True)}" for college, points in rows)
    return digest("\n".join(lines))


class Packet(NamedTuple):
    """What an envelope of paper cards says: its slip, and a choice by project."""

    receipt: str
    choices: dict[int, str]


class BadCode(ValueError):
    """A scanned line is none of our codes, in words for whoever counts."""


def read_packet(lines: Iterable[str], poll: str) -> Packet:
    """The codes of one envelope, in any order: one slip, and at most one card for a project."""
    receipt, choices = "", {}
    for raw in lines:
        line = raw.strip().upper()
        if not line:
            continue
        if slip := SLIP.fullmatch(line):
            if receipt and receipt != slip[1]:
                raise BadCode("Deux talons sont dans cette enveloppe. Une enveloppe par juré.")
            receipt = slip[1]
            continue
        card = CARD.fullmatch(line)
        if card is None or card[1] != poll:
            raise BadCode(f"« {raw.strip()[:40]} » n'est pas une carte de ce scrutin.")
        number, choice = int(card[2]), card[3]
        if choices.setdefault(number, choice) != choice:
            raise BadCode(f"Deux cartes différentes pour le projet {number}. Gardez-en une.")
    if not receipt:
        raise BadCode("Le talon manque : lisez aussi le code du talon de l'enveloppe.")
    return Packet(receipt, choices)


def split_choices(choices: Mapping[int, str]) -> tuple[dict[str, int], set[int], set[int]]:
    """Supports with their points, refusals, and "don't know": only the first enter a ballot."""
    points = {str(n): int(c) for n, c in sorted(choices.items()) if c.isdigit() and c != "0"}
    against = {n for n, c in choices.items() if c in ("N", "0")}
    return points, against, {n for n, c in choices.items() if c == "I"}
