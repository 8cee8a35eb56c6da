"""The twelve forms of co-financing met in the field, as texts to start a scheme from.

They are those of docs/reference/cofinancement.md, with their sources: a test holds them equal.
"""

from __future__ import annotations

from typing import NamedTuple


class Example(NamedTuple):
    """A form of the field: what it is, and its rule."""

    title: str
    text: str


EXAMPLES = (
    Example(
        "Un partage du prix en parts fixes",
        """\
name = "Paniers 40/30/30"

[person]
rule = "percent"
percent = "30"

[[step]]
kind = "share"
payers = [{ name = "DGCS", weight = 40 }, { name = "bailleurs", weight = 30 }]
""",
    ),
    Example(
        "Un prix symbolique selon la taille du foyer",
        """\
name = "Paniers MSA et CAF"

[person]
rule = "table"
by = "size"
percent = { "1" = "10", "2" = "10", "3" = "8", "4" = "6.5" }

[[step]]
kind = "share"
payers = [{ name = "CAF", weight = 1 }, { name = "MSA", weight = 1 }]
""",
    ),
    Example(
        "Un montant fixe payé par les cofinanceurs",
        """\
name = "Paniers de Savoie"

[person]
rule = "rest"
at_most_cents_per_unit = 500

[[step]]
kind = "share"
up_to_cents_per_unit = 1000
payers = [{ name = "Département", weight = 1 }, { name = "État", weight = 1 }]
""",
    ),
    Example(
        "La différence entre le prix payé au producteur et le prix de vente",
        """\
name = "Tiers financeur"

[person]
rule = "table"
by = "tier"
cents_per_unit = { "1" = 300, "2" = 450, "3" = 600, "4" = 900 }

[[step]]
kind = "rest"
payer = "métropole"

[[step]]
kind = "rest"
payer = "fonds de dotation"

[[envelope]]
payer = "métropole"
cents = 827
from = 2026-01-01
until = 2026-12-31
""",
    ),
    Example(
        "Trois prix sur le même étal",
        """\
name = "Trois prix"

[person]
rule = "table"
by = "tier"
cents_per_unit = { "hors quartier" = 119, "habitant" = 97, "coup de pouce" = 54 }

[[step]]
kind = "rest"
payer = "VRAC"
""",
    ),
    Example(
        "Des clients solidaires paient les réductions des autres",
        """\
name = "Épicerie de Niort"

[person]
rule = "table"
by = "tier"
percent = { "plein" = "100", "réduit" = "60", "très réduit" = "40" }

[surcharge]
pot = "cagnotte"
percent = "10"
tiers = ["plein"]

[[step]]
kind = "rest"
payer = "cagnotte"

[[envelope]]
payer = "cagnotte"
cents = 0
fed = true

[exhausted]
then = "épicerie"
""",
    ),
    Example(
        "Le prix coûtant pour tous, un supplément pour les soutiens",
        """\
name = "VRAC, prix coûtant"

[person]
rule = "cost"

[surcharge]
pot = "cagnotte"
percent = "15"
tiers = ["soutien"]

[[step]]
kind = "rest"
payer = "association"

[[envelope]]
payer = "cagnotte"
cents = 0
fed = true
""",
    ),
    Example(
        "Un coefficient de marge selon la tranche",
        """\
name = "Coefficients"

[person]
rule = "producer"
by = "tier"
coefficient = { "ordinaire" = "1.38", "aidé" = "1" }

[[step]]
kind = "rest"
payer = "Solid'Arles"
""",
    ),
    Example(
        "Un prix d'appel, de 10 à 30 % du prix du magasin",
        """\
name = "Épicerie sociale"

[person]
rule = "percent"
percent = "20"

[[step]]
kind = "rest"
payer = "CCAS"
cap_per_household = { cents = 1000, per = "month" }
""",
    ),
    Example(
        "Un crédit par mois, découpé par semaine",
        """\
name = "Crédit de la semaine"

[person]
rule = "credit"
by = "size"
cents = { "1" = 1500, "2" = 1500, "3" = 2500 }
per = "week"

[[step]]
kind = "rest"
payer = "CCAS"
""",
    ),
    Example(
        "Une allocation reçue d'une caisse commune",
        """\
name = "Caisse commune"
valid = { from = 2026-01-01 }

[scope]
structures = ["magasin A", "magasin B"]

[person]
rule = "credit"
cents = 10000
per = "month"
carry = true

[[step]]
kind = "rest"
payer = "caisse commune"

[[envelope]]
payer = "caisse commune"
cents = 48000000
""",
    ),
    Example(
        "Tout est gratuit à la fin, payé par des dons ou des bénéfices",
        """\
name = "Gratuit"

[person]
rule = "free"

[[step]]
kind = "rest"
payer = "dons"

[[step]]
kind = "rest"
payer = "bénéfices"

[[envelope]]
payer = "dons"
cents = 1000

[[envelope]]
payer = "bénéfices"
cents = 300

[exhausted]
then = "association"

[[payer]]
name = "dons"
nature = "gift"
""",
    ),
)
