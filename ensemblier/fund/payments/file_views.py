"""Transfer files: the list, a new one, one file and what is done to it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from ensemblier.base.pages.formats import day as in_words
from ensemblier.base.pages.formats import euros, in_paris
from ensemblier.base.people.access import guard
from ensemblier.base.people.models import Organisation, Role
from ensemblier.fund.agreements.models import PartyPayment
from ensemblier.fund.payments import access, cofunding, orders
from ensemblier.fund.payments.banking import current_account, why_no_account
from ensemblier.fund.payments.confirming import confirm
from ensemblier.fund.payments.forms import ConfirmForm, FileForm, ReasonForm, ShareReturnForm
from ensemblier.fund.payments.holding import held
from ensemblier.fund.payments.models import Payment, PaymentFile, PaymentOrder
from ensemblier.fund.payments.orders import held_payments, stopped_accounts, taken
from ensemblier.fund.payments.queues import hindrances, in_sight_of

WAITS = (PaymentFile.State.MADE, PaymentFile.State.CANCEL_ASKED)
BADGES = {"made": "wait", "cancel_asked": "stop", "sent": "done", "cancelled": "draft"}


def load_file(request: HttpRequest, pk: int) -> PaymentFile:
    rows = PaymentFile.objects.select_related(
        "payer", "account", "made_by", "ended_by", "cancel_asked_by"
    )
    return get_object_or_404(rows, pk=pk)


def load_order(request: HttpRequest, pk: int) -> PaymentOrder:
    rows = PaymentOrder.objects.select_related("file__payer", "share__party__organisation")
    return get_object_or_404(rows, pk=pk, share__isnull=False)


def load_payer(request: HttpRequest, pk: int) -> Organisation:
    return get_object_or_404(Organisation, pk=pk)


@guard(access.may_open_files)
def files(request: HttpRequest) -> HttpResponse:
    """Every file of the funders this person pays for."""
    actor = request.actor  # type: ignore[attr-defined]
    rows = PaymentFile.objects.filter(access.files_in_sight(actor)).select_related("payer")
    own = {m.organisation_id: m.organisation for m in actor.mandates if m.role == Role.PAYER}
    context = {
        "rows": [(row, BADGES[row.state]) for row in rows[:200]],
        "payers": [row for row in own.values() if access.may_pay_by_file(actor, row).allowed],
    }
    return render(request, "payments/files.html", context)


@guard(access.may_see_file, load=load_file)
def file(request: HttpRequest, file: PaymentFile) -> HttpResponse:
    """One file: its orders, its digest, what may be done."""
    actor = request.actor  # type: ignore[attr-defined]
    lines = file.orders.select_related(
        "payment__instalment__agreement", "share__party__agreement", "account"
    ).order_by("pk")
    waits = file.state in WAITS
    kept = held_payments(file) if waits else []
    context = {
        "file": file,
        "kind": BADGES[file.state],
        "orders": lines,
        "handles": access.may_handle_file(actor, file).allowed,
        "asked": file.cancel_asked_by_id == actor.user.pk,
        "stopped": stopped_accounts(file) if waits else [],
        "kept": kept,
        "taken": taken(file) if waits else None,
        "late": orders.suspended_since(file) if file.state == PaymentFile.State.SENT else [],
    }
    return render(request, "payments/file.html", context)


@guard(access.may_pay_by_file, load=load_payer)
def make_file(request: HttpRequest, payer: Organisation) -> HttpResponse:
    """Choose the payments of a new file."""
    actor = request.actor  # type: ignore[attr-defined]
    now = timezone.now()
    by_pk, shares = _free(actor, payer)
    made: dict[str, PaymentFile] = {}

    def act(typed: dict[str, Any]) -> None:
        made["file"] = orders.make_file(
            key=typed["key"],
            payer=payer,
            payments=[by_pk[pk] for pk in typed["chosen"] if pk in by_pk],
            shares=[shares[pk] for pk in typed["chosen"] if pk in shares],
            execute_on=typed["execute_on"],
            actor=request.user,
            now=now,
        )

    source = current_account(payer, now)
    from_where = source.masked if source else f"(à régler : {why_no_account(payer, now)})"
    answer = confirm(
        request,
        back=reverse("payments:files"),
        form_class=FileForm,
        options={
            "choices": [(pk, _label(row)) for pk, row in by_pk.items()]
            + [(key, _share_label(row)) for key, row in shares.items()]
        },
        act=act,
        words={
            "title": "Faire un fichier de virements",
            "eyebrow": payer.name,
            "will_happen": [
                f"Les virements partent du compte {from_where}.",
                "Chaque versement coché entre dans ce fichier, et dans aucun autre.",
                "Rien n'est payé avant que vous l'ayez envoyé à la banque et dit ici.",
            ],
            "button": "Faire le fichier",
            "done": "Le fichier est fait : prenez-le, puis envoyez-le à votre banque.",
        },
    )
    if answer.status_code == 302 and "file" in made:
        answer["Location"] = reverse("payments:file", args=[made["file"].pk])
    return answer


def _free(actor: Any, payer: Organisation) -> tuple[dict[str, Payment], dict[str, PartyPayment]]:
    """What this person may put in a file: payments, and what the payer owes as a co-funder."""
    rows = in_sight_of(actor).filter(
        state=Payment.State.RESERVED,
        instalment__agreement__decision__application__call__owner=payer,
    )
    free = list(rows.exclude(orders__is_live=True)[: orders.MOST_ORDERS])
    barred = hindrances(actor, free) | held(free)
    owed = list(cofunding.owed_by([payer.pk])[: orders.MOST_ORDERS])
    kept_off = cofunding.barred_shares(actor, owed)
    return (
        {str(row.pk): row for row in free if row.pk not in barred},
        {f"part-{row.pk}": row for row in owed if row.pk not in kept_off},
    )


def _label(payment: Payment) -> str:
    agreement = payment.instalment.agreement
    organisation = agreement.decision.application.organisation
    return (
        f"{organisation.name}, convention {agreement.number}, échéance "
        f"{payment.instalment.position} : {euros(payment.amount_cents)}"
    )


def _share_label(share: PartyPayment) -> str:
    agreement = share.party.agreement
    return (
        f"{agreement.decision.application.organisation.name}, convention {agreement.number}, "
        f"cofinancement «\u00a0{share.label}\u00a0» dû le {in_words(share.due_on)} : "
        f"{euros(share.amount_cents)}"
    )


def _act(
    request: HttpRequest, file: PaymentFile, act: Any, form_class: Any = ConfirmForm, **words: Any
) -> HttpResponse:
    return confirm(
        request,
        back=reverse("payments:file", args=[file.pk]),
        form_class=form_class,
        act=act,
        words={"eyebrow": f"Fichier {file.number}", **words},
    )


@guard(access.may_handle_file, load=load_file)
def fetch(request: HttpRequest, file: PaymentFile) -> HttpResponse:
    """Take the file away: it bears whole IBANs, so each time is noted."""

    def act(typed: dict[str, Any]) -> HttpResponse:
        content = orders.fetch_file(file=file, actor=request.user, now=timezone.now())
        answer = HttpResponse(content, content_type="application/xml")
        answer["Content-Disposition"] = f'attachment; filename="{file.number}.xml"'
        return answer

    return _act(
        request,
        file,
        act,
        title="Prendre le fichier",
        will_happen=[
            "Le fichier porte les IBAN en entier : ne l'envoyez pas par courriel.",
            "Le journal garde que vous l'avez pris.",
            "C'est toujours le même fichier, octet pour octet.",
        ],
        button="Télécharger le fichier",
        done="",
    )


@guard(access.may_handle_file, load=load_file)
def send(request: HttpRequest, file: PaymentFile) -> HttpResponse:
    """The bank took it: post its payments."""
    return _act(
        request,
        file,
        lambda typed: orders.send_file(
            key=typed["key"], file=file, actor=request.user, now=timezone.now()
        ),
        title="Dire que la banque a reçu le fichier",
        will_happen=[
            f"{euros(file.total_cents)} sont notés payés, pour tous les virements du fichier.",
            "Les écritures entrent au livre et ne s'effacent plus.",
            "Chaque organisation reçoit un message.",
        ],
        button="La banque a reçu le fichier",
        done="Les versements sont notés payés.",
    )


@guard(access.may_take_back, load=load_order)
def order_back(request: HttpRequest, order: PaymentOrder) -> HttpResponse:
    """A co-funder's transfer came back, without a file of the bank to say so."""
    return confirm(
        request,
        back=reverse("payments:file", args=[order.file_id]),
        form_class=ShareReturnForm,
        act=lambda typed: cofunding.take_back(
            order=order,
            code=typed["code"],
            reason=typed["reason"],
            happened_on=typed["happened_on"],
            actor=request.user,
            now=timezone.now(),
        ),
        words={
            "title": "Enregistrer un virement revenu",
            "eyebrow": f"Fichier {order.file.number}, {order.reference}",
            "will_happen": [
                f"{euros(order.amount_cents)} sont de nouveau à payer.",
                "Si le compte est en cause, plus rien n'y est versé.",
                "L'organisation reçoit un message avec votre motif.",
            ],
            "button": "Enregistrer le retour",
            "done": "Le retour est enregistré. Le versement est de nouveau à payer.",
        },
    )


@guard(access.may_handle_file, load=load_file)
def ask_cancel(request: HttpRequest, file: PaymentFile) -> HttpResponse:
    """Ask that the file not be sent."""
    return _act(
        request,
        file,
        lambda typed: orders.ask_cancel(
            file=file, reason=typed["reason"], actor=request.user, now=timezone.now()
        ),
        ReasonForm,
        title="Demander l'annulation du fichier",
        will_happen=[
            "Le fichier ne peut plus être envoyé.",
            "Une autre personne confirme l'annulation ; les versements sont alors libres.",
        ],
        button="Demander l'annulation",
        danger=True,
        done="L'annulation est demandée. Une autre personne doit la confirmer.",
    )


@guard(access.may_handle_file, load=load_file)
def settle_cancel(request: HttpRequest, file: PaymentFile) -> HttpResponse:
    """The second person confirms the cancelling; whether the bank may have the file is said."""
    gone = taken(file)
    return _act(
        request,
        file,
        lambda typed: orders.settle_cancel(
            file=file, agreed=True, actor=request.user, now=timezone.now()
        ),
        title="Confirmer l'annulation du fichier",
        will_happen=[
            f"Motif donné : {file.cancel_reason or '—'}",
            "Le fichier est annulé ; ses versements peuvent entrer dans un autre.",
            f"Quelqu'un a pris ce fichier le {in_words(in_paris(gone.at).date())} : assurez-vous "
            "que la banque ne l'a pas reçu, sinon l'argent partirait deux fois."
            if gone
            else "Personne n'a pris ce fichier : la banque ne peut pas l'avoir reçu.",
        ],
        button="Annuler le fichier",
        danger=True,
        done="Le fichier est annulé.",
    )


@guard(access.may_handle_file, load=load_file)
def keep(request: HttpRequest, file: PaymentFile) -> HttpResponse:
    """The cancelling is not agreed: the file may be sent again."""
    return _act(
        request,
        file,
        lambda typed: orders.settle_cancel(
            file=file, agreed=False, actor=request.user, now=timezone.now()
        ),
        title="Garder le fichier",
        will_happen=["L'annulation est abandonnée : le fichier peut de nouveau être envoyé."],
        button="Garder le fichier",
        done="Le fichier est gardé.",
    )
