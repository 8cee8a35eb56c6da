"""The public page of grants, the files with stable addresses, the history of each line."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from ensemblier.base.pages import formats
from ensemblier.base.people.access import everyone, guard
from ensemblier.base.territory.france_map import department_map
from ensemblier.base.territory.models import Region
from ensemblier.fund.programme.models import Strand
from ensemblier.fund.publication import reading, statistics
from ensemblier.fund.publication.forms import FilterForm
from ensemblier.fund.publication.models import Edition, Entry

PER_PAGE = 50
# The end of a file's name -> its format.
SUFFIXES = {"": Edition.Profile.REGULATORY, "-scdl": Edition.Profile.SCDL}
NAMES = {
    Edition.Profile.REGULATORY: "subventions-{}.csv",
    Edition.Profile.SCDL: "subventions-{}-scdl.csv",
    Edition.Profile.STATISTICS: "statistiques-{}.csv",
}


@require_safe
@guard(everyone, public=True)
def grants(request: HttpRequest) -> HttpResponse:
    """Every published grant, with its map, its filters and the total of the books."""
    everything = reading.shown()
    form = FilterForm(request.GET, rows=everything)
    rows = everything
    if form.is_valid():
        asked = form.cleaned_data
        rows = reading.shown(asked["annee"], asked["region"], asked["volet"])
    filtered = any(request.GET.get(name) for name in form.fields)
    context = {
        "form": form,
        "filtered": filtered,
        "page": Paginator(_lines(rows), PER_PAGE).get_page(request.GET.get("page")),
        "total": reading.total(rows),
        "chart": _map(rows),
        "files": _files(),
    }
    return render(request, "publication/grants.html", context)


def _lines(rows: list[Any]) -> list[dict[str, Any]]:
    regions = dict(Region.objects.values_list("code", "name"))
    return [
        {
            "code": row.entry.code,
            "content": row.content,
            "cents": row.amount_cents,
            "region": regions.get(row.content.get("region"), ""),
            "strand": dict(Strand.choices).get(row.content.get("volet"), ""),
        }
        for row in rows
    ]


def _map(rows: list[Any]) -> Any:
    numbers: Counter[str] = Counter()
    for row in rows:
        if row.content.get("departement"):
            numbers[row.content["departement"]] += row.amount_cents
    count = len(numbers)
    return department_map(
        numbers=dict(numbers),
        sentence=f"Les aides publiées touchent {count} département{'s' if count > 1 else ''}.",
        unit="€",
        measure="Montant",
    )


def _files() -> list[dict[str, Any]]:
    """The last edition of each file, newest year first."""
    found: dict[tuple[int, str], Any] = {}
    rows = Edition.objects.defer("content").order_by("-year", "profile", "-number")
    for row in rows:
        found.setdefault((row.year, row.profile), row)
    return [
        {
            "edition": row,
            "url": file_url(row),
            "history": reverse("publication:editions", args=[row.year]),
        }
        for row in found.values()
    ]


def file_url(edition: Edition) -> str:
    name = NAMES[Edition.Profile(edition.profile)].format(edition.year)
    return f"{reverse('publication:grants')}{name}"


def load_file(request: HttpRequest, year: int, suffix: str = "", number: int = 0) -> Edition:
    """The last edition of a file, or the one asked for."""
    profile = SUFFIXES.get(suffix or "", Edition.Profile.STATISTICS)
    rows = Edition.objects.filter(profile=profile, year=year)
    rows = rows.filter(number=number) if number else rows.order_by("-number")[:1]
    return get_object_or_404(rows)


@require_safe
@guard(everyone, load=load_file, public=True)
def file(request: HttpRequest, edition: Edition) -> HttpResponse:
    """The bytes as they were published; a client that has them is told so."""
    etag, stamp = quote_etag(edition.sha256), int(edition.made_at.timestamp())
    answer = HttpResponse(edition.content, content_type="text/csv; charset=utf-8; header=present")
    name = NAMES[Edition.Profile(edition.profile)].format(edition.year)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["ETag"] = etag
    answer["Last-Modified"] = f"{edition.made_at:%a, %d %b %Y %H:%M:%S} GMT"
    answer["Cache-Control"] = "public, max-age=3600"
    known = get_conditional_response(request, etag=etag, last_modified=stamp, response=answer)
    return known if known is not None else answer


@require_safe
@guard(everyone, public=True)
def editions(request: HttpRequest, year: int) -> HttpResponse:
    """Every version of the files of a year."""
    rows = Edition.objects.filter(year=year).defer("content").order_by("-made_at", "profile")
    stems = {
        Edition.Profile.REGULATORY: "publication:version",
        Edition.Profile.SCDL: "publication:scdl_version",
        Edition.Profile.STATISTICS: "publication:statistics_version",
    }
    listed = [
        (row, reverse(stems[Edition.Profile(row.profile)], args=[row.year, row.number]))
        for row in rows
    ]
    return render(request, "publication/editions.html", {"year": year, "rows": listed})


def load_entry(request: HttpRequest, code: str) -> Entry:
    return get_object_or_404(Entry, code=code)


@require_safe
@guard(everyone, load=load_entry, public=True)
def entry(request: HttpRequest, entry: Entry) -> HttpResponse:
    """One grant under its permanent number, with what was corrected and why."""
    versions = reading.history(entry)
    context = {
        "entry": entry,
        "last": versions[0],
        "strand": dict(Strand.choices).get(versions[0].content.get("volet"), ""),
        "signed_on": _days([versions[0].content.get("dateConvention")]),
        "period": _days(versions[0].content.get("periode", [])),
        "versions": versions,
    }
    return render(request, "publication/entry.html", context)


def _days(written: list[str | None]) -> list[str]:
    """Days as the files write them (ISO), said in French, each once."""
    return [formats.day(date.fromisoformat(one)) for one in dict.fromkeys(written) if one]


@require_safe
@guard(everyone, public=True)
def figures(request: HttpRequest) -> HttpResponse:
    """Statistics as they were published: small groups hidden, and enough others with them."""
    rows = Edition.objects.filter(profile=Edition.Profile.STATISTICS).order_by("-year", "-number")
    last: dict[int, Edition] = {}
    for row in rows:
        last.setdefault(row.year, row)
    tables = [
        (edition, statistics.parsed(edition.content), file_url(edition))
        for edition in last.values()
        if edition.rows
    ]
    return render(request, "publication/statistics.html", {"tables": tables})
