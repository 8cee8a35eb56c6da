"""Many lines shared from where another run stood: by the kernel when it can, else by the norm.

Both give what `Splitter` gives line after line, with what each line drew, and the state that is
left: a run may be cut into as many batches as one likes. Identifiers of lines are unique here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np

from ensemblier.engines.cofinancing import kernel
from ensemblier.engines.cofinancing.columns import Block, TooLarge
from ensemblier.engines.cofinancing.fast import FastSplitter, Outcome
from ensemblier.engines.cofinancing.fitting import fits
from ensemblier.engines.cofinancing.lines import RawLine
from ensemblier.engines.cofinancing.scheme import PERSON, Scheme, Step, period
from ensemblier.engines.cofinancing.split import CapKey, Draft, Refused, Share, Splitter, bound
from ensemblier.engines.cofinancing.tables import PERIODS, with_households


class Standing(NamedTuple):
    """Where a run stands: envelopes, cents' memory by step, and caps (those of the households of
    the lines to come are enough)."""

    left: Sequence[int]
    carries: Mapping[int, Sequence[int]]
    caps: Mapping[CapKey, int]


class Taken(NamedTuple):
    """A line that is shared, and what it drew: nothing when it undoes another."""

    shares: list[Share]
    draft: Draft


class Batch(NamedTuple):
    """By line, in order; and where the run stands after the last one."""

    results: list[Taken | Refused]
    after: Standing
    compiled: bool


def share_batch(
    scheme: Scheme, standing: Standing, lines: Sequence[RawLine], originals: Mapping[str, Draft]
) -> Batch:
    """`originals`: what was drawn by lines of other batches that these lines undo."""
    if kernel.compiled() is not None and not fits(scheme):
        try:
            return by_kernel(scheme, standing, lines, originals)
        except (TooLarge, OtherPeriod):
            pass
    return by_norm(scheme, standing, lines, originals)


def by_norm(
    scheme: Scheme, standing: Standing, lines: Sequence[RawLine], originals: Mapping[str, Draft]
) -> Batch:
    """The reference, line after line."""
    splitter = Splitter(scheme)
    splitter.resume(left=standing.left, carries=standing.carries, caps=standing.caps)
    for line_id, draft in originals.items():
        splitter.remember(line_id, draft)
    results: list[Taken | Refused] = []
    for raw in lines:
        taken = splitter.take(raw)
        if isinstance(taken, Refused):
            results.append(taken)
        else:
            results.append(Taken(taken, Draft() if raw.undoes else splitter.drawn(raw.line_id)))
    carries = {step: memory.carries for step, memory in splitter.memories.items()}
    return Batch(results, Standing(splitter.left, carries, splitter.caps), compiled=False)


class OtherPeriod(Exception):
    """Lines of two periods of a cap: the kernel counts one period for each household."""


def by_kernel(
    scheme: Scheme, standing: Standing, lines: Sequence[RawLine], originals: Mapping[str, Draft]
) -> Batch:
    """The kernel; raises TooLarge or OtherPeriod, and then nothing is done."""
    run = _Run(scheme, standing, lines, originals)
    outcome = run.splitter.take(run.block)
    return Batch(list(run.results(outcome)), run.after(), compiled=True)


class _Run:
    """One batch in the kernel's columns. Every line is kept as if it were to be undone: what it
    drew is read there."""

    def __init__(
        self,
        scheme: Scheme,
        standing: Standing,
        lines: Sequence[RawLine],
        originals: Mapping[str, Draft],
    ) -> None:
        self.scheme, self.standing, self.lines = scheme, standing, lines
        self.slots = [
            (rank, payer.name) for rank, step in enumerate(scheme.steps, 1) for payer in step.payers
        ]
        self.block = Block.of(lines)
        undone = [*(line.line_id for line in lines), *originals]
        undone += [line.undoes for line in lines if line.undoes]
        self.splitter = FastSplitter(scheme, undone, repeated=set())
        self.caps = self._caps()
        self._read_periods()
        self._read_households(originals)
        self._resume()
        for line_id, draft in originals.items():
            self._remember(self.splitter.undone[line_id], draft)
        self.before = self._used().copy()

    def _caps(self) -> list[tuple[int, str, str]]:
        """Step, payer and period of each cap, in the kernel's order."""
        caps = [
            (rank, payer.name, payer.cap_per_household.per)
            for rank, step in enumerate(self.scheme.steps, 1)
            for payer in step.payers
            if payer.cap_per_household
        ]
        rule = self.scheme.person
        if rule.rule == "credit":
            caps.append((0, PERSON, "" if rule.carry else rule.per))
        return caps

    def _read_periods(self) -> None:
        """The period of each cap, in words and in the kernel's number: the same for all lines."""
        columns = self.splitter.columns
        for text in dict.fromkeys(self.block.column("sold_on") or ()):
            columns.days[text]
        calendar = columns.calendar or [(1, 0, 0, 0, 0)]
        numbers = [PERIODS.get(per, kernel.SCHEME) for _, _, per in self.caps]
        if any(row[n] != calendar[0][n] for row in calendar for n in numbers):
            raise OtherPeriod
        day = date.fromordinal(calendar[0][kernel.ORDINAL])
        self.words = [period(per, day) for _, _, per in self.caps]
        self.numbers = [calendar[0][n] for n in numbers]
        self.cap_of = {
            (step, payer, words): place
            for place, ((step, payer, _), words) in enumerate(
                zip(self.caps, self.words, strict=True)
            )
        }

    def _read_households(self, originals: Mapping[str, Draft]) -> None:
        """A number for each household, in the order in which the lines are read."""
        households = self.splitter.columns.households
        for text in self.block.column("household") or ():
            households[text]
        for draft in originals.values():
            for _, _, household, _ in draft.caps:
                households[household]
        households[""]

    def _resume(self) -> None:
        state, households = self.splitter.state, self.splitter.columns.households
        state = self.splitter.state = with_households(state, len(households))
        state.left[:] = self.standing.left
        at = 0
        for rank, step in enumerate(self.scheme.steps, 1):
            if step.kind == "share":
                state.carry[at : at + len(step.payers)] = self.standing.carries[rank]
            at += len(step.payers)
        for place, number in enumerate(self.numbers):
            state.counts[:, place, kernel.PERIOD] = number
        for (rank, payer, household, words), cents in self.standing.caps.items():
            cap = self.cap_of.get((rank, payer, words))
            if cap is not None and household in households:
                state.counts[households[household], cap, kernel.USED] = cents

    def _remember(self, place: int, draft: Draft) -> None:
        """A line of another batch, to be undone in this one."""
        state = self.splitter.state
        state.kept[place] = 1
        state.kept_household[place] = self.splitter.columns.households[""]
        for share in draft.shares:
            state.kept_parts[place, self._column(share)] += share.cents
        for rank, cents in draft.envelopes.items():
            state.kept_drawn[place, rank] = cents
        for rank, (rest, given) in draft.memories.items():
            payers = self.scheme.steps[rank - 1].payers
            whole, first = sum(payer.weight for payer in payers), self._first(rank)
            for n, payer in enumerate(payers):
                state.kept_carry[place, first + n] = rest * payer.weight - given[n] * whole
        for (rank, name, household, words), cents in draft.caps.items():
            cap = self.cap_of.get((rank, name, words))
            if cap is None:
                raise OtherPeriod
            state.kept_household[place] = self.splitter.columns.households[household]
            state.kept_used[place, cap] = cents
            state.kept_period[place, cap] = self.numbers[cap]

    def _first(self, rank: int) -> int:
        """The first slot of a step."""
        return sum(len(step.payers) for step in self.scheme.steps[: rank - 1])

    def _column(self, share: Share) -> int:
        """Where the kernel keeps this part: of step 0, the pot's is the only one below zero."""
        if share.step:
            return kernel.STEPS + self.slots.index((share.step, share.payer))
        if share.payer == PERSON:
            return kernel.PERSON
        return kernel.POT if share.cents < 0 else kernel.STEPS + len(self.slots)

    def results(self, outcome: Outcome) -> Iterator[Taken | Refused]:
        """By line, as the reference gives them."""
        reasons, state = self.splitter.reasons, self.splitter.state
        rows = zip(
            self.lines,
            outcome.parts.tolist(),
            outcome.why.tolist(),
            outcome.rate.tolist(),
            state.kept_carry.tolist(),
            state.kept_drawn.tolist(),
            state.kept_used.tolist(),
            strict=False,  # the rows of the originals come after those of the lines
        )
        for place, (line, parts, why, rate, carried, drawn, used) in enumerate(rows):
            if place in outcome.refused:
                yield Refused(line.line_id, outcome.refused[place])
                continue
            shares = []
            for column, cents in enumerate(parts):
                if cents:
                    payer, step, words = reasons.of(column, why[column], rate)
                    words = f"annule {line.undoes}" if line.undoes else words
                    shares.append(Share(line.line_id, payer, cents, step, words))
            draft = Draft()
            if not line.undoes:
                draft = Draft(
                    shares,
                    {key: n for key, n in self._counted(line, used)},
                    {rank: cents for rank, cents in enumerate(drawn) if cents},
                    dict(self._memories(place, parts, carried)),
                )
            yield Taken(shares, draft)

    def _counted(self, line: RawLine, used: list[int]) -> Iterator[tuple[CapKey, int]]:
        """What the line used of caps; of a credit, even nothing is written."""
        for (step, payer, _), words, cents in zip(self.caps, self.words, used, strict=True):
            if cents or not step:
                yield (step, payer, line.household, words), cents

    def _memories(
        self, place: int, parts: list[int], carried: list[int]
    ) -> Iterator[tuple[int, tuple[int, list[int]]]]:
        """What each weighted step that was reached took on and gave out, before caps."""
        # What the person gives more than their part is in the pot's column, below zero.
        person = (
            0 if self.scheme.person.rule == "rest" else parts[kernel.PERSON] + parts[kernel.POT]
        )
        left, at = self._price(place) - person, 0
        for rank, step in enumerate(self.scheme.steps, 1):
            if not left:
                return
            end = at + len(step.payers)
            if step.kind == "share":
                taken = min(left, self._bound(step, place))
                whole = sum(payer.weight for payer in step.payers)
                given = [
                    (taken * payer.weight - carried[at + n]) // whole
                    for n, payer in enumerate(step.payers)
                ]
                yield rank, (taken, given)
            left -= sum(parts[kernel.STEPS + at : kernel.STEPS + end])
            at = end

    def _price(self, place: int) -> int:
        return self.splitter.columns.price[self.lines[place].price_cents]

    def _bound(self, step: Step, place: int) -> int:
        columns, line = self.splitter.columns, self.lines[place]
        return bound(step, columns.price[line.price_cents], columns.milli[line.quantity])

    def _used(self) -> kernel.Ints:
        """The cents used, by household and cap."""
        return self.splitter.state.counts[:, :, kernel.USED]

    def after(self) -> Standing:
        state, caps = self.splitter.state, dict(self.standing.caps)
        texts = list(self.splitter.columns.households)
        used = self._used()
        for household, cap in np.argwhere(used != self.before).tolist():
            step, payer, _ = self.caps[cap]
            key = (step, payer, texts[household], self.words[cap])
            caps[key] = int(used[household, cap])
        carries, at, carry = {}, 0, state.carry.tolist()
        for rank, each in enumerate(self.scheme.steps, 1):
            if each.kind == "share":
                carries[rank] = carry[at : at + len(each.payers)]
            at += len(each.payers)
        return Standing(state.left.tolist(), carries, caps)
