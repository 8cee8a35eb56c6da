"""Pages of insertion: the agreements of a chain, the board of one, its charges and receipts."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ensemblier.base.chains.access import WORKERS
from ensemblier.base.chains.form_pages import filled, form_page
from ensemblier.base.chains.loading import load_chain
from ensemblier.base.chains.models import Chain
from ensemblier.base.people.access import Actor, guard
from ensemblier.base.people.models import IaeAgreement
from ensemblier.chain.insertion import access, actions, board, queries
from ensemblier.chain.insertion.board import Board
from ensemblier.chain.insertion.forms import ChargeForm, OpenForm, OutsideSaleForm, SalesChoiceForm
from ensemblier.chain.insertion.models import InsertionContract

PAGE = require_http_methods(["GET", "HEAD", "POST"])
SHOWN = 50


def load_board(request: HttpRequest, slug: str, pk: int) -> Board:
    chain = load_chain(request, slug)
    found = queries.agreements_of(chain, timezone.localdate())
    return Board(chain, get_object_or_404(found, pk=pk))


def page_of(where: Board) -> str:
    return reverse("insertion:agreement", args=[where.chain.slug, where.agreement.pk])


@require_safe
@guard(access.may_list, load=load_chain)
def index(request: HttpRequest, chain: Chain) -> HttpResponse:
    """The agreements of the chain, each with where its sales stand this year."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    today = timezone.localdate()
    rows = queries.agreements_of(chain, today)
    if not access.sees_all(actor, chain):
        rows = rows.filter(organisation__in=actor.organisations(*WORKERS))
    agreements = list(rows[:SHOWN])
    sales = queries.sales_of(agreements, today.year, today)
    shown = [(row, share_of(row, sales)) for row in agreements]
    return render(request, "insertion/index.html", {"chain": chain, "rows": shown, "today": today})


@require_safe
@guard(access.may_see_board, load=load_board)
def agreement(request: HttpRequest, where: Board) -> HttpResponse:
    """The board: share of sales with its forecast, hours, contracts, charges and receipts."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row, today = where.agreement, timezone.localdate()
    year = asked_year(request, where)
    last = board.last_day(year, today)
    found = queries.hours(row, last.replace(month=1, day=1), last)
    works = access.works_for(actor, where)
    contracts = queries.contracts_of(row, year)
    context: dict[str, Any] = {
        "chain": where.chain,
        "agreement": row,
        "year": year,
        "years": range(row.starts.year, min(row.ends, today).year + 1),
        "share": share_of(row, queries.sales_of([row], year, last)),
        "choices": queries.choices_of(where)[:SHOWN],
        "hours": found,
        "bar": board.hours_bar(found.minutes),
        "exits": exits(row, year),
        "works": works,
        "contracts": contracts[:200] if works else None,
        "charges": row.charges.filter(month__year=year).order_by("-month", "-pk")[:SHOWN],
        "sales": row.sales.filter(day__year=year).order_by("-day", "-pk")[:SHOWN],
    }
    return render(request, "insertion/agreement.html", context)


def share_of(row: IaeAgreement, sales: queries.Sales) -> board.SalesShare | None:
    """Only an ACI has one."""
    if not board.is_capped(row):
        return None
    waiting = [(each.site, each.cents) for each in sales.waiting[row.pk]]
    return board.sales_share(row, sales.months[row.pk], sales.sources[row.pk], waiting)


def asked_year(request: HttpRequest, where: Board) -> int:
    """The year of the address, this one when it is not said."""
    today = timezone.localdate()
    typed = request.GET.get("annee", "")
    if not typed:
        started = max(today.year, where.agreement.starts.year)
        return min(started, where.agreement.ends.year)
    if not (typed.isascii() and typed.isdigit() and len(typed) == 4):
        raise Http404
    if not where.agreement.starts.year <= int(typed) <= where.agreement.ends.year:
        raise Http404
    return int(typed)


def exits(row: Any, year: int) -> list[tuple[str, int]]:
    first = timezone.localdate().replace(year=year, month=1, day=1)
    found = queries.exits(row, first, first.replace(month=12, day=31))
    labels = dict(InsertionContract.Exit.choices)
    return [(str(labels[kind]).capitalize(), number) for kind, number in found.items()]


@PAGE
@guard(access.may_write, load=load_board)
def open_contract(request: HttpRequest, where: Board) -> HttpResponse:
    form = filled(request, OpenForm, board=where)

    def act(_: dict[str, Any]) -> InsertionContract:
        typed = form.contract()
        return actions.open_contract(agreement=where.agreement, actor=request.user, **typed)

    return form_page(
        request,
        form,
        act,
        chain=where.chain,
        title="Ouvrir un contrat",
        lead=f"{where.agreement}. La personne doit être inscrite aux activités de la filière, "
        "sous un nom d'usage.",
        back=page_of(where),
        done="Le contrat est ouvert : notez ses heures au fil des jours.",
        goes_to=lambda row: reverse("insertion:contract", args=[row.pk]),
    )


@PAGE
@guard(access.may_write, load=load_board)
def note_charge(request: HttpRequest, where: Board) -> HttpResponse:
    return amount(
        request,
        where,
        ChargeForm,
        lambda data: actions.note_charge(month=data.pop("day"), **data),
        title="Noter une charge",
        lead="Une charge de l'activité d'insertion : salaires, encadrement, matériel, loyer.",
        done="La charge est notée.",
    )


@PAGE
@guard(access.may_write, load=load_board)
def note_sale(request: HttpRequest, where: Board) -> HttpResponse:
    return amount(
        request,
        where,
        OutsideSaleForm,
        lambda data: actions.note_outside_sale(**data),
        title="Noter une recette hors filière",
        lead="Les lignes vendues par votre structure, au comptoir ou par un fichier de caisse, "
        "comptent déjà. Écrivez ici le reste : ce qu'une facture hors filière, une prestation ou "
        "une livraison à la filière vous a rapporté.",
        done="La recette est notée.",
    )


@PAGE
@guard(access.may_write, load=load_board)
def choose_sales(request: HttpRequest, where: Board) -> HttpResponse:
    structure = where.agreement.organisation
    initial = {"agreement": where.agreement.pk, "starts": where.agreement.starts}
    return form_page(
        request,
        filled(request, SalesChoiceForm, board=where, initial=initial),
        lambda data: actions.choose_sales(
            organisation=structure, now=timezone.now(), actor=request.user, **data
        ),
        chain=where.chain,
        title="Attribuer les ventes d'un lieu",
        lead=f"Les lignes vendues par {structure.name} dans ce lieu, sans activité d'une "
        "convention, comptent à partir de ce jour là où vous le dites. Une activité qui nomme sa "
        "convention l'emporte toujours.",
        back=page_of(where),
        done="C'est noté : les ventes de ce lieu sont comptées ainsi.",
    )


def amount(request: HttpRequest, where: Board, kind: Any, act: Any, **words: Any) -> HttpResponse:
    def noted(data: dict[str, Any]) -> Any:
        facts = data | {"agreement": where.agreement, "now": timezone.now(), "actor": request.user}
        facts["cents"] = facts.pop("amount")
        return act(facts)

    form = filled(request, kind, initial={"day": timezone.localdate()})
    return form_page(request, form, noted, chain=where.chain, back=page_of(where), **words)
