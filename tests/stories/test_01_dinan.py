"""Fiche 1, Jardins de Dinan: four gardens, volunteers, and vegetables given for nothing."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest

from ensemblier.base.pages.formats import whole
from ensemblier.chain.activities.actions import Full, SignUpClosed
from ensemblier.chain.activities.models import Activity
from ensemblier.chain.billing.models import Document
from ensemblier.chain.stock import queries as stock
from ensemblier.chain.stock.actions import undo
from ensemblier.chain.stock.refusals import GiftOnly, NotEnough
from tests.stories.frame import Figures, parts
from tests.stories.life import Life, kg

pytestmark = pytest.mark.django_db
FIGURES = Figures.of("01_dinan")
END_OF_YEAR = (12, 31)


class Dinan(Life):
    """The gardens, who grows in them and who gets what they grow."""

    def __init__(self, figures: Figures) -> None:
        super().__init__(figures, "Les jardins associatifs")
        self.people_help = self.organisation("Secours populaire", part="store", link="distribution")
        self.ccas = self.organisation("CCAS de Dinan", "public", "store")
        self.funder = self.organisation("Dinan Agglomération", "public", "funder")
        self.state = self.organisation("Plan France Relance", "state", "funder")
        self.gardens = [
            self.site(f"Jardin {rank}", "garden") for rank in range(1, figures.gardens + 1)
        ]
        self.vegetables = self.product("legumes", "Légumes frais")

    def earlier(self, year: int, tonnes: int) -> None:
        """A year before the story, as one harvest given whole to the charities."""
        day, garden = date(year, *END_OF_YEAR), self.gardens[0]
        lot = self.grow(garden, kg(tonnes * 1000), day)
        self.hand_over(lot, garden, kg(tonnes * 1000), self.people_help, day=day)

    def grow(self, garden, milli, day, activity=None):
        """What a garden gives is kept to be given."""
        facts = {"day": day, "is_gift_only": True, "activity": activity}
        return self.receive("harvest", self.vegetables, garden, milli, **facts)

    def year(self) -> None:
        """Harvests of each garden, each with its volunteers, then shared in three."""
        figures = self.figures
        grown = [self.persons(figures.volunteers, self.lead) for _ in self.gardens]
        helped = self.persons(figures.helped, self.people_help)
        picked = parts(kg(figures.tonnes_2021 * 1000), figures.gardens * figures.harvests)
        for rank in range(len(picked)):
            garden = self.gardens[rank % figures.gardens]
            day = self.day(150 + rank)
            session = self.activity(
                "harvest", f"Récolte {rank + 1}", garden, day=day, minutes=figures.session_minutes
            )
            hands = grown[rank % figures.gardens]
            self.take_part(session, hands, figures.session_minutes)
            self.take_part(session, helped, figures.session_minutes)
            lot = self.grow(garden, picked[rank], day, session)
            self.share(lot, garden, day)
            self.finish(session)

    def share(self, lot, garden, day) -> None:
        """To the charities, to the CCAS, and the rest to the volunteers who are there."""
        picked = lot.movements.get().milli
        charities = picked * self.figures.charities_percent // 100
        ccas = picked * self.figures.ccas_percent // 100
        given = [(self.people_help, charities), (self.ccas, ccas)]
        given.append((None, picked - charities - ccas))
        for party, milli in given:
            if milli:
                self.hand_over(lot, garden, milli, party, day=day)


def live(figures: Figures) -> SimpleNamespace:
    """Three years of tonnages, the last one harvest by harvest, then its papers."""
    life = Dinan(figures)
    life.earlier(2019, figures.tonnes_2019)
    life.earlier(2020, figures.tonnes_2020)
    life.year()
    notes = [life.delivery_note(life.people_help), life.delivery_note(life.ccas)]
    life.close()
    life.prove()
    grown = stock.tonnage(life.chain, date(2019, 1, 1), life.last)
    return SimpleNamespace(
        life=life,
        tonnes={row.year: row.grams for row in grown if row.kind == "harvest"},
        given={row.year: row.grams for row in grown if row.kind == "handed"},
        notes=[sum(row["milli"] for row in note.content["lines"]) for note in notes],
        late=sum(row["milli"] for row in notes[0].content["lines"] if row.get("late")),
        activity=life.activity_figures(life.funder),
        left=life.left(),
    )


def test_thirty_tonnes_grown_and_given_for_nothing(tell) -> None:
    end = live(FIGURES)
    assert end.tonnes == {2019: 8_000_000, 2020: 18_000_000, 2021: 30_000_000}
    assert end.given == end.tonnes and end.left == 0
    growth = (end.tonnes[2021] - end.tonnes[2019]) * 100 // end.tonnes[2019]
    assert growth == 275, "the sheet's + 275 %"
    charities, ccas = end.notes
    assert (charities - end.late, ccas) == (21_000_000, 6_000_000)
    assert end.activity["came_grams"] == {"harvest": {"FRUITS_ET_LEGUMES": 30_000_000}}
    assert (end.activity["went_grams"], end.activity["lost_grams"]) == (30_000_000, 0)
    assert end.activity["volunteers"] == 4 * 6 + 3
    assert end.activity["volunteer_minutes"] == 20 * 9 * 180
    assert not Document.objects.filter(total_cents__gt=0).exists(), "nothing was sold"
    hours = end.activity["volunteer_minutes"] // 60
    tell(
        FIGURES,
        f"8 t en 2019, {end.tonnes[2021] // 1_000_000} t en 2021 (+ {growth} %), tout est donné, "
        f"{whole(hours)} h de bénévoles",
    )


@pytest.mark.parametrize(
    ("changed", "tonnes", "notes", "minutes"),
    [
        ({"tonnes_2021": 12}, 12_000_000, [8_400_000, 2_400_000], 20 * 9 * 180),
        ({"charities_percent": 50}, 30_000_000, [15_000_000, 6_000_000], 20 * 9 * 180),
        # Four people: neither their number nor their time is given.
        ({"gardens": 1, "volunteers": 1}, 30_000_000, [21_000_000, 6_000_000], None),
        ({"session_minutes": 60, "harvests": 1}, 30_000_000, [21_000_000, 6_000_000], 4 * 9 * 60),
    ],
)
def test_what_is_told_follows_the_harvests(changed, tonnes, notes, minutes) -> None:
    end = live(FIGURES.altered(**{"harvests": 5} | changed))
    assert end.tonnes[2021] == end.given[2021] == tonnes
    assert [end.notes[0] - end.late, end.notes[1]] == notes
    assert end.activity["volunteer_minutes"] == minutes


def test_what_is_given_is_not_sold_nor_given_twice() -> None:
    life = Dinan(FIGURES)
    garden = life.gardens[0]
    lot = life.grow(garden, kg(10), life.first)
    with pytest.raises(GiftOnly):
        life.take_out("sale", lot, garden, kg(1), party=life.ccas)
    with pytest.raises(GiftOnly):
        life.sell(life.vegetables, garden, kg(1), lot=lot, price_cents=200)
    with pytest.raises(NotEnough):
        life.hand_over(lot, garden, kg(11), life.ccas)
    given = life.hand_over(lot, garden, kg(10), life.ccas)
    undo(key=life.said()["key"], movement=given, day=life.day(1), now=life.afterwards, actor=None)
    assert life.left() == 10_000, "the counter-entry brings it back"
    life.prove()


def test_a_session_is_full_or_over() -> None:
    life = Dinan(FIGURES)
    session = life.activity("harvest", "Récolte", life.gardens[0], day=life.first, places=1)
    first, second = life.persons(2)
    life.take_part(session, [first], 60)
    with pytest.raises(Full):
        life.take_part(session, [second], 60)
    later = life.activity("harvest", "Récolte", life.gardens[0], day=life.first)
    with pytest.raises(SignUpClosed):
        life.sign_up(later, second, now=life.afterwards)
    assert Activity.objects.count() == 2
