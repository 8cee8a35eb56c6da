"""M8: instruct, decide, pay are three people; every role and every past against every action.

One file walks from its draft to its closing by other hands. Before each action, each person tries
it for real, on the server's own checks, in a savepoint that is always undone.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.urls import reverse

from ensemblier.base.journal.models import RefusedAttempt
from ensemblier.base.people.access import Actor, Answer
from ensemblier.base.people.models import Role, User
from ensemblier.base.refusal import Refusal
from ensemblier.fund.agreements import access as agreement_access
from ensemblier.fund.agreements import actions as agreements
from ensemblier.fund.applications import access as application_access
from ensemblier.fund.applications import actions as applications
from ensemblier.fund.decisions import actions as decisions
from ensemblier.fund.decisions import notifying
from ensemblier.fund.decisions.models import Decision
from ensemblier.fund.payments import actions as payments
from ensemblier.fund.review import actions as review
from ensemblier.fund.review.models import Interest
from tests import factories_fund as fund
from tests import factories_money as money
from tests import factories_review as cases
from tests.factories_people import sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.trust]
NOW = cases.NOW
DAY = date(2027, 5, 12)
World = SimpleNamespace
EVERY_ROLE = (Role.INSTRUCTOR, Role.PROGRAMME, Role.SIGNATORY, Role.PAYER, Role.AUDITOR)


class Undone(Exception):
    """Takes back what an allowed attempt did."""


def asked(answer: Any) -> None:
    """What the guard of the page asks before its action."""
    if not answer.allowed:
        raise Refusal(answer.reason or "caché")


def file(w: World, who: User) -> None:
    asked(application_access.may_act(Actor(who, day=DAY), w.file))
    applications.file(application=w.file, actor=who, now=NOW, key=uuid4())


def take(w: World, who: User) -> None:
    review.take(application=w.file, actor=who, now=NOW)


def opine(w: World, who: User) -> None:
    row = review.join(application=w.file, actor=who, now=NOW)
    draft = cases.saved(row)
    review.give_opinion(review=draft, version=draft.version, actor=who, now=NOW)


def propose(w: World, who: User) -> None:
    review.propose(application=w.file, actor=who, now=NOW)


def decide(w: World, who: User) -> None:
    w.decision = cases.decide(w.file, who, notify=False)


def notify(w: World, who: User) -> None:
    notifying.notify(decision=w.decision, actor=who, now=NOW)


def prepare(w: World, who: User) -> None:
    w.decision = Decision.objects.get(pk=w.decision.pk)  # told since: its file has moved
    asked(agreement_access.may_prepare(Actor(who, day=DAY), w.decision))
    w.agreement = money.prepare(SimpleNamespace(decision=w.decision, desk=who))


def send(w: World, who: User) -> None:
    asked(agreement_access.may_work_on(Actor(who, day=DAY), w.agreement))
    w.agreement = agreements.send(agreement=w.agreement, actor=who, now=NOW)


def sign_organisation(w: World, who: User) -> None:
    """As its page does: for the party that this person speaks for."""
    speaks = Actor(who, day=DAY).has(Role.REPRESENTATIVE, organisation=w.file.organisation)
    asked(Answer(speaks, "Ne parle pas pour l'organisation."))
    sign(w, who, w.file.organisation)


def sign_state(w: World, who: User) -> None:
    speaks = agreement_access.signs_for_the_state(Actor(who, day=DAY), w.file)
    asked(Answer(speaks, "Ne parle pas pour l'État."))
    sign(w, who, w.file.call.owner)


def sign(w: World, who: User, organisation: Any) -> None:
    asked(agreement_access.may_sign(Actor(who, day=DAY), w.agreement))
    w.agreement = agreements.sign(
        agreement=w.agreement, organisation=organisation, actor=who, now=NOW, key=uuid4()
    )


def certify(w: World, who: User) -> None:
    rank = getattr(w, "rank", 0)
    instalment = list(w.agreement.instalments.order_by("position"))[rank]
    w.payment = payments.certify(key=uuid4(), instalment=instalment, actor=who, now=NOW)


def void(w: World, who: User) -> None:
    payments.void(key=uuid4(), payment=w.payment, reason="Erreur", actor=who, now=NOW)


def pay(w: World, who: User) -> None:
    w.payment = payments.pay(key=uuid4(), payment=w.payment, actor=who, now=NOW)


def refund(w: World, who: User) -> None:
    payments.refund(
        key=uuid4(),
        agreement=w.agreement,
        amount_cents=1_00,
        reason="Trop versé",
        actor=who,
        now=NOW,
    )


def close(w: World, who: User) -> None:
    payments.close(key=uuid4(), agreement=w.agreement, actor=who, now=NOW)


# In the order of the procedure; `void` is tried only, and undone.
ACTIONS: dict[str, Callable[[World, User], None]] = {
    "file": file,
    "take": take,
    "opine": opine,
    "propose": propose,
    "decide": decide,
    "notify": notify,
    "prepare": prepare,
    "send": send,
    "sign_organisation": sign_organisation,
    "sign_state": sign_state,
    "certify": certify,
    "void": void,
    "pay": pay,
    "refund": refund,
    "close": close,
}
ALL = frozenset(ACTIONS)
DESK = {"take", "opine", "propose", "notify", "prepare", "send", "certify", "close"}
MONEY = {"void", "pay", "refund"}
# What each role may do, alone and without a past on the file.
ROLES: dict[str, set[str]] = {
    "applicant": {"file"},
    "representative": {"file", "sign_organisation"},
    "network_head": {"opine"},
    "instructor": DESK,
    "programme": DESK,
    "signatory": {"decide", "notify", "sign_state"},
    "payer": MONEY,
    "auditor": set(),
    "support": set(),
    "juror": set(),
    "nobody": set(),
}
STATE = ALL - {"file", "sign_organisation"}
# What somebody who holds every role of the State may still do, after one thing done on the file.
PASTS: dict[str, set[str]] = {
    "nothing": set(STATE),  # the negative control: many roles are no obstacle by themselves
    "wrote it": set(),
    # Writing down money that came back pays nobody: `refund` stays open to who instructed.
    "take": STATE - {"decide", "void", "pay"},
    "opine": STATE - {"decide", "void", "pay"},
    "propose": STATE - {"decide", "void", "pay"},
    "decide": STATE - {"take", "opine", "propose", "certify", "void", "pay"},
    "certify": STATE - {"void", "pay"},
    "recused": set(),
}


def start() -> World:
    head = fund.organisation("Réseau", kind="network")
    organisation = fund.organisation(head=head)
    w = World(file=fund.complete(by=organisation), head=head)
    w.representative = fund.user(Role.REPRESENTATIVE, organisation)
    w.desk = cases.desk(w.file)
    w.signatory, w.payer = cases.signatory(), fund.user(Role.PAYER)
    return w


def hands(w: World) -> dict[str, User]:
    """Who really does each step."""
    found = dict.fromkeys(ACTIONS, w.desk)
    found |= {"file": w.representative, "sign_organisation": w.representative}
    found |= {"decide": w.signatory, "sign_state": w.signatory}
    return found | dict.fromkeys(MONEY, w.payer)


def tried(w: World, name: str, who: User) -> bool:
    """Whether the server lets this person do it now; whatever was done is undone."""
    kept = dict(vars(w))
    try:
        with transaction.atomic():
            ACTIONS[name](w, who)
            raise Undone
    except Undone:
        return True
    except Refusal:
        return False
    finally:
        vars(w).clear()
        vars(w).update(kept)
        w.file.refresh_from_db()


def walk(w: World, people: dict[str, User], doing: dict[str, User]) -> dict[str, set[str]]:
    """The whole procedure; for each person, the actions that the server allowed."""
    allowed: dict[str, set[str]] = {name: set() for name in people}
    for name, action in ACTIONS.items():
        if name == "close":
            _finish(w)
        for label, who in people.items():
            if tried(w, name, who):
                allowed[label].add(name)
        if name not in ("void", "refund"):
            action(w, doing[name])
            w.file.refresh_from_db()
    return allowed


def _finish(w: World) -> None:
    """What a closing needs: the final report accepted, the balance paid."""
    case = SimpleNamespace(
        agreement=w.agreement, representative=w.representative, desk=w.desk, payer=w.payer
    )
    money.accept(money.reported(case))
    w.rank = 1
    certify(w, w.desk)
    pay(w, w.payer)


def everything() -> User:
    person = fund.user()
    for role in EVERY_ROLE:
        fund.give(person, role)
    return person


def test_each_role_alone_does_its_own_steps_and_no_other() -> None:
    w = start()
    people = {
        role: fund.user(role, _home(role, w), **_place(role, w))
        for role in ROLES
        if role != "nobody"
    } | {"nobody": fund.user()}
    assert walk(w, people, hands(w)) == ROLES


def _home(role: str, w: World) -> Any:
    return {"network_head": w.head}.get(
        role, w.file.organisation if role in ("applicant", "representative") else None
    )


def _place(role: str, w: World) -> dict[str, Any]:
    return {"department": w.file.department} if role == "instructor" else {}


@pytest.mark.parametrize("past", PASTS)
def test_no_one_does_two_of_instruct_decide_and_pay_on_one_file(past: str) -> None:
    """Every role of the State at once, and one thing done before: the server still says no."""
    w = start()
    who = everything()
    doing = hands(w)
    if past == "wrote it":
        fund.give(who, Role.REPRESENTATIVE, w.file.organisation)
        fund.give(who, Role.NETWORK_HEAD, w.head)
    elif past == "recused":
        Interest.objects.create(
            user=who,
            application=w.file,
            kind=Interest.Kind.values[-1],
            declared_at=NOW,
            recused=True,
            reason="Lien avec l'organisation.",
        )
    elif past != "nothing":
        doing[past] = who
    allowed = walk(w, {"who": who}, doing)["who"]
    if past == "wrote it":
        assert allowed == {"file", "sign_organisation"}
        return
    # Before doing it they were free: only what comes after their own step is told here.
    order = list(ACTIONS)
    scope = set(order[order.index(past) + 1 :] if past in ACTIONS else order)
    assert allowed & scope == PASTS[past] & scope


def test_a_refused_decision_is_kept_in_the_log_of_refusals(client: Any) -> None:
    case = cases.proposed()
    who = case.desk
    fund.give(who, Role.SIGNATORY)
    sign_in(client, who)
    before = RefusedAttempt.objects.count()
    answer = client.post(reverse("decisions:decide", args=[case.application.number]), {})
    assert answer.status_code == 403
    row = RefusedAttempt.objects.order_by("-pk").first()
    assert RefusedAttempt.objects.count() == before + 1
    assert row.actor_id == who.pk and "qui instruit ne décide pas" in row.reason
    # Negative control: what is allowed leaves no row.
    sign_in(client, cases.signatory())
    assert (
        client.get(reverse("decisions:decide", args=[case.application.number])).status_code == 200
    )
    assert RefusedAttempt.objects.count() == before + 1


def test_the_action_itself_refuses_without_any_page() -> None:
    case = cases.proposed()
    with pytest.raises(decisions.NotYours, match="Seul un signataire"):
        cases.decide(case.application, case.desk)
