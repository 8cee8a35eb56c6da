"""Pages of the desk on many files: the list, saved views, actions on several files, workload."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Value
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from ensemblier.base.people.access import Actor, guard
from ensemblier.base.people.models import Role
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.base.territory.models import Department, ZoningKind
from ensemblier.fund.calls.models import Call
from ensemblier.fund.review import access, bulk, desk, forms, lines, listing, workload
from ensemblier.fund.review.models import SavedView

COLUMNS = (
    ("numero", "Numéro", ""),
    ("projet", "Projet", ""),
    ("organisation", "Organisation", ""),
    ("departement", "Département", ""),
    ("", "Zonage", ""),
    ("appel", "Appel", ""),
    ("etat", "État", ""),
    ("demande", "Demandé", "num"),
    ("", "Avis", ""),
    ("depot", "Déposé le", ""),
)
# The whole country in one form is no choice: the search field is.
MOST_CHOICES = 120
BULK_FORMS = {
    "prendre": forms.NoLinkForm,
    "attribuer": forms.BulkAssignForm,
    "complements": forms.BulkComplementForm,
    "proposer": forms.BulkProposeForm,
}


@guard(access.may_open_inbox)
def inbox(request: HttpRequest) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    seen = listing.files_for(actor).order_by()
    calls, places = choices(seen)
    form = forms.FiltersForm(
        request.GET, states=listing.STATE_LABELS.items(), calls=calls, departments=places
    )
    filters = form.filters()
    found = listing.listing(actor, filters, request.GET.get("page", "1"), timezone.localdate())
    is_desk = actor.has(*access.DESK)
    base = reverse("review:inbox")
    context = {
        "form": form,
        "filters": filters,
        "found": found,
        "heads": heads(request, filters.sort),
        "base": base,
        "lines": lines.written(found.rows, base, pick=is_desk),
        "states": [(value, f"{label} ({n})") for value, label, n in found.states],
        "calls": calls,
        "departments": [(value, f"{label} ({value})") for value, label in places],
        "zonings": [(kind.value, listing.ZONES[kind]) for kind in ZoningKind],
        "whose": listing.WHOSE.items(),
        "alerts": listing.ALERTS.items(),
        "is_desk": is_desk,
        "verbs": bulk.VERBS.items(),
        "views": list(desk.views_for(actor)) if is_desk else [],
        "query": urlencode([(k, v) for k, v in request.GET.items() if k in desk.KEPT and v]),
    }
    return render(request, "review/inbox.html", context)


Choices = list[tuple[str, str]]


def choices(seen: Any) -> tuple[Choices, Choices]:
    """The calls and the departments of the files seen, in one query."""
    calls = Call.objects.filter(pk__in=seen.values("call")).order_by()
    places = Department.objects.filter(pk__in=seen.values("department")).order_by()
    tagged = calls.annotate(tag=Value("call")).values_list("tag", "slug", "title")
    rows = tagged.union(
        places.annotate(tag=Value("place")).values_list("tag", "pk", "name"), all=True
    )
    found: dict[str, Choices] = {"call": [], "place": []}
    for tag, value, label in rows:
        found[tag].append((value, label))
    by_label = sorted(found["call"], key=lambda pair: pair[1])[:MOST_CHOICES]
    return by_label, sorted(found["place"])


def heads(request: HttpRequest, sort: str) -> list[dict[str, str]]:
    """The column heads, each a link that sorts, and turns round when it sorts already."""
    kept = [(name, value) for name, value in request.GET.items() if name not in ("tri", "page")]
    result = []
    for name, label, css in COLUMNS:
        current = name != "" and sort.removeprefix("-") == name
        turned = f"-{name}" if current and not sort.startswith("-") else name
        way = ("descending" if sort.startswith("-") else "ascending") if current else ""
        href = f"?{urlencode([*kept, ('tri', turned)])}" if name else ""
        result.append({"label": label, "css": css, "href": href, "way": way})
    return result


@guard(access.may_use_desk)
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep the filters of the list under a name."""
    if request.method != "POST":
        form = unchecked(forms.ViewForm, request, initial={"query": request.GET.urlencode()})
        return render(request, "review/view.html", {"form": form})
    form = forms.ViewForm(request.POST)
    if form.is_valid():
        kept = form.cleaned_data
        try:
            view = desk.save_view(
                name=kept["name"],
                query=kept["query"],
                is_shared=kept["shared"],
                actor=request.user,
                now=timezone.now(),
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, f"La vue « {view.name} » est enregistrée.")
            return redirect(f"{reverse('review:inbox')}?{view.query}")
    return render(request, "review/view.html", {"form": form}, status=422)


def load_view(request: HttpRequest, pk: int) -> SavedView:
    return get_object_or_404(SavedView, pk=pk)


@guard(access.may_drop_view, load=load_view)
@require_POST
def drop_view(request: HttpRequest, view: SavedView) -> HttpResponse:
    try:
        desk.drop_view(view=view, actor=request.user)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, f"La vue « {view.name} » est retirée.")
    return redirect("review:inbox")


@guard(access.may_use_desk)
def several(request: HttpRequest) -> HttpResponse:
    """What will be done to the chosen files and what will not; then, once confirmed, do it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    sent = request.POST if request.method == "POST" else request.GET
    verb = sent.get("verbe", "")
    chosen = bulk.files(actor, sent.getlist("n"))
    if verb not in bulk.VERBS or not chosen:
        messages.error(request, "Cochez au moins un dossier et choisissez une action.")
        return redirect("review:inbox")
    form_class: Any = BULK_FORMS[verb]
    extra = {"people": desk.colleagues(actor)} if verb == "attribuer" else {}
    if request.method != "POST":
        return _plan(request, verb, chosen, unchecked(form_class, request, **extra))
    form = form_class(request.POST, **extra)
    if not form.is_valid():
        return _plan(request, verb, chosen, form)
    ready = [line.application for line in bulk.plan(verb, chosen, actor) if not line.refusal]
    done = bulk.carry_out(verb, ready, actor=request.user, now=timezone.now(), **form.cleaned_data)
    left = [line for line in bulk.plan(verb, chosen, actor) if line.application not in ready]
    context = {"title": bulk.VERBS[verb], "lines": [*done, *left]}
    return render(request, "review/several_done.html", context)


def _plan(request: HttpRequest, verb: str, chosen: list[Any], form: Any) -> HttpResponse:
    lines = bulk.plan(verb, chosen, request.actor)  # type: ignore[attr-defined]
    ready = [line for line in lines if not line.refusal]
    needs_word = any(line.declares for line in ready)
    if not needs_word and "has_no_link" in form.fields:
        del form.fields["has_no_link"]
    context = {
        "title": bulk.VERBS[verb],
        "verb": verb,
        "ready": ready,
        "left": [line for line in lines if line.refusal],
        "needs_word": needs_word,
        "form": form,
        "numbers": [row.number for row in chosen],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "review/several.html", context, status=status)


@guard(access.may_use_desk)
def work(request: HttpRequest) -> HttpResponse:
    """Who holds how many files, and what is late."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = workload.workload(actor, timezone.localdate())
    context = {"found": found, "national": actor.has(Role.PROGRAMME)}
    return render(request, "review/workload.html", context)
