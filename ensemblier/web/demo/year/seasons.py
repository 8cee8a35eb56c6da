"""How a year goes, in percent of an average week for each month: shapes assumed by the house.

Read from what every grower knows (a garden gives in summer, little in February), not measured.
"""

from __future__ import annotations

from random import Random

CURVES: dict[str, tuple[int, ...]] = {
    "even": (100,) * 12,
    "garden": (50, 40, 45, 60, 90, 125, 150, 160, 150, 130, 110, 90),
    "winter": (160, 150, 130, 60, 0, 0, 0, 0, 60, 140, 200, 200),
    "summer": (0, 0, 20, 120, 180, 220, 220, 200, 160, 80, 0, 0),
    "orchard": (60, 50, 30, 0, 0, 60, 150, 220, 260, 220, 100, 50),
    "school": (115, 105, 115, 110, 115, 115, 60, 30, 120, 115, 110, 90),
    "campaign": (0, 0, 0, 60, 330, 330, 200, 160, 120, 0, 0, 0),
}
SPREAD = 20  # percent, more or less, from one week to the next (assumed)


def of_week(units: int, curve: str, month: int, chance: Random) -> int:
    """Units that come in a week of this month, with the chance of the week."""
    shaped = units * CURVES[curve][month - 1]
    return shaped * chance.randint(100 - SPREAD, 100 + SPREAD) // 10_000
