"""Pages to read: the schemes of a chain, one scheme, a version, the rows, the why of a line."""

from __future__ import annotations

import re

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from ensemblier.base.chains.loading import load_chain
from ensemblier.base.chains.models import Chain
from ensemblier.base.pages.charts import Part, StackedBar
from ensemblier.base.people.access import Actor, guard
from ensemblier.chain.cofinancing import access, shown
from ensemblier.chain.cofinancing.models import Scheme, SchemeVersion, SharedLine
from ensemblier.chain.cofinancing.queries import version_on
from ensemblier.chain.cofinancing.rules import rule_of
from ensemblier.chain.cofinancing.sample_forms import who
from ensemblier.chain.cofinancing.trying import changes
from ensemblier.chain.distribution.models import SaleLine
from ensemblier.engines.cofinancing.scheme import PERSON
from ensemblier.engines.cofinancing.sentences import sentences

MONTH = re.compile(r"(19|20|21)\d\d-(0[1-9]|1[0-2])", re.ASCII)


def load_scheme(request: HttpRequest, pk: int) -> Scheme:
    return get_object_or_404(Scheme.objects.select_related("chain__lead"), pk=pk)


def load_version(request: HttpRequest, pk: int) -> SchemeVersion:
    return get_object_or_404(SchemeVersion.objects.select_related("scheme__chain__lead"), pk=pk)


def load_line(request: HttpRequest, pk: int) -> SaleLine:
    """A line that was shared; another one has no parts to explain."""
    rows = SaleLine.objects.filter(shared__isnull=False)
    rows = rows.select_related("chain__lead", "product", "seller", "site", "undoes")
    return get_object_or_404(rows.select_related("shared__version__scheme"), pk=pk)


@require_safe
@guard(access.may_list, load=load_chain)
def index(request: HttpRequest, chain: Chain) -> HttpResponse:
    """The schemes of a chain; for who pays, those it pays in."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    rows = shown.schemes_of(chain, access.own_payers(actor, chain), timezone.localdate())
    context = {
        "chain": chain,
        "page": Paginator(rows, 50).get_page(request.GET.get("page")),
        "leads": access.leads(actor, chain),
    }
    return render(request, "cofinancing/index.html", context)


@require_safe
@guard(access.may_see, load=load_scheme)
def detail(request: HttpRequest, scheme: Scheme) -> HttpResponse:
    """A scheme: its rule in words, who pays, its versions, what is left and what was paid."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    own, today = access.own_payers(actor, scheme.chain), timezone.localdate()
    payers = list(scheme.payers.select_related("account", "organisation").order_by("pk"))
    mine = [payer for payer in payers if own is None or payer.pk in own]
    names = None if own is None else {payer.name for payer in mine}
    version = version_on(scheme, today)
    versions = list(scheme.versions.defer("text").order_by("-number"))
    draft = next((row for row in versions if row.published_at is None), None)
    context = {
        "chain": scheme.chain,
        "scheme": scheme,
        "version": version,
        "told": sentences(rule_of(version.text)) if version else [],
        "versions": versions if own is None else [v for v in versions if v.published_at],
        "draft": draft if own is None else None,
        "payers": mine,
        "own": own is not None,
        "unnamed": _unnamed(version, {payer.name for payer in payers}),
        "envelopes": shown.envelopes(version, names) if version else [],
        "paid": shown.by_month(scheme, mine, person=own is None),
        "counted": shown.counts(scheme, own),
        "leads": access.leads(actor, scheme.chain),
        "today": today,
    }
    return render(request, "cofinancing/detail.html", context)


def _unnamed(version: SchemeVersion | None, named: set[str]) -> list[str]:
    return [n for n in rule_of(version.text).names if n not in named] if version else []


@require_safe
@guard(access.may_see_version, load=load_version)
def version(request: HttpRequest, row: SchemeVersion) -> HttpResponse:
    """One version: its sentences, what it changed, and its text."""
    rule = rule_of(row.text)
    published = row.scheme.versions.filter(published_at__isnull=False, number__lt=row.number)
    before = published.order_by("-starts", "-number").first()
    context = {
        "chain": row.scheme.chain,
        "scheme": row.scheme,
        "row": row,
        "told": sentences(rule),
        "before": before,
        "changes": changes(rule_of(before.text), rule) if before else [],
    }
    return render(request, "cofinancing/version.html", context)


@require_safe
@guard(access.may_see, load=load_scheme)
def parts(request: HttpRequest, scheme: Scheme) -> HttpResponse:
    """The rows behind the amounts of a scheme, by payer and month."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    own = access.own_payers(actor, scheme.chain)
    payers = list(scheme.payers.order_by("pk"))
    payers = [payer for payer in payers if own is None or payer.pk in own]
    asked, month = request.GET.get("payeur", ""), request.GET.get("mois", "")
    known = {str(payer.pk): payer.pk for payer in payers} | ({"0": 0} if own is None else {})
    month = month if MONTH.fullmatch(month) else ""
    rows = shown.parts(scheme, own, known.get(asked), month)
    context = {
        "chain": scheme.chain,
        "scheme": scheme,
        "page": Paginator(rows, 50).get_page(request.GET.get("page")),
        "payers": payers,
        "asked": asked,
        "month": month,
        "own": own is not None,
    }
    return render(request, "cofinancing/parts.html", context)


@require_safe
@guard(access.may_see_line, load=load_line)
def why(request: HttpRequest, line: SaleLine) -> HttpResponse:
    """Why each one pays what it pays on one line."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    own = access.own_payers(actor, line.chain)
    shared: SharedLine = line.shared
    told, rows = shown.line_why(shared, own)
    bar = None
    if rows and all(row.cents > 0 for row in rows) and own is None:
        slices = [Part(who(each.payer), each.cents) for each in told]
        bar = StackedBar(slices, "Comment le prix de cette ligne est partagé")
    asked = next((r for r in rows if str(r.rank) == request.GET.get("part")), None)
    context = {
        "chain": line.chain,
        "scheme": shared.version.scheme,
        "asked": asked,
        "asked_who": who(asked.payer.name if asked.payer else PERSON) if asked else "",
        "version": shared.version,
        "line": line,
        "told": told,
        "bar": bar,
        "own": own is not None,
    }
    return render(request, "cofinancing/why.html", context)
