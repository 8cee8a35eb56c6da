"""Grouped requests: shares that members confirm, a guarantee, money never spent twice."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import Sum
from django.urls import reverse

from ensemblier.base.journal.models import Event
from ensemblier.base.ledger.actions import EnvelopeExhausted
from ensemblier.base.ledger.models import Transfer
from ensemblier.base.notices.models import Message
from ensemblier.base.pages.formats import euros
from ensemblier.base.people.models import Role
from ensemblier.fund.agreements import amending
from ensemblier.fund.agreements.amending import Changes, MoneyChange, Scheduled
from ensemblier.fund.agreements.applying import BadChange
from ensemblier.fund.applications import actions as applications
from ensemblier.fund.applications import changes, content
from ensemblier.fund.applications.models import Application
from ensemblier.fund.frameworks import access, answering, figures, freezing, shaping, spending
from ensemblier.fund.frameworks.models import MemberShare, ShareAmount
from tests import factories_frameworks as frames
from tests import factories_fund as fund
from tests.factories_people import sign_in

NOW = fund.NOW
LATER = NOW + timedelta(days=61)


def token_of(share: MemberShare, case: Any) -> str:
    answering.ask(share=share, actor=case.leader, now=NOW)
    message = Message.objects.order_by("-pk").first()
    found = re.search(r"ma-part/([^/]+)/", message.body)
    assert found
    return found[1]


def say(token: str, share: MemberShare, *, agrees: bool = True, **fields: Any) -> MemberShare:
    full = {
        "seen": shaping.content_digest(share),
        "name": "Awa Test, présidente",
        "reason": "",
        "now": NOW,
    } | fields
    return answering.answer_by_link(token=token, agrees=agrees, **full)


def gaps(case: Any) -> list[str]:
    return [gap.sentence for gap in applications.gaps(case.application)]


def test_the_file_waits_for_each_member_and_the_guarantee(db: None) -> None:
    case = frames.grouped()
    assert len([words for words in gaps(case) if "confirmé sa part" in words]) == 2
    assert any("garantie" in words for words in gaps(case))
    with pytest.raises(applications.FileIncomplete):
        applications.file(application=case.application, actor=case.leader, now=NOW, key=uuid4())
    first, second = case.shares
    say(token_of(first, case), first)
    say(token_of(second, case), second, agrees=False, reason="Pas assez de bénévoles.")
    frames.guaranteed(case)
    assert any("a refusé sa part" in words for words in gaps(case))
    shaping.remove_share(share=second, reason="Elle refuse.", actor=case.leader, now=NOW)
    assert gaps(case) == []
    applications.file(application=case.application, actor=case.leader, now=NOW, key=uuid4())
    case.framework.application.refresh_from_db()
    with pytest.raises(access.NotYours, match="déposé"):
        shaping.remove_share(share=first, reason="Trop tard", actor=case.leader, now=NOW)


def test_an_answer_holds_for_what_was_read(db: None) -> None:
    case = frames.confirmed()
    share = case.shares[0]
    amounts = {("engineering", 2027): 6_500_00}
    shaping.write_share(
        framework=case.framework, member=share.member, project=share.project, amounts=amounts,
        actor=case.leader, now=NOW,
    )  # fmt: skip
    share.refresh_from_db()
    assert share.state == MemberShare.State.WAITING
    token, read = token_of(share, case), shaping.content_digest(share)
    amounts = {("engineering", 2027): 7_000_00}
    shaping.write_share(
        framework=case.framework, member=share.member, project=share.project, amounts=amounts,
        actor=case.leader, now=NOW,
    )  # fmt: skip
    with pytest.raises(answering.LinkOver, match="changé"):
        say(token, share, seen=read)


def test_a_link_serves_once_until_its_day_and_a_refusal_says_why(db: None) -> None:
    case = frames.grouped()
    share = case.shares[0]
    token = token_of(share, case)
    with pytest.raises(shaping.BadShare, match="pourquoi"):
        say(token, share, agrees=False)
    with pytest.raises(answering.LinkOver, match="attendue"):
        say(token, share, now=NOW + timedelta(days=30))
    say(token, share)
    with pytest.raises(answering.LinkOver):
        say(token, share)


def test_shares_fit_in_what_is_asked(db: None) -> None:
    case = frames.grouped(4)
    assert any("dépassent" in words and "ingénierie" in words for words in gaps(case))


def test_who_does_what_before_the_file_is_sent(db: None) -> None:
    case = frames.grouped()
    share, stranger = case.shares[0], fund.user(Role.REPRESENTATIVE, fund.organisation())
    acts: list[Any] = [
        lambda user: shaping.remove_share(share=share, reason="x", actor=user, now=NOW),
        lambda user: answering.ask(share=share, actor=user, now=NOW),
        lambda user: shaping.set_day(
            framework=case.framework, answer_by=NOW.date(), actor=user, now=NOW
        ),
        lambda user: shaping.write_guarantee(
            framework=case.framework, text="x", covers=["report"], actor=user, now=NOW
        ),
        lambda user: shaping.add_criterion(
            framework=case.framework, label="x", explanation="", scale_max=4, actor=user, now=NOW
        ),
    ]
    for act in acts:
        for user in (stranger, case.people[0], fund.user(Role.PROGRAMME)):
            with pytest.raises(access.NotYours):
                act(user)
    with pytest.raises(access.NotYours, match="représentant légal"):
        shaping.sign_guarantee(framework=case.framework, actor=case.second, now=NOW)
    for user in (case.leader, case.people[1], stranger):
        with pytest.raises(access.NotYours):
            answering.answer_as(
                share=share, seen=shaping.content_digest(share), agrees=True, reason="",
                actor=user, now=NOW,
            )  # fmt: skip
    other = fund.organisation("Hors réseau")
    with pytest.raises(shaping.BadShare, match="pas membre"):
        shaping.write_share(
            framework=case.framework, member=other, project="x",
            amounts={("operation", 2027): 100_00}, actor=case.leader, now=NOW,
        )  # fmt: skip


def test_the_network_scores_on_its_own_criteria(db: None) -> None:
    case = frames.grouped()
    row = shaping.add_criterion(
        framework=case.framework, label="Achats groupés", explanation="", scale_max=4,
        actor=case.leader, now=NOW,
    )  # fmt: skip
    with pytest.raises(shaping.BadShare, match="de 0 à 4"):
        shaping.score(share=case.shares[0], marks={row.pk: (5, "x")}, actor=case.leader, now=NOW)
    shaping.score(share=case.shares[0], marks={row.pk: (3, "Bien")}, actor=case.leader, now=NOW)
    fund.give(case.second, Role.APPLICANT, case.members[0])
    with pytest.raises(access.FourEyes):
        shaping.score(share=case.shares[0], marks={row.pk: (4, "x")}, actor=case.second, now=NOW)


def sums(case: Any) -> dict[str, int]:
    lines = figures.lines_of(case.framework)
    return {
        name: sum(getattr(line, name) for line in lines)
        for name in ("granted", "received", "given", "spent", "waiting", "left")
    }


def test_a_share_is_never_spent_twice_and_its_sum_never_changes(db: None) -> None:
    case = frames.opened()
    # 20 000 € of 20 000 asked: each gets the 6 000 € it confirmed.
    assert [line.granted for line in figures.lines_of(case.framework)] == [6_000_00, 6_000_00]
    one = frames.drawn(case, 5_000_00)
    with pytest.raises(EnvelopeExhausted):
        frames.drawn(case, 1_000_01)
    with pytest.raises(access.FourEyes):
        fund.give(case.people[0], Role.NETWORK_HEAD, case.head)
        spending.check_draw(
            key=uuid4(), draw=one, accepts=True, reason="", actor=case.people[0], now=LATER
        )
    key = uuid4()
    for _ in range(2):
        spending.check_draw(
            key=key, draw=one, accepts=True, reason="", actor=case.leader, now=LATER
        )
    two = frames.drawn(case, 1_000_00)
    with pytest.raises(shaping.BadShare, match="pourquoi"):
        spending.check_draw(
            key=uuid4(), draw=two, accepts=False, reason="", actor=case.leader, now=LATER
        )
    spending.check_draw(
        key=uuid4(), draw=two, accepts=False, reason="Facture illisible.", actor=case.leader,
        now=LATER,
    )  # fmt: skip
    assert sums(case) == {
        "granted": 12_000_00, "received": 0, "given": 0, "spent": 5_000_00, "waiting": 0,
        "left": 7_000_00,
    }  # fmt: skip


def propose(case: Any, cents: int, **fields: Any) -> Any:
    full = {
        "key": uuid4(),
        "giver": case.sources[0],
        "taker": case.shares[1],
        "amount_cents": cents,
        "reason": "Le premier jardin a reporté son achat.",
        "actor": case.leader,
        "now": LATER,
    } | fields
    return spending.propose_transfer(**full)


def test_a_transfer_needs_the_giver_and_leaves_a_trace(db: None) -> None:
    case = frames.opened()
    key = uuid4()
    row = propose(case, 2_000_00, key=key)
    assert propose(case, 2_000_00, key=key).pk == row.pk
    with pytest.raises(EnvelopeExhausted):
        frames.drawn(case, 4_000_01)  # what is offered is set aside
    for user in (case.leader, case.people[1], case.second):
        with pytest.raises(access.NotYours):
            spending.answer_transfer(
                key=uuid4(), row=row, accepts=True, reason="", actor=user, now=LATER
            )
    answer = uuid4()
    for _ in range(2):
        row = spending.answer_transfer(
            key=answer, row=row, accepts=True, reason="", actor=case.people[0], now=LATER
        )
    assert [line.left for line in figures.lines_of(case.framework)] == [4_000_00, 8_000_00]
    assert sums(case)["granted"] == 12_000_00
    assert row.giver.expense_class == row.taker.expense_class
    assert Event.objects.filter(action="framework.transfer_accepted").count() == 1
    kept = propose(case, 1_000_00)
    with pytest.raises(shaping.BadShare, match="pourquoi"):
        spending.answer_transfer(
            key=uuid4(), row=kept, accepts=False, reason="", actor=case.people[0], now=LATER
        )
    spending.answer_transfer(
        key=uuid4(), row=kept, accepts=False, reason="Nous en avons besoin.",
        actor=case.people[0], now=LATER,
    )  # fmt: skip
    assert [line.left for line in figures.lines_of(case.framework)] == [4_000_00, 8_000_00]


def test_who_proposed_never_answers_for_the_giver(db: None) -> None:
    case = frames.opened()
    fund.give(case.leader, Role.REPRESENTATIVE, case.members[0])
    row = propose(case, 100_00)
    with pytest.raises(access.FourEyes):
        spending.answer_transfer(
            key=uuid4(), row=row, accepts=True, reason="", actor=case.leader, now=LATER
        )


def test_shares_fit_in_the_agreement_and_open_once(db: None) -> None:
    case = frames.opened()
    with pytest.raises(spending.CannotOpen, match="déjà"):
        spending.open_shares(
            key=uuid4(), framework=case.framework, amounts=case.amounts, actor=case.leader, now=NOW
        )
    agreement = case.framework.agreement
    wide = {key: 11_000_00 for key in case.amounts}
    with pytest.raises(spending.CannotOpen, match="convention donne"):
        spending._check_fits(case.framework, agreement, wide)
    moved = Transfer.objects.filter(reference=f"framework:{case.framework.pk}")
    assert moved.aggregate(s=Sum("cents"))["s"] == sum(case.amounts.values())


def test_pages_of_a_programme(client: Any, db: None) -> None:
    case = frames.opened()
    number, share = case.application.number, case.shares[0].pk
    frames.drawn(case, 100_00)
    row = propose(case, 100_00)
    sign_in(client, case.leader)
    for page in ("", "suivi/", "transfert/"):
        assert client.get(f"/dossiers/{number}/cadre/{page}").status_code == 200
    assert client.get(f"/dossiers/{number}/cadre/partager/").status_code == 404
    assert "Toute la demande groupée" in client.get(f"/dossiers/{number}/").content.decode()
    assert client.get("/cadres/").status_code == 200
    sign_in(client, case.people[0])
    page = client.get(f"/cadres/parts/{share}/").content.decode()
    assert "Répondre à ce transfert" in page
    assert client.get(f"/cadres/parts/{share}/depense/").status_code == 200
    assert client.get(f"/cadres/transferts/{row.pk}/repondre/").status_code == 200
    # A member sees its own share, not the programme nor another's share.
    assert client.get(f"/dossiers/{number}/cadre/").status_code == 404
    assert client.get(f"/cadres/parts/{case.shares[1].pk}/").status_code == 404


def test_the_receipt_freezes_the_shares_and_a_later_change_is_seen(client: Any, db: None) -> None:
    case = frames.grouped()
    for share in case.shares:
        say(token_of(share, case), share)
    frames.guaranteed(case)
    alone = content.whole_content(fund.complete())
    assert "annexes" not in alone  # a file without shares keeps the digest it had
    receipt = applications.file(
        application=case.application, actor=case.leader, now=NOW, key=uuid4(),
        accepts_commitments=True,
    )  # fmt: skip
    (annex,) = receipt.content["annexes"]
    assert len(annex["rows"]) == 2
    assert all(euros(6_000_00) in words for words in annex["rows"].values())
    ShareAmount.objects.filter(share=case.shares[0], expense_class="operation").update(
        amount_cents=1_000_00
    )
    now = content.whole_content(Application.objects.get(pk=case.application.pk))
    assert content.digest(now["annexes"][0]) != content.digest(annex)
    assert content.digest(receipt.content) == receipt.digest  # what was sent did not move
    (page,) = [page for page in changes.pages(receipt.content, now) if page.name == freezing.TITLE]
    (change,) = page.changes
    assert change.kind == changes.CHANGED
    assert "Jardin 0" in change.what
    assert euros(1_000_00) in change.after
    sign_in(client, case.leader)
    address = reverse("applications:receipt", args=[case.application.number])
    assert content.digest(annex) in client.get(address).content.decode()


def test_an_amendment_takes_nothing_of_what_members_already_hold(db: None) -> None:
    case = frames.opened()
    agreement = case.money.agreement
    held = figures.shared_by_class(agreement)["engineering"]
    assert held > 0
    first, last = agreement.instalments.order_by("position")

    def lower(cents: int) -> Any:
        kept = first.amount_cents + last.amount_cents - cents
        rows = [Scheduled(first.pk, first.label, first.release, kept, first.due_on)]
        return amending.prepare(
            key=uuid4(),
            agreement=agreement,
            reasons="Le projet coûte moins.",
            changes=Changes(
                money=[MoneyChange(case.money.envelope, "engineering", -cents)], schedule=rows
            ),
            version=0,
            actor=case.money.desk,
            now=LATER,
        )

    room = 20_000_00 - held
    with pytest.raises(BadChange, match="déjà ouverts aux membres"):
        lower(room + 1)
    assert not agreement.amendments.exists()
    assert lower(room).pk if room else True
