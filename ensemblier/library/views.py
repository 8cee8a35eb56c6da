"""Pages of the library: the list and its map, a sheet, its plain-French version, a new start."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ensemblier.base.chains.terms import Link
from ensemblier.base.pages.charts import TerritoryMap
from ensemblier.base.people.access import guard
from ensemblier.base.people.models import Organisation
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.base.territory.france_map import department_map
from ensemblier.base.territory.models import Commune, Department
from ensemblier.fund.applications.actions import start as start_application
from ensemblier.fund.calls.models import Call
from ensemblier.fund.monitoring.models import EndSheet
from ensemblier.fund.monitoring.sheets import published
from ensemblier.library.access import SPEAKERS, may_read, may_start
from ensemblier.library.drafts import draft_from
from ensemblier.library.forms import FilterForm, StartForm
from ensemblier.library.models import Sheet
from ensemblier.library.related import neighbours
from ensemblier.library.stems import stems

PARTS = ("links", "prices", "funders")
PLACES = Prefetch("departments", Department.objects.select_related("region"))


def one(request: HttpRequest, *, slug: str) -> Sheet:
    return get_object_or_404(Sheet, slug=slug)


@require_safe
@guard(may_read, public=True)
def index(request: HttpRequest) -> HttpResponse:
    """The sheets that meet the filters, in full on one page: there are few."""
    everyone = list(Sheet.objects.in_short().prefetch_related(*PARTS, PLACES))
    form = FilterForm(request.GET, sheets=everyone)
    words: list[str] = []
    sheets = everyone
    if form.is_valid():
        asked = form.cleaned_data
        words = stems(asked["q"])
        found = Sheet.objects.sorted_by(
            link=asked["maillon"],
            length=asked["longueur"],
            funder=asked["financeur"],
            price=asked["prix"],
            department=asked["departement"],
            region=asked["region"],
            national=asked["nationale"],
        ).search(words)
        by_number = {sheet.number: sheet for sheet in everyone}
        sheets = [by_number[number] for number in found.values_list("number", flat=True)]
    context = {
        "form": form,
        "sheets": sheets,
        "total": len(everyone),
        "filtered": any(request.GET.get(name) for name in form.fields),
        "nothing_sought": bool(request.GET.get("q", "").strip()) and not words,
        "chart": _map(everyone),
        "supported": [] if any(request.GET.get(name) for name in form.fields) else published(),
    }
    return render(request, "library/index.html", context)


def _map(sheets: list[Sheet]) -> TerritoryMap:
    """Where the sheets are; each department leads to its own sheets."""
    codes = Counter(place.code for sheet in sheets for place in sheet.departments.all())
    numbers = dict(sorted(codes.items()))
    return department_map(
        numbers=numbers,
        links={code: f"{reverse('library:list')}?departement={code}" for code in numbers},
        sentence=f"Les fiches touchent {len(numbers)} départements, et certaines toute la France.",
        measure="Fiches",
    )


@require_safe
@guard(may_read, load=one, public=True)
def detail(request: HttpRequest, sheet: Sheet) -> HttpResponse:
    """A sheet in the report's own format, with its figures and its neighbours."""
    everyone = list(Sheet.objects.prefetch_related(*PARTS, PLACES))
    full = next(other for other in everyone if other.pk == sheet.pk)
    context = {
        "sheet": full,
        "report": [
            (full._meta.get_field(name).verbose_name, getattr(full, name)) for name in REPORT_FIELDS
        ],
        "communes": Commune.objects.filter(code__in=full.commune_codes).order_by("name"),
        "figures": full.figures.all(),
        "neighbours": neighbours(full, everyone),
        "example": _example(full.example),
    }
    return render(request, "library/detail.html", context)


def one_supported(request: HttpRequest, *, slug: str) -> EndSheet:
    return get_object_or_404(published(), slug=slug)


@require_safe
@guard(may_read, load=one_supported, public=True)
def supported(request: HttpRequest, sheet: EndSheet) -> HttpResponse:
    """The end sheet of a supported project, in the format of the others."""
    names = [name.removeprefix("report_") for name in REPORT_FIELDS]
    context = {
        "sheet": sheet,
        "report": [(sheet._meta.get_field(n).verbose_name, getattr(sheet, n)) for n in names],
        "links": [Link(value).label for value in sheet.links if value in Link.values],
        "plain": [line for line in sheet.plain_lines.splitlines() if line.strip()],
        "addresses": sheet.web_links.split(),
    }
    return render(request, "library/supported.html", context)


REPORT_FIELDS = (
    *("report_carrier", "report_territory", "report_type", "report_aim", "report_public"),
    *("report_action", "report_funding", "report_support", "report_difficulties"),
    "report_lessons",
)


def _example(example: dict[str, Any]) -> dict[str, Any]:
    """The assumed budget, in cents as the amounts filter wants them."""
    sides = [
        (heading, [line | {"cents": line["amount"] * 100} for line in example[side]])
        for heading, side in (("Charges", "charges"), ("Produits", "resources"))
    ]
    return {"sides": sides, "total": sum(line["amount"] for line in example["charges"]) * 100}


@require_safe
@guard(may_read, load=one, public=True)
def easy(request: HttpRequest, sheet: Sheet) -> HttpResponse:
    """The sheet in plain French: big letters, one idea per line."""
    return render(request, "library/easy.html", {"sheet": sheet})


@require_http_methods(["GET", "HEAD", "POST"])
@guard(may_start, load=one)
def start(request: HttpRequest, sheet: Sheet) -> HttpResponse:
    """Ask which organisation and which call, then open a draft filled from the sheet."""
    actor, now = request.actor, timezone.now()  # type: ignore[attr-defined]
    options = {
        "initial": {"title": sheet.example["project_title"]},
        "organisations": Organisation.objects.filter(pk__in=actor.organisations(*SPEAKERS)),
        "calls": Call.objects.open_at(now),
    }
    form: Any = (
        StartForm(request.POST, **options)
        if request.method == "POST"
        else unchecked(StartForm, request, **options)
    )
    if request.method == "POST" and form.is_valid():
        try:
            application = start_application(
                actor=actor.user,
                **form.cleaned_data,
                from_sheet=draft_from(sheet),
                now=now,
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(
                request, "Votre brouillon est prêt. Relisez chaque partie et adaptez-la."
            )
            return redirect(reverse("applications:detail", args=[application.number]))
    status = 422 if form.errors else 200
    return render(request, "library/start.html", {"sheet": sheet, "form": form}, status=status)
