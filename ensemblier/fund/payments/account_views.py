"""Bank accounts of an organisation: masked, entered, confirmed, stopped, shown to a payer."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from ensemblier.base.people.access import guard
from ensemblier.base.people.models import Organisation
from ensemblier.fund.payments import access, banking
from ensemblier.fund.payments.confirming import confirm
from ensemblier.fund.payments.forms import AccountForm, ConfirmForm, ReasonForm
from ensemblier.fund.payments.iban import spaced
from ensemblier.fund.payments.models import BankAccount
from ensemblier.fund.payments.parameters import account_wait_hours


def load_organisation(request: HttpRequest, pk: int) -> Organisation:
    rows = Organisation.objects.select_related("commune__department")
    return get_object_or_404(rows, pk=pk)


def load_account(request: HttpRequest, pk: int) -> BankAccount:
    rows = BankAccount.objects.select_related(
        "organisation__commune__department", "paper", "entered_by", "confirmed_by"
    )
    return get_object_or_404(rows, pk=pk)


def state_of(account: BankAccount, current: BankAccount | None) -> tuple[str, str]:
    """A badge and its words."""
    if account.stopped_at:
        return "stop", "Arrêté"
    if account.confirmed_by_id is None:
        return "wait", "À confirmer par une autre personne"
    if current is not None and account.pk == current.pk:
        return "done", "En service"
    if account.usable_from and account.usable_from > timezone.now():
        return "wait", "En attente du délai"
    return "draft", "Remplacé"


@guard(access.may_see_accounts, load=load_organisation)
def accounts(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Where this organisation is paid. Numbers are masked, for everybody."""
    actor = request.actor  # type: ignore[attr-defined]
    current = banking.current_account(organisation, timezone.now())
    rows = BankAccount.objects.filter(organisation=organisation).select_related(
        "organisation", "entered_by", "confirmed_by", "paper"
    )
    payer = access.checks_accounts_of(actor, organisation)
    context = {
        "organisation": organisation,
        "rows": [(row, *state_of(row, current)) for row in rows.order_by("-pk")[:50]],
        "may_enter": access.may_enter_account(actor, organisation).allowed,
        "is_payer": payer,
        "hours": account_wait_hours(timezone.localdate()),
        "why": banking.why_no_account(organisation, timezone.now()),
    }
    return render(request, "payments/accounts.html", context)


@guard(access.may_enter_account, load=load_organisation)
def account_new(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Enter an account with its RIB."""

    def act(typed: dict[str, Any]) -> None:
        banking.enter_account(
            organisation=organisation, actor=request.user, now=timezone.now(), **typed
        )

    hours = account_wait_hours(timezone.localdate())
    return confirm(
        request,
        back=reverse("payments:accounts", args=[organisation.pk]),
        form_class=AccountForm,
        act=act,
        template="payments/form.html",
        words={
            "title": "Enregistrer un compte bancaire",
            "eyebrow": organisation.name,
            "will_happen": [
                "Une autre personne compare l'IBAN au RIB, puis confirme.",
                f"Le compte sert {hours} heures après cette confirmation.",
                "Vos représentants et l'ancien contact reçoivent un message : c'est une "
                "protection contre la fraude.",
                "L'IBAN est gardé chiffré. Les pages n'en montrent que la fin.",
            ],
            "button": "Enregistrer le compte",
            "done": "Le compte est enregistré. Une autre personne doit le confirmer.",
        },
    )


@guard(access.may_confirm_account, load=load_account)
def account_confirm(request: HttpRequest, account: BankAccount) -> HttpResponse:
    """The second person compares with the RIB, and agrees."""
    twins = banking.others_with_the_same_number(account)
    warning = [f"Attention : ce compte est aussi celui de {', '.join(twins)}."] if twins else []
    hours = account_wait_hours(timezone.localdate())
    return confirm(
        request,
        back=reverse("payments:accounts", args=[account.organisation_id]),
        form_class=ConfirmForm,
        act=lambda typed: banking.confirm_account(
            account=account, actor=request.user, now=timezone.now()
        ),
        words={
            "title": "Confirmer un compte bancaire",
            "eyebrow": account.organisation.name,
            "will_happen": [
                *warning,
                f"Vous avez comparé le RIB au compte {account.masked}, titulaire : "
                f"{account.holder}.",
                "Vous avez appelé l'organisation à un numéro que vous connaissiez déjà.",
                f"Le compte servira dans {hours} heures. L'organisation reçoit un message.",
            ],
            "button": "Confirmer ce compte",
            "done": "Le compte est confirmé.",
        },
    )


@guard(access.may_stop_account, load=load_account)
def account_stop(request: HttpRequest, account: BankAccount) -> HttpResponse:
    """« Ce n'est pas nous »: stop the account at once."""
    return confirm(
        request,
        back=reverse("payments:accounts", args=[account.organisation_id]),
        form_class=ReasonForm,
        act=lambda typed: banking.stop_account(
            account=account, reason=typed["reason"], actor=request.user, now=timezone.now()
        ),
        words={
            "title": "Arrêter ce compte bancaire",
            "eyebrow": account.organisation.name,
            "will_happen": [
                f"Plus rien n'est versé sur le compte {account.masked}.",
                "Ce qui est déjà parti à la banque n'est pas annulé.",
                "L'organisation reçoit un message.",
            ],
            "button": "Arrêter ce compte",
            "danger": True,
            "done": "Le compte est arrêté.",
        },
    )


@guard(access.may_reveal_account, load=load_account)
def account_reveal(request: HttpRequest, account: BankAccount) -> HttpResponse:
    """Show the whole number once, to a payer who says why."""

    def act(typed: dict[str, Any]) -> HttpResponse:
        number = banking.reveal_account(
            account=account, reason=typed["reason"], actor=request.user, now=timezone.now()
        )
        page = render(
            request, "payments/account_shown.html", {"account": account, "iban": spaced(number)}
        )
        page["Cache-Control"] = "no-store, private"
        return page

    return confirm(
        request,
        back=reverse("payments:accounts", args=[account.organisation_id]),
        form_class=ReasonForm,
        act=act,
        words={
            "title": "Afficher l'IBAN en entier",
            "eyebrow": account.organisation.name,
            "will_happen": [
                f"L'IBAN du compte {account.masked} s'affiche une fois.",
                "Le journal garde votre nom, l'heure et votre motif.",
            ],
            "button": "Afficher l'IBAN",
            "done": "",
        },
    )
