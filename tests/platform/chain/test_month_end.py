"""The month's end: the same rows as line by line, whatever the cuts; documents without gaps."""

from contextlib import nullcontext, suppress
from datetime import date, timedelta
from hashlib import sha256
from html import unescape
from types import SimpleNamespace

import pytest
import time_machine
from django.db import transaction
from django.db.models import Sum
from django.test import Client
from django.urls import reverse

from ensemblier.base.ledger.actions import transfer
from ensemblier.base.ledger.verify import verify
from ensemblier.base.people.models import Role
from ensemblier.chain.billing import actions, calls, documents, month_end, month_end_lines, queries
from ensemblier.chain.billing.lines_csv import rows_of
from ensemblier.chain.billing.models import Document, DocumentLine, MonthEnd, SelfBillingMandate
from ensemblier.chain.billing.month_end_command import said, tell
from ensemblier.chain.billing.pdf import document_pdf
from ensemblier.chain.billing.refusals import BadPeriod, MandateMissing
from ensemblier.chain.billing.sums import Sums
from ensemblier.chain.catalogue.models import Product
from ensemblier.chain.cofinancing import many, proof
from ensemblier.chain.cofinancing.models import Share
from ensemblier.chain.distribution import actions as distribution
from ensemblier.chain.distribution.models import SaleLine
from ensemblier.chain.stock import actions as stock
from ensemblier.chain.stock.models import Movement
from ensemblier.cli.main import main
from tests import factories_fund as fund
from tests.factories_chain import DAY, WRITTEN, make_payer_account
from tests.factories_people import sign_in
from tests.platform.chain.month_end_world import (
    UNTIL,
    World,
    by_tills,
    close,
    frozen,
    moves,
    state,
    written,
)


class Undone(Exception):
    """Gives a transaction up."""


class Cut(Exception):
    """The machine stops here."""


def tried(call):
    """What `call` gives, then as if it had never been."""
    with suppress(Undone), transaction.atomic():
        found = call()
        raise Undone
    return found


@pytest.mark.parametrize("seed", range(4))
def test_a_month_in_bulk_is_the_month_at_the_tills(db, seed, monkeypatch):
    """The same shares, ranks, envelopes, carries, caps, drafts and moves, to the last letter."""
    world, compiled = World(seed), []
    whole = many.share_batch

    def watched(*arguments):
        compiled.append((found := whole(*arguments)).compiled)
        return found

    monkeypatch.setattr(many, "share_batch", watched)
    asked = world.draw(60)
    refused, expected = tried(lambda: (by_tills(asked), state(world)))
    written(asked)
    run = close(world)
    found = state(world)
    assert found == expected
    assert len(found["shares"]) > 60 and found["caps"] and any(compiled)
    # What the till refused is refused here; undone since, it asks nothing any more.
    assert run.refused >= refused
    assert run.lines == run.lines_in_all == SaleLine.objects.filter(chain=world.chain).count()
    assert run.transfers == len(found["moves"])
    assert proof.prove() == [] and verify().faults == []


def test_lines_that_the_tills_shared_are_left_alone(db):
    """Half the month at the tills, the other half imported later: nothing is posted twice."""
    world = World(9)
    asked = world.draw(40)
    by_tills(asked[:20])
    written(asked[20:])
    before = moves(world)
    close(world)
    after = moves(world)
    assert len(after) > len(before) and set(before) <= set(after)
    assert proof.prove() == [] and verify().faults == []


class Cutter:
    """Stops the run at the n-th of its steps: inside a batch, at its end, or after its commit."""

    def __init__(self, monkeypatch):
        self.left = 0
        self._hook(monkeypatch, month_end_lines, "transfer_many")
        self._hook(monkeypatch, month_end_lines, "advance")
        self._hook(monkeypatch, documents, "invoice")
        self._hook(monkeypatch, documents, "self_bill")
        self._hook(monkeypatch, calls, "call")

    def _hook(self, monkeypatch, module, name):
        whole = getattr(module, name)

        def cut(*arguments, **more):
            self.step()
            found = whole(*arguments, **more)
            self.step()
            return found

        monkeypatch.setattr(module, name, cut)

    def step(self, run=None):
        self.left -= 1
        if self.left == 0:
            raise Cut

    def close(self, world):
        """Cut at the first step, asked again and cut at the second, and so on; how many cuts."""
        for cuts in range(400):
            self.left = cuts + 1
            try:
                close(world, progress=self.step)
            except Cut:
                continue
            return cuts
        raise AssertionError("never ends")


def cut_everywhere(monkeypatch, seed=3, count=30):
    """The same month in one go, then cut at every kind of place."""
    world = World(seed)
    world.deliver()
    monkeypatch.setattr(calls, "MANY", 3)
    written(world.draw(count))

    def whole():
        close(world)
        return state(world), frozen(world)

    expected = tried(whole)
    cuts = Cutter(monkeypatch).close(world)
    return world, expected, (state(world), frozen(world)), cuts


def test_cut_anywhere_and_asked_again_nothing_is_lost_or_written_twice(db, monkeypatch):
    world, expected, found, cuts = cut_everywhere(monkeypatch)
    assert found == expected and cuts > 8
    assert len(found[1]) > 5
    run = MonthEnd.objects.get(chain=world.chain)
    assert run.phase == "over" and run.ended_at == WRITTEN
    assert run.documents == len(found[1]) and run.transfers + 2 == len(found[0]["moves"])


def test_negative_control_without_one_transaction_a_cut_loses_money(db, monkeypatch):
    """The shares are kept, their moves are not, and nobody asks for them again."""
    loose = SimpleNamespace(atomic=nullcontext)
    monkeypatch.setattr(month_end_lines, "transaction", loose)
    bare = month_end_lines.share_some.__wrapped__
    monkeypatch.setattr(month_end_lines, "share_some", bare)
    _, expected, found, _ = cut_everywhere(monkeypatch)
    assert found[0]["moves"] != expected[0]["moves"]


def test_documents_hold_each_fact_once_and_their_numbers_have_no_gap(db, monkeypatch):
    world = World(5)
    growers = world.deliver(3)
    written(world.draw(60))
    run = close(world)
    keepers = [shop.keeper for shop in world.shops]
    assert [queries.gaps(each) for each in (*keepers, world.chain.lead)] == [[], [], []]
    kinds = set(Document.objects.filter(chain=world.chain).values_list("kind", flat=True))
    assert kinds == {"invoice", "self_billed", "funder_call"}
    for payer in world.version.scheme.payers.all():
        due = Share.objects.filter(payer=payer).aggregate(c=Sum("cents"))["c"] or 0
        rows = DocumentLine.objects.filter(share__payer=payer)
        assert due == (rows.aggregate(c=Sum("cents"))["c"] or 0)
        assert rows.count() == Share.objects.filter(payer=payer).count()
    assert month_end.growers_who_wait(run) == growers[-1:]
    assert [each.pk for each in month_end.documents_of(run)] == list(
        Document.objects.filter(chain=world.chain).order_by("pk").values_list("pk", flat=True)
    )


def sold_by(world, shop, buyer, day=DAY):
    distribution.write_line(
        key=month_end.uuid4(), chain=world.chain, site=shop, seller=shop.keeper, buyer=buyer,
        product=world.products[0], milli=1000, price_cents=1205, day=day, now=WRITTEN, actor=None,
    )  # fmt: skip


def invoices_of(seller):
    return Document.objects.filter(kind="invoice", seller=seller).count()


def test_nothing_is_invoiced_in_the_name_of_a_seller_without_a_mandate(db, capsys):
    """Its sales wait and it is named; the lead needs no mandate for its own."""
    world = World(4)
    SelfBillingMandate.objects.all().delete()
    own, other = world.shops
    assert own.keeper == world.chain.lead
    for shop in world.shops:
        sold_by(world, shop, world.buyer)
    run = close(world)
    assert (invoices_of(own.keeper), invoices_of(other.keeper)) == (1, 0)
    assert month_end.sellers_who_wait(run) == [other.keeper]
    tell(run)
    client = Client()
    sign_in(client, fund.user(Role.APPLICANT, world.chain.lead))
    page = client.get(reverse("billing:close_month", args=[world.chain.slug])).content.decode()
    assert other.keeper.name in unescape(page) and "enregistrez-le" in page
    out = capsys.readouterr().out
    assert other.keeper.name in out and "31/03/2027" in out and "relancez la clôture" in out
    # A mandate to somebody else, or one that is over, opens nothing.
    facts = {"grower": other.keeper, "signed_on": DAY, "actor": None}
    actions.sign_mandate(buyer=world.buyer, **facts)
    actions.sign_mandate(buyer=world.chain.lead, ends=UNTIL - timedelta(1), **facts)
    assert month_end.sellers_who_wait(close(world)) == [other.keeper]
    assert invoices_of(other.keeper) == 0 and proof.prove() == []
    # Signed since: the same sales, invoiced once.
    actions.sign_mandate(buyer=world.chain.lead, **facts | {"signed_on": UNTIL})
    for _ in range(2):
        assert month_end.sellers_who_wait(close(world)) == []
        assert (invoices_of(own.keeper), invoices_of(other.keeper)) == (1, 1)
    assert queries.gaps(other.keeper) == [] and queries.gaps(world.chain.lead) == []


def test_negative_control_without_the_question_another_seller_is_invoiced(db, monkeypatch):
    """And the document itself refuses, whatever the list says."""
    world = World(4)
    SelfBillingMandate.objects.all().delete()
    sold_by(world, world.shops[1], world.buyer)
    monkeypatch.setattr(month_end, "sellers_who_wait", lambda run: [])
    with pytest.raises(MandateMissing, match="mandat de facturation en cours"):
        close(world)
    monkeypatch.setattr(queries, "mandate_on", lambda *asked: SelfBillingMandate())
    close(world)
    assert invoices_of(world.shops[1].keeper) == 1


def test_a_purchase_that_was_undone_stops_nothing(db):
    """Its opposite has no target: no place, hence no buyer."""
    world = World(6)
    growers = world.deliver()
    bought = Movement.objects.filter(party=growers[0]).first()
    stock.undo(key=month_end.uuid4(), movement=bought, day=DAY, now=WRITTEN, actor=None)
    run = close(world)
    (document,) = Document.objects.filter(kind="self_billed")
    assert (document.seller, document.lines.count()) == (growers[0], 1)
    assert month_end.growers_who_wait(run) == growers[1:]


def test_asked_again_when_all_is_done_it_writes_nothing(db):
    world = World(6)
    world.deliver()
    written(world.draw(30))
    close(world)
    before = state(world), frozen(world)
    again = close(world)
    assert (state(world), frozen(world)) == before
    assert (again.transfers, again.documents) == (0, 0)


def test_a_call_of_many_lines_says_what_the_call_line_by_line_says(db, monkeypatch):
    world = World(7)
    written(world.draw(60))
    close_lines_only(world)
    payer = world.version.scheme.payers.get(name="CAF")
    asked = {"first": date(2027, 3, 2), "last": UNTIL, "day": UNTIL, "now": WRITTEN, "actor": None}
    asked["key"] = month_end.uuid4()
    monkeypatch.setattr(calls, "MANY", 3)
    told = tried(lambda: documents.funder_call(payer=payer, **asked).content)
    found = calls.call(payer=payer, **asked)
    expected = [line | {"undoes": line["undoes"]} for line in told["lines"]]
    assert list(calls.lines_of(found)) == expected and len(expected) > 20
    assert any(line.get("late") for line in expected)
    same = ("number", "period", "issuer", "recipient", "totals", "vat", "scheme", "called")
    assert [found.content[name] for name in same] == [told[name] for name in same]
    sums = Sums()
    for line in expected:
        sums.add(line)
    rows = [(row["product"], row["count"], row["cents"]) for row in sums.rows()]
    assert [(r["product"], r["count"], r["cents"]) for r in found.content["lines"]] == rows
    assert document_pdf(found).startswith(b"%PDF")
    # A name changed afterwards is not in what was frozen.
    Product.objects.filter(chain=world.chain).update(name="Autre")
    text = "".join(rows_of(calls.lines_of(found)))
    assert sha256(text.encode()).hexdigest() == found.content["csv"]["sha256"]
    assert text.count("\r\n") == found.content["csv"]["lines"] + 1 == len(expected) + 1
    assert calls.call(payer=payer, **asked) == found


def close_lines_only(world):
    """Shares and moves, and no document yet."""
    run = month_end.start(chain=world.chain, until=UNTIL, day=UNTIL, actor=None, now=WRITTEN)
    turn = month_end_lines.Turn(run.pk, 7, None, lambda: WRITTEN, month_end.quiet)
    month_end_lines.share_all(turn, run)
    month_end_lines.post_others(turn, run)


def test_negative_control_a_line_left_out_of_the_sums_is_caught(db, monkeypatch):
    world = World(7)
    written(world.draw(40))
    close_lines_only(world)
    whole = calls._tell

    def without_the_first(*arguments):
        rows = iter(whole(*arguments))
        next(rows)
        return rows

    monkeypatch.setattr(calls, "_tell", without_the_first)
    monkeypatch.setattr(calls, "MANY", 3)
    payer = world.version.scheme.payers.get(name="CAF")
    asked = {"first": DAY, "last": UNTIL, "day": UNTIL, "now": WRITTEN, "actor": None}
    with pytest.raises(calls.MovedMeanwhile):
        calls.call(payer=payer, key=month_end.uuid4(), **asked)
    assert not Document.objects.filter(chain=world.chain).exists()


def test_an_account_at_its_end_refuses_only_the_lines_it_cannot_pay(db):
    """As at the tills: the books hold an account above zero, line after line."""
    purse = make_payer_account("bourse-de-la-caf", floor_zero=True)
    fund = make_payer_account("source-de-la-caf")
    told = {"debit": fund, "credit": purse, "day": DAY, "reason": "dotation", "actor": None}
    transfer(key=month_end.uuid4(), amount_cents=3000, **told)
    world = World(8)
    payer = world.version.scheme.payers.get(name="CAF")
    type(payer).objects.filter(pk=payer.pk).update(account=purse)
    written(world.draw(40))
    run = close(world)
    assert run.refused and any("Il reste" in why for _, why in run.refusals)
    assert proof.prove() == [] and verify().faults == []
    assert Share.objects.filter(line__chain=world.chain).exists()


def test_lines_of_a_scheme_that_does_not_exist_wait_and_are_told(db):
    world = World(2)
    asked = world.draw(10)
    written(asked)
    lost = SaleLine(**{**vars_of(asked[0][0]), "scheme": "inconnu", "key": month_end.uuid4()})
    lost.save(force_insert=True)
    run = close(world)
    assert [lost.pk, "le dispositif « inconnu » n'existe pas dans cette filière"] in run.refusals
    assert not Share.objects.filter(line=lost).exists()


def vars_of(facts):
    left = ("now", "actor", "card")
    return {k: v for k, v in facts.items() if k not in left} | {"created_at": WRITTEN}


def test_a_run_is_ended_before_another_begins_and_a_period_before_its_documents(db):
    world = World(1)
    month_end.start(chain=world.chain, until=UNTIL, day=UNTIL, actor=None, now=WRITTEN)
    with pytest.raises(month_end.OtherMonthEnd):
        close(world, until=date(2027, 4, 30), day=date(2027, 4, 30))
    with pytest.raises(BadPeriod):
        close(world, day=date(2027, 3, 30))
    assert close(world).phase == "over"


def test_the_command_writes_the_documents_and_says_what_waits(db, tmp_path, capsys):
    world = World(6)
    growers = world.deliver()
    written(world.draw(25))
    told = f"--until 2027-03-31 --day 2027-03-31 --batch 9 --out {tmp_path}".split()
    with time_machine.travel(WRITTEN, tick=True):
        code = main(["month-end", world.chain.slug, *told])
    run, (out, progress) = MonthEnd.objects.get(chain=world.chain), capsys.readouterr()
    assert code == bool(run.refused) and f"{run.documents} pièces dans" in out
    assert growers[-1].name in out and "lignes sur" in progress and "appels de fonds" in progress
    for document in Document.objects.filter(chain=world.chain):
        name = f"{document.issuer_id}-{document.number}"
        assert (tmp_path / f"{name}.pdf").read_bytes().startswith(b"%PDF")
        text = (tmp_path / f"{name}.csv").read_bytes()
        assert text.count(b"\r\n") == document.lines.count() + 1
    assert main(["month-end", "nulle-part", "--until", "2027-03-31"]) == 2


def test_progress_is_said_in_percent_speed_and_what_remains():
    run = MonthEnd(lines=450_000, lines_in_all=1_000_000, phase="shares")
    words = said(run, 300, 450_000).replace("\u00a0", " ")
    assert words.startswith(
        "45 % · 450 000 lignes sur 1 000 000 · 1 500 par seconde · encore 6 min"
    )
    run = MonthEnd(documents=3, documents_in_all=12, phase="invoices")
    assert said(run, 10, 0) == "25 % · 3 pièces sur 12 · factures"
