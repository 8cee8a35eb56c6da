"""What a plan starts from: one of the 25 plans of the experience sheets, or an almost blank one."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parents[2] / "plans"
NAMED = re.compile(r'^name = "(.*)"$', re.MULTILINE)
BLANK = """# Plan de départ : chaque chiffre est une hypothèse à remplacer par le vôtre.
name = "{name}"
start = "{start}"
opening_cash = 5000
inflation = 2
wage_rise = 1.5
food_rise = 2
basket = "paniers"

[[volume]]
id = "paniers"
label = "Paniers"
unit = "panier"
yearly = 2000
assumed = true

[[sale]]
id = "vente_paniers"
label = "Part payée par les foyers"
volume = "paniers"
price = 4
payer = "foyers"
assumed = true

[[cost]]
id = "denrees"
label = "Achat des denrées"
kind = "food"
volume = "paniers"
price = 7
delay = 1
assumed = true

[[cost]]
id = "local"
label = "Local"
kind = "premises"
yearly = 3000
assumed = true

[[post]]
id = "coordination"
label = "Coordination"
number = 0.5
monthly = 3000
link = "support"
assumed = true

[[resource]]
id = "commune"
label = "Subvention de la commune"
payer = "Commune"
code = "74C"
yearly = 28000
delay = 3
assumed = true
"""


class Model(NamedTuple):
    """One of the 25 plans: the number of its sheet, its name, its text."""

    sheet: int
    name: str
    text: str


@cache
def models() -> dict[int, Model]:
    """Sheet -> plan, in the order of the sheets; read once."""
    found = {}
    for path in sorted(FOLDER.glob("*.toml")):
        text = path.read_text(encoding="utf-8")
        name = NAMED.search(text)
        number = int(path.name[:2])
        found[number] = Model(number, name[1] if name else path.stem, text)
    return found


def blank(name: str, start: str) -> str:
    """A small plan that computes; `start` is its first month, 2027-01."""
    return BLANK.format(name=name.replace("\\", " ").replace('"', " "), start=start)
