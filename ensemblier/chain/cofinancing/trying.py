"""A rule tried on sample lines, and two rules compared in words: pure, nothing is kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from ensemblier.engines.cofinancing.explain import Why, left_of, whys
from ensemblier.engines.cofinancing.lines import RawLine, in_order
from ensemblier.engines.cofinancing.scheme import Scheme
from ensemblier.engines.cofinancing.sentences import sentences
from ensemblier.engines.cofinancing.split import Refused, Splitter


class Tried(NamedTuple):
    """One sample line: its parts with their reasons, or why it is refused."""

    raw: RawLine
    parts: list[Why]
    refusal: str = ""


def try_lines(rule: Scheme, lines: Iterable[RawLine]) -> list[Tried]:
    """Each line as it would be shared, from full envelopes, in the order of sharing."""
    splitter, tried = Splitter(rule), []
    for raw in in_order(lines):
        before = left_of(splitter)
        result = splitter.take(raw)
        if isinstance(result, Refused):
            tried.append(Tried(raw, [], result.reason))
        else:
            tried.append(Tried(raw, whys(rule, result, before)))
    return tried


def totals(tried: Iterable[Tried]) -> dict[str, int]:
    """What each one pays in all, in the order in which they come."""
    found: dict[str, int] = {}
    for line in tried:
        for part in line.parts:
            found[part.payer] = found.get(part.payer, 0) + part.cents
    return found


class Change(NamedTuple):
    """What a rule says no more, and what it says instead."""

    before: list[str]
    after: list[str]


def changes(before: Scheme | None, after: Scheme) -> list[Change]:
    """What differs, sentence by sentence; nothing when both say the same."""
    old: Sequence[str] = sentences(before) if before else []
    new = sentences(after)
    steps = SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes()
    return [Change(list(old[a:b]), new[c:d]) for tag, a, b, c, d in steps if tag != "equal"]
