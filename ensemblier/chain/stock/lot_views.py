"""Pages of one lot: what it is and became, its moves and marks, everywhere it went."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from ensemblier.base.chains.form_pages import filled, form_page
from ensemblier.base.pages.charts import Part, StackedBar
from ensemblier.base.people.access import Actor, guard
from ensemblier.chain.stock import access, actions, exports, listing, queries, tracing
from ensemblier.chain.stock.forms import LossForm, MarkForm, TakeOutForm, TransportForm
from ensemblier.chain.stock.models import Lot, LotMark, Movement
from ensemblier.chain.stock.views import PAGE, lot_page, said

Act = Callable[[dict[str, Any]], Any]
COLOURS = {"sale": "leaf", "handed": "moss", "used": "sky", "own_use": "slate", "loss": "tomato"}


def load_lot(request: HttpRequest, pk: int) -> Lot:
    rows = Lot.objects.select_related("chain__lead", "product", "origin")
    return get_object_or_404(rows, pk=pk)


@require_safe
@guard(access.may_see_lot, load=load_lot)
def lot(request: HttpRequest, lot: Lot) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    day = timezone.localdate()
    levels = access.levels(actor, lot.chain).filter(lot=lot, milli__gt=0)
    left = list(levels.select_related("site").order_by("site__name"))
    moves = access.movements(actor, lot).order_by("day", "pk")
    moves = moves.select_related("source", "target", "party", "activity", "undone_by", "sale_line")
    hold = listing.holds([lot.pk]).get(lot.pk)
    leads, marks = access.leads(actor, lot.chain), list(lot.marks.all())
    sees_all = access.sees_all(actor, lot.chain)
    edges = ("product", "chain")
    context = {
        "chain": lot.chain,
        "lot": lot,
        "unit": lot.product.get_unit_display(),
        "levels": left,
        "badges": listing.badges(lot, hold, day),
        "hold": hold,
        "held_by_itself": bool(marks) and marks[-1].kind != LotMark.Kind.RELEASE,
        "is_recalled": bool(marks) and marks[-1].kind == LotMark.Kind.RECALL,
        "marks": marks,
        "page": Paginator(moves, 50).get_page(request.GET.get("page")),
        "parents": Lot.objects.filter(children__child=lot).select_related(*edges),
        "children": Lot.objects.filter(parents__parent=lot).select_related(*edges),
        "became": became(lot, sum(level.milli for level in left)) if sees_all else None,
        "leads": leads,
        "enters": leads or not sees_all,
    }
    return render(request, "stock/lot.html", context)


def became(lot: Lot, left: int) -> StackedBar:
    """One bar: what is left of all that came, and what the rest became."""
    unit = lot.product.get_unit_display()
    gone = queries.gone(lot)
    parts = [Part("Reste", left, "honey")]
    parts += [
        Part(str(Movement.Kind(kind).label).capitalize(), gone[kind], colour)
        for kind, colour in COLOURS.items()
        if gone.get(kind)
    ]
    if gone.get("count"):
        parts.append(Part("Manquait au comptage", gone["count"], "tomato"))
    return StackedBar(parts, "Ce que ce lot est devenu.", unit=f"/1000 {unit}")


def move(
    request: HttpRequest, lot: Lot, kind: Any, act: Act, *, title: str, done: str, lead: str = ""
) -> HttpResponse:
    """A form that moves some of a lot, from the places where this person writes."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    sites = access.sites(actor, lot.chain)
    levels = lot.levels.filter(site__in=sites, milli__gt=0)
    form = filled(request, kind, lot=lot, levels=levels, today=timezone.localdate())

    def moved(data: dict[str, Any]) -> Any:
        data["milli"] = data.pop("quantity")
        return act(data | {"lot": lot, "now": timezone.now(), "actor": request.user})

    return form_page(
        request,
        form,
        moved,
        chain=lot.chain,
        title=title,
        lead=lead or f"{lot.product}, lot {lot.number}.",
        back=lot_page(lot),
        done=lambda row: done.format(said(row)),
    )


@PAGE
@guard(access.may_move_lot, load=load_lot)
def transport(request: HttpRequest, lot: Lot) -> HttpResponse:
    def act(data: dict[str, Any]) -> Movement:
        return actions.transport(source=data.pop("site"), **data)

    return move(request, lot, TransportForm, act, title="Transporter", done="Transport noté : {}.")


@PAGE
@guard(access.may_move_lot, load=load_lot)
def take_out(request: HttpRequest, lot: Lot) -> HttpResponse:
    return move(
        request,
        lot,
        TakeOutForm,
        lambda data: actions.take_out(**data),
        title="Faire sortir",
        done="Sortie notée : {}.",
    )


@PAGE
@guard(access.may_move_lot, load=load_lot)
def lose(request: HttpRequest, lot: Lot) -> HttpResponse:
    return move(
        request,
        lot,
        LossForm,
        lambda data: actions.lose(**data),
        title="Noter une perte",
        done="Perte notée : {}.",
    )


def mark(request: HttpRequest, lot: Lot, verb: Any, **words: Any) -> HttpResponse:
    def act(data: dict[str, Any]) -> LotMark:
        found: LotMark = verb(lot=lot, now=timezone.now(), actor=request.user, **data)
        return found

    form = filled(request, MarkForm)
    return form_page(request, form, act, chain=lot.chain, back=lot_page(lot), **words)


@PAGE
@guard(access.may_doubt_lot, load=load_lot)
def quarantine(request: HttpRequest, lot: Lot) -> HttpResponse:
    return mark(
        request,
        lot,
        actions.quarantine,
        title="Mettre en quarantaine",
        lead=f"{lot.product}, lot {lot.number} : rien n'en sortira, ni de ce qu'on en a fait, "
        "avant qu'il soit libéré.",
        button="Mettre en quarantaine",
        done="Le lot est en quarantaine : rien n'en sort.",
    )


@PAGE
@guard(access.may_lead_lot, load=load_lot)
def release(request: HttpRequest, lot: Lot) -> HttpResponse:
    return mark(
        request,
        lot,
        actions.release,
        title="Libérer le lot",
        lead=f"{lot.product}, lot {lot.number} : il pourra de nouveau sortir.",
        button="Libérer",
        done="Le lot est libéré.",
    )


@PAGE
@guard(access.may_lead_lot, load=load_lot)
def recall(request: HttpRequest, lot: Lot) -> HttpResponse:
    return mark(
        request,
        lot,
        actions.recall,
        title="Rappeler le lot",
        lead=f"{lot.product}, lot {lot.number} : il est dangereux. Plus rien n'en sort, ni de ce "
        "qu'on en a fait ; la page suivante dit qui en a reçu.",
        button="Rappeler ce lot",
        done="Le lot est rappelé. Voici tous ceux qu'il faut prévenir.",
        goes_to=lambda _: lot_page(lot) + "parcours/",
    )


@require_safe
@guard(access.may_trace_lot, load=load_lot)
def reached(request: HttpRequest, lot: Lot) -> HttpResponse:
    """Everywhere it went, up and down: who to warn first."""
    way = tracing.way(lot)
    context = {
        "chain": lot.chain,
        "lot": lot,
        "way": way,
        "people": tracing.to_people(way.movements),
        "hold": listing.holds([lot.pk]).get(lot.pk),
        "page": Paginator(way.movements, 50).get_page(request.GET.get("page")),
    }
    return render(request, "stock/reached.html", context)


@require_safe
@guard(access.may_trace_lot, load=load_lot)
def reached_csv(request: HttpRequest, lot: Lot) -> HttpResponse:
    name = f"parcours-lot-{lot.pk}"
    return exports.csv_file(request, name, tracing.COLUMNS, tracing.table(lot))
