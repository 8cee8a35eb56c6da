"""Pure rules between the tables and the engine: a line as the engine reads it, a draft as kept."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import Any

from ensemblier.engines.cofinancing.reading import read_scheme
from ensemblier.engines.cofinancing.scheme import Scheme as Rule
from ensemblier.engines.cofinancing.split import Draft
from ensemblier.engines.cofinancing.split import Share as EngineShare


class Purse(StrEnum):
    """Where a payer's money comes from: it decides which account pays."""

    FUNDER = "funder"
    SELLER = "seller"
    POT = "pot"
    AGREEMENT = "agreement"


@lru_cache(maxsize=256)
def rule_of(text: str) -> Rule:
    """The rule of a text; read once for all its lines."""
    return read_scheme(text)


def line_id(rank: int) -> str:
    """The identifier of a line in its file: its rank, so that text order is that of sharing."""
    return f"{rank:012d}"


def decimal(milli: int) -> str:
    """Thousandths of a unit as a file of lines writes them."""
    return f"{milli // 1000}.{milli % 1000:03d}"


def kept(draft: Draft) -> dict[str, Any]:
    """A draft without its household, to be given back if the line is undone."""
    return {
        "caps": [[step, payer, when, n] for (step, payer, _, when), n in draft.caps.items()],
        "envelopes": list(map(list, draft.envelopes.items())),
        "memories": [[step, rest, given] for step, (rest, given) in draft.memories.items()],
    }


def drawn(kept: dict[str, Any], household: str, shares: list[EngineShare]) -> Draft:
    """The draft again. Without a household its counts were forgotten: nothing goes back to them."""
    caps = {(step, payer, household, when): n for step, payer, when, n in kept["caps"]}
    return Draft(
        shares=shares,
        caps=caps if household else {},
        envelopes={rank: cents for rank, cents in kept["envelopes"]},
        memories={step: (rest, given) for step, rest, given in kept["memories"]},
    )
