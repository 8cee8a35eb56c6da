"""Fiche 21: a fair price fixed for three years, two markets, and a patron who stops after two.

What a region's farms deliver in a year is told in one movement, under one name; the two hundred
frameworks and the eighty groceries' needs are written one by one.
"""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest

from ensemblier.base.ledger.queries import balance
from ensemblier.chain.billing import posting
from ensemblier.chain.cofinancing.models import Share
from ensemblier.chain.cofinancing.refusals import ShareRefused
from ensemblier.chain.commitments import actions as commitments
from ensemblier.chain.commitments import queries as promised
from ensemblier.chain.commitments.models import Commitment
from ensemblier.reports import canteens
from tests.stories.frame import Figures, Tell
from tests.stories.frame_more import WideLife
from tests.stories.life import kg
from tests.stories.trace import trace

pytestmark = pytest.mark.django_db
SHEET = "21_uniterres"
FEW = {"farms": 8, "groceries": 4, "farm_kilos": 25_000}
RULE = """
name = "Juste prix"
[person]
rule = "percent"
percent = "{percent}"
[[step]]
kind = "share"
payers = [
  {{ name = "État", weight = {weights[0]} }},
  {{ name = "Collectivités", weight = {weights[1]} }},
  {{ name = "Mécénat", weight = {weights[2]} }},
]
[[envelope]]
payer = "Mécénat"
cents = {patron}
until = {until}
[exhausted]
then = "ANDES"
[[envelope]]
payer = "ANDES"
cents = {reserve}
"""


def live(figures: Figures) -> SimpleNamespace:
    life = WideLife(figures, "ANDES", kind="network")
    story = SimpleNamespace(life=life, figures=figures, lines=[], unsold=[])
    kinds = {"État": "state", "Collectivités": "public", "Mécénat": "foundation"}
    story.payers = {name: life.organisation(name, kind) for name, kind in kinds.items()}
    rule = RULE.format(
        percent=figures.person_percent,
        weights=figures.weights,
        patron=figures.patron_cents,
        until=figures.patron_until,
        reserve=figures.reserve_cents,
    )
    story.scheme = life.scheme("prix", "Juste prix", rule, story.payers | {"ANDES": life.lead})
    story.canteen = life.organisation("Cantine scolaire", "public", part="buyer")
    story.restaurant = life.organisation("Restaurant", "company", part="buyer")
    story.crop = life.product("legumes", "Légumes")
    life.label(story.crop)
    life.price(story.crop, "wholesale", figures.market_cents, is_assumed=True)
    promises(story)
    names = life.crowd("Fermes, région", figures.regions, "farm")
    story.regions = [(farms, life.site(f"Plateforme, {farms}", "store")) for farms in names]
    for farms, _ in story.regions:
        life.mandate(farms)
    for year in range(life.first.year, life.first.year + figures.years):
        for region in story.regions:
            a_year(story, region, date(year, 9, 1))
    patron = Share.objects.filter(payer__scheme=story.scheme, payer__name="Mécénat")
    told = sum(patron.values_list("cents", flat=True))
    story.patron_each = told // (figures.years - 1) // figures.people
    more = figures.revised_cents - figures.farm_cents
    story.option = more * figures.farm_kilos * (figures.years - 1)
    story.trace = trace(life.chain)
    return story


def promises(story: SimpleNamespace) -> None:
    """Each farm's framework at its fixed price, the first with the option; each grocery's need."""
    life, figures = story.life, story.figures
    milli = kg(figures.farm_kilos * figures.years)
    story.frames = []
    for rank, farm in enumerate(life.crowd("Ferme", figures.farms, "farm")):
        facts = {"giver": farm, "receiver": life.lead, "proposed_by": farm}
        facts["revision"] = "indice des prix des légumes, une fois l'an" if rank == 0 else ""
        frame = life.promise("framework", story.crop, milli, unit_cents=figures.farm_cents, **facts)
        story.frames.append(frame)
    need = milli * figures.farms // figures.groceries
    for rank in range(figures.groceries):
        shop = life.site(f"Épicerie {rank + 1}", "shop")
        facts = {"receiver": life.lead, "firmness": "wished", "site": shop}
        life.promise("need", story.crop, need, **facts)


def a_year(story: SimpleNamespace, region, day: date) -> None:
    """Bought whole at the fixed price; a part goes to the market, the rest to the groceries."""
    life, figures = story.life, story.figures
    farms, site = region
    kilos = figures.farm_kilos * figures.farms // figures.regions
    facts = {"origin": farms, "value_cents": kilos * figures.farm_cents, "day": day}
    lot = life.receive("purchase", story.crop, site, kg(kilos), **facts)
    rank = story.regions.index(region)
    market(story, lot, site, figures.market_kilos, day, rank)
    kilos -= figures.market_kilos
    try:
        facts = {"lot": lot, "price_cents": kilos * figures.farm_cents, "scheme": "prix"}
        story.lines.append(life.sell(story.crop, site, kg(kilos), day=day, **facts))
    except ShareRefused as refusal:
        story.unsold.append((refusal, lot, site, kilos, day))
        more = min(kilos, figures.more_kilos)
        market(story, lot, site, more, day, rank)
        life.hand_over(lot, site, kg(kilos - more), None, day=day)


def market(story: SimpleNamespace, lot, site, kilos: int, day: date, rank: int) -> None:
    """Canteens and restaurants pay the market's price: the margin helps the rest."""
    buyer = story.canteen if rank % 2 == 0 else story.restaurant
    facts = {"lot": lot, "buyer": buyer, "vat_rate": story.figures.vat_rate}
    story.life.sell(story.crop, site, kg(kilos), day=day, **facts)


def test_three_years_at_one_price_and_a_patron_who_stops(tell: Tell) -> None:
    figures = Figures.of(SHEET)
    story = live(figures)
    life = story.life
    frames = Commitment.objects.filter(kind="framework")
    assert (frames.count(), Commitment.objects.filter(kind="need").count()) == (200, 80)
    assert sum(frame.milli for frame in frames) == kg(600_000)
    bills = life.self_bill_month()
    assert [bill.total_cents for bill in bills] == [300_000_00] * 4, "three years, whoever paid"
    # 90 000 € a region and year: 30 % the people, the rest 30/30/40. Two years of four regions,
    # then two regions: ANDES takes the patron's part until its 60 000 € are short.
    calls = {name: life.call(story.scheme, name).total_cents for name in story.payers}
    assert calls == {"État": 189_000_00, "Collectivités": 189_000_00, "Mécénat": 201_600_00}
    assert life.call(story.scheme, "ANDES").total_cents == 50_400_00
    people = sum(life.till(site) for _, site in story.regions)
    assert people == 10 * 27_000_00, "30 % of ten deliveries: not a cent for the patron's part"
    assert [kilos for *_, kilos, _ in story.unsold] == [45_000, 45_000]
    assert "9\u00a0600,00" in str(story.unsold[0][0]), "what ANDES had left"
    year = figures.reserve_cents * 12 // (4 * 25_200_00)
    assert year == 7, "months that the reserve lasts without the patron"
    the_market_helps(story, sum(bill.total_cents for bill in bills))
    assert story.option == 240_00, "what the option costs for one farm over two years"
    assert story.patron_each == 3_36, "3,36 € of the patron a person and year"
    life.close()
    assert life.report(story.payers["Mécénat"])["total_cents"] == 201_600_00
    assert life.quality_figures(story.payers["État"])["organic_cents"] == 1_200_000_00
    life.prove()
    assert life.left() == 0
    tell(figures, "200 fermes payées 1 200 000,00 € ; le mécénat s'arrête, ANDES tient 7 mois")


def the_market_helps(story: SimpleNamespace, bought: int) -> None:
    """What is missing at the end is said to the cent: the price of a promise that was kept."""
    life = story.life
    sold = [life.invoice(buyer).total_cents for buyer in (story.canteen, story.restaurant)]
    assert sold == [(6 * 5000 + 10_000) * 253, (6 * 5000 + 10_000) * 253]
    receipts = sum(line.price_cents for line in story.lines) + sum(sold)
    seller = balance(posting.seller_account(life.chain, life.lead)).posted
    assert seller == receipts - bought == 900_000_00 + 202_400_00 - 1_200_000_00 == -97_600_00


def test_rows_of_the_canteen() -> None:
    story = live(Figures.of(SHEET).altered(**FEW))
    life = story.life
    rows = canteens.rows_for(
        life.chain, story.canteen, first=date(2021, 1, 1), last=date(2021, 12, 31)
    )
    assert [(row["prix_ht"], row["categories_egalim"]) for row in rows] == [
        ("11990.52", "BIO"),
        ("11990.52", "BIO"),
    ]
    assert {(row["fournisseur"], row["est_circuit_court"]) for row in rows} == {("ANDES", "oui")}


def test_the_option_of_revision_and_those_who_did_not_take_it() -> None:
    """L. 631-24: proposed by the grower, revised by its clause, never for days that are past."""
    story = live(Figures.of(SHEET).altered(**FEW, years=2))
    life, (first, second, *_) = story.life, story.frames
    starts = date(2021, 1, 1)
    facts = {"starts": starts, "unit_cents": story.figures.revised_cents, "day": date(2020, 12, 1)}
    said = {"reason": "indice + 6 %", "actor": life.actor}
    commitments.revise_price(commitment=first, **facts, **said)
    assert (promised.price_on(first, date(2020, 12, 31)), promised.price_on(first, starts)) == (
        200,
        212,
    )
    with pytest.raises(commitments.NoRevisionClause):
        commitments.revise_price(commitment=second, **facts, **said)
    with pytest.raises(commitments.FirmPriceHolds):
        past = facts | {"starts": date(2020, 6, 1)}
        commitments.revise_price(commitment=first, **past, **said)
    call = {"receiver": life.lead, "starts": starts, "ends": starts}
    order = life.promise("order", story.crop, kg(100), parent=first, **call)
    assert promised.price_on(order, starts) == 212
    with pytest.raises(commitments.FrameworkExceeded):
        life.promise("order", story.crop, first.milli, parent=first, **call)
    with pytest.raises(commitments.FirmPriceHolds):
        life.promise("order", story.crop, kg(1), parent=second, unit_cents=150, **call)


def test_a_patron_who_stays_or_a_deeper_reserve() -> None:
    """With three years of patronage nothing is refused; with a deeper reserve neither."""
    figures = Figures.of(SHEET)
    stays = live(figures.altered(**FEW, patron_cents=302_400_00, patron_until=date(2022, 12, 31)))
    assert (len(stays.lines), stays.unsold) == (12, [])
    assert stays.life.call(stays.scheme, "Mécénat").total_cents == 302_400_00
    deeper = live(figures.altered(**FEW, reserve_cents=100_800_00))
    assert (len(deeper.lines), deeper.unsold) == (12, [])
    assert deeper.life.call(deeper.scheme, "ANDES").total_cents == 100_800_00
