"""Pages of the stock of a chain: the lots, what comes in, the workshop, the count, an undoing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ensemblier.base.chains.form_pages import filled, form_page
from ensemblier.base.chains.loading import load_chain
from ensemblier.base.chains.models import Chain, Site
from ensemblier.base.people.access import Actor, guard
from ensemblier.base.refusal import Refusal
from ensemblier.chain.catalogue.rules import written
from ensemblier.chain.stock import access, actions, listing
from ensemblier.chain.stock.forms import ReceiveForm, UndoForm
from ensemblier.chain.stock.models import Lot, Movement
from ensemblier.chain.stock.workshop_forms import MOST_ROWS, CountForm, ProcessForm

PAGE = require_http_methods(["GET", "HEAD", "POST"])
MOST_COUNTED = 200


def home(chain: Chain) -> str:
    return reverse("stock:list", args=[chain.slug])


def lot_page(lot: Lot) -> str:
    return reverse("stock:lot", args=[lot.pk])


@require_safe
@guard(access.may_list, load=load_chain)
def index(request: HttpRequest, chain: Chain) -> HttpResponse:
    """The lots that are left, the first date first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    day, asked = timezone.localdate(), listing.Asked.read(request.GET)
    levels = access.levels(actor, chain)
    lots = listing.chosen(access.lots(actor, chain), levels, asked, chain, day)
    page = Paginator(lots, 50).get_page(request.GET.get("page"))
    leads = access.leads(actor, chain)
    context = {
        "chain": chain,
        "page": page,
        "rows": listing.rows(page.object_list, levels, day),
        "asked": asked,
        "sites": list(chain.sites.all()),
        "states": listing.STATES,
        "enters": leads or not access.sees_all(actor, chain),
        "sees_all": access.sees_all(actor, chain),
    }
    return render(request, "stock/index.html", context)


@PAGE
@guard(access.may_enter, load=load_chain)
def receive(request: HttpRequest, chain: Chain) -> HttpResponse:
    sites = access.sites(request.actor, chain)  # type: ignore[attr-defined]
    form = filled(request, ReceiveForm, chain=chain, sites=sites, today=timezone.localdate())

    def act(_: dict[str, Any]) -> Movement:
        arrival = form.arrival()
        return actions.receive(chain=chain, now=timezone.now(), actor=request.user, **arrival)

    return form_page(
        request,
        form,
        act,
        chain=chain,
        title="Recevoir un lot",
        lead="Un achat, un don, une récolte ou un glanage : chaque arrivée fait un lot.",
        back=home(chain),
        done=lambda row: f"Le lot {row.lot.number} est entré : {said(row)} à « {row.target} ».",
        goes_to=lambda row: lot_page(row.lot),
    )


@PAGE
@guard(access.may_enter, load=load_chain)
def process(request: HttpRequest, chain: Chain) -> HttpResponse:
    """A run of a workshop at the place of the address; without a place, choose one."""
    sites = access.sites(request.actor, chain)  # type: ignore[attr-defined]
    site = asked_site(request, sites)
    if site is None:
        return choose_site(request, chain, sites, "Noter un atelier", "Où a lieu l'atelier ?")
    options = {"chain": chain, "site": site, "today": timezone.localdate()}
    context = {"chain": chain, "site": site, "back": home(chain)}
    if request.method == "POST" and "more" in request.POST:
        form = more_rows(request, options)
    else:
        form = filled(request, ProcessForm, **options)
        if request.method == "POST" and form.is_valid():
            try:
                made = actions.process(
                    site=site, now=timezone.now(), actor=request.user, **form.run()
                )
            except Refusal as refusal:
                form.refuse(refusal)
            else:
                names = ", ".join(f"{lot.product} (lot {lot.number})" for lot in made)
                messages.success(request, f"L'atelier est noté. Il en sort : {names}.")
                return redirect(home(chain))
    return render(
        request, "stock/process.html", context | {"form": form}, status=422 if form.errors else 200
    )


def more_rows(request: HttpRequest, options: dict[str, Any]) -> ProcessForm:
    """The same form as it was typed, with three more lines, checked by nobody yet."""
    typed = {name: value for name, value in request.POST.items() if name != "more"}
    rows = str(typed.get("rows", ""))
    known = int(rows) if rows.isascii() and rows.isdigit() and len(rows) < 4 else 3
    return ProcessForm(initial=typed | {"rows": min(known + 3, MOST_ROWS)}, **options)


@PAGE
@guard(access.may_enter, load=load_chain)
def count(request: HttpRequest, chain: Chain) -> HttpResponse:
    """The sheet of a place: each lot with what the books say, beside what is counted."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    sites = access.sites(actor, chain)
    site = asked_site(request, sites)
    if site is None:
        return choose_site(request, chain, sites, "Inventaire", "Quel lieu comptez-vous ?")
    levels = site.levels.select_related("lot__product").order_by("lot__product__name", "lot")
    kept = levels.filter(**asked_lots(request))
    sheet = [(level.lot, level.milli) for level in kept[:MOST_COUNTED]]
    form = filled(request, CountForm, levels=sheet, today=timezone.localdate())

    def act(data: dict[str, Any]) -> list[Movement]:
        facts = {name: data[name] for name in ("key", "day", "reason")}
        return actions.count(
            site=site, counted=form.counted(), now=timezone.now(), actor=request.user, **facts
        )

    return form_page(
        request,
        form,
        act,
        chain=chain,
        title=f"Inventaire, {site}",
        lead="Écrivez ce que vous avez compté ; laissez vide ce que vous n'avez pas compté. "
        "L'écart avec le livre sera noté, avec votre motif.",
        back=home(chain),
        done=told_count,
        template="stock/count.html",
        site=site,
        most=MOST_COUNTED,
        full=len(sheet) == MOST_COUNTED,
    )


def asked_lots(request: HttpRequest) -> dict[str, Any]:
    """The lot of the address, else those of the sheet that was sent (one that sold out meanwhile
    was counted all the same), else all that is left."""
    one = request.GET.get("lot", "")
    sent = [name.removeprefix("lot_") for name in request.POST if name.startswith("lot_")]
    found = [pk for pk in ([one] if one else sent) if _is_number(pk)]
    return {"lot_id__in": found} if found else {"milli__gt": 0}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def told_count(rows: list[Movement]) -> str:
    if not rows:
        return "Le comptage est noté : le livre dit juste."
    gaps = ", ".join(
        f"{row.lot} : {'+' if row.target_id else '−'}{said(row)}"  # noqa: RUF001
        for row in rows[:5]
    )
    more = f" et {len(rows) - 5} autres" if len(rows) > 5 else ""
    return f"Le comptage est noté. Écarts : {gaps}{more}."


def load_movement(request: HttpRequest, pk: int) -> Movement:
    rows = Movement.objects.select_related(
        "lot__chain__lead", "lot__product", "source", "target", "party", "sale_line"
    )
    return get_object_or_404(rows, pk=pk)


@PAGE
@guard(access.may_undo, load=load_movement)
def undo(request: HttpRequest, movement: Movement) -> HttpResponse:
    whole = " L'atelier entier est annulé, entrées et sorties." if movement.processing_id else ""
    return form_page(
        request,
        filled(request, UndoForm, today=timezone.localdate()),
        lambda data: actions.undo(
            movement=movement, now=timezone.now(), actor=request.user, **data
        ),
        chain=movement.lot.chain,
        title="Annuler un mouvement",
        lead=f"{movement.get_kind_display().capitalize()} de {said(movement)}, "
        f"{movement.lot}. Le mouvement reste au livre, avec son contraire.{whole}",
        back=lot_page(movement.lot),
        done="Le mouvement est annulé : la quantité est revenue où elle était.",
        button="Annuler ce mouvement",
    )


def asked_site(request: HttpRequest, sites: Any) -> Site | None:
    """The place named in the address, or the only one there is."""
    typed = request.GET.get("lieu", "")
    if typed.isascii() and typed.isdigit() and len(typed) < 10:
        return get_object_or_404(sites, pk=int(typed))
    found = list(sites[:2])
    return found[0] if len(found) == 1 else None


def choose_site(
    request: HttpRequest, chain: Chain, sites: Any, title: str, question: str
) -> HttpResponse:
    context = {"chain": chain, "sites": sites, "title": title, "question": question}
    return render(request, "stock/choose_site.html", context | {"back": home(chain)})


def said(movement: Movement) -> str:
    return written(movement.milli, movement.lot.product.get_unit_display())
