"""Schemes: drafts, publication and payers; each line shared as the engine shares the whole file."""

import random
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from ensemblier.base.journal import retention
from ensemblier.chain.cofinancing import actions
from ensemblier.chain.cofinancing.models import (
    CapUse,
    EnvelopeLeft,
    GroupCarry,
    SchemeVersion,
    Share,
    SharedLine,
)
from ensemblier.chain.cofinancing.queries import file_of
from ensemblier.chain.cofinancing.refusals import (
    AlreadyPublished,
    DraftRefused,
    GeneralDeMinimisRefused,
    NotInTable,
    PayerKnown,
    PayerNotNamed,
    SchemeCodeTaken,
    ShareRefused,
    VersionOverlaps,
)
from ensemblier.chain.cofinancing.rules import rule_of
from ensemblier.chain.distribution import actions as distribution
from ensemblier.chain.distribution.models import SaleLine
from ensemblier.engines.cofinancing.split import Refused, Splitter, split
from tests.factories_chain import (
    DAY,
    NOW,
    make_card,
    make_chain,
    make_line,
    make_payer_account,
    make_product,
    make_scheme,
    make_site,
)

pytestmark = pytest.mark.django_db

BASKETS = """
name = "Paniers solidaires"
[person]
rule = "percent"
percent = "30"
[[step]]
kind = "share"
payers = [{ name = "DGCS", weight = 40 }, { name = "bailleurs", weight = 30 }]
"""
BOUNDED = """
name = "Paniers bornés"
[person]
rule = "percent"
percent = "10"
[[step]]
kind = "share"
payers = [
  { name = "CAF", weight = 7, cap_per_household = { cents = 2000, per = "month" } },
  { name = "MSA", weight = 3, cap_per_unit = 300 },
]
[[step]]
kind = "rest"
payer = "Région"
cap_per_household = { cents = 5000, per = "year" }
[[envelope]]
payer = "MSA"
cents = 6000
[[envelope]]
payer = "Région"
cents = 20000
until = 2027-03-20
[exhausted]
then = "Structure"
[[envelope]]
payer = "Structure"
cents = 15000
"""
PAYERS = ["CAF", "MSA", "Région", "Structure"]


@pytest.fixture
def shop():
    return make_site(make_chain())


@pytest.fixture
def basket(shop):
    return make_product(shop.chain)


def share(shop, basket, price_cents=1205, **fields):
    line = make_line(shop, basket, price_cents, **{"scheme": "paniers"} | fields)
    return actions.share_line(line=line, actor=None)


def undo(line, day=DAY):
    opposite = distribution.undo_line(key=uuid4(), line=line, day=day, now=NOW, actor=None)
    return actions.share_line(line=opposite, actor=None)


def parts(shares):
    return [(s.payer.name if s.payer else "person", s.cents, s.step) for s in shares]


def test_seventy_baskets_of_sheet_5(shop, basket):
    make_scheme(shop.chain, BASKETS, ["DGCS", "bailleurs"])
    totals = {"person": 0, "DGCS": 0, "bailleurs": 0}
    for _ in range(70):
        for name, cents, _ in parts(share(shop, basket)):
            totals[name] += cents
    assert totals == {"person": 253_40, "DGCS": 337_20, "bailleurs": 252_90}


def compare(version):
    """The shares written, beside one run of the engine over the whole file, in order of rank."""
    splitter, rows = Splitter(rule_of(version.text)), 0
    for raw, row in zip(file_of(version), version.shared.order_by("rank"), strict=True):
        expected = splitter.take(raw)
        assert not isinstance(expected, Refused), expected
        written = Share.objects.filter(line=row.line).select_related("payer").order_by("rank")
        assert parts(written) == [(s.payer, s.cents, s.step) for s in expected]
        assert [s.reason for s in written] == [s.reason for s in expected]
        rows += 1
    return splitter, rows


def make_random_sales(shop, basket, seed, count=60):
    """Sales in several households, late ones and undone ones among them."""
    chance = random.Random(seed)
    cards = [make_card(shop.chain) for _ in range(3)]
    lines, refused = [], 0
    for rank in range(count):
        day = DAY + timedelta(rank // 2 - chance.choice([0, 0, 0, 7]))
        if lines and chance.random() < 0.15:
            undo(lines.pop(chance.randrange(len(lines))), day)
            continue
        try:
            facts = {"card": chance.choice(cards), "milli": chance.choice([1000, 2000, 1333])}
            shares = share(shop, basket, chance.choice([1205, 999, 1, 4321]), day=day, **facts)
            lines.append(shares[0].line)
        except ShareRefused:
            refused += 1
    return refused


def test_incremental_sharing_is_the_engine_over_the_whole_file(shop, basket):
    """Caps, envelopes, cents' memory, late lines and undoing: to the cent, order included."""
    version = make_scheme(shop.chain, BOUNDED, PAYERS)
    refused = make_random_sales(shop, basket, seed=5)
    splitter, rows = compare(version)
    assert rows > 30 and refused > 0
    version.refresh_from_db()
    assert version.lines == rows
    assert [row.cents for row in version.envelopes.all()] == splitter.left
    assert [row.carry for row in version.carries.all()] == splitter.memories[1].carries
    kept = {(u.step, u.payer, str(u.household), u.period): u.cents for u in CapUse.objects.all()}
    assert kept == {key: cents for key, cents in splitter.caps.items() if cents or key in kept}


def test_negative_control_without_its_memory_the_two_part(shop, basket):
    version = make_scheme(shop.chain, BASKETS, ["DGCS", "bailleurs"])
    for _ in range(3):
        share(shop, basket)
        GroupCarry.objects.update(carry=0)
    with pytest.raises(AssertionError):
        compare(version)


def test_in_time_lines_are_those_of_the_sorted_file(shop, basket):
    version = make_scheme(shop.chain, BASKETS, ["DGCS", "bailleurs"])
    for rank in range(8):
        share(shop, basket, 1000 + rank, day=DAY + timedelta(rank // 3))
    whole = list(split(rule_of(version.text), file_of(version)))
    assert [[s.cents for s in row] for row in whole] == [
        [s.cents for s in Share.objects.filter(line=row.line)] for row in version.shared.all()
    ]


def test_a_late_line_takes_the_last_rank_and_its_own_envelope(shop, basket):
    version = make_scheme(shop.chain, BOUNDED, PAYERS)
    share(shop, basket, day=DAY + timedelta(30), card=make_card(shop.chain))
    late = share(shop, basket, 4000, day=DAY, card=make_card(shop.chain))
    assert SharedLine.objects.get(line=late[0].line).rank == 2
    assert "Région" in [name for name, _, _ in parts(late)], "open on the day of the line"
    compare(version)


def test_shares_are_written_once(shop, basket):
    make_scheme(shop.chain, BASKETS, ["DGCS", "bailleurs"])
    first = share(shop, basket)
    again = actions.share_line(line=first[0].line, actor=None)
    assert parts(again) == parts(first)
    assert Share.objects.count() == 3


def test_undoing_gives_back_caps_envelopes_and_cents(shop, basket):
    version = make_scheme(shop.chain, BOUNDED, PAYERS)
    card = make_card(shop.chain)
    share(shop, basket, card=card)

    def state():
        return (
            list(version.envelopes.values_list("cents", flat=True)),
            list(version.carries.values_list("carry", flat=True)),
            sorted(CapUse.objects.exclude(cents=0).values_list("payer", "period", "cents")),
        )

    before = state()
    shares = share(shop, basket, 3333, card=card)
    assert state() != before
    opposite = undo(shares[0].line, DAY + timedelta(60))
    assert state() == before
    assert parts(opposite) == [(n, -c, s) for n, c, s in parts(shares)]


def test_a_line_that_nobody_pays_is_refused_and_nothing_is_kept(shop, basket):
    rule = BASKETS + '[[envelope]]\npayer = "DGCS"\ncents = 400\n'
    version = make_scheme(shop.chain, rule, ["DGCS", "bailleurs"])
    with pytest.raises(ShareRefused) as raised:
        share(shop, basket)
    assert "que personne ne paie" in raised.value.message
    assert "Rien n'est enregistré" in raised.value.message
    assert (Share.objects.count(), SharedLine.objects.count()) == (0, 0)
    assert version.envelopes.get().cents == 400
    assert SchemeVersion.objects.get().lines == 0


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"scheme": "inconnu"}, "n'existe pas ici"),
        ({"day": date(2026, 12, 31)}, "aucune règle n'est publiée"),
        ({"extra_cents": 100}, "n'a pas de cagnotte"),
    ],
)
def test_a_line_outside_the_scheme_is_refused(shop, basket, fields, words):
    make_scheme(shop.chain, BASKETS, ["DGCS", "bailleurs"])
    with pytest.raises(ShareRefused, match=words):
        share(shop, basket, **fields)


def test_a_fed_pot_grows_and_pays(shop, basket):
    rule = """
name = "Cagnotte"
[person]
rule = "percent"
percent = "100"
[surcharge]
pot = "Cagnotte"
[[envelope]]
payer = "Cagnotte"
cents = 0
fed = true
"""
    version = make_scheme(shop.chain, rule, ["Cagnotte"])
    shares = share(shop, basket, 1000, extra_cents=150)
    assert parts(shares) == [("person", 1150, 0), ("Cagnotte", -150, 0)]
    assert version.envelopes.get().cents == 150


def test_the_database_refuses_an_envelope_below_zero(shop):
    version = make_scheme(shop.chain, BOUNDED, PAYERS)
    with pytest.raises(IntegrityError), transaction.atomic():
        EnvelopeLeft.objects.filter(version=version, rank=0).update(cents=-1)


def scheme_of(shop, code="paniers"):
    return actions.create_scheme(
        chain=shop.chain, code=code, name="Paniers", asks_card=False, actor=None
    )


def test_a_draft_is_refused_in_the_engine_s_words(shop):
    scheme = scheme_of(shop)
    with pytest.raises(DraftRefused) as raised:
        actions.save_draft(scheme=scheme, text='name = "x"\n[person]\nrule = "gratis"', actor=None)
    assert "Dites ce que la personne paie dans [person]" in raised.value.message
    assert not scheme.versions.exists()


def test_a_top_up_on_farm_goods_is_never_general_de_minimis(shop, basket):
    aid = '[[payer]]\nname = "DGCS"\nlegal_basis = "general_de_minimis"\n'
    scheme = scheme_of(shop)
    with pytest.raises(DraftRefused, match="2023/2831"):
        actions.save_draft(scheme=scheme, text=BASKETS + aid, actor=None)
    # A text that says it is not about farm goods is held to the products it is about.
    text = "farm_goods = false\n" + BASKETS + aid
    for name in ("DGCS", "bailleurs"):
        actions.name_payer(scheme=scheme, name=name, account=make_payer_account(name), actor=None)
    version = actions.save_draft(scheme=scheme, text=text, actor=None)
    with pytest.raises(GeneralDeMinimisRefused, match="Panier"):
        actions.publish(version=version, starts=DAY, actor=None, now=NOW)
    scoped = text + '[scope]\nfamilies = ["AUTRES"]\n'
    version = actions.save_draft(scheme=scheme, text=scoped, actor=None)
    actions.publish(version=version, starts=DAY, actor=None, now=NOW)


def test_a_published_version_never_changes(shop):
    version = make_scheme(shop.chain, BASKETS, ["DGCS", "bailleurs"])
    with pytest.raises(AlreadyPublished):
        actions.publish(version=version, starts=DAY, actor=None, now=NOW)
    draft = actions.save_draft(scheme=version.scheme, text=BASKETS.replace("30", "20"), actor=None)
    assert (draft.number, draft.published_at) == (2, None)
    version.refresh_from_db()
    assert 'percent = "30"' in version.text


def test_a_new_version_ends_the_one_before_and_rewrites_nothing(shop, basket):
    first = make_scheme(shop.chain, BASKETS, ["DGCS", "bailleurs"])
    share(shop, basket, day=DAY)
    draft = actions.save_draft(scheme=first.scheme, text=BASKETS.replace("30", "20"), actor=None)
    with pytest.raises(VersionOverlaps):
        actions.publish(version=draft, starts=DAY, actor=None, now=NOW)
    actions.publish(version=draft, starts=DAY + timedelta(1), actor=None, now=NOW)
    first.refresh_from_db()
    assert first.ends == DAY
    assert parts(share(shop, basket, day=DAY + timedelta(1)))[0] == ("person", 241, 0)
    assert parts(share(shop, basket, day=DAY))[0] == ("person", 362, 0)


def test_payers_are_named_before_publishing(shop):
    scheme = scheme_of(shop)
    version = actions.save_draft(scheme=scheme, text=BASKETS, actor=None)
    with pytest.raises(PayerNotNamed, match="DGCS, bailleurs"):
        actions.publish(version=version, starts=DAY, actor=None, now=NOW)
    account = make_payer_account("dgcs")
    payer = actions.name_payer(scheme=scheme, name="DGCS", account=account, actor=None)
    assert actions.name_payer(scheme=scheme, name="DGCS", account=account, actor=None) == payer
    with pytest.raises(PayerKnown):
        actions.name_payer(
            scheme=scheme, name="DGCS", account=make_payer_account("autre"), actor=None
        )
    with pytest.raises(SchemeCodeTaken):
        scheme_of(shop)


def test_a_household_is_kept_in_the_band_of_the_table(shop):
    rule = """
name = "Barème"
[person]
rule = "table"
by = "size"
cents_per_unit = { "1" = "200", "2-4" = "300" }
[[step]]
kind = "rest"
payer = "CAF"
"""
    scheme = make_scheme(shop.chain, rule, ["CAF"]).scheme
    card = make_card(shop.chain)
    right = actions.entitle(scheme=scheme, card=card, starts=DAY, persons=3, actor=None)
    assert right.size == "2-4"
    with pytest.raises(NotInTable):
        actions.entitle(scheme=scheme, card=card, starts=DAY + timedelta(1), persons=5, actor=None)
    plain = make_scheme(shop.chain, BASKETS, ["DGCS", "bailleurs"], code="autre").scheme
    assert actions.entitle(scheme=plain, card=card, starts=DAY, persons=3, actor=None).size == ""


def test_caps_outlive_an_erased_card_until_their_period_ends(shop, basket):
    make_scheme(shop.chain, BOUNDED, PAYERS)
    kept, gone = make_card(shop.chain), make_card(shop.chain)
    share(shop, basket, 4000, card=kept)
    share(shop, basket, 4000, card=gone)
    distribution.erase_card(card=gone, actor=None)
    rule = next(line for line in retention.table() if line.key == "cap_uses")

    def after(year, month, day):
        assert rule.purge is not None
        rule.purge(datetime(year, month, day, 12, tzinfo=UTC))
        uses = CapUse.objects.all()
        return sorted((use.household == gone.code, use.period) for use in uses)

    month, year = "2027-03", "2027"
    assert after(2027, 3, 31) == [(False, year), (False, month), (True, year), (True, month)]
    assert after(2027, 4, 1) == [(False, year), (False, month), (True, year)]
    assert after(2027, 6, 2) == [(False, year), (True, year)]
    assert after(2028, 1, 1) == [(False, year)]
    assert after(2028, 3, 2) == []
    assert SaleLine.objects.count() == 2


def test_a_line_holds_no_household_once_its_tie_is_gone(shop, basket):
    """What undoing needs is kept without the card; caps of a forgotten card take nothing back."""
    make_scheme(shop.chain, BOUNDED, PAYERS)
    card = make_card(shop.chain)
    shares = share(shop, basket, 4000, card=card)
    assert str(card.code) not in str(SharedLine.objects.get().draft)
    used = sorted(CapUse.objects.values_list("cents", flat=True))
    distribution.erase_ties(before=DAY + timedelta(1))
    opposite = undo(shares[0].line)
    assert sum(s.cents for s in opposite) == -4000
    assert sorted(CapUse.objects.values_list("cents", flat=True)) == used
