"""The top-up: what is missing once every other resource is placed, and who may be asked next.

The fund pays what nobody else pays. A refused resource counts for nothing; the others count by
how sure they are, which gives a best case (all come) and a worst case (only the firm ones come).
Amounts are whole cents of cash: contributions in kind are left out by whoever calls.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ensemblier.engines.budget import euros

FIRM, PROMISED, ASKED, REFUSED = "firm", "promised", "asked", "refused"
STATES = (FIRM, PROMISED, ASKED, REFUSED)


@dataclass(frozen=True)
class Resource:
    """Money from somebody else than the fund. Without a state it is hoped for: asked."""

    payer: str
    amount_cents: int
    state: str = ASKED
    effect: str = ""

    def __post_init__(self) -> None:
        if self.amount_cents < 0:
            raise ValueError("Une ressource ne peut pas être négative.")
        if self.state not in STATES:
            raise ValueError(f"« {self.state} » n'est pas un état : {', '.join(STATES)}.")


class Funder(NamedTuple):
    """Who may pay for an effect, the words by which its name is known, and the source."""

    effect: str
    name: str
    words: tuple[str, ...]
    source: str


class Share(NamedTuple):
    """Money by how sure it is."""

    firm: int = 0
    promised: int = 0
    asked: int = 0
    refused: int = 0

    @property
    def placed(self) -> int:
        """What counts: all but what is refused."""
        return self.firm + self.promised + self.asked


class EffectShare(NamedTuple):
    """What others put on one useful effect; the effect "" gathers what is tied to none."""

    effect: str
    share: Share
    payers: tuple[str, ...]


@dataclass(frozen=True)
class TopUp:
    """The answer, each amount in cents."""

    charges_cents: int
    share: Share
    requested_cents: int
    by_effect: tuple[EffectShare, ...]
    who_next: tuple[Funder, ...]

    @property
    def missing_cents(self) -> int:
        """The top-up: charges that nobody else is to pay."""
        return max(0, self.charges_cents - self.share.placed)

    @property
    def surplus_cents(self) -> int:
        """What others bring beyond the charges."""
        return max(0, self.share.placed - self.charges_cents)

    @property
    def likely_cents(self) -> int:
        """Missing when what is only asked does not come."""
        return max(0, self.charges_cents - self.share.firm - self.share.promised)

    @property
    def worst_cents(self) -> int:
        """Missing when nothing comes but what is firm."""
        return max(0, self.charges_cents - self.share.firm)

    @property
    def over_cents(self) -> int:
        """By how much the request exceeds the top-up; negative when it is under."""
        return self.requested_cents - self.missing_cents

    def sentence(self) -> str:
        """The comparison in the words of the page."""
        if not self.charges_cents:
            return "Écrivez d'abord les charges au budget : le calcul se fait tout seul."
        need = (
            f"Une fois les autres ressources placées, il manque {euros(self.missing_cents)}."
            if self.missing_cents
            else "Les autres ressources paient déjà tout le projet."
        )
        if not self.requested_cents:
            return f"{need} Vous ne demandez encore rien au fonds."
        said = f"Vous demandez {euros(self.requested_cents)} au fonds"
        if self.over_cents > 0:
            return f"{need} {said} : {euros(self.over_cents)} de trop."
        if self.over_cents < 0:
            return f"{need} {said} : {euros(-self.over_cents)} restent à trouver."
        return f"{need} {said} : c'est exactement ce montant."


def top_up(
    charges_cents: int,
    resources: Sequence[Resource],
    *,
    requested_cents: int = 0,
    effects: Sequence[str] = (),
    funders: Sequence[Funder] = (),
    approached: Sequence[Resource] = (),
) -> TopUp:
    """Place the resources, count what is missing, and say who may be asked next.

    `effects` are those of the project, `funders` those who may pay for each, and `approached` who
    was already spoken to without an amount in the budget.
    """
    if charges_cents < 0 or requested_cents < 0:
        raise ValueError("Des charges et une demande ne peuvent pas être négatives.")
    known = [*resources, *approached]
    named = list(dict.fromkeys([*effects, *(row.effect for row in resources)]))
    return TopUp(
        charges_cents,
        share_of(resources),
        requested_cents,
        tuple(effect_share(name, resources) for name in named),
        tuple(
            funder
            for name in by_need(effects, resources)
            for funder in funders
            if funder.effect == name and not any(is_spoken_to(funder, row) for row in known)
        ),
    )


def share_of(resources: Iterable[Resource]) -> Share:
    sums = dict.fromkeys(STATES, 0)
    for row in resources:
        sums[row.state] += row.amount_cents
    return Share(**sums)


def effect_share(effect: str, resources: Sequence[Resource]) -> EffectShare:
    mine = [row for row in resources if row.effect == effect]
    return EffectShare(effect, share_of(mine), tuple(dict.fromkeys(row.payer for row in mine)))


def by_need(effects: Sequence[str], resources: Sequence[Resource]) -> list[str]:
    """Effects that nobody pays come first, then those that are least paid, in the order given."""
    unique = dict.fromkeys(effects)
    return sorted(unique, key=lambda name: effect_share(name, resources).share.placed)


def is_spoken_to(funder: Funder, row: Resource) -> bool:
    """This payer is that funder, asked for this effect or for the project as a whole."""
    if row.effect not in ("", funder.effect):
        return False
    payer = words_of(row.payer)
    return any(words_of(name) <= payer for name in (funder.name, *funder.words))


def words_of(name: str) -> frozenset[str]:
    """The words of a name, without accents nor capitals: « Région Bretagne » is a « region »."""
    bare = unicodedata.normalize("NFKD", name.casefold())
    return frozenset(re.findall(r"[a-z0-9]+", "".join(c for c in bare if c.isascii())))
