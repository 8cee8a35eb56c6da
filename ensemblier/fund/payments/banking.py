"""Bank accounts: entered by one, confirmed by another, used after a waiting period."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from ensemblier.base.files.actions import store
from ensemblier.base.files.content import CheckedFile
from ensemblier.base.journal.actions import record
from ensemblier.base.notices.actions import send
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.access import Actor
from ensemblier.base.people.identifiers import compact
from ensemblier.base.people.models import Mandate, Organisation, Role
from ensemblier.base.refusal import Refusal
from ensemblier.fund.payments import access
from ensemblier.fund.payments.actions import check
from ensemblier.fund.payments.iban import iban_fault
from ensemblier.fund.payments.models import BankAccount
from ensemblier.fund.payments.parameters import account_wait_hours
from ensemblier.fund.payments.sealing import CannotOpen, fingerprint, marks, seal, unseal
from ensemblier.fund.review.actions import actor_on

PURPOSE = "bank_account"


class AccountRefused(Refusal):
    """The account cannot be entered, confirmed or stopped as it stands."""


def _person(actor: Any, now: datetime) -> Actor:
    return actor_on(actor, in_paris(now).date())


def _locked(organisation: Organisation) -> Organisation:
    return Organisation.objects.select_for_update().get(pk=organisation.pk)


@transaction.atomic
def enter_account(
    *,
    organisation: Organisation,
    holder: str,
    iban: str,
    paper: CheckedFile,
    actor: Any,
    now: datetime,
) -> BankAccount:
    """Write down where to pay an organisation, with its RIB. Nothing is paid there yet.

    Whoever could be deceived is told at once: the representatives and the organisation's contact.
    """
    check(access.may_enter_account(_person(actor, now), organisation))
    _locked(organisation)
    number = compact(iban)
    if fault := iban_fault(number):
        raise AccountRefused(fault, field="iban")
    if not holder.strip():
        raise AccountRefused("Écrivez le nom du titulaire, comme sur le RIB.", field="holder")
    _check_none_waits(organisation)
    old = current_account(organisation, now)
    if old is not None and old.fingerprint in marks(number):
        raise AccountRefused("C'est le compte déjà en service : rien à changer.", field="iban")
    kept = store(
        checked=paper,
        purpose=PURPOSE,
        about=f"organisation:{organisation.pk}",
        organisation_id=organisation.pk,
        actor=actor,
    )
    account = _write(
        BankAccount(
            organisation=organisation,
            holder=" ".join(holder.split())[:70],
            sealed_iban=seal(number),
            country=number[:2],
            last4=number[-4:],
            fingerprint=fingerprint(number),
            paper=kept,
            entered_by=actor,
            entered_at=now,
        )
    )
    _log(account, actor, "bank_account.enter")
    _tell(account, old, "payments/emails/account_entered.txt", now)
    return account


def _check_none_waits(organisation: Organisation) -> None:
    live = BankAccount.objects.filter(organisation=organisation, stopped_at__isnull=True)
    if live.filter(confirmed_by__isnull=True).exists():
        raise AccountRefused(
            "Un compte attend déjà d'être confirmé. Arrêtez-le d'abord s'il est faux."
        )


def _write(account: BankAccount) -> BankAccount:
    """Two accounts entered at once: the second is refused, not broken."""
    try:
        with transaction.atomic():
            account.save(force_insert=True)
    except IntegrityError as error:
        raise AccountRefused("Un compte vient d'être saisi : rechargez la page.") from error
    return account


@transaction.atomic
def confirm_account(*, account: BankAccount, actor: Any, now: datetime) -> BankAccount:
    """Another person saw the RIB and agrees: the waiting period starts."""
    _locked(account.organisation)
    fresh = BankAccount.objects.select_related("organisation").get(pk=account.pk)
    if fresh.confirmed_by_id is not None and fresh.confirmed_by_id == actor.pk:
        return fresh
    if fresh.stopped_at or fresh.confirmed_by_id is not None:
        raise AccountRefused("Ce compte n'attend plus de confirmation : rechargez la page.")
    if actor.pk == fresh.entered_by_id:
        check(access.ENTERED)
    check(access.may_confirm_account(_person(actor, now), fresh))
    hours = account_wait_hours(in_paris(now).date())
    fresh.confirmed_by, fresh.confirmed_at = actor, now
    fresh.usable_from = now + timedelta(hours=hours)
    fresh.save()
    _log(fresh, actor, "bank_account.confirm", data={"wait_hours": hours})
    old = current_account(fresh.organisation, now)
    _tell(fresh, old, "payments/emails/account_confirmed.txt", now)
    return fresh


@transaction.atomic
def stop_account(*, account: BankAccount, reason: str, actor: Any, now: datetime) -> BankAccount:
    """Nothing more is paid there. What was already sent is not undone."""
    _locked(account.organisation)
    fresh = BankAccount.objects.select_related("organisation").get(pk=account.pk)
    if fresh.stopped_at:
        return fresh
    check(access.may_stop_account(_person(actor, now), fresh))
    if not reason.strip():
        raise AccountRefused("Dites pourquoi ce compte est arrêté.", field="reason")
    return block(account=fresh, reason=reason, actor=actor, now=now)


def block(*, account: BankAccount, reason: str, actor: Any, now: datetime) -> BankAccount:
    """Stop it, whoever asks: also when a bank says that the account is closed."""
    account.stopped_by, account.stopped_at = actor, now
    account.stop_reason = reason.strip()[:500]
    account.save()
    _log(account, actor, "bank_account.stop", reason=account.stop_reason)
    _tell(account, None, "payments/emails/account_stopped.txt", now)
    return account


@transaction.atomic
def reveal_account(*, account: BankAccount, reason: str, actor: Any, now: datetime) -> str:
    """The whole number, for one look; who looked and why is kept, the number is not."""
    check(access.may_reveal_account(_person(actor, now), account))
    if not reason.strip():
        raise AccountRefused("Dites pourquoi vous avez besoin de l'IBAN entier.", field="reason")
    _log(account, actor, "bank_account.reveal", reason=reason.strip()[:500])
    return unseal(account.sealed_iban)


def current_account(organisation: Organisation, now: datetime) -> BankAccount | None:
    """Where to pay this organisation at this instant."""
    return BankAccount.objects.usable(now).filter(organisation=organisation).first()


def why_no_account(organisation: Organisation, now: datetime) -> str:
    """What blocks a transfer to this organisation, in French; "" when nothing does."""
    if current_account(organisation, now) is not None:
        return ""
    live = BankAccount.objects.filter(organisation=organisation, stopped_at__isnull=True)
    last = live.order_by("-pk").first()
    if last is None:
        return "aucun compte bancaire n'est enregistré"
    if last.confirmed_by_id is None:
        return "le compte bancaire attend d'être confirmé par une seconde personne"
    return "le compte bancaire est dans son délai d'attente"


def others_with_the_same_number(account: BankAccount) -> list[str]:
    """Organisations that gave the same number: to be looked at before confirming."""
    try:
        known = marks(unseal(account.sealed_iban))
    except CannotOpen:  # the page still opens; the number itself cannot be used
        known = [account.fingerprint]
    same = BankAccount.objects.filter(fingerprint__in=known)
    found = same.exclude(organisation=account.organisation).select_related("organisation")
    return sorted({row.organisation.name for row in found})


def _log(
    account: BankAccount,
    actor: Any,
    action: str,
    reason: str = "",
    data: dict[str, Any] | None = None,
) -> None:
    # Never the number: not even its end.
    record(
        actor=actor,
        action=action,
        subject=f"bank_account:{account.pk}",
        reason=reason,
        data={"organisation": account.organisation_id, **(data or {})},
    )


def _tell(account: BankAccount, old: BankAccount | None, template: str, now: datetime) -> None:
    """Write to those who would notice a fraud: the old contact first."""
    organisation = account.organisation
    held = Mandate.objects.on(in_paris(now).date()).select_related("user")
    mandates = held.filter(
        organisation=organisation, role=Role.REPRESENTATIVE, user__is_active=True
    )
    to = {mandate.user.email for mandate in mandates}
    if organisation.email:
        to.add(organisation.email)
    if old is not None:
        to.add(old.entered_by.email)
    path = reverse("payments:accounts", kwargs={"pk": organisation.pk})
    context = {"account": account, "old": old, "address": f"{settings.SITE_URL}{path}"}
    for address in sorted(to):
        send(to=address, template=template, context=context, about=f"bank_account:{account.pk}")
