"""Sharing lines one after the other, in the order and by the roundings of the norm.

The norm is `docs/reference/cofinancement.md`. A refused line changes nothing at all: what a line
would draw is gathered first, then kept in one go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from ensemblier.engines.cofinancing import reasons
from ensemblier.engines.cofinancing.cents import Memory
from ensemblier.engines.cofinancing.lines import BadCell, Line, RawLine, check, in_order, shown
from ensemblier.engines.cofinancing.person import (
    LineRefused,
    half_up,
    in_table,
    person_part,
    surcharge_part,
)
from ensemblier.engines.cofinancing.reasons import step_words
from ensemblier.engines.cofinancing.scheme import (
    PERSON,
    REFUSE,
    Payer,
    Scheme,
    Step,
    period,
    periods_between,
)
from ensemblier.engines.money import euros

# (step, payer, household, period) of a cap
CapKey = tuple[int, str, str, str]


class Share(NamedTuple):
    """The part of one payer in one line. Step 0: the person, or the payer of last resort."""

    line_id: str
    payer: str
    cents: int
    step: int
    reason: str


class Refused(NamedTuple):
    """A line that is left out, and why."""

    line_id: str
    reason: str


@dataclass
class Draft:
    """What one line draws on the scheme, before it is kept."""

    shares: list[Share] = field(default_factory=list)
    caps: dict[CapKey, int] = field(default_factory=dict)
    envelopes: dict[int, int] = field(default_factory=dict)
    memories: dict[int, tuple[int, list[int]]] = field(default_factory=dict)


class Splitter:
    """One run of a scheme over lines given in order."""

    def __init__(
        self,
        scheme: Scheme,
        undone: Iterable[str] | None = None,
        repeated: set[int] | None = None,
    ) -> None:
        """`undone`: the lines that will be undone, `repeated`: the hashes of identifiers that may
        come twice; when they are known, other lines are not remembered."""
        self.scheme = scheme
        self.left = [envelope.cents for envelope in scheme.envelopes]
        self.caps: dict[CapKey, int] = {}
        self.memories = {
            rank: Memory([payer.weight for payer in step.payers])
            for rank, step in enumerate(scheme.steps, 1)
            if step.kind == "share"
        }
        self._purses = {
            name: scheme.envelopes_of(name) for name in {e.payer for e in scheme.envelopes}
        }
        self._whys = {rank: step_words(step) for rank, step in enumerate(scheme.steps, 1)}
        self._seen: set[str] = set()
        self._kept: dict[str, Draft | None] = {}
        self._repeated = repeated
        self._undone = None if undone is None else frozenset(undone)

    def take(self, raw: RawLine) -> list[Share] | Refused:
        """The shares of the next line, or why it is refused."""
        try:
            if raw.line_id in self._seen:
                raise LineRefused(reasons.AGAIN)
            if self._repeated is None or hash(raw.line_id) in self._repeated:
                self._seen.add(raw.line_id)
            draft = self._undo(raw) if raw.undoes else self._share(self._checked(raw))
        except (LineRefused, BadCell) as refusal:
            return Refused(raw.line_id, str(refusal))
        if not raw.undoes and (self._undone is None or raw.line_id in self._undone):
            self._kept[raw.line_id] = draft
        return draft.shares

    def resume(
        self,
        *,
        left: Sequence[int],
        carries: Mapping[int, Sequence[int]],
        caps: Mapping[CapKey, int],
    ) -> None:
        """Go on from where another run stood: envelopes, cents' memory by step, and caps (those of
        the household of the next line are enough)."""
        self.left = list(left)
        self.caps = dict(caps)
        for step, memory in self.memories.items():
            memory.carries = list(carries[step])

    def remember(self, line_id: str, draft: Draft) -> None:
        """A line that another run shared, for the next one to undo."""
        self._kept[line_id] = draft

    def drawn(self, line_id: str) -> Draft:
        """What a line shared here drew on the scheme, to be remembered."""
        draft = self._kept[line_id]
        assert draft is not None, "a line that is undone draws nothing"
        return draft

    def _checked(self, raw: RawLine) -> Line:
        line = check(raw)
        if not self.scheme.valid.holds(line.day):
            raise LineRefused(f"le {raw.sold_on} est en dehors des dates du dispositif")
        for column, inside in self.scheme.scope.items():
            value = getattr(raw, column)
            inside_it = inside & set(value.split(";")) if column == "labels" else value in inside
            if not inside_it:
                raise LineRefused(
                    f"« {shown(value)} » n'est pas dans le champ du dispositif ({LABELS[column]})"
                )
        if self.scheme.needs_household and not line.household:
            raise LineRefused("le foyer manque : un plafond ou un crédit est compté par foyer")
        return line

    def _share(self, line: Line) -> Draft:
        draft, rule = Draft(), self.scheme.person
        credit, key = self._credit(line) if rule.rule == "credit" else (0, None)
        person, why = person_part(rule, line, credit)
        if key is not None:
            draft.caps[key] = line.price_cents - person
        left = line.price_cents if rule.rule == "rest" else line.price_cents - person
        for rank, step in enumerate(self.scheme.steps, 1):
            if not left:
                break
            left -= self._step(draft, line, rank, step, left)
        if rule.rule == "rest":
            person = min(left, person)
            left -= person
        self._first(draft, line, person, why)
        if left:
            self._last_resort(draft, line, left)
        self._keep(draft, 1)
        return draft

    def judge(self, raw: RawLine) -> None:
        """Raises when the line is refused whatever is left in caps and envelopes."""
        line = self._checked(raw)
        if self.scheme.person.rule == "credit":
            self._credit(line)
        person_part(self.scheme.person, line)
        surcharge_part(self.scheme.surcharge, line)

    def _credit(self, line: Line) -> tuple[int, CapKey]:
        """What the household has left of its credit that day, and where its use is counted."""
        rule = self.scheme.person
        each = in_table(rule.credit, rule, line)
        if not rule.carry:
            key = (0, PERSON, line.household, period(rule.per, line.day))
            return each - self.caps.get(key, 0), key
        assert self.scheme.valid.first is not None, "read_person asks for a first day"
        key = (0, PERSON, line.household, "")
        begun = periods_between(rule.per, self.scheme.valid.first, line.day)
        return each * begun - self.caps.get(key, 0), key

    def _first(self, draft: Draft, line: Line, person: int, why: str) -> None:
        """The person's part, written before the others; what they give more feeds the pot."""
        given = surcharge_part(self.scheme.surcharge, line)
        others, draft.shares = draft.shares, []
        self._put(draft, line, PERSON, person + given, 0, why)
        if given and self.scheme.surcharge is not None:
            pot = self.scheme.surcharge.pot
            self._put(draft, line, pot, -given, 0, reasons.GIVEN)
            for rank in self._purses.get(pot, ()):
                if self.scheme.envelopes[rank].fed:
                    draft.envelopes[rank] = draft.envelopes.get(rank, 0) - given
                    break
        draft.shares += others

    def _step(self, draft: Draft, line: Line, rank: int, step: Step, left: int) -> int:
        """What a step pays in all of the `left` cents it is offered."""
        taken = min(left, _bound(step, line, draft))
        assigned = [taken]
        if step.kind == "share":
            assigned = self.memories[rank].assign(taken)
            draft.memories[rank] = (taken, assigned)
        total = 0
        for payer, cents in zip(step.payers, assigned, strict=True):
            paid, cut = self._pay(draft, line, payer, cents, rank)
            self._put(draft, line, payer.name, paid, rank, cut or self._whys[rank][payer.name])
            total += paid
        return total

    def _put(
        self, draft: Draft, line: Line, payer: str, cents: int, step: int, reason: str
    ) -> None:
        if cents:
            draft.shares.append(Share(line.line_id, payer, cents, step, reason))

    def _pay(
        self, draft: Draft, line: Line, payer: Payer, wanted: int, rank: int
    ) -> tuple[int, str]:
        """What a payer finally pays of what it is assigned, and what cut it last."""
        paid, why = wanted, ""
        if payer.cap_per_unit is not None:
            most = payer.cap_per_unit * line.milli // 1000
            if most < paid:
                paid, why = most, reasons.UNIT_CAP
        key: CapKey | None = None
        if payer.cap_per_household is not None:
            period = payer.cap_per_household.period(line.day)
            key = (rank, payer.name, line.household, period)
            most = payer.cap_per_household.cents - self.caps.get(key, 0) - draft.caps.get(key, 0)
            if most < paid:
                paid, why = max(0, most), reasons.HOUSEHOLD_CAP
        drawn = self._draw(draft, payer.name, paid, line.day)
        if drawn < paid:
            paid, why = drawn, reasons.ENVELOPE_END
        if key is not None and paid:
            draft.caps[key] = draft.caps.get(key, 0) + paid
        return paid, why

    def _draw(self, draft: Draft, payer: str, wanted: int, day: date) -> int:
        """Draw on the payer's envelopes open that day, in the order written."""
        if payer not in self._purses:
            return wanted
        paid = 0
        for rank in self._purses[payer]:
            if not self.scheme.envelopes[rank].window.holds(day):
                continue
            part = min(wanted - paid, self.left[rank] - draft.envelopes.get(rank, 0))
            if part > 0:
                draft.envelopes[rank] = draft.envelopes.get(rank, 0) + part
                paid += part
        return paid

    def _last_resort(self, draft: Draft, line: Line, left: int) -> None:
        then = self.scheme.exhausted
        if then == REFUSE:
            raise LineRefused(reasons.NOBODY_PAYS.format(euros(left)))
        drawn = self._draw(draft, then, left, line.day)
        if drawn < left:
            raise LineRefused(reasons.PURSE_ENDED.format(euros(left), then, euros(drawn)))
        self._put(draft, line, then, left, 0, reasons.LAST_RESORT)

    def _undo(self, raw: RawLine) -> Draft:
        if not raw.line_id:
            raise BadCell("l'identifiant de la ligne est vide")
        if raw.undoes not in self._kept:
            raise LineRefused(reasons.UNKNOWN_UNDONE.format(shown(raw.undoes)))
        original = self._kept[raw.undoes]
        if original is None:
            raise LineRefused(reasons.ALREADY_UNDONE.format(shown(raw.undoes)))
        self._kept[raw.undoes] = None
        self._keep(original, -1)
        shares = [
            Share(raw.line_id, share.payer, -share.cents, share.step, f"annule {raw.undoes}")
            for share in original.shares
        ]
        return Draft(shares)

    def _keep(self, draft: Draft, sign: int) -> None:
        """Write a draft into caps, envelopes and memory, or take it back."""
        for key, cents in draft.caps.items():
            self.caps[key] = self.caps.get(key, 0) + sign * cents
        for rank, cents in draft.envelopes.items():
            self.left[rank] -= sign * cents
        for step, (rest, given) in draft.memories.items():
            self.memories[step].keep(sign * rest, [sign * cents for cents in given])


def bound(step: Step, price: int, milli: int) -> int:
    """The most that a step takes on, by its own limits; without any, the whole price."""
    most = price
    if step.up_to_percent is not None:
        most = min(most, half_up(price * step.up_to_percent / 100))
    if step.up_to_cents is not None:
        most = min(most, step.up_to_cents * milli // 1000)
    return most


def _bound(step: Step, line: Line, draft: Draft) -> int:
    """The same; a match also follows what the other paid."""
    most = bound(step, line.price_cents, line.milli)
    if step.kind == "match":
        paid = sum(share.cents for share in draft.shares if share.payer == step.matched)
        most = min(most, half_up(paid * step.match_percent / 100))
    return most


LABELS = {
    "product": "produits",
    "structure": "structures",
    "commune": "communes",
    "tier": "tranches",
    "family": "familles",
    "labels": "labels",
}


def split(scheme: Scheme, lines: Iterable[RawLine]) -> Iterator[list[Share] | Refused]:
    """Each line's shares or refusal, in processing order."""
    ordered = in_order(lines)
    splitter = Splitter(scheme, (line.undoes for line in ordered if line.undoes))
    for raw in ordered:
        yield splitter.take(raw)
