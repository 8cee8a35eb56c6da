"""The page where a structure of a chain chooses what it offers, and at which of its prices."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ensemblier.base.chains.form_pages import filled, form_page
from ensemblier.base.chains.loading import load_chain
from ensemblier.base.chains.models import Chain
from ensemblier.base.people.access import Actor, guard
from ensemblier.chain.catalogue import access, selecting
from ensemblier.chain.catalogue.forms import SelectionForm

MOST = 50  # products of a page


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_select, load=load_chain)
def select(request: HttpRequest, chain: Chain) -> HttpResponse:
    """One structure at a time, the products of one page at a time."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    mine = list(access.structures_of(actor, chain))
    asked = request.GET.get("structure", "")
    here = next((row for row in mine if str(row.pk) == asked), mine[0] if mine else None)
    back = reverse("catalogue:list", args=[chain.slug])
    if here is None:
        return render(request, "catalogue/select.html", {"chain": chain, "back": back})
    page = Paginator(chain.products.filter(is_offered=True), MOST).get_page(request.GET.get("page"))
    day = timezone.localdate()
    form = filled(request, SelectionForm, organisation=here, products=list(page), day=day)
    return form_page(
        request,
        form,
        lambda data: selecting.select(
            chain=chain,
            organisation=here,
            picks=form.picks(),
            starts=data["starts"],
            day=day,
            actor=request.user,
        ),
        chain=chain,
        title="Ce que nous proposons",
        lead=f"{here.name} : ce que vous ne proposez pas ne sort ni à votre comptoir, ni à votre "
        "caisse, ni dans vos commandes. Les autres structures ne changent pas.",
        back=back,
        done=told,
        goes_to=lambda _: request.get_full_path(),
        template="catalogue/select.html",
        mine=mine,
        here=here,
        page=page,
    )


def told(changed: int) -> str:
    if not changed:
        return "Rien n'a changé."
    return f"{changed} produits changés." if changed > 1 else "Un produit changé."
