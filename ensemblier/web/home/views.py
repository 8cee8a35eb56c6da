"""The public pages: home, home in plain French, legal notice, accessibility, personal data."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from ensemblier.base.journal.retention import table
from ensemblier.base.people.access import everyone, guard
from ensemblier.fund.calls.models import Call
from ensemblier.library.models import Sheet
from ensemblier.web.home import accessibility as grid
from ensemblier.web.home.figures import figures

SHOWN = (5, 12, 16)  # three sheets of three kinds: production, processing, group buying
UNKNOWN = "À renseigner par l'administration qui installe Ensemblier"


@require_safe
@guard(everyone, public=True)
def index(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    context = {
        "figures": figures(timezone.localdate(now)),
        "calls": Call.objects.open_at(now)[:3],
        "sheets": Sheet.objects.filter(number__in=SHOWN),
    }
    return render(request, "home/index.html", context)


@require_safe
@guard(everyone, public=True)
def easy(request: HttpRequest) -> HttpResponse:
    return render(request, "home/easy.html", {"calls": Call.objects.open_at(timezone.now())[:3]})


@require_safe
@guard(everyone, public=True)
def notice(request: HttpRequest) -> HttpResponse:
    return render(request, "home/notice.html", {"operator": operator()})


@require_safe
@guard(everyone, public=True)
def accessibility(request: HttpRequest) -> HttpResponse:
    context = {
        "grid": grid.by_theme(),
        "summary": grid.summary(),
        "total": len(grid.criteria()),
        "operator": operator(),
    }
    return render(request, "home/accessibility.html", context)


@require_safe
@guard(everyone, public=True)
def privacy(request: HttpRequest) -> HttpResponse:
    rules = [(rule, rule.purge is not None) for rule in table()]  # a template would call `purge`
    return render(request, "home/privacy.html", {"rules": rules, "operator": operator()})


def operator() -> dict[str, Any]:
    """Who runs this installation, from the environment."""
    given = settings.OPERATOR
    known = {name: given[name] or UNKNOWN for name in ("name", "address", "director", "host")}
    return known | {"contact": given["contact"]}
