"""Pages of a sitting: agenda, presence, vote, minutes, expenses."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ensemblier.base.people.access import guard
from ensemblier.base.people.models import Role
from ensemblier.base.refusal import Refusal
from ensemblier.fund.jury import access, actions, expenses, voting
from ensemblier.fund.jury.form_pages import do, form_page, load_expense, load_sitting
from ensemblier.fund.jury.forms import (
    CancelForm,
    ClosePollForm,
    ExpenseForm,
    MinutesForm,
    PayForm,
    PresentForm,
)
from ensemblier.fund.jury.models import JurorExpense, Poll, Seat, Sitting, Voter
from ensemblier.fund.jury.showing import cards_of, count_of
from ensemblier.fund.jury.views import BOTH, actor_of


def page_of(sitting: Sitting) -> str:
    return reverse("jury:sitting", args=[sitting.pk])


@require_safe
@guard(access.may_see_sitting, load=load_sitting)
def sitting(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    actor = actor_of(request)
    poll = Poll.objects.filter(sitting=sitting).first()
    items = list(sitting.items.select_related("application__organisation"))
    attends = access.may_attend(actor, sitting).allowed
    rows = poll.voters.select_related("seat__user", "seat__college") if poll and attends else []
    voters = list(rows)
    context = {
        "sitting": sitting,
        "poll": poll,
        "cards": cards_of(items, "fr"),
        "standing": access.Standing.of(actor, sitting.jury),
        "attends": attends,
        "presides": access.may_preside(actor, sitting).allowed,
        "turnout": list(voting.turnout_of(poll).items()) if poll else [],
        "scored": list(voting.scored(sitting).items()),
        "voters": voters,
        "on_paper": any(row.way == Voter.Way.PAPER for row in voters),
        "present": sitting.present.count(),
        "close_form": ClosePollForm(),
    }
    return render(request, "jury/sitting.html", context)


@require_http_methods(BOTH)
@guard(access.may_attend, load=load_sitting)
def present(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    seats = Seat.objects.filter(jury=sitting.jury_id, state=Seat.State.SITTING)
    here = [str(pk) for pk in sitting.present.values_list("pk", flat=True)]
    words = {"title": "Qui est là", "eyebrow": str(sitting.jury), "button": "Enregistrer"}
    return form_page(
        request, PresentForm,
        lambda form: actions.note_present(
            sitting=sitting, seats=form.cleaned_data["seats"], actor=request.user,
            now=timezone.now(),
        ),
        words=words, done="Les présents sont notés.", back=page_of(sitting),
        seats=list(seats.select_related("user", "college")),
        **({} if request.method == "POST" else {"initial": {"seats": here}}),
    )  # fmt: skip


@require_POST
@guard(access.may_preside, load=load_sitting)
def open_vote(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    return do(
        request,
        lambda: actions.open_poll(sitting=sitting, actor=request.user, now=timezone.now()),
        "Le vote est ouvert.",
        page_of(sitting),
    )


@require_POST
@guard(access.may_preside, load=load_sitting)
def close_vote(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    missing = request.POST.get("missing", "")[:300]
    return do(
        request,
        lambda: voting.close_poll(
            sitting=sitting, actor=request.user, now=timezone.now(), missing=missing
        ),
        "Le vote est clos. L'urne a été mélangée.",
        page_of(sitting),
    )


@require_http_methods(BOTH)
@guard(access.may_preside, load=load_sitting)
def minutes(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    words = {
        "title": "Écrire le procès-verbal et lever la séance",
        "eyebrow": str(sitting.jury),
        "button": "Lever la séance",
        "sentences": ["Une séance levée ne change plus."],
    }
    return form_page(
        request, MinutesForm,
        lambda form: actions.close_sitting(
            sitting=sitting, minutes=form.cleaned_data["minutes"], actor=request.user,
            now=timezone.now(),
        ),
        words=words, done="La séance est levée.", back=page_of(sitting),
    )  # fmt: skip


@require_safe
@guard(access.may_see_result, load=load_sitting)
def result(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    poll = Poll.objects.get(sitting=sitting)
    items = list(sitting.items.select_related("application"))
    titles = {card.item.number: card.title for card in cards_of(items, "fr")}
    context = {
        "sitting": sitting,
        "poll": poll,
        "count": count_of(poll, sitting, titles),
        "turnout": list(voting.turnout_of(poll).items()),
    }
    return render(request, "jury/result.html", context)


@require_http_methods(BOTH)
@guard(access.may_see_costs, load=load_sitting)
def costs(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    """What each juror is paid in advance: travel, childcare, time."""
    seats = Seat.objects.filter(jury=sitting.jury_id).exclude(state=Seat.State.LEFT)
    options = {"seats": list(seats.select_related("user", "college"))}
    form = ExpenseForm(request.POST if request.method == "POST" else None, **options)
    if request.method == "POST" and form.is_valid():
        try:
            expenses.plan(
                sitting=sitting, actor=request.user, now=timezone.now(), **form.cleaned_data
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            form = ExpenseForm(**options)
    rows = list(sitting.expenses.select_related("seat__user", "seat__college"))
    state = JurorExpense.State
    context = {
        "sitting": sitting,
        "form": form,
        "rows": rows,
        "planned": sum(row.amount_cents for row in rows if row.state == state.PLANNED),
        "paid": sum(row.amount_cents for row in rows if row.state == state.PAID),
        "office": actor_of(request).has(Role.PROGRAMME),
        "payer": access.pays_for(actor_of(request), sitting.jury),
    }
    return render(request, "jury/costs.html", context, status=422 if form.errors else 200)


@require_http_methods(BOTH)
@guard(access.may_pay, load=load_expense)
def pay(request: HttpRequest, expense: JurorExpense) -> HttpResponse:
    words = {
        "title": "Payer ces frais",
        "eyebrow": f"{expense.seat.user} · {expense.get_kind_display()}",
        "button": "Payer",
        "amount": expense.amount_cents,
    }
    return form_page(
        request, PayForm,
        lambda form: expenses.pay(
            key=form.cleaned_data["key"], expense=expense, actor=request.user, now=timezone.now()
        ),
        words=words, done="Les frais sont payés.",
        back=reverse("jury:costs", args=[expense.sitting_id]),
    )  # fmt: skip


@require_http_methods(BOTH)
@guard(lambda actor, expense: access.may_run(actor, expense.sitting.jury), load=load_expense)
def cancel(request: HttpRequest, expense: JurorExpense) -> HttpResponse:
    words = {
        "title": "Annuler ces frais",
        "eyebrow": f"{expense.seat.user} · {expense.get_kind_display()}",
        "button": "Annuler ces frais",
        "amount": expense.amount_cents,
    }
    return form_page(
        request, CancelForm,
        lambda form: expenses.cancel(
            expense=expense, actor=request.user, now=timezone.now(), **form.cleaned_data
        ),
        words=words, done="Les frais sont annulés, l'enveloppe les retrouve.",
        back=reverse("jury:costs", args=[expense.sitting_id]),
    )  # fmt: skip
