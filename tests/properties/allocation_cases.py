"""Sharings drawn from a seed: small ones full of ties and limits, and a large jury."""

from __future__ import annotations

import random

from ensemblier.engines.allocation import (
    Ballot,
    Ceiling,
    College,
    Floor,
    Lot,
    Problem,
    Rules,
)


def small(seed: int) -> Problem:
    """Up to 7 lots and 9 ballots: weights, ceilings, floors, phases, and amounts that tie."""
    dice = random.Random(seed)
    colleges = tuple(
        College(name, dice.choice((1, 1, 2, 3))) for name in "IAP"[: dice.randint(1, 3)]
    )
    count = dice.randint(1, 7)
    names = [f"L{n}" for n in range(count)]
    unit = dice.choice((1, 10, 97))
    lots = tuple(
        Lot(
            name,
            unit * dice.choice((1, 2, 3, 4, 6, 12)),
            project=dice.choice(("", "P", "Q")),
            phase=dice.choice((1, 1, 1, 2)),
            uses={use: dice.choice((0, 1, 5)) for use in "xy" if dice.random() < 0.6},
            groups=frozenset(dice.choice(((), (), ("g",), ("h",)))),
        )
        for name in names
    )
    envelope = unit * dice.choice((6, 10, 12, 20))
    utility = dice.choice(("cost", "cardinality", "points", "borda"))
    return Problem(
        envelope=envelope,
        lots=lots,
        colleges=colleges,
        ballots=_ballots(dice, colleges, names),
        rules=Rules(
            utility=utility,
            completion=dice.choice(("none", "add1", "add1u")),
            step=dice.choice((1, 1, unit, 3)),
            stop=dice.choice(("exhaustive", "infeasible")),
            ties="drawn",
            tie_order=tuple(dice.sample(names, count)),
        ),
        ceilings=tuple(
            Ceiling(
                f"plafond {use}", dice.choice((0, 1, 2, 6, 9)), use, dice.choice(("cents", "lots"))
            )
            for use in "xy"
            if dice.random() < 0.5
        ),
        floors=tuple(
            Floor(f"plancher {group}", envelope // dice.choice((3, 5, 9)), group)
            for group in "gh"
            if dice.random() < 0.3
        ),
    )


def _ballots(
    dice: random.Random, colleges: tuple[College, ...], names: list[str]
) -> tuple[Ballot, ...]:
    ballots = [Ballot(college.name, ()) for college in colleges if dice.random() < 0.2]
    for n in range(dice.randint(1, 9)):
        college = colleges[n % len(colleges)].name
        chosen = dice.sample(names, dice.randint(0, len(names)))
        points = tuple((name, dice.choice((1, 1, 2, 5))) for name in chosen)
        ballots.append(Ballot(college, points, dice.choice((1, 1, 2))))
    here = {ballot.college for ballot in ballots}
    ballots += [Ballot(college.name, ()) for college in colleges if college.name not in here]
    return tuple(ballots)


def large(seed: int = 7, jurors: int = 300, lots: int = 240, ceilings: int = 47) -> Problem:
    """A jury of a region: 3 colleges, points from 1 to 5, tight and loose ceilings, 2 floors."""
    dice = random.Random(seed)
    names = [f"L{n:03}" for n in range(lots)]
    uses = [f"u{n}" for n in range(ceilings)]
    costs = [dice.randint(300, 12_000) * 1_000 for _ in names]
    envelope = sum(costs) * 10 // 47
    made = tuple(
        Lot(
            name,
            cost,
            project=f"P{n // 2:03}",
            phase=1 + (n % 6 == 1),
            uses={use: cost // dice.choice((1, 2, 4)) for use in dice.sample(uses, 3)},
            groups=frozenset(("QPV",) if n % 5 == 0 else ("FRR",) if n % 7 == 0 else ()),
        )
        for n, (name, cost) in enumerate(zip(names, costs, strict=True))
    )
    loads = {use: sum(lot.uses.get(use, 0) for lot in made) for use in uses}
    return Problem(
        envelope=envelope,
        lots=made,
        colleges=(
            College("institutions", 30),
            College("associations", 30),
            College("concernés", 40),
        ),
        ballots=tuple(
            Ballot(
                ("institutions", "associations", "concernés")[n % 3],
                tuple(
                    (name, dice.randint(1, 5)) for name in dice.sample(names, dice.randint(8, 120))
                ),
            )
            for n in range(jurors)
        ),
        rules=Rules(
            utility="points",
            completion="add1u",
            step=envelope // (100 * jurors),
            ties="drawn",
            tie_order=tuple(dice.sample(names, lots)),
        ),
        ceilings=tuple(
            Ceiling(use, loads[use] * dice.choice((8, 15, 30, 60)) // 100, use) for use in uses
        ),
        floors=(Floor("QPV", envelope // 5, "QPV"), Floor("FRR", envelope // 10, "FRR")),
    )
