"""Shaping a grouped request: the programme, its shares, the guarantee, the network's criteria."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.models import Organisation
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications.models import Application
from ensemblier.fund.frameworks import access
from ensemblier.fund.frameworks.models import (
    Cover,
    Framework,
    MemberScore,
    MemberShare,
    NetworkCriterion,
    ShareAmount,
)
from ensemblier.fund.programme.models import ExpenseClass

Key = tuple[str, int]
MOST_SHARES = 200


class BadShare(Refusal):
    """A share, a guarantee, a criterion or a score that cannot be kept as it stands."""


@transaction.atomic
def start(*, application: Application, answer_by: date, actor: Any, now: datetime) -> Framework:
    """Make a network's draft a grouped request."""
    file = Application.objects.select_for_update().get(pk=application.pk)
    answer = access.may_start(access.actor_at(actor, now), file)
    access.require(answer, actor=actor, about=Framework(application=file))
    known = Framework.objects.filter(application=file).first()
    if known is not None:
        return known
    _check_day(answer_by, now)
    framework = Framework.objects.create(
        application=file, answer_by=answer_by, created_by=actor, created_at=now
    )
    log(framework, actor, "framework.start", answer_by=answer_by.isoformat())
    return framework


@transaction.atomic
def set_day(*, framework: Framework, answer_by: date, actor: Any, now: datetime) -> Framework:
    """Give members more time, or less."""
    framework = locked(framework)
    _may_shape(framework, actor, now)
    _check_day(answer_by, now)
    framework.answer_by = answer_by
    framework.save(update_fields=["answer_by"])
    log(framework, actor, "framework.day", answer_by=answer_by.isoformat())
    return framework


def _check_day(answer_by: date, now: datetime) -> None:
    if answer_by < in_paris(now).date():
        raise BadShare("Laissez du temps aux membres : choisissez une date à venir.",
                       field="answer_by")  # fmt: skip


@transaction.atomic
def write_share(
    *,
    framework: Framework,
    member: Organisation,
    project: str,
    amounts: Mapping[Key, int],
    actor: Any,
    now: datetime,
) -> MemberShare:
    """Add or change a member's share; a change takes back the answer given to the former one."""
    framework = locked(framework)
    _may_shape(framework, actor, now)
    home = framework.application.organisation
    if member.head_id != home.pk:
        raise BadShare(f"{member} n'est pas membre de {home}.", field="member")
    kept = {key: cents for key, cents in amounts.items() if cents}
    _check_amounts(framework, kept)
    if not project.strip():
        raise BadShare("Dites en quelques mots le projet de ce membre.", field="project")
    share = framework.shares.exclude(state=MemberShare.State.REMOVED).filter(member=member).first()
    if share is None:
        if framework.shares.count() >= MOST_SHARES:
            raise BadShare(f"Un programme compte {MOST_SHARES} parts au plus.")
        share = _made(framework, member)
    share.project = project.strip()[:1000]
    share.save()
    share.amounts.all().delete()
    ShareAmount.objects.bulk_create(
        ShareAmount(share=share, expense_class=name, year=year, amount_cents=cents)
        for (name, year), cents in kept.items()
    )
    if share.answered_digest and share.answered_digest != content_digest(share):
        _take_back(share)
    log(framework, actor, "framework.share", share=share.pk, cents=sum(kept.values()))
    return share


def _made(framework: Framework, member: Organisation) -> MemberShare:
    try:
        with transaction.atomic():
            return MemberShare.objects.create(framework=framework, member=member)
    except IntegrityError as error:
        raise BadShare("Ce membre a déjà une part dans ce programme.", field="member") from error


def _take_back(share: MemberShare) -> None:
    share.state, share.token_digest, share.answered_digest = MemberShare.State.WAITING, "", ""
    share.answered_name, share.answered_by, share.answered_at, share.reason = "", None, None, ""
    share.save()


def _check_amounts(framework: Framework, amounts: Mapping[Key, int]) -> None:
    if not amounts:
        raise BadShare("Écrivez au moins un montant.")
    years = set(framework.application.call.years)
    for (name, year), cents in amounts.items():
        if name not in ExpenseClass.values or year not in years:
            raise BadShare("Cette dépense ou cette année n'est pas dans l'appel.")
        if cents < 0 or cents % 100:
            raise BadShare("Une part s'écrit en euros entiers et positifs.")


@transaction.atomic
def remove_share(*, share: MemberShare, reason: str, actor: Any, now: datetime) -> MemberShare:
    """Take a member out of the request; its answer stays on record."""
    framework = locked(share.framework)
    _may_shape(framework, actor, now)
    share = MemberShare.objects.select_for_update().get(pk=share.pk)
    if share.state == MemberShare.State.REMOVED:
        return share
    if not reason.strip():
        raise BadShare("Dites pourquoi ce membre ne participe pas.", field="reason")
    share.state, share.token_digest = MemberShare.State.REMOVED, ""
    share.save(update_fields=["state", "token_digest"])
    log(framework, actor, "framework.remove", reason.strip(), share=share.pk)
    return share


@transaction.atomic
def write_guarantee(
    *, framework: Framework, text: str, covers: list[str], actor: Any, now: datetime
) -> Framework:
    """What the head answers for; a change takes its signature back."""
    framework = locked(framework)
    _may_shape(framework, actor, now)
    if not text.strip():
        raise BadShare("Écrivez ce que la tête de réseau garantit.", field="text")
    wanted = [name for name in Cover.values if name in covers]
    if not wanted:
        raise BadShare("Cochez ce que la garantie couvre.", field="covers")
    if (framework.guarantee, framework.covers) != (text.strip(), wanted):
        framework.guarantee, framework.covers = text.strip()[:2000], wanted
        framework.signed_by, framework.signed_at = None, None
        framework.save()
        log(framework, actor, "framework.guarantee", covers=wanted)
    return framework


@transaction.atomic
def sign_guarantee(*, framework: Framework, actor: Any, now: datetime) -> Framework:
    """Signed by the network's legal representative, in its own name."""
    framework = locked(framework)
    answer = access.may_sign(access.actor_at(actor, now), framework)
    access.require(answer, actor=actor, about=framework)
    if not framework.guarantee:
        raise BadShare("Écrivez d'abord la garantie.")
    if framework.signed_at is None:
        framework.signed_by, framework.signed_at = actor, now
        framework.save()
        text = {"text": framework.guarantee, "covers": framework.covers}
        log(framework, actor, "framework.sign", digest=_digest(text))
    return framework


@transaction.atomic
def add_criterion(
    *, framework: Framework, label: str, explanation: str, scale_max: int, actor: Any, now: datetime
) -> NetworkCriterion:
    framework = locked(framework)
    _may_shape(framework, actor, now)
    if not label.strip():
        raise BadShare("Nommez ce critère.", field="label")
    if not 1 <= scale_max <= 20:
        raise BadShare("La note maximale va de 1 à 20.", field="scale_max")
    last = framework.criteria.aggregate(last=Max("position"))["last"] or 0
    if last >= 12:
        raise BadShare("Un réseau ajoute 12 critères au plus.")
    row = NetworkCriterion.objects.create(
        framework=framework,
        position=last + 1,
        label=label.strip()[:160],
        explanation=explanation.strip()[:300],
        scale_max=scale_max,
    )
    log(framework, actor, "framework.criterion", criterion=row.pk)
    return row


@transaction.atomic
def score(
    *, share: MemberShare, marks: Mapping[int, tuple[int, str]], actor: Any, now: datetime
) -> None:
    """The head's scores of one share: criterion -> score and reason."""
    framework = locked(share.framework)
    answer = access.may_score(access.actor_at(actor, now), share)
    access.require(answer, actor=actor, about=framework)
    criteria = {row.pk: row for row in framework.criteria.all()}
    for pk, (mark, reason) in marks.items():
        criterion = criteria.get(pk)
        if criterion is None:
            raise BadShare("Ce critère n'est pas celui de ce réseau. Rechargez la page.")
        if not 0 <= mark <= criterion.scale_max:
            raise BadShare(
                f"La note de « {criterion.label} » va de 0 à {criterion.scale_max}.",
                field=f"score_{pk}",
            )
        if not reason.strip():
            raise BadShare("Une note est toujours expliquée.", field=f"reason_{pk}")
        MemberScore.objects.update_or_create(
            share=share,
            criterion=criterion,
            defaults={
                "score": mark,
                "reason": reason.strip()[:300],
                "scored_by": actor,
                "scored_at": now,
            },
        )
    log(framework, actor, "framework.score", share=share.pk)


def content_digest(share: MemberShare) -> str:
    """What the member says yes to: its project and its amounts."""
    amounts = [
        [row.expense_class, row.year, row.amount_cents]
        for row in ShareAmount.objects.filter(share=share).order_by("expense_class", "year")
    ]
    return _digest({"member": share.member_id, "project": share.project, "amounts": amounts})


def _digest(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def locked(framework: Framework) -> Framework:
    """The programme as it stands, held with its file until the transaction ends."""
    Application.objects.select_for_update().get(pk=framework.application_id)
    rows = Framework.objects.select_for_update(of=("self",))
    return rows.select_related("application__organisation", "application__call").get(
        pk=framework.pk
    )


def _may_shape(framework: Framework, actor: Any, now: datetime) -> None:
    answer = access.may_shape(access.actor_at(actor, now), framework)
    access.require(answer, actor=actor, about=framework)


def log(framework: Framework, actor: Any, action: str, reason: str = "", **data: Any) -> None:
    subject = f"framework:{framework.pk}"
    record(actor=actor, action=action, subject=subject, reason=reason, data=data or None)
