"""A run of the kernel in exact fractions: one round at a time, or all that was bought.

What a juror holds is the endowment less what each lot bought took, and each lot's rho depends on
those before it only: rho_j = (cost - what the jurors it empties held) / welfare of the others. So
sums over jurors stay whole numbers (NumPy), and fractions are as many as lots bought.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from ensemblier.engines.allocation import kernel
from ensemblier.engines.allocation.kernel import EPS, Ints, Places, State, Tables
from ensemblier.engines.allocation.vote import Numbers


class ExactRun:
    """The exact side of the run under way in a state."""

    def __init__(self, numbers: Numbers, t: Tables, s: State, simulated: int) -> None:
        self.numbers, self.t, self.s = numbers, t, s
        self.count = np.array([each.count for each in numbers.classes], np.int64)
        self.endowments = [numbers.endowment(n, simulated) for n in range(len(numbers.sizes))]
        self.rhos: list[Fraction] = []
        self.worth: list[Ints] = []  # of each lot bought: utility by class

    def catch_up(self) -> None:
        """The exact rho of every lot that the kernel bought."""
        for turn in range(len(self.rhos), int(self.s.now[kernel.BOUGHT])):
            lot = int(self.s.order[turn])
            ks, us = self.entries(lot)
            emptied = self.s.emptied[ks]
            short = emptied == turn
            others = (emptied == kernel.NOT_YET) | (emptied > turn)
            missing = int(self.t.cost[lot]) - self.money(ks[short])
            slope = int((self.count[ks] * us)[others].sum())
            self.note(lot, missing / slope if slope else Fraction(0))

    def note(self, lot: int, rho: Fraction) -> None:
        ks, us = self.entries(lot)
        worth = np.zeros(self.count.size, np.int64)
        worth[ks] = us
        self.rhos.append(rho)
        self.worth.append(worth)

    def entries(self, lot: int) -> tuple[Places, Ints]:
        cut = slice(self.t.first[lot], self.t.first[lot + 1])
        return self.t.entry[cut], self.t.utility[cut].astype(np.int64)

    def money(self, ks: Places) -> Fraction:
        """What classes hold together after the lots noted; none of them is emptied yet."""
        counts = self.count[ks]
        by_college = np.bincount(self.t.college[ks], counts, len(self.endowments))
        total = Fraction(0)
        for endowment, jurors in zip(self.endowments, by_college.tolist(), strict=True):
            total += endowment * int(jurors)
        for rho, worth in zip(self.rhos, self.worth, strict=True):
            total -= rho * int((counts * worth[ks]).sum())
        return total

    def budget(self, k: int) -> Fraction:
        """What one juror of a class that is not emptied holds."""
        held: Fraction = self.endowments[self.t.college[k]]
        for rho, worth in zip(self.rhos, self.worth, strict=True):
            held -= rho * int(worth[k])
        return held

    def short(self, ks: Places, us: Ints, rho: Fraction) -> tuple[np.ndarray, np.ndarray]:
        """Which of these classes hold less than rho x utility, and which just that."""
        price = float(rho) * us
        held = self.s.budget[ks]
        near = self.s.error[0] + 8.0 * EPS * (held + price)
        less, same = held < price - near, np.zeros(ks.size, bool)
        for place in np.flatnonzero(np.abs(held - price) <= near).tolist():
            budget, exact = self.budget(int(ks[place])), rho * int(us[place])
            less[place], same[place] = budget < exact, budget == exact
        return less, same

    def rho(self, lot: int) -> Fraction | None:
        """The exact rho of a lot; None when its supporters cannot pay it."""
        ks, us = self.entries(lot)
        open_ = self.s.emptied[ks] == kernel.NOT_YET
        ks, us = ks[open_], us[open_]
        welfare = self.count[ks] * us
        less = np.zeros(ks.size, bool)
        missing = Fraction(int(self.t.cost[lot]))
        while True:
            slope = int(welfare[~less].sum())
            if not slope:
                return Fraction(0) if not missing else None
            rho = missing / slope
            more, _ = self.short(ks, us, rho)
            more &= ~less
            if not more.any():
                return rho
            missing -= self.money(ks[more])
            less |= more

    def settle(self) -> None:
        """Do one round exactly: close lots that cannot be bought, buy the next one."""
        self.catch_up()
        s, best, best_rho = self.s, -1, Fraction(0)
        for lot in s.queue[: s.now[kernel.QUEUED]].tolist():
            if s.status[lot] != kernel.OPEN:
                continue
            if best >= 0 and Fraction(float(s.bound[lot])) > best_rho:
                break
            rho = self.rho(lot) if self.fits(lot) else None
            if rho is None:
                s.status[lot] = kernel.OUT
                continue
            key = (rho, int(self.t.rank[lot]))
            if best < 0 or key < (best_rho, int(self.t.rank[best])):
                best, best_rho = lot, rho
        if best >= 0:
            self.buy(best, best_rho)
        still = [lot for lot in s.queue[: s.now[kernel.QUEUED]] if s.status[lot] == kernel.OPEN]
        s.queue[: len(still)] = still
        s.now[kernel.QUEUED] = len(still)

    def fits(self, lot: int) -> bool:
        cut = slice(self.t.limit_first[lot], self.t.limit_first[lot + 1])
        return bool((self.t.use[cut] <= self.s.left[self.t.limit[cut]]).all())

    def buy(self, lot: int, rho: Fraction) -> None:
        """Empty whom it empties, then write all budgets anew from the exact ones."""
        s, t = self.s, self.t
        ks, us = self.entries(lot)
        closed = s.emptied[ks] != kernel.NOT_YET
        less, same = self.short(ks, us, rho)
        if (less | closed).any():
            s.now[kernel.EASY] = 0
        done = ks[(less | same) & ~closed]
        s.emptied[done], s.budget[done] = s.now[kernel.BOUGHT], 0.0
        self.note(lot, rho)
        s.status[lot], s.order[s.now[kernel.BOUGHT]] = kernel.WON, lot
        s.now[kernel.BOUGHT] += 1
        s.now[kernel.SPENT] += t.cost[lot]
        cut = slice(t.limit_first[lot], t.limit_first[lot + 1])
        np.subtract.at(s.left, t.limit[cut], t.use[cut])
        self.write_budgets()

    def write_budgets(self) -> None:
        """Budgets as near the exact ones as floats can be, and the bound that says so."""
        s = self.s
        alive = s.emptied == kernel.NOT_YET
        fresh = np.array([float(each) for each in self.endowments])[self.t.college]
        for rho, worth in zip(self.rhos, self.worth, strict=True):
            fresh -= float(rho) * worth
        s.budget[alive] = fresh[alive]
        s.error[0] = (2 * len(self.rhos) + 4) * EPS * s.error[1]

    def is_stable(self) -> bool:
        """Nobody was short for what was bought, nor is for what is left out."""
        self.catch_up()
        for lot in np.flatnonzero(self.s.status != kernel.WON).tolist():
            ks, us = self.entries(lot)
            price = Fraction(int(self.t.cost[lot]), int(self.t.welfare[lot]))
            if self.short(ks, us, price)[0].any():
                return False
        return True
