"""An agreement whose grant pays parts of a chain's lines and its own instalments, never twice."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ensemblier.base.ledger import drawing
from ensemblier.base.ledger.actions import EnvelopeExhausted
from ensemblier.base.ledger.queries import balance
from ensemblier.base.people.models import Role
from ensemblier.base.refusal import Refusal
from ensemblier.chain.billing import actions as billing
from ensemblier.chain.billing import documents
from ensemblier.chain.billing.month_end import close_month
from ensemblier.chain.cofinancing import actions as cofinancing
from ensemblier.chain.cofinancing.models import Share
from ensemblier.chain.cofinancing.refusals import AgreementClosed, AgreementNotOpen
from ensemblier.fund.agreements.actions import Planned
from ensemblier.fund.decisions.models import Decision
from ensemblier.fund.payments import actions as payments
from ensemblier.fund.payments import lines, sums
from ensemblier.fund.payments.actions import FourEyes, NotYours, PaymentRefused
from ensemblier.fund.payments.models import Payment
from tests import factories_chain as chains
from tests import factories_fund as fund
from tests import factories_money as money
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db
DAY, NOW = date(2027, 7, 9), datetime(2027, 7, 9, 9, tzinfo=UTC)
GRANT = 20_000_00
PLAN = tuple(
    Planned(f"Versement {rank}", "signature", cents, date(2027, 7, rank))
    for rank, cents in enumerate((9_000_00, 6_000_00, 5_000_00), 1)
)
RULE = """
name = "Paniers"
[person]
rule = "percent"
percent = "30"
[[step]]
kind = "share"
payers = [ { name = "Fonds", weight = 1 } ]
"""


def world(*, opened: bool = True) -> SimpleNamespace:
    """A signed agreement, and a chain that its organisation leads."""
    case = money.signed_of(money.prepared(instalments=PLAN))
    case.chain = chains.make_chain(lead=case.application.organisation)
    case.shop, case.basket = chains.make_site(case.chain), chains.make_product(case.chain)
    case.account, case.sold = case.decision.account, []
    if opened:
        open_lines(case)
        chains.make_scheme(case.chain, RULE, [], accounts={"Fonds": case.account})
    return case


def open_lines(case: SimpleNamespace, actor=None) -> None:
    lines.open_to_lines(
        agreement=case.agreement, reason="Aide aux prix", actor=actor or case.desk, now=NOW
    )


def sell(case: SimpleNamespace, price_cents: int):
    line = billing.sell(
        key=uuid4(), chain=case.chain, site=case.shop, seller=case.shop.keeper,
        product=case.basket, milli=1000, price_cents=price_cents, day=DAY, now=NOW, actor=None,
        scheme="paniers",
    )  # fmt: skip
    case.sold.append(line)
    return line


def undo(case: SimpleNamespace, rank: int):
    line = case.sold.pop(rank % len(case.sold))
    return billing.undo_sale(key=uuid4(), line=line, day=DAY, now=NOW, actor=None)


def certify(case: SimpleNamespace, rank: int) -> Payment:
    return payments.certify(
        key=uuid4(), instalment=case.agreement.instalments.all()[rank], actor=case.desk, now=NOW
    )


def check(case: SimpleNamespace) -> None:
    """Lines and instalments in course never exceed the grant, and the books say what is left."""
    shares = sum(Share.objects.filter(payer__account=case.account).values_list("cents", flat=True))
    live = Payment.objects.filter(state__in=("reserved", "paid"))
    taken = shares + sum(live.values_list("amount_cents", flat=True))
    assert taken <= GRANT
    assert balance(case.account).available == GRANT - taken
    assert sums.drawn_cents(case.agreement) == shares


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("sell"), st.sampled_from([1, 1205, 250_000, 714_285, 1_428_570])),
        st.tuples(st.just("undo"), st.integers(0, 5)),
        st.tuples(st.just("certify"), st.integers(0, 2)),
        st.tuples(st.sampled_from(["pay", "void"]), st.integers(0, 2)),
    ),
    min_size=6,
    max_size=16,
)


def settle(case: SimpleNamespace, name: str) -> None:
    """Pay, or refuse to pay, what waits first."""
    payment = Payment.objects.filter(state="reserved").first()
    if payment is not None:
        more = {"reason": "Refusé"} if name == "void" else {}
        act = {"pay": payments.pay, "void": payments.void}[name]
        act(key=uuid4(), payment=payment, actor=case.payer, now=NOW, **more)


def move(case: SimpleNamespace, name: str, number: int) -> None:
    if name in ("pay", "void"):
        settle(case, name)
    elif name != "undo" or case.sold:
        {"sell": sell, "undo": undo, "certify": certify}[name](case, number)


def test_lines_and_instalments_never_exceed_the_agreement() -> None:
    case = world()
    seen = {"refused": 0, "done": 0}

    @settings(
        max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
    )
    @given(MOVES)
    def live(moves) -> None:
        case.sold = []
        with transaction.atomic():
            for name, number in moves:
                try:
                    with transaction.atomic():
                        move(case, name, number)
                    seen["done"] += 1
                except Refusal:
                    seen["refused"] += 1
                check(case)
            transaction.set_rollback(True)

    live()
    assert min(seen.values()) > 10  # the walk met both the room that is left and its end


def test_the_last_euro_has_one_winner_and_the_desk_reads_why() -> None:
    """20 000 € granted; lines take 9 100 €; the first instalment of 9 000 € fits, then nothing."""
    case = world()
    line = sell(case, 13_000_00)
    certify(case, 0)
    with pytest.raises(PaymentRefused, match="des parts de ventes en ont déjà pris 9.100"):
        certify(case, 1)
    with pytest.raises(EnvelopeExhausted):
        sell(case, 3_000_00)
    check(case)
    # Undone, the part goes back to the agreement, and the instalment fits.
    undo(case, 0)
    certify(case, 1)
    check(case)
    assert line.shares.get(payer__name="Fonds").cents == 9_100_00


def test_what_lines_took_must_be_justified_too() -> None:
    """9 000 € paid and 7 000 € taken by lines; 10 000 € admitted: 6 000 € come back, not none."""
    case = world()
    payment = certify(case, 0)
    payments.pay(key=uuid4(), payment=payment, actor=case.payer, now=NOW)
    sell(case, 10_000_00)
    assert sums.given_cents(case.agreement) == 16_000_00
    money.accepted(10_000_00, case=case)
    assert sums.to_return_cents(case.agreement) == 6_000_00


def test_a_call_paid_by_an_agreement_is_not_waited_for() -> None:
    case = world()
    sell(case, 10_00)
    payer = case.chain.schemes.get().payers.get()
    payer.organisation = case.application.call.owner
    payer.save()
    first = date(2027, 7, 1)
    call = documents.funder_call(
        payer=payer, key=uuid4(), first=first, last=DAY, day=DAY, now=NOW, actor=None
    )
    client = Client()
    sign_in(client, fund.user(Role.APPLICANT, case.chain.lead))
    for address in (
        reverse("billing:detail", args=[call.pk]),
        reverse("billing:list", args=[case.chain.slug]) + "?etat=taken",
    ):
        page = client.get(address).content.decode()
        assert "prise sur la convention" in page
        assert ">à régler<" not in page
    waiting = client.get(reverse("billing:list", args=[case.chain.slug]) + "?etat=unpaid")
    assert call.number not in waiting.content.decode()


def test_closed_to_lines_nothing_more_is_taken_one_by_one_or_by_month() -> None:
    case = world()
    kept = sell(case, 10_00)
    lines.end_lines(agreement=case.agreement, reason="Fin", actor=case.desk, now=NOW)
    with pytest.raises(AgreementClosed, match="n'est plus ouverte aux ventes"):
        sell(case, 10_00)
    waits = chains.make_line(case.shop, case.basket, 1000, scheme="paniers", day=DAY)
    run = close_month(chain=case.chain, until=DAY, day=DAY, actor=None, clock=lambda: NOW)
    assert (run.refused, run.refusals[0][0]) == (1, waits.pk)
    assert "n'est plus ouverte" in run.refusals[0][1]
    # What was taken is given back all the same.
    billing.undo_sale(key=uuid4(), line=kept, day=DAY, now=NOW, actor=None)
    assert balance(case.account).available == GRANT
    open_lines(case)
    sell(case, 10_00)


def test_who_opens_and_for_whom() -> None:
    case = world(opened=False)
    for person in (case.signatory, case.representative, case.payer):
        with pytest.raises(NotYours):
            open_lines(case, person)
    Decision.objects.update(signatory=case.desk)
    with pytest.raises(FourEyes, match="décidé"):
        open_lines(case)
    Decision.objects.update(signatory=case.signatory)
    scheme = cofinancing.create_scheme(
        chain=case.chain, code="paniers", name="Paniers", asks_card=False, actor=None
    )
    named = {"scheme": scheme, "name": "Fonds", "account": case.account, "actor": None}
    with pytest.raises(AgreementNotOpen):
        cofinancing.name_payer(**named)
    open_lines(case)
    # Opened to the organisation of the agreement: another chain's lead does not draw on it.
    other = cofinancing.create_scheme(
        chain=chains.make_chain(), code="autre", name="Autre", asks_card=False, actor=None
    )
    with pytest.raises(AgreementNotOpen):
        cofinancing.name_payer(**named | {"scheme": other})
    assert cofinancing.name_payer(**named).account == case.account
    with pytest.raises(drawing.CannotBeDrawn, match="autre organisation"):
        drawing.give(account=case.account, holder=other.chain.lead, reason="", actor=None, now=NOW)


def test_opened_by_the_desk_then_named_on_the_page_of_the_scheme() -> None:
    case = world(opened=False)
    scheme = cofinancing.create_scheme(
        chain=case.chain, code="paniers", name="Paniers", asks_card=False, actor=None
    )
    cofinancing.save_draft(scheme=scheme, text=RULE, actor=None)
    naming = reverse("cofinancing:payer", args=[scheme.pk])
    lead, desk = Client(), Client()
    sign_in(lead, fund.user(Role.APPLICANT, case.chain.lead))
    sign_in(desk, case.desk)
    assert 'value="agreement"' not in lead.get(naming).content.decode()
    number = case.agreement.number
    page = reverse("payments:agreement", args=[number])
    assert "Ouvrir aux ventes" in desk.get(page).content.decode()
    opening = reverse("payments:open_lines", args=[number])
    answer = desk.post(opening, {"key": str(uuid4()), "reason": ""})
    assert answer.status_code == 422
    for _ in range(2):
        desk.post(opening, {"key": str(uuid4()), "reason": "Aide aux prix"})
    assert case.application.organisation.name in desk.get(page).content.decode()
    shown = lead.get(naming).content.decode()
    assert 'value="agreement"' in shown
    assert "(reste 20\u00a0000" in shown
    sent = {"name": "Fonds", "purse": "agreement", "organisation": "", "agreement": ""}
    answer = lead.post(naming, sent)
    assert answer.status_code == 422
    assert "Choisissez une convention ouverte" in answer.content.decode()
    answer = lead.post(naming, sent | {"agreement": str(case.account.pk)}, follow=True)
    assert "paie sur le compte" in answer.content.decode()
    assert scheme.payers.get().account == case.account
    desk.post(reverse("payments:end_lines", args=[number]), {"key": str(uuid4()), "reason": "Fin"})
    assert drawing.right_on(case.account) is None
