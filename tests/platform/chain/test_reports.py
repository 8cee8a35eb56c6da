"""Reports: frozen once sent, each euro told to one funder once, late facts in the open period."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from ensemblier.chain.activities import actions as activities
from ensemblier.chain.catalogue import actions as catalogue
from ensemblier.chain.catalogue.queries import labels_on
from ensemblier.chain.cofinancing import actions as cofinancing
from ensemblier.chain.cofinancing.models import SchemePayer, Share
from ensemblier.chain.distribution import actions as distribution
from ensemblier.chain.stock import actions as stock
from ensemblier.reports import actions, figures, rows, sections
from ensemblier.reports.models import ReportedShare, ReportKind, SentReport
from tests import factories_chain as chains

pytestmark = pytest.mark.django_db
APRIL = datetime(2027, 4, 2, 9, tzinfo=UTC)
MARCH = {"first_day": date(2027, 3, 1), "last_day": date(2027, 3, 31)}
KEY = UUID(int=7)
# Fiche 5 : 40 % DGCS, 30 % bailleurs locaux, 30 % usagers.
RULE = """
name = "Paniers"
[person]
rule = "percent"
percent = "30"
[[step]]
kind = "share"
payers = [ { name = "DGCS", weight = 40 }, { name = "bailleurs", weight = 30 } ]
"""


@pytest.fixture
def shop():
    chain = chains.make_chain()
    site, product = chains.make_site(chain), chains.make_product(chain)
    chains.make_scheme(chain, RULE, ["DGCS", "bailleurs"])
    return site, product


def sell(shop, day: date = chains.DAY, times: int = 1) -> None:
    site, product = shop
    for _ in range(times):
        line = chains.make_line(site, product, scheme="paniers", day=day)
        cofinancing.share_line(line=line, actor=None)


def payer(name: str):
    return SchemePayer.objects.get(name=name).organisation


def send(shop, name: str, **fields):
    facts = {"key": uuid4(), "now": APRIL, "actor": None} | MARCH | fields
    return actions.send_funder_report(chain=shop[0].chain, recipient=payer(name), **facts)


def close(shop, day: date = MARCH["last_day"], now: datetime = APRIL) -> None:
    actions.close_period(chain=shop[0].chain, last_day=day, actor=None, now=now)


def test_seventy_baskets_told_to_two_funders(shop) -> None:
    """70 paniers à 12,05 € : DGCS 337,20 €, bailleurs 252,90 €."""
    sell(shop, times=70)
    close(shop)
    first, second = send(shop, "DGCS"), send(shop, "bailleurs")
    assert first.content["total_cents"] == 337_20
    assert second.content["total_cents"] == 252_90
    assert first.content["by_scheme"] == {"Paniers solidaires": 337_20}
    assert len(first.content["rows"]) == 70
    told = ReportedShare.objects.count()
    assert told == Share.objects.filter(payer__isnull=False).count()


def test_a_report_is_frozen_and_sent_once(shop) -> None:
    sell(shop)
    close(shop)
    report = send(shop, "DGCS", key=KEY)
    assert send(shop, "DGCS", key=KEY) == report
    with pytest.raises(actions.KeyReused):
        send(shop, "bailleurs", key=KEY)
    with pytest.raises(actions.NothingToReport):
        send(shop, "DGCS")
    assert actions.digest(report.content) == report.digest
    with pytest.raises(IntegrityError), transaction.atomic():
        SentReport.objects.filter(pk=report.pk).update(version=9)


def test_a_euro_is_in_one_report_only_the_database_says_so(shop) -> None:
    sell(shop)
    close(shop)
    report = send(shop, "DGCS")
    share = report.shares.get().share
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportedShare.objects.create(share=share, report=report)


def test_a_late_fact_goes_to_the_next_report(shop) -> None:
    sell(shop)
    close(shop)
    send(shop, "DGCS")
    sell(shop, day=date(2027, 3, 30))  # written after the closing
    sell(shop, day=date(2027, 4, 10))
    later = datetime(2027, 5, 3, 9, tzinfo=UTC)
    close(shop, date(2027, 4, 30), later)
    days = {"first_day": date(2027, 4, 1), "last_day": date(2027, 4, 30)}
    report = send(shop, "DGCS", now=later, **days)
    assert len(report.content["rows"]) == len(report.content["late_rows"]) == 1
    assert report.content["late_rows"][0]["day"] == "2027-03-30"
    assert report.content["total_cents"] == sum(
        row["share_cents"] for row in report.content["rows"] + report.content["late_rows"]
    )


def test_an_undone_line_comes_back_as_its_opposite(shop) -> None:
    sell(shop)
    close(shop)
    first = send(shop, "DGCS")
    line = first.shares.get().share.line
    opposite = distribution.undo_line(
        key=uuid4(), line=line, day=date(2027, 4, 5), now=APRIL, actor=None
    )
    cofinancing.share_line(line=opposite, actor=None)
    later = datetime(2027, 5, 3, 9, tzinfo=UTC)
    close(shop, date(2027, 4, 30), later)
    days = {"first_day": date(2027, 4, 1), "last_day": date(2027, 4, 30)}
    second = send(shop, "DGCS", now=later, **days)
    assert first.content["total_cents"] + second.content["total_cents"] == 0


@pytest.mark.parametrize(
    ("closed", "words"), [(None, "Clôturez d'abord"), (date(2027, 3, 15), "Clôturez d'abord")]
)
def test_an_open_period_is_not_sent(shop, closed, words) -> None:
    sell(shop)
    if closed:
        close(shop, closed)
    with pytest.raises(actions.PeriodOpen, match=words):
        send(shop, "DGCS")
    assert not SentReport.objects.exists()


def test_a_period_closes_once_and_once_over(shop) -> None:
    with pytest.raises(actions.PeriodRefused, match="une fois finie"):
        close(shop, date(2027, 4, 2))
    close(shop)
    with pytest.raises(actions.PeriodRefused, match="déjà clos"):
        close(shop, date(2027, 3, 15))


def test_figures_of_activity_and_quality(shop) -> None:
    site, product = shop
    product.unit_grams = 3_500
    product.save()
    farm = chains.make_grower("Ferme")
    bought = chains.make_lot(product, site, 10_000, value_cents=90_00, origin=farm)
    assert bought.movements.count() == 1
    product.labels.create(kind="BIO", certificate="FR-BIO-01", starts=date(2027, 1, 1))
    chains.make_lot(product, site, 5_000, value_cents=10_00, origin=site.keeper)
    found = figures.quality(site.chain, first=MARCH["first_day"], last=MARCH["last_day"])
    assert (found["total_cents"], found["organic_cents"]) == (100_00, 100_00)
    assert (found["egalim_cents"], found["short_chain_cents"]) == (100_00, 90_00)
    rows = figures.canteen_rows(site.chain, "1" * 14, MARCH["first_day"], MARCH["last_day"])
    assert [row["prix_ht"] for row in rows] == ["90.00", "10.00"]
    assert list(rows[0]) == [
        "siret", "description", "fournisseur", "date", "prix_ht", "famille_produits",
        "categories_egalim", "origine", "est_circuit_court", "est_local", "definition_local",
        "definition_local_km",
    ]  # fmt: skip


def test_households_and_visits_are_counts(shop) -> None:
    """Six cards, one of which came on two days; fewer than five are not told."""
    site, product = shop
    cards = [chains.make_card(site.chain) for _ in range(6)]
    for day, some in ((1, cards[:1] * 2), (2, cards)):
        for card in some:
            chains.make_line(site, product, card=card, day=date(2027, 3, day))
    close(shop)
    report = actions.send_figures(
        key=uuid4(), chain=site.chain, kind=ReportKind.ACTIVITY, recipient=site.keeper,
        now=APRIL, actor=None, **MARCH,
    )  # fmt: skip
    assert (report.content["households"], report.content["visits"]) == (6, 7)
    assert not any(str(card.code) in str(report.content) for card in cards)
    few = figures.activity(site.chain, date(2027, 3, 1), date(2027, 3, 1))
    assert (few["households"], few["visits"]) == (None, None)
    told = rows.rows_of(report, "visits")
    # One card on the 1st: the 2nd is left out too, or the total would give it back. As no other
    # day can hide it, nothing is shown by day.
    assert [row[2:] for row in told.rows] == [["moins de 5", "non donné"], ["non donné"] * 2]


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ([5, 9, 0], set()),
        ([5, 9, 3], {0, 2}),  # 3 alone is the total less the others
        ([5, 9, 1, 1], {0, 2, 3}),  # two that make 2 are 1 and 1
        ([5, 9, 4, 4], {0, 2, 3}),
        ([5, 9, 1, 3], {2, 3}),
        ([2, 3], {0, 1}),
        ([1, 1, 1, 1, 1], None),
        ([3], None),
    ],
)
def test_small_counts_are_not_read_nor_worked_out(counts, hidden) -> None:
    assert rows.veiled(counts) == hidden


def test_a_garden_without_synthetic_inputs_is_told_and_is_no_egalim(shop) -> None:
    """Fiche 18: a level of quality that no EGalim label shows, on the product and on its lines."""
    site, product = shop
    day = date(2027, 3, 20)
    catalogue.add_label(
        product=product, kind="SANS_INTRANTS", starts=day, certificate="Charte", actor=None
    )
    chains.make_lot(product, site, 1_000, value_cents=90_00, day=day)
    assert labels_on(product, day) == ["SANS_INTRANTS"]
    found = figures.quality(site.chain, *MARCH.values())
    assert (found["total_cents"], found["egalim_cents"]) == (90_00, 0)
    (row,) = figures.canteen_rows(site.chain, "", *MARCH.values())
    assert row["categories_egalim"] == ""


def test_what_is_written_after_the_close_is_told_in_the_open_period(shop) -> None:
    """March: 90 € bought. Written in April after the close: 40 € of March 20th, and the 90 € are
    undone. March's figures stay; April tells 40 € less 90 €, down to its rows."""
    site, product = shop
    may = datetime(2027, 5, 3, 9, tzinfo=UTC)
    april = (date(2027, 4, 1), date(2027, 4, 30))
    lot = chains.make_lot(product, site, 1_000, value_cents=90_00, day=date(2027, 3, 20))
    close(shop)
    before = figures.quality(site.chain, *MARCH.values())
    chains.make_lot(
        product, site, 1_000, value_cents=40_00, day=date(2027, 3, 20),
        written=datetime(2027, 4, 10, 9, tzinfo=UTC),
    )  # fmt: skip
    stock.undo(
        key=uuid4(), movement=lot.movements.get(), day=date(2027, 3, 20), actor=None,
        now=datetime(2027, 4, 11, 9, tzinfo=UTC),
    )  # fmt: skip
    assert figures.quality(site.chain, *MARCH.values()) == before
    assert before["total_cents"] == 90_00
    close(shop, april[1], may)
    assert figures.quality(site.chain, *april)["total_cents"] == 40_00 - 90_00
    # Both periods read at once tell what stands.
    assert figures.quality(site.chain, MARCH["first_day"], april[1])["total_cents"] == 40_00
    sent = actions.send_figures(
        key=uuid4(), chain=site.chain, kind=ReportKind.QUALITY, recipient=site.keeper,
        now=may, actor=None, first_day=april[0], last_day=april[1],
    )  # fmt: skip
    found = rows.rows_of(sent, "purchases")
    assert [found.write(row)[-1] for row in found.rows] == ["40,00\u00a0€", "\u221290,00\u00a0€"]


def test_what_is_eaten_by_who_grew_it_is_valued_at_the_price_of_its_day(shop) -> None:
    """Fiche 4 : l'autoconsommation est valorisée ; sans prix de marché, elle est comptée à part."""
    site, product = shop
    lot = chains.make_lot(product, site, 5_000, value_cents=None, kind="harvest")
    product.prices.create(basis="market", unit_cents=250, starts=date(2027, 3, 10))
    for day, milli in ((5, 1_000), (12, 1_500)):
        stock.take_out(
            key=uuid4(), lot=lot, site=site, kind="own_use", milli=milli,
            day=date(2027, 3, day), now=APRIL, actor=None,
        )  # fmt: skip
    found = figures.activity(site.chain, MARCH["first_day"], MARCH["last_day"])
    assert (found["own_use_cents"], found["own_use_unpriced"]) == (375, 1)
    assert list(found["went_by"]) == ["own_use"]


def test_what_a_workshop_lost_is_told_until_it_is_undone(shop) -> None:
    """Entrées = sorties + pertes + pertes d'atelier + reste, au gramme."""
    site, product = shop
    kilo = chains.make_product(site.chain, "legumes", unit="kg", unit_grams=1000)
    lot = chains.make_lot(kilo, site, 10_000, kind="gift")
    cooking = activities.plan(
        chain=site.chain, kind="cooking", title="Soupe", site=site, host=site.keeper,
        starts_at=chains.NOW, ends_at=APRIL, actor=None,
    )  # fmt: skip
    said = {"day": chains.DAY, "now": APRIL, "actor": None}
    (soup,) = stock.process(
        key=uuid4(), activity=cooking, site=site, inputs=[(lot, 10_000)],
        outputs=[stock.Output(kilo, 8_500)], lost_grams=1_500, **said,
    )  # fmt: skip
    told = figures.activity(site.chain, MARCH["first_day"], MARCH["last_day"])
    assert (told["workshop_lost_grams"], told["lost_grams"]) == (1_500, 0)
    report = SentReport(kind=ReportKind.ACTIVITY, content=told)
    assert "épluchures" in str(sections.sections(report))
    older = {name: value for name, value in told.items() if name != "workshop_lost_grams"}
    assert "épluchures" not in str(sections.sections(SentReport(kind="activity", content=older)))
    stock.undo(key=uuid4(), movement=soup.movements.get(), **said)
    told = figures.activity(site.chain, MARCH["first_day"], MARCH["last_day"])
    assert told["workshop_lost_grams"] == 0
