"""A year of the 25 chains: the same for a seed, proved by `verify`, each euro told once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.test import override_settings

from ensemblier.base.chains.models import Chain
from ensemblier.base.journal.models import Event
from ensemblier.base.ledger.actions import transfer
from ensemblier.base.ledger.models import Account, Transfer
from ensemblier.base.ledger.queries import balance
from ensemblier.base.ledger.verify import verify
from ensemblier.base.people.models import Organisation, User
from ensemblier.chain.billing.balances import waiting, with_due
from ensemblier.chain.billing.models import Document, DocumentKind, Settlement
from ensemblier.chain.billing.posting import bank_account, seller_account
from ensemblier.chain.billing.queries import gaps
from ensemblier.chain.billing.rules import PAID
from ensemblier.chain.billing.settling import BOUGHT, accounts, owner_of
from ensemblier.chain.cofinancing.models import Share
from ensemblier.chain.distribution.models import SaleLine
from ensemblier.chain.insertion.queries import sales_watch
from ensemblier.chain.stock.models import LotMark, Movement
from ensemblier.cli.main import main
from ensemblier.reports.models import ReportedShare, ReportKind, SentReport
from ensemblier.web.demo.accounts import DOMAIN
from ensemblier.web.demo.year import payers, play, profile, seasons
from ensemblier.web.demo.year.totals import totals
from tests.told_once import check_told_once, twice_told

NOW = datetime(2027, 6, 3, 9, tzinfo=UTC)
# Two schemes with cards and insertion; many small invoices and one funder; fish, given only.
SHEETS, WEEKS = (5, 17, 25), 6
# Growers, buyers and a funder, for long enough to meet who pays late.
PAYERS, HALF = 21, 26


@pytest.fixture
def demo_mode(settings):
    settings.MODE = "demo"


@pytest.fixture(scope="module")
def short_run(django_db_setup, django_db_blocker):
    """Played once for the file: each test undoes its own part only, in a savepoint."""
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(MODE="demo"):
            yield play.play_year(now=NOW, sheets=SHEETS, weeks=WEEKS)
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def half_year(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(MODE="demo"):
            [row] = play.play_year(now=NOW, sheets=[PAYERS], weeks=HALF)
            yield row.chain
        transaction.set_rollback(True)


@pytest.fixture
def played(short_run, db, demo_mode):
    return short_run


def test_every_figure_of_the_25_profiles_says_where_it_comes_from():
    assert profile.numbers() == list(range(1, 26))
    for number in (profile.GROCERY, *profile.numbers()):
        found = profile.read_profile(number)
        parts = [*found.goods, *found.intakes, *found.outlets, *found.workshops, *found.schemes]
        parts += [found.aci] if found.aci else []
        assert {part.source for part in parts} <= set(profile.SOURCES)
        assert found.facts.strip()
        assert {intake.curve for intake in found.intakes} <= set(seasons.CURVES)


def test_a_figure_from_nowhere_is_refused(tmp_path, monkeypatch):
    text = (profile.FOLDER / "18.toml").read_text(encoding="utf-8")
    (tmp_path / "18.toml").write_text(text.replace('"fiche"', '"ouï-dire"', 1), encoding="utf-8")
    monkeypatch.setattr(profile, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match="ouï-dire"):
        profile.read_profile(18)


def test_a_short_run_holds(played):
    assert [row.state for row in played] == ["new"] * len(SHEETS)
    report = verify()
    assert report.faults == []
    assert report.transfers == report.sealed == Transfer.objects.count() > 200
    for row in played:
        check_told_once(row.chain)
        assert row.chain.is_demo
        assert row.chain.closed_periods.count() == 2
    assert twice_told() == []
    assert ReportedShare.objects.count() > 100
    assert [gaps(body) for body in Organisation.objects.all()] == [
        []
    ] * Organisation.objects.count()


def test_what_a_short_run_lives_through(played):
    """A cold break, a recall, losses, absences, late facts, an undone line, documents."""
    audruicq, croix_rouge, fish = (totals(row.chain) for row in played)
    assert set(LotMark.objects.values_list("kind", flat=True)) == set(LotMark.Kind.values)
    assert fish["grams"]["loss"] > 0
    assert audruicq["absent"] > 0
    assert audruicq["undone"] >= 1 and croix_rouge["undone"] >= 1
    assert audruicq["insertion_minutes"]["absence"] > 0
    assert {"self_billed", "funder_call"} <= set(croix_rouge["documents"])
    assert croix_rouge["reports"] == {"activity": 1, "funder": 2, "quality": 1}
    late = SentReport.objects.filter(kind=ReportKind.FUNDER, content__late_cents__gt=0)
    assert late.exists()
    # Nothing is sold of what was given to be given.
    assert not SaleLine.objects.filter(chain=played[2].chain).exists()
    assert sales_watch(_agreement(played[0].chain), 2027, date(2027, 5, 30)) is not None


def _agreement(chain: Chain):
    return chain.lead.iae_agreements.get()


def test_the_same_seed_gives_the_same_year(db, demo_mode):
    """Played again from nothing, in another order; another seed gives another year."""

    def year(*sheets: int, seed: int = play.SEED, weeks: int = 4):
        with transaction.atomic():
            rows = play.play_year(now=NOW, sheets=sheets, weeks=weeks, seed=seed)
            found = {row.chain.slug: totals(row.chain) for row in rows}
            transaction.set_rollback(True)
        return found

    first = year(13, 20)
    assert first["demo-fiche-20"]["lines"] > 20
    assert year(20, 13) == first
    assert year(20) == {"demo-fiche-20": first["demo-fiche-20"]}
    assert year(13, seed=5)["demo-fiche-13"] != first["demo-fiche-13"]
    paid = year(2, weeks=14)["demo-fiche-02"]
    assert len(paid["settled_on"]) > 5, "paid on many days"
    assert year(13, 2, weeks=14)["demo-fiche-02"] == paid
    assert year(2, weeks=14, seed=5)["demo-fiche-02"]["settled_on"] != paid["settled_on"]


def days_late(row: Settlement) -> int:
    due = row.document.due_on or row.document.day + timedelta(days=payers.CALL_DAYS)
    return (row.day - due).days


def check_money(chain: Chain) -> tuple[int, int]:
    """What came in and went out by the settlements, and by the books of each bank: to the cent."""
    rows = Settlement.objects.filter(document__chain=chain).select_related("document")
    found = {
        owner.pk: (owner, *_in_and_out(rows, owner))
        for owner in {owner_of(row.document) for row in rows}
    }
    for owner, came_in, went_out in found.values():
        bank = bank_account(chain, owner)
        posted = [
            Transfer.objects.filter(**{side: bank}).aggregate(sum=Sum("cents"))["sum"] or 0
            for side in ("debit", "credit")
        ]
        assert posted == [came_in, went_out], owner
    return sum(row[1] for row in found.values()), sum(row[2] for row in found.values())


def _in_and_out(rows, owner: Organisation) -> tuple[int, int]:
    signed = [
        -row.cents if row.document.kind in BOUGHT else row.cents
        for row in rows
        if owner_of(row.document) == owner
    ]
    return sum(c for c in signed if c > 0), -sum(c for c in signed if c < 0)


def test_some_pay_late_and_one_never(half_year, db):
    rows = Settlement.objects.filter(document__chain=half_year).select_related("document")
    late = [row for row in rows if days_late(row) > 0 and row.cents > 0]
    assert {row.document.kind for row in late} >= {"funder_call", "invoice"}
    assert all(payers.LATEST[0] <= days_late(row) <= payers.LATEST[1] for row in late)
    assert len(rows) > 2 * len(late) > 0, "most pay in time"
    assert len({row.document_id for row in rows}) < len(rows), "some pay in two"
    for row in rows:
        assert row.document.day < row.day <= date(2027, 5, 31), "never in the days to come"
    # One of the first calls still waits, whole, half a year later.
    calls = waiting(Document.objects.filter(chain=half_year, kind=DocumentKind.FUNDER_CALL))
    oldest = calls.order_by("day", "pk").first()
    assert oldest.day < date(2027, 1, 31)
    assert oldest.settled_cents == 0 < oldest.due_cents
    assert verify().faults == []


def test_the_bank_of_the_books_is_what_was_settled(half_year, db):
    came_in, went_out = check_money(half_year)
    assert came_in > 0 and went_out > 0
    # And what the accounts of each party still say is what its documents still ask.
    left: dict[Account, int] = {}
    for row in with_due(Document.objects.filter(chain=half_year, kind__in=PAID)):
        account = next(side for side in accounts(row) if "-banque-" not in side.code)
        sign = 1 if row.kind in BOUGHT else -1
        left[account] = left.get(account, 0) + sign * row.due_cents
    assert len(left) > 5 and any(left.values())
    assert left == {account: balance(account).posted for account in left}


def test_money_that_no_document_asked_for_is_caught(half_year, db):
    """Negative control: one cent in the books of the bank, and no settlement."""
    lead = half_year.lead
    transfer(
        key=uuid4(), debit=bank_account(half_year, lead), credit=seller_account(half_year, lead),
        amount_cents=1, day=date(2027, 5, 31), reason="ailleurs", reference="", actor=None,
    )  # fmt: skip
    with pytest.raises(AssertionError):
        check_money(half_year)


# The month ends early, late, or twice in the six weeks.
@pytest.mark.parametrize(
    "now", [NOW, datetime(2027, 3, 10, 9, tzinfo=UTC), datetime(2027, 8, 8, 20, tzinfo=UTC)]
)
def test_the_quick_grocery_has_a_call_paid_and_one_owed(db, now):
    chain = play.play_grocery(now=now)
    calls = Document.objects.filter(chain=chain, kind=DocumentKind.FUNDER_CALL)
    assert waiting(Document.objects.filter(chain=chain)).get().kind == DocumentKind.FUNDER_CALL
    assert calls.count() > 1
    assert Settlement.objects.filter(document__in=calls).exists()
    paid = Settlement.objects.filter(document__chain=chain)
    assert max(paid.values_list("day", flat=True)) < now.date()
    check_money(chain)


def test_a_share_told_twice_is_caught(played):
    """Negative control: by the database, and by the count of what the reports say."""
    share = Share.objects.filter(reported__isnull=False, cents__gt=0).first()
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportedShare.objects.create(share=share, report=share.reported.report)
    report = share.reported.report
    rows = [row for row in report.content["rows"] if row["line"] == str(share.line.key)]
    SentReport.objects.bulk_create(
        [
            SentReport(
                chain=report.chain, kind=report.kind, recipient=report.recipient,
                first_day=report.first_day, last_day=report.last_day, version=99,
                content={"total_cents": sum(r["share_cents"] for r in rows), "rows": rows,
                         "late_rows": []},
                digest="0" * 64, sent_at=NOW, key=uuid4(),
            )
        ]
    )  # fmt: skip
    assert share.pk in twice_told()
    with pytest.raises(AssertionError):
        check_told_once(report.chain)


def test_playing_again_changes_nothing(played):
    def counts():
        return [model.objects.count() for model in (Event, Transfer, Movement, Organisation, User)]

    before = counts()
    again = play.play_year(now=NOW + timedelta(days=40), sheets=SHEETS, weeks=WEEKS)
    assert [row.state for row in again] == ["kept"] * len(SHEETS)
    assert counts() == before


def test_a_year_cut_on_the_way_says_so(played):
    chain = played[0].chain
    Chain.objects.filter(pk=chain.pk).update(slug="ailleurs")
    profiled = profile.read_profile(SHEETS[0])
    play.begin(profiled, seed=1, first=date(2027, 5, 3), weeks=2)
    [row] = play.play_year(now=NOW, sheets=SHEETS[:1], weeks=2)
    assert row.state == "cut"


def test_nobody_real_in_a_year(played):
    assert set(_domains(Organisation)) | set(_domains(User)) == {DOMAIN}
    assert all(name.endswith("(démo)") for name in User.objects.values_list("name", flat=True))


def _domains(model):
    return [mail.rpartition("@")[2] for mail in model.objects.values_list("email", flat=True)]


@pytest.mark.parametrize("mode", ["production", "development"])
def test_refused_outside_the_demonstration(db, settings, capsys, mode):
    settings.MODE = mode
    before = Event.objects.count()
    assert main(["demo-year", "--sheets", "5"]) == 1
    assert "refusée hors du mode démonstration" in capsys.readouterr().err
    assert Event.objects.count() == before


@pytest.mark.parametrize(
    ("asked", "words"), [(["--weeks", "53"], "De"), (["--sheets", "26"], "26")]
)
def test_wrong_questions_are_answered(db, demo_mode, capsys, monkeypatch, asked, words):
    monkeypatch.setattr("ensemblier.web.demo.commands.load", lambda now: None)
    assert main(["demo-year", *asked]) != 0
    assert words in capsys.readouterr().err


def test_the_command_tells_how_far_it_is(db, demo_mode, capsys, monkeypatch):
    monkeypatch.setattr("ensemblier.web.demo.commands.load", lambda now: None)
    assert main(["demo-year", "--sheets", "7,13", "--weeks", "2"]) == 0
    out = capsys.readouterr()
    assert "1/2  Fiche 7" in out.err
    assert "2/2  Fiche 13" in out.err
    assert out.out.startswith("2 filières, 2 semaines")
    assert main(["demo-year", "--sheets", "7,13", "--weeks", "2"]) == 0
    assert "rien n'a changé" in capsys.readouterr().out
