"""Fiche 10, MSA/CAF Normandie: a basket by size of family, 10 % paid, CAF and MSA the rest."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ensemblier.base.pages.formats import euros, whole
from ensemblier.chain.cofinancing.refusals import NotInTable
from ensemblier.chain.distribution.refusals import CardMissing, EntitlementExpired, RightMismatch
from ensemblier.chain.stock.refusals import NotEnough
from ensemblier.engines.money import share_out
from tests.stories.frame import Figures, parts
from tests.stories.life import Life, kg

pytestmark = pytest.mark.django_db
FIGURES = Figures.of("10_msa_caf")

RULE = """
name = "Paniers des familles"
[person]
rule = "table"
by = "size"
percent = {{ {table} }}
[[step]]
kind = "share"
payers = [{{ name = "CAF", weight = {caf} }}, {{ name = "MSA", weight = {msa} }}]
"""


class Normandie(Life):
    """Social centres and épiceries that hand out what growers in difficulty bring."""

    def __init__(self, figures: Figures) -> None:
        super().__init__(figures, "Paniers solidaires de Normandie")
        self.caf = self.organisation("CAF de Seine-Maritime", "public", "funder")
        self.msa = self.organisation("MSA de Haute-Normandie", "public", "funder")
        self.growers = [
            self.organisation(f"Exploitant {rank}", "farm", "grower")
            for rank in range(1, figures.growers + 1)
        ]
        names = [f"Centre social {rank}" for rank in range(1, figures.centres + 1)]
        names += [f"Épicerie solidaire {rank}" for rank in range(1, figures.shops + 1)]
        self.structures = [self.organisation(name, part="store") for name in names]
        self.places = [self.site("Accueil", "pick_up", each) for each in self.structures]
        self.baskets = {}
        for size, cents in zip(figures.sizes, figures.size_cents, strict=True):
            code = f"panier-{size.replace('+', '-plus')}"
            self.baskets[size] = self.product(code, f"Panier, foyer de {size}", "basket")
            self.price(self.baskets[size], "cost", cents, is_assumed=True)
        table = ", ".join(f'"{size}" = "{figures.person_percent}"' for size in figures.sizes)
        self.families = self.scheme(
            "familles",
            "Paniers des familles",
            RULE.format(table=table, caf=figures.caf_weight, msa=figures.msa_weight),
            {"CAF": self.caf, "MSA": self.msa},
            asks_card=True,
        )

    def run_structures(self) -> dict[str, int]:
        """A flat grant to each for its running, half by each funder."""
        figures = self.figures
        halves = share_out(figures.flat_cents, [figures.caf_weight, figures.msa_weight])
        paid = {"CAF": 0, "MSA": 0}
        for structure in self.structures:
            for name, funder, cents in zip(paid, (self.caf, self.msa), halves, strict=True):
                if cents:
                    self.grant(funder, structure, cents, "Forfait de fonctionnement")
                paid[name] += cents
        return paid

    def year(self, by_line: int = 0) -> None:
        """Each structure hands out its part, by lines of `by_line` baskets; 0: one line a size."""
        figures = self.figures
        of_size = share_out(figures.baskets, figures.size_percent)
        for size, number in zip(figures.sizes, of_size, strict=True):
            for rank, baskets in enumerate(parts(number, len(self.structures))):
                if baskets:
                    self.hand_out(rank, size, baskets, by_line or baskets)

    def hand_out(self, rank: int, size: str, baskets: int, by_line: int) -> None:
        """A grower brings them at their price; the social worker keeps the names."""
        place, basket = self.places[rank], self.baskets[size]
        cents = dict(zip(self.figures.sizes, self.figures.size_cents, strict=True))[size]
        lot = self.receive(
            "purchase",
            basket,
            place,
            kg(baskets),
            origin=self.growers[rank % len(self.growers)],
            value_cents=baskets * cents,
        )
        card = self.household(rank, size)
        for done in range(0, baskets, by_line):
            milli = kg(min(by_line, baskets - done))
            self.sell_to(card, place, basket, milli, lot, self.day(done % 360))

    def household(self, rank: int, size: str, **right):
        card = self.card(self.structures[rank])
        self.entitle(card, self.families, persons=int(size[0]), **right)
        return card

    def sell_to(self, card, place, basket, milli, lot, day, **facts):
        return self.sell(
            basket, place, milli, lot=lot, card=card, scheme="familles", day=day, **facts
        )

    def meet(self) -> int:
        """A workshop in one of the structures, on what those who come chose."""
        workshop = self.activity("workshop", "Atelier", self.places[0], day=self.day(60))
        persons = self.persons(self.figures.workshop_persons, self.structures[0])
        return len(self.take_part(workshop, persons, 120, nature="eater"))


def live(figures: Figures, by_line: int = 0) -> SimpleNamespace:
    """The year, then the calls of CAF and MSA and an invoice by grower and structure."""
    life = Normandie(figures)
    flat = life.run_structures()
    life.year(by_line)
    at_workshop = life.meet()
    calls = {name: life.call(life.families, name) for name in ("CAF", "MSA")}
    invoices = []
    for rank, structure in enumerate(life.structures):
        life.mandate(life.growers[rank % len(life.growers)], structure)
        invoices += life.self_bill_month(buyer=structure)
    life.close()
    life.prove()
    return SimpleNamespace(
        life=life,
        flat=flat,
        at_workshop=at_workshop,
        users=sum(life.till(place) for place in life.places),
        calls={name: call.total_cents for name, call in calls.items()},
        lines={call.lines.count() for call in calls.values()},
        told=[life.report(each)["total_cents"] for each in (life.caf, life.msa)],
        growers=sum(invoice.total_cents for invoice in invoices),
        owed=[life.owed(grower) for grower in life.growers],
        handed=sum(life.chain.sale_lines.values_list("milli", flat=True)) // 1000,
        sites=life.activity_figures(life.caf)["sites"],
    )


def check_the_year(end: SimpleNamespace) -> None:
    """4 000 baskets for 64 000 €: users 6 400, CAF 28 800, MSA 28 800."""
    assert end.handed == 4_000 and end.sites == 12
    assert end.users == 6_400_00
    assert end.calls == {"CAF": 28_800_00, "MSA": 28_800_00}
    assert end.told == [28_800_00, 28_800_00]
    assert end.growers == sum(end.owed) == 64_000_00, "owed whole to the growers"
    assert len(end.owed) == 3 and min(end.owed) > 0
    assert end.flat == {"CAF": 9_000_00, "MSA": 9_000_00}


def test_four_thousand_baskets(tell) -> None:
    """By one line for each size of family in each structure: the same cents, the parts of the
    three prices being whole cents a basket."""
    end = live(FIGURES)
    check_the_year(end)
    assert (end.lines, end.at_workshop) == ({36}, 4)
    tell(
        FIGURES,
        f"{whole(end.handed)} paniers : usagers {euros(end.users)}, CAF "
        f"{euros(end.calls['CAF'])}, MSA {euros(end.calls['MSA'])}, forfaits "
        f"{euros(sum(end.flat.values()))}",
    )


@pytest.mark.slow
def test_four_thousand_lines_give_the_same_cents() -> None:
    end = live(FIGURES, by_line=1)
    check_the_year(end)
    assert end.lines == {4_000}


SMALL = {"centres": 2, "shops": 1, "growers": 1}


@pytest.mark.parametrize(
    ("changed", "users", "caf", "msa"),
    [
        ({}, 6_400_00, 28_800_00, 28_800_00),
        ({"baskets": 1000}, 1_600_00, 7_200_00, 7_200_00),
        ({"person_percent": "20"}, 12_800_00, 25_600_00, 25_600_00),
        ({"caf_weight": 60, "msa_weight": 30}, 6_400_00, 38_400_00, 19_200_00),
        ({"size_percent": [100, 0, 0]}, 4_000_00, 18_000_00, 18_000_00),
    ],
)
def test_the_parts_follow_the_table(changed, users, caf, msa) -> None:
    figures = FIGURES.altered(**SMALL, **changed)
    end = live(figures)
    assert (end.users, end.calls) == (users, {"CAF": caf, "MSA": msa})
    assert end.growers == users + caf + msa


def test_a_right_that_ended_another_size_no_card_no_basket() -> None:
    life = Normandie(FIGURES.altered(**SMALL))
    place, basket = life.places[0], life.baskets["1-2"]
    lot = life.receive("purchase", basket, place, kg(1), origin=life.growers[0], value_cents=1000)
    ended = life.household(0, "1-2", ends=life.day(30))
    with pytest.raises(EntitlementExpired):
        life.sell_to(ended, place, basket, kg(1), lot, life.day(31))
    with pytest.raises(CardMissing):
        life.sell_to(None, place, basket, kg(1), lot, life.day(1))
    with pytest.raises(RightMismatch):
        life.sell_to(ended, place, basket, kg(1), lot, life.day(1), size="5+")
    with pytest.raises(NotEnough):
        life.sell_to(ended, place, basket, kg(2), lot, life.day(1))
    with pytest.raises(NotInTable):
        life.entitle(life.card(), life.families, persons=0)
    life.sell_to(ended, place, basket, kg(1), lot, life.day(30))
    life.prove()
