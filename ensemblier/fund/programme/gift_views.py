"""The reference amount of gifts: what could be reinvested, as the report proposes."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ensemblier.base.pages.charts import Column, ColumnChart
from ensemblier.base.pages.formats import euros
from ensemblier.base.people.access import everyone, guard
from ensemblier.base.refusal import Refusal
from ensemblier.engines.gifts import NoPastYear, Reference, reference
from ensemblier.engines.law.gifts import company_relief_rate
from ensemblier.fund.programme import access, delegation
from ensemblier.fund.programme.forms import GiftsForm
from ensemblier.fund.programme.models import GiftYear
from ensemblier.fund.programme.views import filled, form_page

YEARS = 5  # of the mean: the report says "les dernières années", five is our reading


def in_force() -> dict[int, GiftYear]:
    """The last figure written for each year."""
    return {row.year: row for row in GiftYear.objects.order_by("year", "pk")}


def last_reference(rows: dict[int, GiftYear]) -> Reference | None:
    """The reference of the last year known, None when no year comes before it."""
    if not rows:
        return None
    last = max(rows)
    cents = {year: row.gifts_cents for year, row in rows.items()}
    rate = company_relief_rate(date(last, 12, 31))
    try:
        return reference(cents, last, over=YEARS, relief_rate=rate)
    except NoPastYear:
        return None


@require_safe
@guard(everyone, public=True)
def gifts(request: HttpRequest) -> HttpResponse:
    """The gifts of each year, their mean, and what is missing this year."""
    rows = in_force()
    found = last_reference(rows)
    context = {
        "rows": [rows[year] for year in sorted(rows)],
        "found": found,
        "chart": chart(rows, found) if found else None,
        "writer": access.may_manage(request.actor).allowed,  # type: ignore[attr-defined]
    }
    return render(request, "programme/gifts.html", context)


def chart(rows: dict[int, GiftYear], found: Reference) -> ColumnChart:
    columns = [
        Column(str(year), (row.gifts_cents, found.mean if year == found.year else 0))
        for year, row in sorted(rows.items())
    ]
    sentence = (
        f"En {found.year}, les dons sont de {euros(found.gifts)} ; la moyenne des années "
        f"précédentes était de {euros(found.mean)}."
    )
    return ColumnChart(columns, sentence, ("Dons", "Montant de référence"), heading="Année")


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_manage)
def new_gifts(request: HttpRequest) -> HttpResponse:
    form = filled(request, GiftsForm)
    back = reverse("programme:gifts")
    if request.method == "POST" and form.is_valid():
        try:
            delegation.record_gifts(actor=request.user, now=timezone.now(), **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "Le chiffre est noté.")
            return redirect(back)
    return form_page(request, form, "Noter les dons d'une année", back, eyebrow="Dons")
