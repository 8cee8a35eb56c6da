"""M8: the acts beside the main walk, each by every role, then by one person who holds them all.

Accounts, files of transfers, amendments, recoveries, evidence, publication, delegations, drafts of
decisions, recusals, grouped requests, seats and imports. Each attempt is real, on the server's own
checks, in a savepoint that is undone; each refusal must leave its row in the log of refusals.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from django.db import transaction

from ensemblier.base.journal import attempts
from ensemblier.base.journal.models import RefusedAttempt
from ensemblier.base.people.models import User
from ensemblier.base.refusal import Refusal
from ensemblier.fund.agreements import signing
from tests import factories_fund as fund
from tests.trust import lines_beside as beside
from tests.trust import lines_money as money

pytestmark = pytest.mark.trust
World = money.World


class Step(NamedTuple):
    """An act, whose hand does it for real ("" : only tried), and the roles that may."""

    act: money.Act
    hand: str
    roles: str = ""

    @property
    def name(self) -> str:
        return self.act.__name__

    @property
    def allowed(self) -> set[str]:
        return set((self.roles or self.hand).split(","))


DESK = "instructor,programme"
LINES: dict[str, tuple[Any, list[Step]]] = {
    "account": (
        money.accounts,
        [
            Step(money.enter, "representative"),
            Step(money.confirm, "payer"),
            Step(money.reveal, "", "payer"),
            Step(money.stop, "", "payer,applicant,representative"),
        ],
    ),
    "account of a funder": (
        money.own_accounts,
        [
            Step(money.enter, "own payer", "own payer,own payer 2"),
            Step(money.confirm, "own payer 2", "own payer 2,payer"),
            Step(money.stop, "", "own payer,own payer 2,payer"),
        ],
    ),
    "file of transfers": (
        money.files,
        [
            Step(money.make, "own payer", "own payer,own payer 2"),
            Step(money.send_file, "", "own payer,own payer 2"),
            Step(money.ask_cancel, "own payer", "own payer,own payer 2"),
            Step(money.cancel_file, "own payer 2"),
        ],
    ),
    "file of a bank": (
        money.bank_files,
        [
            Step(money.read_bank, "own payer", "own payer,own payer 2"),
            Step(money.apply_bank, "own payer", "own payer,own payer 2"),
            Step(money.undo_bank, "", "own payer,own payer 2"),
        ],
    ),
    "amendment": (
        money.amendments,
        [
            Step(money.amend, "instructor", DESK),
            Step(money.send_amendment, "programme", DESK),
            Step(money.abandon, "", DESK),
            Step(money.sign_for_organisation, "representative"),
            Step(money.sign_for_state, "signatory"),
            Step(money.certify, "instructor", DESK),
            Step(money.pay, "payer"),
        ],
    ),
    "amendment on paper": (
        money.amendments,
        [
            Step(money.amend, "instructor", DESK),
            Step(money.send_amendment, "instructor", DESK),
            # Not the instructor, who wrote it; the programme had no hand in it.
            Step(
                money.give_paper,
                "representative",
                "programme,applicant,representative,signatory",
            ),
            Step(money.confirm_paper, "programme"),
        ],
    ),
    "money back twice": (money.twice, [Step(money.hand_back, "", "payer")]),
    "recovery": (
        money.recovery,
        [
            Step(money.find, "instructor", DESK),
            Step(money.hear, "programme", DESK),
            Step(money.reply, "", "applicant,representative"),
            Step(money.drop, "", f"{DESK},signatory"),
            Step(money.order, "signatory"),
            Step(money.give_back, "", "payer"),
            Step(money.cancel_recovery, "", "signatory"),
        ],
    ),
    "evidence": (
        money.evidence,
        [
            Step(money.give_evidence, "instructor", f"{DESK},applicant,representative"),
            Step(money.check_evidence, "programme"),
            Step(money.suspend, "instructor", DESK),
            Step(money.lift, "instructor", DESK),
        ],
    ),
    "report opened again": (money.report, [Step(money.reopen, "instructor", DESK)]),
    "publication": (
        beside.published,
        [
            Step(beside.refresh, "programme"),
            Step(beside.correct, "programme"),
            Step(beside.withdraw_entry, "programme"),
            Step(beside.restore_entry, "programme"),
        ],
    ),
    "powers": (
        beside.powers,
        [
            Step(beside.delegate_money, "programme"),
            Step(beside.give_money_back, "", "programme"),
            Step(beside.delegate_signature, "programme"),
        ],
    ),
    "draft of a decision": (
        beside.drafts,
        [
            Step(beside.write_scenario, "programme"),
            Step(beside.prepare_drafts, "programme"),
            Step(beside.sign_draft, "signatory"),
        ],
    ),
    "recusal": (
        beside.recusal,
        [
            Step(beside.declare, "instructor", f"{DESK},signatory"),
            Step(beside.lift_recusal, "programme"),
        ],
    ),
    "grouped request": (
        beside.grouped,
        [
            Step(beside.write_share, "network_head", "network_head,representative"),
            Step(beside.answer_share, "member"),
            Step(beside.write_guarantee, "network_head", "network_head,representative"),
            Step(beside.sign_guarantee, "representative"),
        ],
    ),
    "shares": (
        beside.shares,
        [
            Step(
                beside.draw,
                "network_head",
                "network_head,representative,member,member's applicant",
            ),
            Step(beside.check_draw, "representative"),
        ],
    ),
    "transfer": (
        beside.shares,
        [
            Step(beside.propose, "network_head", "network_head,representative"),
            Step(beside.answer_transfer, "member"),
        ],
    ),
    "seat": (
        beside.seat,
        [
            Step(beside.invite, "representative", "applicant,representative"),
            Step(beside.withdraw_seat, "representative", "applicant,representative"),
        ],
    ),
    "table": (
        beside.table,
        [
            Step(beside.read_table, "instructor", f"{DESK},support"),
            Step(beside.apply_table, "instructor"),
            Step(beside.undo_table, "instructor"),
        ],
    ),
}
# What one person who holds every role that the line knows may no longer do after a step of theirs.
# Only these: the same person in the hands of nobody's past may do all of them (control).
APART: dict[str, dict[str, set[str]]] = {
    "account of a funder": {"enter": {"confirm"}},
    "file of transfers": {"ask_cancel": {"cancel_file"}},
    "amendment": {
        "amend": {"sign_for_state"},
        "send_amendment": {"sign_for_state"},
        "sign_for_state": {"certify", "pay"},
        "certify": {"pay"},
    },
    "amendment on paper": {
        "amend": {"give_paper", "confirm_paper"},
        "send_amendment": {"give_paper", "confirm_paper"},
        "give_paper": {"confirm_paper"},
    },
    "recovery": {"find": {"order", "cancel_recovery"}},
    "evidence": {"give_evidence": {"check_evidence"}},
    "draft of a decision": {"prepare_drafts": {"sign_draft"}},
    "recusal": {"declare": {"lift_recusal"}},
    "shares": {"draw": {"check_draw"}},
    "transfer": {"propose": {"answer_transfer"}},
}
# Nobody takes both sides of a file: the organisation's own roles are another person's, but where
# the line is the organisation's own matter; and the head of a network is no member of it here.
SET_ASIDE: dict[str, set[str]] = {
    "account of a funder": set(),
    "grouped request": set(),
    "shares": {"member", "member's applicant"},
    "transfer": set(),
    "seat": set(),
}


class Undone(Exception):
    """Takes back what an allowed attempt did."""


@pytest.fixture(scope="module")
def people(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, User]]:
    """One database transaction for the whole module, undone at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield money.staff()
        transaction.set_rollback(True)


@pytest.fixture
def apart(people: dict[str, User], django_db_blocker: Any) -> Iterator[dict[str, User]]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield people
        transaction.set_rollback(True)


class Answer(NamedTuple):
    """What the server said to one attempt, and what is wrong with its log."""

    refusal: Refusal | None
    unlogged: str


def tried(w: World, step: Step, who: User) -> Answer:
    """One attempt, undone; then the log of refusals holds who was refused and why, or nothing."""
    kept, refusal = dict(vars(w)), None
    log = RefusedAttempt.objects.count()
    try:
        with attempts.watching(actor=who, action=step.name), transaction.atomic():
            step.act(w, who)
            raise Undone
    except Undone:
        pass
    except Refusal as found:
        refusal = found
    vars(w).clear()
    vars(w).update(kept)
    rows = list(RefusedAttempt.objects.order_by("pk")[log:])
    wanted = [(who.pk, refusal.message)] if refusal else []
    said = [(row.actor_id, row.reason) for row in rows]
    return Answer(refusal, "" if said == wanted else f"{step.name}: {said}, not {wanted}")


def start(line: str, people: dict[str, User]) -> tuple[World, dict[str, User]]:
    w = LINES[line][0]()
    return w, people | w.hands


def roles_of(line: str, hands: dict[str, User]) -> set[str]:
    """The roles that one person may hold together on this line."""
    return set(hands) - {"other", "juror"} - SET_ASIDE.get(line, {"applicant", "representative"})


def every_role(labels: set[str], hands: dict[str, User]) -> User:
    person = fund.user()
    for label in sorted(labels):
        for mandate in hands[label].mandates.all():
            fund.give(person, mandate.role, mandate.organisation, department=mandate.department)
    return person


@pytest.mark.parametrize("line", LINES)
def test_each_role_alone_does_its_own_acts_and_no_other(line: str, apart: Any) -> None:
    w, hands = start(line, apart)
    wrong: list[Any] = []
    for step in LINES[line][1]:
        answers = {label: tried(w, step, who) for label, who in hands.items()}
        wrong += [answer.unlogged for answer in answers.values() if answer.unlogged]
        allowed = {label for label, answer in answers.items() if answer.refusal is None}
        if allowed != step.allowed:
            wrong.append((step.name, allowed, step.allowed))
        if step.hand:
            step.act(w, hands[step.hand])
    assert wrong == []


@pytest.mark.parametrize("line", [name for name in LINES if name != "table"])
def test_whoever_holds_every_role_keeps_apart_from_what_they_did(line: str, apart: Any) -> None:
    """No role nor their sum passes: only who did what counts. Without a past ("") is the control:
    the same person does each of these acts. A table is worked on by who brought it: see above."""
    w, hands = start(line, apart)
    labels = roles_of(line, hands)
    who = every_role(labels, hands)
    doable = [step for step in LINES[line][1] if step.allowed & labels]
    wrong: list[Any] = []
    for past in ("", *(step.name for step in doable if step.hand)):
        kept = dict(vars(w))
        with transaction.atomic():
            wrong += faults_after(past, line, w, hands | {"": who}, doable)
            transaction.set_rollback(True)
        vars(w).clear()
        vars(w).update(kept)
    assert wrong == []


def faults_after(
    past: str, line: str, w: World, hands: dict[str, User], doable: list[Step]
) -> list[Any]:
    """The whole line, one step of it by the person of every role; then each that they may try."""
    forbidden, done = APART.get(line, {}).get(past, set()), not past
    wrong: list[Any] = []
    for step in LINES[line][1]:
        if done and step in doable:
            answer = tried(w, step, hands[""])
            wrong += [answer.unlogged] if answer.unlogged else []
            if (answer.refusal is not None) != (step.name in forbidden):
                wrong.append((past, step.name, str(answer.refusal)))
        if step.hand:
            step.act(w, hands["" if step.name == past else step.hand])
        done = done or step.name == past
    return wrong


def test_without_the_check_the_table_would_be_red(
    apart: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: who wrote an amendment signs it for the State, once nothing asks. (For
    accounts and files of transfers the database itself refuses the second act.)"""
    w, hands = start("amendment", apart)
    who = every_role(roles_of("amendment", hands), hands)
    steps = {step.name: step for step in LINES["amendment"][1]}
    for name, actor in (
        ("amend", who),
        ("send_amendment", hands["programme"]),
        ("sign_for_organisation", hands["representative"]),
    ):
        steps[name].act(w, actor)
    answer = tried(w, steps["sign_for_state"], who)
    assert answer.refusal is not None and not answer.unlogged
    monkeypatch.setattr(signing, "require", lambda *asked: None)
    assert tried(w, steps["sign_for_state"], who).refusal is None
    # And a refusal that nobody noted is seen.
    monkeypatch.setattr(signing, "require", _refuse_in_silence)
    assert tried(w, steps["sign_for_state"], who).unlogged


def _refuse_in_silence(*asked: Any) -> None:
    raise Refusal("Non.")
