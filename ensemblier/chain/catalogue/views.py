"""Pages of the catalogue: the products of a chain, one product with its prices and labels."""

from __future__ import annotations

from datetime import date
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
from ensemblier.base.chains.loading import load_chain
from ensemblier.base.chains.models import Chain
from ensemblier.base.people.access import Actor, guard
from ensemblier.chain.catalogue import access, actions, queries, season
from ensemblier.chain.catalogue.forms import LabelForm, PriceForm, ProductFilter, ProductForm
from ensemblier.chain.catalogue.models import Label, Price, Product
from ensemblier.engines.law import egalim

PAGE = require_http_methods(["GET", "HEAD", "POST"])
MOST_PAST = 50  # rows of the past that a page shows


def home(product: Product) -> str:
    return reverse("catalogue:detail", args=[product.pk])


def load_product(request: HttpRequest, pk: int) -> Product:
    return get_object_or_404(Product.objects.select_related("chain__lead"), pk=pk)


@require_safe
@guard(access.may_list, load=load_chain)
def index(request: HttpRequest, chain: Chain) -> HttpResponse:
    """The products of a chain, with their two main prices and their labels of the day."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = ProductFilter(request.GET or None)
    asked = form.cleaned_data if form.is_bound and form.is_valid() else {}
    page = Paginator(queries.listed(chain, **asked), 50).get_page(request.GET.get("page"))
    found = queries.standings(page.object_list, actor.day)
    context = {
        "chain": chain,
        "form": form,
        "page": page,
        "rows": [(product, found[product.pk]) for product in page.object_list],
        "filtered": any(asked.values()),
        "leads": chains.leads(actor, chain),
        "selects": actor.has(*chains.WORKERS) and not actor.has(*chains.READERS),
    }
    return render(request, "catalogue/index.html", context)


@PAGE
@guard(access.may_add, load=load_chain)
def new(request: HttpRequest, chain: Chain) -> HttpResponse:
    form = filled(request, ProductForm)
    return form_page(
        request,
        form,
        lambda data: actions.add_product(chain=chain, actor=request.user, **form.product()),
        chain=chain,
        title="Ajouter un produit",
        lead="Ce que la filière cultive, achète, transforme ou donne, compté dans une seule unité.",
        back=reverse("catalogue:list", args=[chain.slug]),
        done=lambda product: f"« {product.name} » est au catalogue. Donnez-lui ses prix.",
        goes_to=home,
    )


@require_safe
@guard(access.may_see_product, load=load_product)
def detail(request: HttpRequest, product: Product) -> HttpResponse:
    """One product: its season, how it is kept, its prices by date and its proved labels."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    sellers = access.sellers_seen(actor, product.chain)
    prices = [(price, standing(price, actor.day)) for price in queries.prices_of(product, sellers)]
    labels = product.labels.select_related("grower", "proof").order_by("kind", "-starts")
    reads_all = sellers is None
    context = {
        "chain": product.chain,
        "product": product,
        "current": [row for row in prices if row[1] != "past"],
        "past": [row for row in prices if row[1] == "past"][:MOST_PAST],
        "labels": [
            (label, label_standing(label, actor.day), reads_all or label.grower_id in sellers)
            for label in labels[:MOST_PAST]
        ],
        "leads": chains.leads(actor, product.chain),
    }
    if product.season_first and product.season_last:
        context["months"] = season.months(product.season_first, product.season_last)
        context["season"] = season.sentence(product.season_first, product.season_last)
    return render(request, "catalogue/detail.html", context)


def standing(row: Price | Label, day: date) -> str:
    """Where a dated row stands that day: "past", "next" or "now"."""
    if row.ends is not None and row.ends < day:
        return "past"
    return "next" if row.starts > day else "now"


def label_standing(label: Label, day: date) -> str:
    """The same for a label, that the law may have stopped counting."""
    found = standing(label, day)
    return "uncounted" if found == "now" and not egalim.counts(label.kind, day) else found


@PAGE
@guard(access.may_change_product, load=load_product)
def price(request: HttpRequest, product: Product) -> HttpResponse:
    day = timezone.localdate()
    form = filled(request, PriceForm, chain=product.chain, day=day, initial={"starts": day})

    def act(data: dict[str, Any]) -> Price:
        cents = data.pop("unit_price")
        return actions.set_price(product=product, unit_cents=cents, actor=request.user, **data)

    return form_page(
        request,
        form,
        act,
        chain=product.chain,
        title="Fixer un prix",
        lead=f"{product.name}, compté en {product.get_unit_display()}.",
        back=home(product),
        done="Le tarif est noté. Les ventes d'avant gardent le leur.",
    )


@PAGE
@guard(access.may_change_product, load=load_product)
def label(request: HttpRequest, product: Product) -> HttpResponse:
    form = filled(request, LabelForm, chain=product.chain, day=timezone.localdate())
    return form_page(
        request,
        form,
        lambda data: actions.add_label(product=product, actor=request.user, **data),
        chain=product.chain,
        title="Ajouter un label",
        lead=f"{product.name}. Un label se prouve : un numéro de certificat ou une pièce.",
        back=home(product),
        done="Le label est noté avec sa preuve.",
    )


@PAGE
@guard(access.may_change_product, load=load_product)
def offer(request: HttpRequest, product: Product) -> HttpResponse:
    """Withdraw a product, or offer it again."""
    offers = not product.is_offered

    def act(data: dict[str, Any]) -> Product:
        return actions.withdraw_product(
            product=product, is_offered=offers, actor=request.user, **data
        )

    return form_page(
        request,
        filled(request, ReasonForm),
        act,
        chain=product.chain,
        title="Proposer de nouveau" if offers else "Retirer du catalogue",
        lead=f"{product.name}. Ses lots, ses prix et ses ventes restent notés.",
        button="Proposer" if offers else "Retirer",
        back=home(product),
        done="Le produit est proposé." if offers else "Le produit n'est plus proposé.",
    )
