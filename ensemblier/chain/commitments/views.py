"""Pages of the promises: the list, one promise with what is called off, and what creates them."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ensemblier.base.chains import access as chains
from ensemblier.base.chains.form_pages import filled, form_page
from ensemblier.base.chains.forms import ReasonForm
from ensemblier.base.chains.loading import load_chain, organisations_of
from ensemblier.base.chains.models import Chain
from ensemblier.base.pages.formats import day as written_day
from ensemblier.base.pages.formats import quantity
from ensemblier.base.people.access import Actor, guard
from ensemblier.chain.commitments import access, actions, pictures, queries, rules
from ensemblier.chain.commitments.forms import (
    CallOffForm,
    ConfirmForm,
    OfferForm,
    PromiseFilter,
    PromiseForm,
    RevisionForm,
)
from ensemblier.chain.commitments.models import Commitment, PriceRevision

PAGE = require_http_methods(["GET", "HEAD", "POST"])
WHOLE = ("chain__lead", "product", "giver", "receiver", "proposed_by", "site", "parent")


def home(promise: Commitment) -> str:
    return reverse("commitments:detail", args=[promise.pk])


def load_promise(request: HttpRequest, pk: int) -> Commitment:
    return get_object_or_404(Commitment.objects.select_related(*WHOLE), pk=pk)


@require_safe
@guard(access.may_list, load=load_chain)
def index(request: HttpRequest, chain: Chain) -> HttpResponse:
    """What was promised in a chain: all of it, or the part of who reads."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    sides = list(organisations_of(chain, actor.day).values_list("pk", "name").order_by("name"))
    form = PromiseFilter(request.GET or None, sides=sides)
    found = form.cleaned_data if form.is_bound and form.is_valid() else {}
    asked = {name: value for name, value in found.items() if value}
    rows = queries.listed(chain, access.sides_seen(actor, chain), **asked)
    leads = chains.leads(actor, chain)
    context = {
        "chain": chain,
        "form": form,
        "page": Paginator(rows, 50).get_page(request.GET.get("page")),
        "filtered": bool(asked),
        "leads": leads,
        "proposes": not leads and bool(access.growers_of(actor, chain)),
    }
    return render(request, "commitments/index.html", context)


@PAGE
@guard(access.may_add, load=load_chain)
def new(request: HttpRequest, chain: Chain) -> HttpResponse:
    day = timezone.localdate()
    form = filled(request, PromiseForm, chain=chain, day=day, initial={"starts": day})
    return form_page(
        request,
        form,
        lambda data: actions.promise(
            chain=chain, now=timezone.now(), actor=request.user, **form.facts()
        ),
        chain=chain,
        title="Ajouter une promesse",
        lead="Un besoin, un plan de culture, un contrat-cadre, une commande ou un abonnement.",
        back=reverse("commitments:list", args=[chain.slug]),
        done="La promesse est notée : les deux parties la lisent.",
        goes_to=home,
    )


@PAGE
@guard(access.may_propose, load=load_chain)
def propose(request: HttpRequest, chain: Chain) -> HttpResponse:
    """A grower says what it can grow, and at which price."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    growers = access.growers_of(actor, chain)
    form = filled(request, OfferForm, chain=chain, day=actor.day, growers=growers)
    return form_page(
        request,
        form,
        lambda data: actions.promise(
            chain=chain, now=timezone.now(), actor=request.user, **form.facts()
        ),
        chain=chain,
        title="Proposer ce que je peux produire",
        lead="La loi veut que le producteur propose le premier. Rien n'est ferme : l'organisation "
        "pilote lit votre offre et vous répond.",
        button="Proposer",
        back=reverse("commitments:list", args=[chain.slug]),
        done="Votre offre est notée. Vous pouvez l'annuler tant qu'elle n'est pas ferme.",
        goes_to=home,
    )


@require_safe
@guard(access.may_see_promise, load=load_promise)
def detail(request: HttpRequest, promise: Commitment) -> HttpResponse:
    """One promise: its two sides, its price, what is called off under it and what is left."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    sides = access.sides_seen(actor, promise.chain)
    calls = queries.calls_of(promise)
    children = queries.seen_by(promise.children.all(), sides).select_related("product", "receiver")
    cents = queries.price_on(promise, min(max(actor.day, promise.starts), promise.ends))
    is_open = promise.state == Commitment.State.OPEN
    context = {
        "chain": promise.chain,
        "promise": promise,
        "unit": promise.product.get_unit_display(),
        "unit_cents": cents,
        "cost_cents": None if cents is None else rules.cost_cents(promise.milli, cents),
        "parent": promise.parent if _reads(sides, promise.parent) else None,
        "chart": pictures.calls(promise, calls),
        "page": Paginator(children.order_by("starts", "pk"), 50).get_page(request.GET.get("page")),
        "revisions": list(promise.revisions.order_by("starts")),
        "leads": is_open and chains.leads(actor, promise.chain),
        "cancels": is_open and access.may_cancel(actor, promise).allowed,
    }
    return render(request, "commitments/detail.html", context)


def _reads(sides: set[int] | None, promise: Commitment | None) -> bool:
    if promise is None or sides is None:
        return promise is not None
    return bool(sides & {promise.giver_id, promise.receiver_id, promise.proposed_by_id})


@PAGE
@guard(access.may_change_promise, load=load_promise)
def call_off(request: HttpRequest, promise: Commitment) -> HttpResponse:
    """A part of what was promised, with its own dates and receiver."""
    day = timezone.localdate()
    start = min(max(day, promise.starts), promise.ends)
    kind = Commitment.Kind.PLAN if promise.kind == Commitment.Kind.NEED else Commitment.Kind.ORDER
    facts = {"kind": kind, "starts": start, "receiver": promise.receiver_id}
    facts |= {"firmness": promise.firmness}
    form = filled(request, CallOffForm, parent=promise, chain=promise.chain, day=day, initial=facts)

    def act(data: dict[str, Any]) -> Commitment:
        return actions.promise(
            chain=promise.chain,
            product=promise.product,
            parent=promise,
            now=timezone.now(),
            actor=request.user,
            **form.facts(),
        )

    left = quantity(queries.calls_of(promise).left, promise.product.get_unit_display())
    return form_page(
        request,
        form,
        act,
        chain=promise.chain,
        title="Appeler une quantité",
        lead=f"{promise.product.name} : il reste {left} à appeler, du "
        f"{written_day(promise.starts)} au {written_day(promise.ends)}.",
        button="Appeler",
        back=home(promise),
        done="La quantité est appelée.",
    )


@PAGE
@guard(access.may_change_promise, load=load_promise)
def revise(request: HttpRequest, promise: Commitment) -> HttpResponse:
    """A new price from a day on, by the clause that was agreed."""
    day = timezone.localdate()

    def act(data: dict[str, Any]) -> PriceRevision:
        cents = data.pop("unit_price")
        return actions.revise_price(
            commitment=promise, unit_cents=cents, day=day, actor=request.user, **data
        )

    clause = promise.revision or "aucune, ce prix tient jusqu'au terme"
    return form_page(
        request,
        filled(request, RevisionForm, initial={"starts": day}),
        act,
        chain=promise.chain,
        title="Réviser un prix",
        lead=f"{promise.product.name}. Clause convenue : {clause}.",
        button="Réviser",
        back=home(promise),
        done="Le nouveau prix est noté. Les jours passés gardent l'ancien.",
    )


@PAGE
@guard(access.may_change_promise, load=load_promise)
def keep(request: HttpRequest, promise: Commitment) -> HttpResponse:
    return form_page(
        request,
        filled(request, ConfirmForm),
        lambda data: actions.keep(commitment=promise, actor=request.user),
        chain=promise.chain,
        title="Noter une promesse tenue",
        lead=f"{promise.get_kind_display().capitalize()} : {_what(promise)}. Une fois tenue, on "
        "n'y appelle plus rien.",
        button="C'est tenu",
        back=home(promise),
        done="La promesse est tenue.",
    )


@PAGE
@guard(access.may_cancel, load=load_promise)
def cancel(request: HttpRequest, promise: Commitment) -> HttpResponse:
    return form_page(
        request,
        filled(request, ReasonForm),
        lambda data: actions.cancel(commitment=promise, actor=request.user, **data),
        chain=promise.chain,
        title="Annuler une promesse",
        lead=f"{promise.get_kind_display().capitalize()} : {_what(promise)}. L'autre partie lira "
        "le motif.",
        button="Annuler cette promesse",
        back=home(promise),
        done="La promesse est annulée.",
    )


def _what(promise: Commitment) -> str:
    product = promise.product
    return f"{product.name}, {quantity(promise.milli, product.get_unit_display())}"
