"""Pages of distribution: how much goes out, and the cards, by the number printed on them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ensemblier.base.chains.form_pages import filled, form_page
from ensemblier.base.chains.loading import load_chain
from ensemblier.base.chains.models import Chain
from ensemblier.base.pages.charts import Column, ColumnChart
from ensemblier.base.pages.formats import SHORT_MONTHS
from ensemblier.base.people.access import Actor, guard
from ensemblier.chain.distribution import access, actions, queries
from ensemblier.chain.distribution.forms import BlockForm, EraseForm, GiveForm
from ensemblier.chain.distribution.models import Card, Entitlement
from ensemblier.engines.months import add_months

PAGE = require_http_methods(["GET", "HEAD", "POST"])
SHOWN = 6  # months in the picture


def home(chain: Chain) -> str:
    return reverse("distribution:list", args=[chain.slug])


def card_page(card: Card) -> str:
    return reverse("distribution:card", args=[card.pk])


@require_safe
@guard(access.may_list, load=load_chain)
def index(request: HttpRequest, chain: Chain) -> HttpResponse:
    """What went out by month, and the cards this person gave or leads."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    today, leads = timezone.localdate(), access.leads(actor, chain)
    totals = access.sees_totals(actor, chain)
    context: dict[str, Any] = {"chain": chain, "leads": leads, "totals": totals}
    if totals:
        context["chart"] = by_month(chain, today)
        context["count"] = queries.card_count(chain)
    if leads or not totals:
        number = request.GET.get("numero", "").strip()[:12]
        rows = access.cards(actor, chain).select_related("given_by")
        rows = rows.filter(number__startswith=number) if number else rows
        rights = Entitlement.objects.on(today).order_by("scheme")
        rows = rows.prefetch_related(Prefetch("entitlements", rights, "rights"))
        context["page"] = Paginator(rows, 50).get_page(request.GET.get("page"))
        context["number"] = number
    return render(request, "distribution/index.html", context)


def by_month(chain: Chain, today: date) -> ColumnChart:
    """The last six months, empty ones shown as such."""
    first = add_months(today.replace(day=1), 1 - SHOWN)
    found = {row.month: row for row in queries.lines_by_month(chain, first, today)}
    columns = []
    for rank in range(SHOWN):
        month = add_months(first, rank)
        row = found.get(month)
        values = (row.sold, row.given) if row else (0, 0)
        columns.append(Column(SHORT_MONTHS[month.month - 1], values))
    return ColumnChart(
        columns,
        "Lignes vendues et données, mois par mois.",
        series=("Ventes", "Dons"),
        unit="",
        heading="Mois",
    )


@PAGE
@guard(access.may_give, load=load_chain)
def give(request: HttpRequest, chain: Chain) -> HttpResponse:
    givers = access.givers(request.actor, chain)  # type: ignore[attr-defined]
    options = {"givers": givers, "today": timezone.localdate()}
    return form_page(
        request,
        filled(request, GiveForm, **options),
        lambda data: actions.give_card(chain=chain, actor=request.user, **data),
        chain=chain,
        title="Remettre une carte",
        lead="La carte porte un numéro, jamais un nom. Qui la tient, vous seul le savez.",
        back=home(chain),
        button="Créer la carte",
        done=lambda card: f"Écrivez ce numéro sur la carte : {card.number}.",
        goes_to=card_page,
    )


def load_card(request: HttpRequest, pk: int) -> Card:
    return get_object_or_404(Card.objects.select_related("chain__lead", "given_by"), pk=pk)


@require_safe
@guard(access.may_hold, load=load_card)
def card(request: HttpRequest, card: Card) -> HttpResponse:
    """One card: its number, its rights, what is left of the month's quotas."""
    today = timezone.localdate()
    rights = list(card.entitlements.select_related("attested_by").order_by("scheme", "-starts"))
    for right in rights:
        right.card = card
    rows = [(right, state(right, today), left(right, today)) for right in rights[:20]]
    context = {"chain": card.chain, "card": card, "rows": rows}
    return render(request, "distribution/card.html", context)


def state(right: Entitlement, today: date) -> tuple[str, str]:
    if right.starts > today:
        return "wait", "à venir"
    return ("draft", "terminé") if right.ends and right.ends < today else ("done", "en cours")


def left(right: Entitlement, today: date) -> int | None:
    """What the quota leaves this month, for a right that holds today."""
    return queries.left_in_month(right, today) if state(right, today)[0] == "done" else None


@PAGE
@guard(access.may_hold, load=load_card)
def block(request: HttpRequest, card: Card) -> HttpResponse:
    return form_page(
        request,
        filled(request, BlockForm),
        lambda data: actions.block_card(card=card, actor=request.user, **data),
        chain=card.chain,
        title=f"Bloquer la carte {card.number}",
        lead="Elle ne servira plus, nulle part. Ce qui a été remis avec elle reste noté.",
        back=card_page(card),
        button="Bloquer",
        done="La carte est bloquée. Remettez-en une autre si besoin.",
    )


@PAGE
@guard(access.may_hold, load=load_card)
def erase(request: HttpRequest, card: Card) -> HttpResponse:
    """Forget a household: shown with what goes and what stays."""
    form = filled(request, EraseForm)
    if request.method == "POST" and form.is_valid():
        actions.erase_card(card=card, actor=request.user)
        messages.success(request, "La carte est effacée, ses droits aussi. Les totaux restent.")
        return redirect(home(card.chain))
    context = {
        "title": f"Effacer la carte {card.number}",
        "eyebrow": card.chain.name,
        "will_happen": [
            "La carte, ses droits et le lien avec ce qu'elle a reçu sont effacés pour toujours.",
            "Les lignes et les totaux restent : ils ne disent plus à qui.",
        ],
        "button": "Effacer la carte",
        "danger": True,
        "cancel_url": card_page(card),
        "form": form,
    }
    return render(request, "pages/confirm.html", context, status=422 if form.errors else 200)
