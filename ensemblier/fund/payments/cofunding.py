"""What co-funders owe by an agreement: paid by the payer of that party, never by another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import day as in_words
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.access import Actor, Answer
from ensemblier.base.people.models import Organisation
from ensemblier.base.refusal import Refusal
from ensemblier.fund.agreements.models import Agreement, Amendment, Party, PartyPayment, Signature
from ensemblier.fund.payments import access
from ensemblier.fund.payments.actions import check
from ensemblier.fund.payments.bank_words import BAD_ACCOUNT, CODES
from ensemblier.fund.payments.banking import block
from ensemblier.fund.payments.models import PaymentOrder
from ensemblier.fund.payments.ways import payer_of
from ensemblier.fund.review.access import OWN_FILE, RECUSED, belongs_to_applicant
from ensemblier.fund.review.actions import actor_on, write_to_applicant
from ensemblier.fund.review.models import Interest


class Debt(NamedTuple):
    """What one party of an agreement owes, and what it paid of it."""

    organisation: Organisation
    role: str
    owed_cents: int
    paid_cents: int
    rows: list[tuple[PartyPayment, str, str]]  # each payment, with a kind of badge and words

    @property
    def left_cents(self) -> int:
        return self.owed_cents - self.paid_cents


PATH = "party__agreement__decision__application"


class ShareRefused(Refusal):
    """What a co-funder owes cannot be paid, or noted as come back, as it stands."""


def with_everything(rows: QuerySet[PartyPayment]) -> QuerySet[PartyPayment]:
    return rows.select_related(
        "party__organisation",
        f"{PATH}__organisation",
        f"{PATH}__department",
        f"{PATH}__call__owner",
    )


def owed_by(payers: Iterable[int]) -> QuerySet[PartyPayment]:
    """What these organisations owe as co-funders of signed agreements, not yet in a file."""
    signed = Amendment.State.SIGNED
    ordered = PaymentOrder.objects.filter(share=OuterRef("pk"), is_live=True)
    return with_everything(
        PartyPayment.objects.filter(
            ~Exists(ordered),
            Q(party__joined_by__isnull=True) | Q(party__joined_by__state=signed),
            party__organisation__in=list(payers),
            party__role=Party.Role.CO_FUNDER,
            party__agreement__state=Agreement.State.SIGNED,
            paid_on__isnull=True,
        ).exclude(party__left_by__state=signed)
    ).order_by("due_on", "pk")


def barred_shares(actor: Actor, rows: Sequence[PartyPayment]) -> dict[int, Answer]:
    """Why this person may not pay each of these; absent when they may. Three queries."""
    agreements = {row.party.agreement_id for row in rows}
    if not agreements:
        return {}
    files = {_application(row).pk for row in rows}
    declared = Interest.objects.filter(application__in=files, user=actor.user.pk, recused=True)
    recused = set(declared.values_list("application_id", flat=True))
    signed = Signature.objects.filter(agreement__in=agreements, signed_by=actor.user.pk)
    signs = set(signed.values_list("agreement_id", flat=True))
    answers = {}
    for row in rows:
        if not access.pays_share(actor, row):
            answers[row.pk] = access.NOT_PARTY_PAYER
        elif row.party.agreement_id in signs:
            answers[row.pk] = access.SIGNED
        elif belongs_to_applicant(actor, _application(row)):
            answers[row.pk] = OWN_FILE
        elif _application(row).pk in recused:
            answers[row.pk] = RECUSED
    return answers


def _application(row: PartyPayment) -> Any:
    return row.party.agreement.decision.application


def open_share(pk: int) -> PartyPayment:
    """As it stands now, held until the transaction ends."""
    rows = PartyPayment.objects.select_for_update(of=("self",))
    return with_everything(rows).get(pk=pk)


def check_share(*, share: PartyPayment, payer: Organisation, actor: Any, now: datetime) -> None:
    """Waits to be paid by this organisation, and this person may."""
    label = f"Convention {share.party.agreement.number}, {share.label} : "
    if share.party.organisation_id != payer.pk:
        raise ShareRefused(f"{label}c'est {share.party} qui le doit, pas {payer}.")
    if share.paid_on is not None:
        raise ShareRefused(f"{label}déjà payé : rien n'a changé.")
    if share.party.agreement.state != Agreement.State.SIGNED:
        raise ShareRefused(f"{label}la convention n'est pas signée par tous, ou elle est close.")
    person = actor_on(actor, in_paris(now).date())
    if answer := barred_shares(person, [share]).get(share.pk):
        check(answer)


def settle_share(*, share: PartyPayment, actor: Any, day: date) -> None:
    """The bank took the order. The caller checked who and whether."""
    share.paid_on, share.noted_by = day, actor
    share.save(update_fields=["paid_on", "noted_by"])
    _log(share, actor, "agreement.party_paid", {"paid_on": day.isoformat()})


@transaction.atomic
def take_back(
    *,
    order: PaymentOrder,
    code: str,
    reason: str,
    happened_on: date,
    actor: Any,
    now: datetime,
) -> PaymentOrder:
    """Note that a co-funder's transfer came back: owed again. Asked twice, it comes back once."""
    rows = PaymentOrder.objects.select_for_update(of=("self",)).select_related("account", "file")
    order = rows.get(pk=order.pk)
    if order.share_id is None:
        raise ShareRefused("Cet ordre paie une échéance : son retour se note sur la convention.")
    share = open_share(order.share_id)
    person = actor_on(actor, in_paris(now).date())
    if answer := barred_shares(person, [share]).get(share.pk):
        check(answer)
    if order.back_on is not None:
        return order
    _check_back(order, share, code, reason, happened_on, in_paris(now).date())
    order.is_live, order.back_on = False, happened_on
    order.back_code, order.back_reason = code, reason.strip()[:500]
    order.save(update_fields=["is_live", "back_on", "back_code", "back_reason"])
    share.paid_on, share.noted_by = None, None
    share.save(update_fields=["paid_on", "noted_by"])
    _log(share, actor, "agreement.party_back", {"code": code, "order": order.pk})
    if code in BAD_ACCOUNT and order.account.stopped_at is None:
        block(account=order.account, reason=f"Banque : {CODES[code]}", actor=actor, now=now)
    context = {"share": share, "order": order}
    write_to_applicant(_application(share), "payments/emails/share_back.txt", context)
    return order


def _check_back(
    order: PaymentOrder, share: PartyPayment, code: str, reason: str, on: date, today: date
) -> None:
    if not order.is_live or share.paid_on is None:
        raise ShareRefused("Ce virement n'est pas noté envoyé : il ne peut pas revenir.")
    if code and code not in CODES:
        raise ShareRefused(f"Le code « {code} » est inconnu.", field="code")
    if not reason.strip():
        raise ShareRefused("Dites pourquoi ce versement est revenu.", field="reason")
    if not share.paid_on <= on <= today:
        raise ShareRefused(
            "Un versement revient entre le jour où il part et aujourd'hui.", field="happened_on"
        )


def _log(share: PartyPayment, actor: Any, action: str, data: dict[str, Any]) -> None:
    record(
        actor=actor,
        action=action,
        subject=f"agreement:{share.party.agreement_id}",
        data={"payment": share.pk, **data},
    )


def debts(agreement: Agreement, granted: tuple[int, int]) -> list[Debt]:
    """Which party owes what: the grantor (`granted`: owed and paid), then the co-funders."""
    orders = PaymentOrder.objects.select_related("file").order_by("pk")
    rows = PartyPayment.objects.select_related("party__organisation").prefetch_related(
        Prefetch("orders", orders, to_attr="ordered")
    )
    signed = Amendment.State.SIGNED
    in_force = rows.filter(
        Q(party__joined_by__isnull=True) | Q(party__joined_by__state=signed),
        party__agreement=agreement,
    ).exclude(party__left_by__state=signed)
    found = [Debt(payer_of(agreement), Party.Role.GRANTOR.label, *granted, [])]
    parties: dict[int, list[PartyPayment]] = {}
    for row in in_force.order_by("party__position", "due_on", "pk"):
        parties.setdefault(row.party_id, []).append(row)
    for their in parties.values():
        paid = sum(row.amount_cents for row in their if row.paid_on)
        owed = sum(row.amount_cents for row in their)
        lines = [(row, *_stands(row)) for row in their]
        party = their[0].party
        found.append(Debt(party.organisation, party.get_role_display(), owed, paid, lines))
    return found


def _stands(row: Any) -> tuple[str, str]:
    """Where one payment of a co-funder is: a kind of badge, and words."""
    last = row.ordered[-1] if row.ordered else None
    if row.paid_on is not None:
        return "done", f"Payé le {in_words(row.paid_on)}"
    if last is not None and last.is_live:
        return "wait", f"Virement préparé ({last.file.number})"
    if last is not None and last.back_on is not None:
        return "stop", f"Revenu le {in_words(last.back_on)}, à payer de nouveau"
    return "draft", "À payer"
