"""The vote by cards: one project a screen, then everything read again, then the urn.

Whatever is chosen, the same number of requests go to the same addresses and get the same answers:
the journal of the web server does not tell a yes from a no.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ensemblier.base.people.access import guard
from ensemblier.base.refusal import Refusal
from ensemblier.fund.jury import access, drafts, pictures, rules, voting
from ensemblier.fund.jury.form_pages import load_sitting
from ensemblier.fund.jury.models import Sitting
from ensemblier.fund.jury.showing import cards_of
from ensemblier.fund.jury.views import BOTH, about_vote

MIDDLE = "3"


def frame(request: HttpRequest, sitting: Sitting) -> dict[str, Any]:
    """Language, draft, and the projects on which this person votes."""
    context = about_vote(request, sitting)
    barred = voting.barred_from(sitting=sitting, user=request.user, now=timezone.now())
    items = list(sitting.items.select_related("application"))
    cards = cards_of(items, context["code"])
    draft = drafts.read(request, sitting.pk)
    return context | {
        "cards": cards,
        "barred": barred,
        "open": [row.item.number for row in cards if row.item.number not in barred],
        "draft": {n: choice for n, choice in draft.items() if n not in barred},
    }


@require_safe
@guard(access.may_read_voting_pages, load=load_sitting)
def start(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    context = frame(request, sitting)
    if context["standing"].seat and voting.undeclared(sitting, request.user):
        return redirect("jury:links", sitting.pk)
    if not context["open"]:
        return render(request, "jury/nothing.html", context)
    return redirect("jury:question", sitting.pk, context["open"][0])


@require_http_methods(BOTH)
@guard(
    lambda actor, found: access.may_read_voting_pages(actor, found[0]),
    load=lambda request, pk, number: (load_sitting(request, pk), number),
)
def question(request: HttpRequest, found: tuple[Sitting, int]) -> HttpResponse:
    """One project: yes, no, don't know; with a yes, from 1 to 5 points, on the same screen."""
    sitting, number = found
    context = frame(request, sitting)
    if number not in context["open"]:
        raise Http404
    if context["standing"].seat and voting.undeclared(sitting, request.user):
        return redirect("jury:links", sitting.pk)
    place = context["open"].index(number)
    after = context["open"][place + 1] if place + 1 < len(context["open"]) else None
    if request.method == "POST" and not context["helping"]:
        choice = chosen(request)
        onward = ("jury:question", sitting.pk, after) if after else ("jury:urn", sitting.pk)
        response = redirect(*onward)
        most = max(card.item.number for card in context["cards"])
        draft = context["draft"] | ({number: choice} if choice else {})
        drafts.keep(request, response, sitting.pk, draft, most)
        return response
    now = context["draft"].get(number, "")
    context |= {
        "card": next(card for card in context["cards"] if card.item.number == number),
        "support": {"": "", "N": "N", "I": "I"}.get(now, "Y"),
        "points": now if now.isdigit() else MIDDLE,
        "scale": [(str(n), context["w"][f"points_{n}"]) for n in range(1, rules.MOST_POINTS + 1)],
        "place": place + 1,
        "total": len(context["open"]),
        "before": context["open"][place - 1] if place else None,
        "after": after,
        "drawings": {
            "yes": pictures.svg(pictures.YES),
            "no": pictures.svg(pictures.NO),
            "unsure": pictures.svg(pictures.UNSURE),
        },
    }
    return render(request, "jury/question.html", context)


def chosen(request: HttpRequest) -> str:
    """N, I, or the points of a yes; "" when no card was chosen: the last page asks again."""
    support = request.POST.get("support", "")
    if support == "Y":
        points = request.POST.get("points", MIDDLE)
        return points if points in {str(n) for n in range(1, rules.MOST_POINTS + 1)} else MIDDLE
    return support if support in ("N", "I") else ""


@require_http_methods(BOTH)
@guard(access.may_read_voting_pages, load=load_sitting)
def urn(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    """Read again, then put the ballot in the urn; the answer itself shows the receipt, once."""
    context = frame(request, sitting)
    if request.method == "POST":
        receipt = request.POST.get("receipt", "")
        try:
            code = voting.cast(
                sitting=sitting, choices=context["draft"], receipt=receipt,
                actor=request.user, now=timezone.now(),
            )  # fmt: skip
        except Refusal as refusal:
            context["refusal"] = refusal.message
        else:
            context["receipt"] = rules.spaced(code)
            response = render(request, "jury/cast.html", context)
            drafts.forget(response, sitting.pk)
            return response
    draft = context["draft"]
    context |= {
        "rows": [(card, draft.get(card.item.number, "")) for card in context["cards"]],
        "missing": sorted(set(context["open"]) - set(draft)),
        "few": sum(choice.isdigit() for choice in draft.values())
        < min(rules.LEAST_SUPPORTS, len(context["open"])),
        "receipt": voting.new_receipt(),
        "icons": {
            "Y": pictures.svg(pictures.YES),
            "N": pictures.svg(pictures.NO),
            "I": pictures.svg(pictures.UNSURE),
        },
    }
    return render(request, "jury/urn.html", context, status=422 if "refusal" in context else 200)
