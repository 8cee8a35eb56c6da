"""A network, its members, and a grouped request brought as far as asked, by the real actions."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from ensemblier.base.files.actions import store
from ensemblier.base.ledger.actions import open_account, reserve, transfer
from ensemblier.base.people.models import Role
from ensemblier.fund.applications import actions as applications
from ensemblier.fund.frameworks import answering, shaping, spending
from ensemblier.fund.frameworks.models import (
    Draw,
    Framework,
    MemberShare,
    NetworkCriterion,
    ShareAccount,
    ShareTransfer,
)
from tests import factories_fund as fund
from tests import factories_money as money
from tests import factories_review as review

NOW = fund.NOW


def grouped(count: int = 2, *, now: datetime = NOW, **fields: Any) -> SimpleNamespace:
    """A draft of a network, complete but for its members; each asks 6 000 € then 2 000 €."""
    head = fund.organisation("Réseau des paniers", kind="network")
    leader = fund.user(Role.REPRESENTATIVE, head)
    fund.give(leader, Role.NETWORK_HEAD, head)
    case = SimpleNamespace(head=head, leader=leader)
    case.second = fund.user(Role.NETWORK_HEAD, head)
    case.application = fund.complete(by=head, actor=leader, now=now, **fields)
    case.framework = shaping.start(
        application=case.application,
        answer_by=(now + timedelta(days=20)).date(),
        actor=leader,
        now=now,
    )
    case.members = [fund.organisation(f"Jardin {rank}", head=head) for rank in range(count)]
    case.people = [fund.user(Role.REPRESENTATIVE, member) for member in case.members]
    case.shares = [
        shaping.write_share(
            framework=case.framework,
            member=member,
            project="Des paniers chaque semaine.",
            amounts={("engineering", 2027): 6_000_00, ("operation", 2027): 2_000_00},
            actor=leader,
            now=now,
        )
        for member in case.members
    ]
    return case


def guaranteed(case: SimpleNamespace) -> SimpleNamespace:
    shaping.write_guarantee(
        framework=case.framework,
        text="Le réseau contrôle chaque dépense et rend ce qui n'est pas justifié.",
        covers=["control", "return"],
        actor=case.leader,
        now=NOW,
    )
    shaping.sign_guarantee(framework=case.framework, actor=case.leader, now=NOW)
    return case


def confirmed(case: SimpleNamespace | None = None) -> SimpleNamespace:
    """Every member said yes, the guarantee is signed."""
    case = case or grouped()
    for share, person in zip(case.shares, case.people, strict=True):
        answering.answer_as(
            share=share, seen=shaping.content_digest(share), agrees=True, reason="",
            actor=person, now=NOW,
        )  # fmt: skip
    return guaranteed(case)


def agreed(case: SimpleNamespace | None = None) -> SimpleNamespace:
    """Filed, granted 20 000 € of engineering, agreed: it remains to share it out."""
    case = confirmed(case)
    applications.file(application=case.application, actor=case.leader, now=NOW, key=uuid4())
    case.application.refresh_from_db()
    case.money = money.signed(money.granted(case=review.proposed(case.application)))
    case.framework.refresh_from_db()
    case.framework.application.refresh_from_db()
    return case


def opened(case: SimpleNamespace | None = None) -> SimpleNamespace:
    """Agreed, and shared out as proposed."""
    case = agreed(case)
    agreement = spending.agreement_of(case.framework)
    assert agreement is not None
    case.key = uuid4()
    case.amounts = spending.proposal(case.framework, agreement)
    case.framework = spending.open_shares(
        key=case.key, framework=case.framework, amounts=case.amounts, actor=case.leader, now=NOW
    )
    case.shares = [MemberShare.objects.get(pk=share.pk) for share in case.shares]
    case.sources = list(ShareAccount.objects.order_by("share_id").select_related("share"))
    return case


def drawn(case: SimpleNamespace, cents: int, rank: int = 0, **fields: Any) -> Any:
    full = {
        "key": uuid4(),
        "source": case.sources[rank],
        "label": "Facture de cageots",
        "amount_cents": cents,
        "spent_on": date(2027, 6, 10),
        "evidence": fund.paper("facture.pdf"),
        "actor": case.people[rank],
        "now": NOW + timedelta(days=60),
    } | fields
    return spending.draw(**full)


def around(side: SimpleNamespace) -> None:
    """One of each for a side of the world, straight into the tables; texts carry its word."""
    word, organisation = side.word, side.organisation
    leader = fund.user(Role.REPRESENTATIVE, side.head)
    side.grouped = fund.draft(of=side.filed.call, by=side.head, actor=leader, title=f"Tout {word}")
    framework = Framework.objects.create(
        application=side.grouped,
        answer_by=(NOW + timedelta(days=20)).date(),
        guarantee=f"Garantie {word}",
        covers=["control"],
        created_by=leader,
        created_at=NOW,
    )
    NetworkCriterion.objects.create(framework=framework, position=1, label=f"Critère {word}")
    other = fund.organisation(f"Voisine {word}", head=side.head)
    sources = [_held(framework, member, word) for member in (organisation, other)]
    side.share = sources[0].share
    spent = open_account(code=f"framework:{framework.pk}:spent", name=word, kind="agreement")
    evidence = store(
        checked=fund.paper(f"{word}.pdf"),
        purpose=spending.PURPOSE,
        about=f"share:{side.share.pk}",
        actor=leader,
    )
    side.draw = Draw.objects.create(
        source=sources[0],
        label=f"Dépense {word}",
        amount_cents=100_00,
        spent_on=NOW.date(),
        evidence=evidence,
        given_by=side.representative,
        given_at=NOW,
        reservation=_set_aside(sources[0], spent),
    )
    side.passed = ShareTransfer.objects.create(
        giver=sources[0],
        taker=sources[1],
        amount_cents=100_00,
        reason=f"Motif {word}",
        proposed_by=leader,
        proposed_at=NOW,
        reservation=_set_aside(sources[0], sources[1].account),
    )


def _held(framework: Framework, member: Any, word: str) -> ShareAccount:
    share = MemberShare.objects.create(framework=framework, member=member, project=f"Part {word}")
    pot = open_account(code=f"framework:{framework.pk}", name=word, kind="agreement")
    account = open_account(
        code=f"share:{share.pk}:operation", name=f"Part {word}", kind="agreement", floor_zero=True
    )
    transfer(
        key=uuid4(), debit=pot, credit=account, amount_cents=1_000_00, day=NOW.date(),
        reason=word, actor=None,
    )  # fmt: skip
    return ShareAccount.objects.create(share=share, expense_class="operation", account=account)


def _set_aside(source: ShareAccount, goes_to: Any) -> Any:
    return reserve(
        key=uuid4(), debit=source.account, credit=goes_to, amount_cents=100_00, day=NOW.date(),
        reason="Essai", actor=None,
    )  # fmt: skip
