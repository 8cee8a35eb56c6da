"""The kernel on a phase: raises by the thousand, rounds it cannot settle done in fractions."""

from __future__ import annotations

from collections.abc import Callable, Collection
from fractions import Fraction

from ensemblier.engines.allocation import exact, kernel
from ensemblier.engines.allocation.model import Purchase
from ensemblier.engines.allocation.rounds import ExactRun
from ensemblier.engines.allocation.sharing import PhaseRun
from ensemblier.engines.allocation.tables import fits_floats, look_of, state_of, tables_of
from ensemblier.engines.allocation.vote import Numbers

WORDS = {
    kernel.EXHAUSTIVE: "exhaustive",
    kernel.INFEASIBLE: "infeasible",
    kernel.STABLE: "stable",
}


class PhaseRuns:
    """The runs of one phase."""

    def __init__(
        self,
        numbers: Numbers,
        lots: Collection[int],
        envelope: int,
        left: list[int],
        loop: Callable[..., int] | None = None,
    ) -> None:
        self.numbers, self.envelope = numbers, envelope
        self.lots = [lot for lot in lots if numbers.supporters[lot]]
        self.t = tables_of(numbers, self.lots)
        self.s = state_of(self.t, len(numbers.classes), left)
        self.look = look_of(self.t)
        self.raise_by = numbers.problem.rules.step * numbers.jurors
        self.loop: Callable[..., int] = loop or kernel.compiled() or kernel.advance
        self.settled = 0  # rounds done in fractions

    def simulated(self) -> int:
        return self.envelope + int(self.s.now[kernel.RAISES]) * self.raise_by

    def exact_run(self) -> ExactRun:
        return ExactRun(self.numbers, self.t, self.s, self.simulated())

    def stop(self, raises: bool, last: int = -1) -> tuple[int, ExactRun]:
        """Run until the raises stop; the code of why, and the exact side of the last run."""
        rules = self.numbers.problem.rules
        terms = kernel.Terms(self.envelope, self.raise_by, raises, rules.stop == "exhaustive", last)
        run, of = self.exact_run(), -1
        while True:
            code = self.loop(self.t, terms, self.s, self.look)
            if of != self.s.now[kernel.RAISES]:
                run, of = self.exact_run(), int(self.s.now[kernel.RAISES])
            if code == kernel.UNSURE:
                run.settle()
                self.settled += 1
            elif code == kernel.STABLE and not run.is_stable():
                self.s.now[kernel.RAISES] += 1
                self.s.now[kernel.RUNNING] = 0
            else:
                return code, run

    def again(self, raises: int) -> ExactRun:
        """The run with so many raises, from its start."""
        self.s.now[kernel.RAISES], self.s.now[kernel.RUNNING] = raises, 0
        return self.stop(True, raises)[1]


def share_phase(
    numbers: Numbers, phase: int, lots: Collection[int], envelope: int, left: list[int]
) -> tuple[PhaseRun, int, str]:
    """What `exact.share_phase` gives; it is asked where numbers are too large for the kernel."""
    if not fits_floats(numbers, list(lots), envelope):
        return exact.share_phase(numbers, phase, lots, envelope, left)
    runs = PhaseRuns(numbers, lots, envelope, left)
    raises = numbers.problem.rules.completion != "none"
    code, run = runs.stop(raises)
    stopped = WORDS[code] if raises else "none"
    if code == kernel.INFEASIBLE:
        run = runs.again(int(runs.s.now[kernel.RAISES]) - 1)
    return told(runs, run, phase, lots), int(runs.s.now[kernel.RAISES]), stopped


def told(runs: PhaseRuns, run: ExactRun, phase: int, lots: Collection[int]) -> PhaseRun:
    """The last run as the specification tells it."""
    run.catch_up()
    s = runs.s
    bought = s.order[: s.now[kernel.BOUGHT]].tolist()
    purchases = [_purchase(runs, run, phase, turn, lot) for turn, lot in enumerate(bought)]
    won = [runs.lots[lot] for lot in bought]
    places = {lot: place for place, lot in enumerate(runs.lots)}
    held = {}
    for lot in lots:
        if lot not in won:
            place = places.get(lot)
            held[lot] = Fraction(0) if place is None else _held(run, place)
    return PhaseRun(runs.simulated(), won, purchases, held, s.left.tolist(), False)


def _held(run: ExactRun, lot: int) -> Fraction:
    ks, _ = run.entries(lot)
    return run.money(ks[run.s.emptied[ks] == kernel.NOT_YET])


def _purchase(runs: PhaseRuns, run: ExactRun, phase: int, turn: int, lot: int) -> Purchase:
    """What a lot bought took from each college, exactly: those it empties give all they have."""
    numbers = runs.numbers
    ks, us = run.entries(lot)
    emptied, rho = run.s.emptied[ks], Fraction(run.rhos[turn], run.one)
    givers = (emptied == kernel.NOT_YET) | (emptied > turn)
    by_college = []
    for college in range(len(numbers.sizes)):
        mine = run.t.college[ks] == college
        welfare = int((run.count[ks] * us)[mine & givers].sum())
        by_college.append(rho * welfare + run.money(ks[mine & (emptied == turn)], turn))
    place = runs.lots[lot]
    return Purchase(
        numbers.problem.lots[place].id,
        phase,
        rho,
        tuple(by_college),
        numbers.support(place),
        int(run.count[ks[emptied == turn]].sum()),
    )
