"""Fiche 9, Le Village: farmers call at the last moment, people glean, all of it is given."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from ensemblier.base.pages.formats import whole
from ensemblier.chain.activities.actions import Full, NotPlanned, SignUpClosed
from ensemblier.chain.activities.models import Participation
from ensemblier.chain.billing.models import Document
from ensemblier.chain.insertion import queries as insertion
from ensemblier.chain.stock import queries as stock
from ensemblier.chain.stock.actions import Output
from ensemblier.chain.stock.refusals import BadMovement, GiftOnly, NotEnough
from ensemblier.engines.money import share_out
from tests.stories.frame import Figures, parts
from tests.stories.life import Life, kg

pytestmark = pytest.mark.django_db
FIGURES = Figures.of("09_village")
PUBLIC = ("Pension de famille", "Accueil de jour", "CADA")


class Village(Life):
    """Fields, a workshop, and those who eat."""

    def __init__(self, figures: Figures) -> None:
        super().__init__(figures, "Le Village")
        self.funders = [
            self.organisation("ADEME", "state", "funder"),
            self.organisation("Programme national pour l'alimentation", "state", "funder"),
        ]
        self.farms = [
            self.organisation(f"Ferme bio {rank}", "farm", "donor")
            for rank in range(1, figures.farms + 1)
        ]
        self.places = [self.organisation(name, part="store") for name in PUBLIC]
        self.fields = [self.site(f"Champ {rank}", "garden") for rank in range(1, figures.farms + 1)]
        self.kitchen = self.site("Atelier de transformation", "kitchen")
        self.fruit = self.product("fruits", "Fruits et légumes glanés")
        self.label(self.fruit)
        self.jar = self.product("bocal", "Conserve", "jar", unit_grams=figures.jar_grams)
        self.agreement = self.aci(self.lead)
        self.workers = self.persons(figures.insertion)
        self.lodged = self.persons(figures.lodged, self.places[0])
        self.volunteers = self.persons(figures.volunteers)

    def called(self, rank: int, field):
        """A farmer calls the day before: sign-up opens at once, and closes in the evening."""
        day = self.day(5 + 10 * rank)
        self.call_at = self.at(day) - timedelta(hours=self.figures.call_hours)
        return self.activity(
            "gleaning",
            f"Cueillette {rank + 1}",
            field,
            day=day,
            minutes=self.figures.minutes,
            opens_at=self.call_at,
            closes_at=self.call_at + timedelta(hours=6),
            places=self.figures.places,
        )

    def sign_up_all(self, gleaning) -> None:
        now = self.call_at + timedelta(hours=1)
        for persons, nature in (
            (self.workers, "insertion"),
            (self.lodged, "eater"),
            (self.volunteers, "volunteer"),
        ):
            for each in persons:
                self.sign_up(gleaning, each, nature, now=now)

    def glean(self, gleaning, farm):
        """Whoever signed up comes; what is picked is kept to be given."""
        for row in gleaning.participations.all():
            self.minutes(row, self.figures.minutes)
        return self.receive(
            "gleaned",
            self.fruit,
            gleaning.site,
            kg(self.figures.gleaned_kilos),
            origin=farm,
            day=gleaning.starts_at.date(),
            activity=gleaning,
            is_gift_only=True,
        )

    def share(self, lot, field, day) -> None:
        """Fresh for those who eat today, the rest to the workshop."""
        picked = lot.levels.get().milli
        fresh = picked * self.figures.given_percent // 100
        for place, milli in zip(self.places, parts(fresh, len(self.places)), strict=True):
            self.hand_over(lot, field, milli, place, day=day)
        if picked > fresh:
            self.carry(lot, field, self.kitchen, picked - fresh, day)

    def preserve(self, lots) -> None:
        """The insertion site cooks what is left; it stays given."""
        figures = self.figures
        day = self.day(20)
        inputs = [(lot, self.kept(lot)) for lot in lots]
        grams = sum(milli for _, milli in inputs)
        jars = grams * (100 - figures.lost_percent) // 100 // figures.jar_grams
        self.cooking = self.activity(
            "cooking", "Conserves", self.kitchen, day=day, iae_agreement=self.agreement
        )
        output = [Output(self.jar, kg(jars))]
        (self.jars,) = self.process(self.cooking, inputs, output, grams - jars * figures.jar_grams)
        self.hand_over(self.jars, self.kitchen, kg(jars), self.places[1], day=self.day(21))

    def kept(self, lot) -> int:
        return stock.level(lot, self.kitchen)

    def employ(self) -> None:
        figures = self.figures
        for person in self.workers:
            contract = self.contract(
                self.agreement,
                person,
                weekly_minutes=figures.week_minutes,
                ends=self.first + timedelta(days=150),
            )
            for rank in range(figures.farms):
                self.hours(contract, "work", figures.minutes, self.day(5 + 10 * rank))

    def fund(self) -> list[int]:
        """All the costs are granted, half by each: the coordinator's post and the van."""
        figures = self.figures
        costs = figures.full_time_posts * figures.post_cents + figures.other_costs_cents
        asked = costs * figures.subsidised_percent // 100
        got = [
            self.grant(funder, self.lead, cents, "Cueillettes solidaires")
            for funder, cents in zip(self.funders, share_out(asked, [1, 1]), strict=True)
        ]
        self.uncovered = costs - got[-1]
        return got

    def spread(self) -> None:
        """New carriers come and see how it is done."""
        visit = self.activity("workshop", "Essaimage", self.kitchen, day=self.day(25))
        for rank in range(1, self.figures.new_carriers + 1):
            carrier = self.organisation(f"Porteur {rank}", part="processor")
            self.take_part(visit, self.persons(1, carrier), 240, nature="employee")
        self.visitors = visit.participations.count()


def live(figures: Figures) -> SimpleNamespace:
    """One gleaning by farm, the first moved by the rain; then its papers."""
    life = Village(figures)
    granted = life.fund()[-1]
    lots = []
    for rank, (farm, field) in enumerate(zip(life.farms, life.fields, strict=True)):
        gleaning = life.called(rank, field)
        life.sign_up_all(gleaning)
        if rank == 0:
            gleaning = life.move(gleaning, life.day(6), "pluie", figures.minutes)
        lots.append(life.glean(gleaning, farm))
        life.share(lots[-1], field, gleaning.starts_at.date())
        life.finish(gleaning)
    life.preserve(lots)
    life.employ()
    life.spread()
    notes = [life.delivery_note(place) for place in life.places]
    life.close()
    life.prove()
    rows = Participation.objects.filter(activity__kind="gleaning").values_list("nature", "minutes")
    mass = stock.mass_balance(life.cooking)
    return SimpleNamespace(
        life=life,
        granted=granted,
        uncovered=life.uncovered,
        called_at=str(life.call_at),
        given=[
            sum(row["milli"] for row in note.content["lines"] if row["unit"] == "kg")
            for note in notes
        ],
        jars=life.jars.movements.get(kind="made").milli // 1000,
        mass=(mass.used, mass.made, mass.lost),
        minutes={kind: sum(m for k, m in rows if k == kind) for kind in dict(rows)},
        hours=insertion.hours(life.agreement, life.first, life.last).minutes,
        told=life.activity_figures(life.funders[0]),
        visitors=life.visitors,
    )


def test_called_at_the_last_moment_gleaned_given_and_preserved(tell) -> None:
    end = live(FIGURES)
    assert (end.granted, end.uncovered) == (47_000_00, 0), "the action is wholly subsidised"
    assert end.called_at == "2021-09-15 15:00:00+00:00", "for the next morning"
    assert end.told["came_grams"] == {"gleaned": {"FRUITS_ET_LEGUMES": 840_000}}
    assert end.given == [196_000] * 3
    assert end.mass == (252_000, 226_800, 25_200) and end.jars == 567
    assert end.told["went_by"] == {"handed": 588_000 + 226_800}
    assert end.minutes == {
        "insertion": 2 * 4 * 210,
        "eater": 2 * 3 * 210,
        "volunteer": 2 * 2 * 210,
    }
    assert end.hours == {"work": 2 * 4 * 210}
    # Two people only: the figure is not given, nor their time.
    assert (end.told["volunteers"], end.told["volunteer_minutes"]) == (None, None)
    assert end.visitors == 5
    assert not Document.objects.filter(total_cents__gt=0).exists()
    hours = sum(end.minutes.values()) // 60
    tell(
        FIGURES,
        f"840 kg glanés en 2 appels de la veille, 588 kg donnés frais, {end.jars} conserves "
        f"données, {whole(hours)} h de cueilleurs, 100 % subventionné",
    )


@pytest.mark.parametrize(
    ("changed", "given", "jars", "minutes", "uncovered"),
    [
        ({"gleaned_kilos": 300}, 420_000, 405, 3_780, 0),
        ({"given_percent": 90}, 756_000, 189, 3_780, 0),
        ({"farms": 1, "minutes": 100}, 294_000, 283, 900, 0),
        ({"subsidised_percent": 80}, 588_000, 567, 3_780, 9_400_00),
    ],
)
def test_what_is_given_follows_what_is_gleaned(changed, given, jars, minutes, uncovered) -> None:
    end = live(FIGURES.altered(**changed))
    assert (sum(end.given), end.jars, end.uncovered) == (given, jars, uncovered)
    assert sum(end.minutes.values()) == minutes


def test_too_early_too_late_too_many_and_a_day_that_moved() -> None:
    life = Village(FIGURES.altered(places=9))
    gleaning = life.called(0, life.fields[0])
    late, *others = life.persons(2)
    before, after = (life.call_at + timedelta(hours=hours) for hours in (-1, 7))
    with pytest.raises(SignUpClosed):
        life.sign_up(gleaning, late, now=before)
    with pytest.raises(SignUpClosed):
        life.sign_up(gleaning, late, now=after)
    life.sign_up_all(gleaning)
    with pytest.raises(Full):
        life.sign_up(gleaning, others[0], now=life.call_at)
    moved = life.move(gleaning, life.day(9), "le camion est en panne")
    assert moved.participations.count() == 9, "those who signed up are told the new day"
    with pytest.raises(NotPlanned):
        life.sign_up(gleaning, late)
    with pytest.raises(BadMovement):
        life.glean(gleaning, life.farms[0])


def test_what_is_gleaned_is_sold_neither_raw_nor_preserved() -> None:
    life = Village(FIGURES)
    gleaning = life.called(0, life.fields[0])
    life.sign_up_all(gleaning)
    lot = life.glean(gleaning, life.farms[0])
    with pytest.raises(GiftOnly):
        life.sell(life.fruit, life.fields[0], kg(1), lot=lot, price_cents=100, day=life.day(6))
    with pytest.raises(NotEnough):
        life.carry(lot, life.fields[0], life.kitchen, kg(421), life.day(6))
    life.share(lot, life.fields[0], life.day(6))
    life.preserve([lot])
    more = life.process(
        life.cooking, [(life.glean(life.called(1, life.kitchen), life.farms[1]), kg(40))],
        [Output(life.jar, kg(100))],
    )  # fmt: skip
    with pytest.raises(GiftOnly):
        life.sell(life.jar, life.kitchen, kg(1), lot=more[0], price_cents=300, day=life.day(22))
    life.prove()
