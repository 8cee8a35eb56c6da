"""The desk of a place: sell one line, who pays what, undo it, the day with its totals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods, require_safe

from ensemblier.base.chains.form_pages import filled, form_page
from ensemblier.base.chains.loading import load_chain
from ensemblier.base.chains.models import Chain, Site
from ensemblier.base.pages.formats import euros
from ensemblier.base.people.access import Actor, guard
from ensemblier.base.refusal import Refusal
from ensemblier.chain.activities.models import Activity
from ensemblier.chain.billing import actions, desk, desk_access
from ensemblier.chain.billing.desk_forms import SaleForm, UndoSaleForm
from ensemblier.chain.billing.rules import VAT_RATES
from ensemblier.chain.cofinancing.models import Scheme
from ensemblier.chain.distribution.models import SaleLine
from ensemblier.chain.stock import access as stock
from ensemblier.chain.stock import exports

PAGE = require_http_methods(["GET", "HEAD", "POST"])
NEAR = timedelta(days=31)


@dataclass(frozen=True)
class Setting:
    """Where the desk stands: the same for the next person."""

    site: Site | None
    scheme: Scheme | None
    activity: Activity | None
    sites: list[Site]
    schemes: list[Scheme]
    activities: list[Activity]

    @property
    def query(self) -> str:
        found = {
            "lieu": self.site.pk if self.site else "",
            "dispositif": self.scheme.code if self.scheme else "",
            "activite": self.activity.pk if self.activity else "",
        }
        return urlencode({name: value for name, value in found.items() if value})

    def facts(self) -> dict[str, Any]:
        """By the names of `actions.sell`."""
        assert self.site is not None
        return {
            "chain": self.site.chain,
            "site": self.site,
            "seller": self.site.keeper,
            "scheme": self.scheme.code if self.scheme else "",
            "activity": self.activity,
            "iae_agreement": self.activity.iae_agreement if self.activity else None,
            "commune_code": self.site.commune.code if self.site.commune else "",
        }


def setting(request: HttpRequest, chain: Chain) -> Setting:
    """As the address says; a place that is the only one is taken without asking."""
    asked = request.GET
    sites = stock.sites(request.actor, chain)  # type: ignore[attr-defined]
    places = list(sites.select_related("keeper", "commune", "chain"))
    schemes = list(chain.schemes.all())
    site = picked(places, asked.get("lieu", "")) or (places[0] if len(places) == 1 else None)
    now = timezone.now()
    near = Activity.objects.filter(
        chain=chain, site=site, starts_at__range=(now - NEAR, now + NEAR)
    )
    near = near.exclude(state__in=[Activity.State.CANCELLED, Activity.State.MOVED])
    activities = list(near.select_related("iae_agreement").order_by("-starts_at")) if site else []
    code = asked.get("dispositif", "")
    scheme = next((row for row in schemes if row.code == code), None)
    activity = picked(activities, asked.get("activite", ""))
    return Setting(site, scheme, activity, places, schemes, activities)


def picked(rows: list[Any], typed: str) -> Any:
    return next((row for row in rows if str(row.pk) == typed), None)


@PAGE
@guard(desk_access.may_sell, load=load_chain)
def sale(request: HttpRequest, chain: Chain) -> HttpResponse:
    """One line at a time, at one place; without a script."""
    where, today = setting(request, chain), timezone.localdate()
    context: dict[str, Any] = {"chain": chain, "where": where, "today": today}
    if where.site is None:
        return render(request, "desk/sale.html", context)
    code = where.scheme.code if where.scheme else ""
    counter = desk.counter(where.site, code, today)
    form = filled(
        request,
        SaleForm,
        site=where.site,
        sellable=counter.sellable,
        asks_card=bool(where.scheme and where.scheme.asks_card),
        today=today,
    )
    if request.method == "POST" and form.is_valid():
        try:
            facts = form.sold() | where.facts()
            line = actions.sell(now=timezone.now(), actor=request.user, **facts)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return redirect(f"{line_page(line)}?{where.query}")
    context |= {"form": form, "counter": counter}
    return render(request, "desk/sale.html", context, status=422 if form.errors else 200)


def line_page(line: SaleLine) -> str:
    return reverse("desk:line", args=[line.pk])


def load_line(request: HttpRequest, pk: int) -> SaleLine:
    rows = SaleLine.objects.select_related(
        "chain__lead", "site", "product", "seller", "buyer", "movement__lot", "undone_by", "undoes"
    )
    return get_object_or_404(rows, pk=pk)


@require_safe
@guard(desk_access.may_see_line, load=load_line)
def line(request: HttpRequest, line: SaleLine) -> HttpResponse:
    """Who pays what: the person's part first, and big."""
    parts = desk.paid(line)
    who = line.buyer.name if line.buyer else desk.SOMEBODY
    person = sum(part.cents for part in parts if part.name == who)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    context = {
        "chain": line.chain,
        "line": line,
        "parts": parts,
        "person": person,
        "vat": VAT_RATES.get(line.vat_rate, "") if line.vat_rate else "",
        "waits": desk.waits(line, bool(parts)),
        "bar": desk.bar(parts),
        "sells": desk_access.may_undo_line(actor, line).allowed,
        "undone_by": getattr(line, "undone_by", None),
        "query": request.GET.urlencode() or urlencode({"lieu": line.site_id}),
    }
    return render(request, "desk/line.html", context)


@PAGE
@guard(desk_access.may_undo_line, load=load_line)
def undo(request: HttpRequest, line: SaleLine) -> HttpResponse:
    def act(data: dict[str, Any]) -> SaleLine:
        return actions.undo_sale(line=line, now=timezone.now(), actor=request.user, **data)

    return form_page(
        request,
        filled(request, UndoSaleForm, today=timezone.localdate()),
        act,
        chain=line.chain,
        title="Annuler une ligne",
        lead=f"{line.product}, {euros(line.price_cents)} : la quantité revient en stock et chaque "
        "part à qui l'a payée. Rendez son argent à la personne.",
        button="Annuler cette ligne",
        back=line_page(line),
        done="La ligne est annulée : stock, droit et argent sont revenus.",
    )


@dataclass(frozen=True)
class AskedDay:
    """The day and the place of a list of lines, as its address says."""

    day: date
    site: int | None

    @classmethod
    def read(cls, request: HttpRequest) -> AskedDay:
        typed, site = request.GET.get("jour", ""), request.GET.get("lieu", "")
        try:
            day = parse_date(typed)
        except ValueError:
            day = None
        known = site.isascii() and site.isdigit() and len(site) < 10
        return cls(day or timezone.localdate(), int(site) if known else None)


@require_safe
@guard(desk_access.may_read_day, load=load_chain)
def day(request: HttpRequest, chain: Chain) -> HttpResponse:
    """The lines of a day with their totals."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    asked = AskedDay.read(request)
    lines = desk.of_day(desk_access.lines(actor, chain), asked.day, asked.site)
    found = desk.totals(lines)
    page = Paginator(lines, 50)
    page.count = found.count  # counted already
    shown = page.get_page(request.GET.get("page"))
    context = {
        "chain": chain,
        "asked": asked,
        "totals": found,
        "chart": found.chart(),
        "page": shown,
        "rows": desk.day_lines(shown.object_list),
        "sites": list(chain.sites.all()),
        "sells": stock.leads(actor, chain) or not stock.sees_all(actor, chain),
    }
    return render(request, "desk/day.html", context)


@require_safe
@guard(desk_access.may_read_day, load=load_chain)
def day_csv(request: HttpRequest, chain: Chain) -> HttpResponse:
    asked = AskedDay.read(request)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    lines = desk.of_day(desk_access.lines(actor, chain), asked.day, asked.site)
    return exports.csv_file(request, f"lignes-{asked.day}", desk.COLUMNS, desk.table(lines))
