"""Pages of those who sit: the juries, the projects told simply, links, scores, receipts, news."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ensemblier.base.people.access import Actor, everyone, guard
from ensemblier.base.people.models import Role
from ensemblier.base.refusal import Refusal
from ensemblier.fund.calls.colleges import weights
from ensemblier.fund.jury import access, interests, scoring, voting
from ensemblier.fund.jury.cards import open_languages
from ensemblier.fund.jury.feedback import news_of
from ensemblier.fund.jury.form_pages import form_page, load_item, load_jury, load_sitting
from ensemblier.fund.jury.forms import ReceiptForm, ScoresForm
from ensemblier.fund.jury.models import AgendaItem, JurorScore, Jury, Poll, Sitting
from ensemblier.fund.jury.showing import COOKIE, cards_of, tongue
from ensemblier.fund.review.models import Interest

BOTH = ["GET", "HEAD", "POST"]


def actor_of(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


@require_safe
@guard(access.may_list)
def index(request: HttpRequest) -> HttpResponse:
    rows = access.seen_by(actor_of(request)).prefetch_related("sittings__poll")
    context = {"juries": list(rows), "office": actor_of(request).has(Role.PROGRAMME)}
    return render(request, "jury/index.html", context)


@require_POST
@guard(everyone, public=True)
def language(request: HttpRequest) -> HttpResponse:
    """Choose the language of the juror's screens; it stays on the device."""
    back = request.POST.get("retour", "")
    safe = back if back.startswith("/jury/") else reverse("jury:list")
    response = redirect(safe)
    code = request.POST.get("langue", "")
    if code in open_languages():
        response.set_cookie(COOKIE, code, max_age=90 * 24 * 3600, path="/", samesite="Lax")
    return response


@require_safe
@guard(access.may_see, load=load_jury)
def detail(request: HttpRequest, jury: Jury) -> HttpResponse:
    standing = access.Standing.of(actor_of(request), jury)
    colleges = list(jury.call.colleges.all())
    seats = list(jury.seats.select_related("user", "college"))
    context = {
        "jury": jury,
        "standing": standing,
        "weights": weights(colleges),
        "seats": seats if standing.is_office or standing.presides else [],
        "volunteers": jury.volunteers.count(),
        "draws": list(jury.draws.select_related("college")),
        "sittings": list(jury.sittings.select_related("poll").prefetch_related("items")),
        "helpers": jury.helpers.count(),
    }
    return render(request, "jury/detail.html", context)


def about_vote(request: HttpRequest, sitting: Sitting) -> dict[str, Any]:
    """What the juror's pages have in common: language, standing, whether links are said."""
    standing = access.Standing.of(actor_of(request), sitting.jury)
    poll = Poll.objects.filter(sitting=sitting).first()
    vote = access.may_vote(actor_of(request), sitting)
    return {
        **tongue(request),
        "sitting": sitting,
        "standing": standing,
        "helping": standing.seat is None and standing.helps,
        "poll": poll,
        "vote": vote,
        "has_voted": vote == access.VOTED,
    }


@require_safe
@guard(access.may_read_cards, load=load_sitting)
def projects(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    context = about_vote(request, sitting)
    if context["standing"].seat and voting.undeclared(sitting, request.user):
        return redirect("jury:links", sitting.pk)
    items = list(sitting.items.select_related("application"))
    context["cards"] = cards_of(items, context["code"])
    context["scores"] = bool(
        context["standing"].seat and context["standing"].seat.college.way == "scores"
    )
    return render(request, "jury/projects.html", context)


@require_safe
@guard(access.may_read_item, load=load_item)
def card(request: HttpRequest, item: AgendaItem) -> HttpResponse:
    context = about_vote(request, item.sitting)
    if context["standing"].seat and voting.undeclared(item.sitting, request.user):
        return redirect("jury:links", item.sitting_id)
    numbers = dict(item.sitting.items.values_list("number", "pk"))
    context |= {
        "card": cards_of([item], context["code"])[0],
        "before": numbers.get(item.number - 1),
        "after": numbers.get(item.number + 1),
        "total": len(numbers),
        "barred": access.is_barred(actor_of(request), item.application),
    }
    return render(request, "jury/card.html", context)


@require_http_methods(BOTH)
@guard(access.may_sit, load=load_sitting)
def links(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    """Say once, for the whole agenda, with which projects one has a link."""
    context = about_vote(request, sitting)
    if request.method == "POST":
        chosen = {int(n) for n in request.POST.getlist("linked") if n.isdigit()}
        try:
            interests.declare_links(
                sitting=sitting, linked=chosen, actor=request.user, now=timezone.now()
            )
        except Refusal as refusal:
            context["refusal"] = refusal.message
        else:
            return redirect("jury:projects", sitting.pk)
    items = list(sitting.items.select_related("application__organisation"))
    known = dict(
        Interest.objects.filter(
            user=request.user, application__in=[row.application_id for row in items]
        ).values_list("application_id", "recused")
    )
    context["rows"] = [
        (row.item.number, row.title, row.item.application.organisation.name,
         known.get(row.item.application_id, False))
        for row in cards_of(items, context["code"])
    ]  # fmt: skip
    return render(request, "jury/links.html", context, status=422 if "refusal" in context else 200)


@require_http_methods(BOTH)
@guard(access.may_score, load=load_item)
def score(request: HttpRequest, item: AgendaItem) -> HttpResponse:
    criteria = list(item.application.call.criteria.all())
    kept = {
        f"score_{row.criterion_id}": str(row.value)
        for row in JurorScore.objects.filter(
            seat__user=request.user, application=item.application, seat__jury=item.sitting.jury
        )
    }
    words = {
        "title": f"Noter le projet {item.number}",
        "eyebrow": item.application.title,
        "button": "Enregistrer mes notes",
        "sentences": ["Vos notes portent votre nom.", "Les poids sont ceux de l'appel, publiés."],
    }
    return form_page(
        request, ScoresForm,
        lambda form: scoring.score(
            item=item, values=form.values(), actor=request.user, now=timezone.now()
        ),
        words=words, done="Vos notes sont enregistrées.",
        back=reverse("jury:projects", args=[item.sitting_id]),
        criteria=criteria, **({} if request.method == "POST" else {"initial": kept}),
    )  # fmt: skip


@require_http_methods(BOTH)
@guard(everyone, load=load_sitting, public=True)
def receipt(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    """Whether a ballot is counted, by its code alone: the code travels in no address."""
    if not Poll.objects.filter(sitting=sitting).exists():
        raise Http404
    context = {**tongue(request), "sitting": sitting}
    form = ReceiptForm(request.POST) if request.method == "POST" else ReceiptForm()
    form.fields["receipt"].label = context["w"]["code"]
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["receipt"]
        context["counted"] = voting.is_counted(sitting=sitting, receipt=code)
        form = ReceiptForm()
        form.fields["receipt"].label = context["w"]["code"]
    context["form"] = form
    return render(request, "jury/receipt.html", context, status=422 if form.errors else 200)


@require_safe
@guard(access.may_read_cards, load=load_sitting)
def news(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    context = {**tongue(request), "sitting": sitting}
    context["rows"] = news_of(sitting, context["code"])
    return render(request, "jury/news.html", context)
