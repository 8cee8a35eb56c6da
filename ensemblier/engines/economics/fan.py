"""A plan under chance: how often it is balanced, when cash runs out, the fan, what kills it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ensemblier.engines.economics.factors import CHUNK, Floats, draw, grants
from ensemblier.engines.economics.folding import Folded, fold, run
from ensemblier.engines.economics.outcome import Outcome, compute
from ensemblier.engines.economics.plan import Plan
from ensemblier.engines.economics.terms import MONTHS, YEARS

PERCENTS = (5, 25, 50, 75, 95)
MOST_DRAWS = 1_000_000
MOST_SEED = 2**63
WHOLE = 10_000


class BadDraws(ValueError):
    """A number of draws or a seed out of bounds, in French."""


@dataclass(frozen=True)
class Loss:
    """What the loss of one resource does to the chance of running out of cash; chances in
    ten-thousandths, None when no draw shows it. `lost`: draws in which it did not come or ended."""

    id: str
    label: str
    payer: str
    lost: int
    ruin_when_lost: int | None
    ruin_when_kept: int | None

    @property
    def kills(self) -> bool:
        """Without it cash runs out in more than half of the draws, and with it in less."""
        if self.ruin_when_lost is None or self.ruin_when_kept is None:
            return False
        return self.ruin_when_lost > WHOLE // 2 > self.ruin_when_kept


@dataclass(frozen=True)
class Fan:
    """Chances in ten-thousandths, cut; amounts in cents, rounded to the nearest.

    `cash[percent]`: sixty months. `results[percent]`: five years. `ruin_by_month`: chance that cash
    was below zero at the end of that month or before. `reserve`: the cash to add at the start so
    that 95 draws in 100 never run out.
    """

    draws: int
    seed: int
    balanced: tuple[int, ...]
    ruin: int
    ruin_by_month: tuple[int, ...]
    usual_ruin_month: int | None
    cash: dict[int, tuple[int, ...]]
    results: dict[int, tuple[int, ...]]
    reserve: int
    losses: tuple[Loss, ...]


@dataclass(frozen=True)
class Drawn:
    """Everything drawn, before it is summed up."""

    cash: Floats  # 60 x draws
    results: Floats  # 5 x draws
    lost: npt.NDArray[np.bool_]  # grants x draws


def simulate(
    plan: Plan,
    draws: int,
    seed: int,
    *,
    workers: int = 1,
    block: int = 16,
    outcome: Outcome | None = None,
) -> Fan:
    """Draw the plan so many times. `workers` threads take `block` chunks at a time: neither
    changes any figure. `outcome`: that of the plan, when it is computed already."""
    outcome = outcome or compute(plan)
    return summed(outcome, drawn(outcome, draws, seed, workers=workers, block=block), seed)


def drawn(outcome: Outcome, draws: int, seed: int, *, workers: int = 1, block: int = 16) -> Drawn:
    if not 1 <= draws <= MOST_DRAWS:
        raise BadDraws(f"Le nombre de tirages va de 1 à {MOST_DRAWS}.")
    if not 0 <= seed < MOST_SEED:
        raise BadDraws("La graine est un nombre entier, de 0 à neuf milliards de milliards.")
    folded, owners = fold(outcome), grants(outcome.plan)
    cash, results = np.empty((MONTHS, draws)), np.empty((YEARS, draws))
    lost = np.empty((len(owners), draws), np.bool_)
    chunks = range(-(-draws // CHUNK))

    def take(first: int) -> None:
        for chunk in chunks[first : first + block]:
            one_chunk(outcome, folded, seed, chunk, (cash, results, lost))

    starts = range(0, len(chunks), block)
    if workers == 1 or len(starts) == 1:
        for first in starts:
            take(first)
    else:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(take, starts))
    return Drawn(cash, results, lost)


def one_chunk(
    outcome: Outcome,
    folded: Folded,
    seed: int,
    chunk: int,
    into: tuple[Floats, Floats, npt.NDArray[np.bool_]],
) -> None:
    """Draw a whole chunk, and keep what is asked of it."""
    cash, results, lost = into
    first = chunk * CHUNK
    kept = min(CHUNK, cash.shape[1] - first)
    factors = draw(outcome.plan, seed, chunk)
    by_year, by_month = run(folded, factors)
    cash[:, first : first + kept] = by_month[:, :kept]
    results[:, first : first + kept] = by_year[:, :kept]
    for place, owner in enumerate(grants(outcome.plan)):
        last = factors.alive[owner.id][owner.last_year]
        lost[place, first : first + kept] = last[:kept] == 0.0


def summed(outcome: Outcome, found: Drawn, seed: int) -> Fan:
    draws = found.cash.shape[1]
    below = found.cash < -0.5  # half a cent: what floats add up to is not a debt
    np.logical_or.accumulate(below, axis=0, out=below)
    ruined = below[-1]
    by_month = below.sum(axis=1)
    results = quantiles(found.results)
    lowest = found.cash.min(axis=0)
    return Fan(
        draws=draws,
        seed=seed,
        balanced=tuple(int(n) * WHOLE // draws for n in (found.results > -0.5).sum(axis=1)),
        ruin=int(by_month[-1]) * WHOLE // draws,
        ruin_by_month=tuple(int(n) * WHOLE // draws for n in by_month),
        usual_ruin_month=half_way(by_month),
        results=results,
        reserve=max(0, -quantile(lowest, 5)),
        losses=losses(outcome, found, ruined),
        cash=quantiles(found.cash),
    )


def half_way(by_month: Sequence[int]) -> int | None:
    """The month by which half of the draws that run out have run out."""
    if not by_month[-1]:
        return None
    return next(month for month, n in enumerate(by_month) if 2 * n >= by_month[-1])


def quantile(values: Floats, percent: int) -> int:
    place = percent * (len(values) - 1) // 100
    return int(np.rint(np.partition(values, place)[place]))


def quantiles(rows: Floats) -> dict[int, tuple[int, ...]]:
    """By percent, the value of each row; `rows` is sorted in place: the last to look at it."""
    places = [percent * (rows.shape[1] - 1) // 100 for percent in PERCENTS]
    for row in rows:
        row.partition(places)
    return {
        percent: tuple(int(cents) for cents in np.rint(rows[:, place]))
        for percent, place in zip(PERCENTS, places, strict=True)
    }


def losses(outcome: Outcome, found: Drawn, ruined: npt.NDArray[np.bool_]) -> tuple[Loss, ...]:
    lines = {line.grant: line for line in outcome.lines if line.grant}
    told = []
    for place, owner in enumerate(grants(outcome.plan)):
        line = lines.get(owner.id)
        if line is None:
            continue
        lost = found.lost[place]
        count, both = int(lost.sum()), int((lost & ruined).sum())
        kept, ruined_kept = len(lost) - count, int(ruined.sum()) - both
        told.append(
            Loss(
                owner.id,
                line.label,
                line.payer,
                count,
                both * WHOLE // count if count else None,
                ruined_kept * WHOLE // kept if kept else None,
            )
        )
    return tuple(told)
