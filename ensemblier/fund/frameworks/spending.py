"""Shares once the agreement is signed: opened, drawn upon, passed on. Nothing is spent twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from ensemblier.base.files.actions import store
from ensemblier.base.files.content import CheckedFile
from ensemblier.base.files.models import StoredFile
from ensemblier.base.ledger.actions import (
    KeyReused,
    lock,
    open_account,
    post,
    reserve,
    transfer,
    void,
)
from ensemblier.base.ledger.models import Account, AccountKind
from ensemblier.base.notices.actions import send
from ensemblier.base.pages.formats import euros, in_paris
from ensemblier.engines.money import share_out
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.agreements.shares import shares as agreed_shares
from ensemblier.fund.frameworks import access
from ensemblier.fund.frameworks.answering import contact
from ensemblier.fund.frameworks.models import (
    Draw,
    Framework,
    MemberShare,
    ShareAccount,
    ShareTransfer,
)
from ensemblier.fund.frameworks.shaping import BadShare, locked, log
from ensemblier.fund.programme.models import ExpenseClass

PURPOSE = "share_evidence"
Key = tuple[int, str]  # share, class of expenses


class CannotOpen(BadShare):
    """The shares do not fit in the agreement, or it is not signed."""


def agreement_of(framework: Framework) -> Agreement | None:
    """The signed agreement of the request."""
    rows = Agreement.objects.filter(
        decision__application=framework.application_id, state=Agreement.State.SIGNED
    )
    return rows.order_by("pk").first()


def by_class(agreement: Agreement) -> dict[str, int]:
    """What the agreement gives for each class of expenses, as amended."""
    sums: Counter[str] = Counter()
    for share in agreed_shares(agreement):
        sums[share.expense_class] += share.cents
    return dict(sums)


def proposal(framework: Framework, agreement: Agreement) -> dict[Key, int]:
    """Each member's part of what was granted, in proportion of what was asked; the rest is the
    head's own."""
    asked: Counter[str] = Counter()
    for part in framework.application.asked.all():
        asked[part.expense_class] += part.amount_cents
    wants: Counter[Key] = Counter()
    for share in confirmed(framework):
        for row in share.amounts.all():
            wants[share.pk, row.expense_class] += row.amount_cents
    found: dict[Key, int] = {}
    for name, cents in by_class(agreement).items():
        keys = [key for key in wants if key[1] == name]
        own = max(0, asked[name] - sum(wants[key] for key in keys))
        if keys:
            parts = share_out(cents, [*(wants[key] for key in keys), own])
            found |= {key: min(part, wants[key]) for key, part in zip(keys, parts, strict=False)}
    return {key: cents for key, cents in found.items() if cents}


def confirmed(framework: Framework) -> list[MemberShare]:
    rows = framework.shares.filter(state=MemberShare.State.CONFIRMED)
    return list(rows.select_related("member").prefetch_related("amounts"))


@transaction.atomic
def open_shares(
    *, key: UUID, framework: Framework, amounts: Mapping[Key, int], actor: Any, now: datetime
) -> Framework:
    """Share out what was granted: one account per member and class, never below zero."""
    framework = locked(framework)
    answer = access.may_lead(access.actor_at(actor, now), framework)
    access.require(answer, actor=actor, about=framework)
    if framework.opened_at is not None:
        raise CannotOpen("Les parts sont déjà ouvertes.")
    agreement = agreement_of(framework)
    if agreement is None:
        raise CannotOpen("La convention n'est pas signée par tous : rien n'est encore à partager.")
    kept = {place: cents for place, cents in amounts.items() if cents}
    _check_fits(framework, agreement, kept)
    pot = _pot(framework)
    for share in confirmed(framework):
        for name in [name for pk, name in kept if pk == share.pk]:
            account = _account(share, name)
            transfer(
                key=uuid5(key, f"{share.pk}:{name}"),
                debit=pot,
                credit=account.account,
                amount_cents=kept[share.pk, name],
                day=in_paris(now).date(),
                reason=f"Part de {share.member}, convention {agreement.number}",
                reference=f"framework:{framework.pk}",
                actor=actor,
            )
    framework.agreement, framework.opened_by, framework.opened_at = agreement, actor, now
    framework.save()
    log(framework, actor, "framework.open", cents=sum(kept.values()))
    return framework


def _check_fits(framework: Framework, agreement: Agreement, amounts: Mapping[Key, int]) -> None:
    known = {share.pk for share in confirmed(framework)}
    given, sums = by_class(agreement), Counter[str]()
    for (pk, name), cents in amounts.items():
        if pk not in known or cents < 0:
            raise CannotOpen("Ces parts ont changé. Rechargez la page.")
        sums[name] += cents
    if not sums:
        raise CannotOpen("Écrivez au moins un montant.")
    for name, cents in sums.items():
        if cents > given.get(name, 0):
            raise CannotOpen(
                f"{ExpenseClass(name).label.capitalize()} : les parts font {euros(cents)}, la "
                f"convention donne {euros(given.get(name, 0))}. Réduisez une part."
            )


def _pot(framework: Framework) -> Account:
    return open_account(
        code=f"framework:{framework.pk}",
        name=f"Programme cadre {framework.application.number}",
        kind=AccountKind.AGREEMENT,
    )


def _spent(framework: Framework) -> Account:
    return open_account(
        code=f"framework:{framework.pk}:spent",
        name=f"Dépenses des membres {framework.application.number}",
        kind=AccountKind.AGREEMENT,
    )


def _account(share: MemberShare, name: str) -> ShareAccount:
    known = share.accounts.filter(expense_class=name).select_related("account").first()
    if known is not None:
        return known
    account = open_account(
        code=f"share:{share.pk}:{name}",
        name=f"Part de {share.member} : {ExpenseClass(name).label}"[:200],
        kind=AccountKind.AGREEMENT,
        floor_zero=True,
    )
    return ShareAccount.objects.create(share=share, expense_class=name, account=account)


@transaction.atomic
def draw(
    *,
    key: UUID,
    source: ShareAccount,
    label: str,
    amount_cents: int,
    spent_on: date,
    evidence: CheckedFile,
    actor: Any,
    now: datetime,
) -> Draw:
    """Tell a real expense and its evidence: its amount is set aside until it is checked."""
    share, framework = source.share, locked(source.share.framework)
    if known := Draw.objects.filter(reservation__key=key).first():
        kept = (known.source_id, known.amount_cents, known.spent_on)
        _check_same(kept, (source.pk, amount_cents, spent_on), key)
        return known
    answer = access.may_draw(access.actor_at(actor, now), share)
    access.require(answer, actor=actor, about=framework)
    words = _check_expense(framework, label.strip()[:160], spent_on, day := in_paris(now).date())
    stored = _keep(evidence, share, actor)
    reservation = reserve(
        key=key,
        debit=source.account,
        credit=_spent(framework),
        amount_cents=amount_cents,
        day=day,
        reason=words,
        reference=f"framework:{framework.pk}",
        actor=actor,
    )
    row = Draw.objects.create(
        source=source,
        label=words,
        amount_cents=amount_cents,
        spent_on=spent_on,
        evidence=stored,
        given_by=actor,
        given_at=now,
        reservation=reservation,
    )
    log(framework, actor, "framework.draw", draw=row.pk, cents=amount_cents)
    return row


def _keep(evidence: CheckedFile, share: MemberShare, actor: Any) -> StoredFile:
    about = f"share:{share.pk}"
    member = share.member_id
    return store(
        checked=evidence, purpose=PURPOSE, about=about, actor=actor, organisation_id=member
    )


def _check_same(kept: tuple[object, ...], asked: tuple[object, ...], key: UUID) -> None:
    if kept != asked:
        raise KeyReused(key)


def _check_expense(framework: Framework, label: str, spent_on: date, day: date) -> str:
    """The words, when the expense holds."""
    if not label.strip():
        raise BadShare("Dites ce qui a été payé.", field="label")
    if spent_on > day:
        raise BadShare("Une dépense se déclare une fois payée.", field="spent_on")
    agreement = framework.agreement
    if agreement is None or agreement.state != Agreement.State.SIGNED:
        raise BadShare("La convention n'est pas en cours : aucune dépense ne s'y impute.")
    if spent_on < agreement.starts_on or spent_on > agreement.ends_on:
        raise BadShare("Cette dépense n'est pas dans les dates de la convention.", field="spent_on")
    return label


@transaction.atomic
def check_draw(
    *, key: UUID, draw: Draw, accepts: bool, reason: str, actor: Any, now: datetime
) -> Draw:
    """The head accepts the expense, or refuses it and says why: its amount is free again."""
    row = Draw.objects.select_for_update(of=("self",)).get(pk=draw.pk)
    framework = row.source.share.framework
    answer = access.may_check(access.actor_at(actor, now), row)
    access.require(answer, actor=actor, about=framework)
    if row.state != Draw.State.GIVEN:
        if row.settlement is not None and row.settlement.key == key:
            return row
        raise BadShare("Cette dépense est déjà contrôlée. Rechargez la page.")
    if not accepts and not reason.strip():
        raise BadShare("Dites pourquoi cette dépense n'est pas retenue.", field="reason")
    day = in_paris(now).date()
    if accepts:
        row.settlement = post(key=key, reservation=row.reservation, day=day, actor=actor)
    else:
        row.settlement = void(
            key=key, reservation=row.reservation, day=day, actor=actor, reason=reason.strip()
        )
    row.state = Draw.State.ACCEPTED if accepts else Draw.State.REFUSED
    row.checked_by, row.checked_at, row.reason = actor, now, reason.strip()[:1000]
    row.save()
    log(framework, actor, f"framework.draw_{row.state}", row.reason, draw=row.pk)
    return row


@transaction.atomic
def propose_transfer(
    *,
    key: UUID,
    giver: ShareAccount,
    taker: MemberShare,
    amount_cents: int,
    reason: str,
    actor: Any,
    now: datetime,
) -> ShareTransfer:
    """Offer what a member does not use to another, for the same class: it is set aside at once."""
    framework = locked(giver.share.framework)
    known = ShareTransfer.objects.filter(reservation__key=key).first()
    if known is not None:
        kept = (known.giver_id, known.taker.share_id, known.amount_cents)
        _check_same(kept, (giver.pk, taker.pk, amount_cents), key)
        return known
    answer = access.may_lead(access.actor_at(actor, now), framework)
    access.require(answer, actor=actor, about=framework)
    _check_passing(framework, giver, taker, reason)
    goes_to = _account(taker, giver.expense_class)
    lock(giver.account, goes_to.account)
    reservation = reserve(
        key=key,
        debit=giver.account,
        credit=goes_to.account,
        amount_cents=amount_cents,
        day=in_paris(now).date(),
        reason=reason.strip(),
        reference=f"framework:{framework.pk}",
        actor=actor,
    )
    row = ShareTransfer.objects.create(
        giver=giver,
        taker=goes_to,
        amount_cents=amount_cents,
        reason=reason.strip()[:1000],
        proposed_by=actor,
        proposed_at=now,
        reservation=reservation,
    )
    log(framework, actor, "framework.propose", row.reason, transfer=row.pk, cents=amount_cents)
    _tell(row, contact(giver.share, now), "frameworks/emails/proposed.txt")
    return row


def _check_passing(
    framework: Framework, giver: ShareAccount, taker: MemberShare, reason: str
) -> None:
    if taker.framework_id != framework.pk or taker.state != MemberShare.State.CONFIRMED:
        raise BadShare("Ce membre n'est pas du programme. Rechargez la page.", field="taker")
    if taker.pk == giver.share_id:
        raise BadShare("Choisissez deux membres différents.", field="taker")
    if not reason.strip():
        raise BadShare("Dites pourquoi cet argent change de membre.", field="reason")
    agreement = framework.agreement
    if agreement is None or agreement.state != Agreement.State.SIGNED:
        raise BadShare("La convention n'est pas en cours : les parts ne changent plus.")


@transaction.atomic
def answer_transfer(
    *, key: UUID, row: ShareTransfer, accepts: bool, reason: str, actor: Any, now: datetime
) -> ShareTransfer:
    """The member that gives says yes: effective at once; or no: it keeps its share."""
    row = ShareTransfer.objects.select_for_update(of=("self",)).get(pk=row.pk)
    framework = row.giver.share.framework
    answer = access.may_give(access.actor_at(actor, now), row)
    access.require(answer, actor=actor, about=framework)
    if row.state != ShareTransfer.State.PROPOSED:
        if row.settlement is not None and row.settlement.key == key:
            return row
        raise BadShare("Ce transfert a déjà sa réponse. Rechargez la page.")
    if not accepts and not reason.strip():
        raise BadShare("Dites pourquoi vous gardez cette part.", field="reason")
    day = in_paris(now).date()
    if accepts:
        row.settlement = post(key=key, reservation=row.reservation, day=day, actor=actor)
    else:
        row.settlement = void(
            key=key, reservation=row.reservation, day=day, actor=actor, reason=reason.strip()
        )
    row.state = ShareTransfer.State.ACCEPTED if accepts else ShareTransfer.State.REFUSED
    row.answered_by, row.answered_at, row.answer = actor, now, reason.strip()[:1000]
    row.save()
    log(framework, actor, f"framework.transfer_{row.state}", row.answer, transfer=row.pk)
    _tell(row, row.proposed_by.email, "frameworks/emails/transfer_answered.txt")
    if accepts:
        _tell(row, contact(row.taker.share, now), "frameworks/emails/received.txt")
    return row


def _tell(row: ShareTransfer, to: str, template: str) -> None:
    if to:
        about = f"framework:{row.giver.share.framework_id}"
        send(to=to, template=template, context={"row": row}, about=about)
