"""Publishing a call: preview, confirmation, sealed rules, notices after it, and copies."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ensemblier.base.pages.forms import PageForm
from ensemblier.base.people.access import guard
from ensemblier.base.refusal import Refusal
from ensemblier.engines.budget import percent
from ensemblier.fund.calls import access, actions, copies, notices
from ensemblier.fund.calls.asked import fields_for
from ensemblier.fund.calls.instants import instant
from ensemblier.fund.calls.models import Call, Condition
from ensemblier.fund.calls.rule_forms import CopyForm, NoticeForm, PublishForm
from ensemblier.fund.calls.rule_views import BOTH, filled
from ensemblier.fund.calls.rules import LEAST_DAYS, canonical, days_to_answer
from ensemblier.fund.calls.sealed import rules_of
from ensemblier.fund.calls.views import initial_of, load, load_draft, show_form, told


@require_http_methods(BOTH)
@guard(access.may_write, load=load_draft)
def publish(request: HttpRequest, call: Call) -> HttpResponse:
    """List what will be frozen, ask once more, then publish for good."""
    now = timezone.now()
    short = actions.too_short(call, now)
    form = filled(request, PublishForm, is_short=short)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data.get("short_reason", "")
        try:
            actions.publish(call=call, actor=request.user, now=now, short_reason=reason)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "L'appel est publié. Ses règles ne changent plus.")
            return redirect("calls:detail", call.slug)
    missing = actions.lacking(call=call, now=now)
    context = {
        "call": call,
        "form": form,
        "frozen": frozen_lines(call),
        "warnings": warnings_of(call, now),
        "missing": missing.message if missing else "",
    }
    return render(request, "calls/publish.html", context, status=422 if form.errors else 200)


def frozen_lines(call: Call) -> list[tuple[str, str]]:
    """Each thing that will not change any more, and what it is now."""
    expenses = ", ".join(row.get_expense_class_display() for row in call.expenses.all())
    criteria = list(call.criteria.all())
    desks = list(call.desks.all())
    return [
        ("Les dates", f"du {instant(call.opens_at, call.zone)}, "
                      f"au {instant(call.closes_at, call.zone)}"),
        ("Les années financées", f"{call.first_year} à {call.last_year}"),
        ("Le taux maximal", percent(call.max_rate_bp)),
        ("Les dépenses, dans cet ordre", expenses or "aucune"),
        ("La grille", f"{len(criteria)} critères, version {call.grid_version or 'sans numéro'}"),
        ("Les pièces demandées", f"{call.papers.count()}"),
        ("Les questions de l'appel", f"{call.questions.count()}"),
        ("Les guichets", f"{len(desks)}" if desks else "aucun : les mandats disent qui lit"),
        ("Le jury", ", ".join(f"{row} {percent(row.share_bp)}" for row in call.colleges.all())
                    or "aucun"),
        ("Le silence", "vaut refus" if call.has_silence_rule else "n'a pas d'effet écrit ici"),
    ]  # fmt: skip


def warnings_of(call: Call, now: Any) -> list[str]:
    """What may be right, and deserves a second look."""
    found = []
    if actions.too_short(call, now):
        days = days_to_answer(published=now, opens=call.opens_at, closes=call.closes_at)
        found.append(
            f"Cet appel laisse {days} jours pour déposer un dossier. En dessous de {LEAST_DAYS} "
            "jours, les petites associations n'y arrivent pas. Changez les dates, ou écrivez "
            "pourquoi : la raison sera publiée."
        )
    loose = [
        row.get_expense_class_display()
        for row in call.expenses.all()
        if row.expense_class == "investment" and row.condition == Condition.NONE
    ]
    if loose:
        found.append("L'investissement n'a pas de condition : est-ce voulu ?")
    if not call.watch:
        found.append("L'appel ne regarde de près ni les QPV, ni les zones FRR, ni l'outre-mer.")
    if {row.region_id for row in call.desks.all()} - {None} and not call.desks.filter(
        region=None
    ).exists():
        found.append("Aucun guichet national : qui lit les dossiers des autres régions ?")
    return found


@require_safe
@guard(access.may_preview, load=load)
def preview(request: HttpRequest, call: Call) -> HttpResponse:
    """What the applicant will see: the public page, then the call's own questions."""
    context = told(call)
    form = PageForm()
    fields = fields_for(row for row, _ in context["questions"])
    for (row, condition), field in zip(context["questions"], fields.values(), strict=True):
        field.help_text = " ".join(part for part in (condition, field.help_text) if part)
        field.required = row.required
        field.disabled = True
        if isinstance(field, forms.FileField):
            field.widget = forms.FileInput()
        form.fields[row.code] = field
    return render(request, "calls/preview.html", context | {"form": form})


@require_safe
@guard(access.may_read, load=load, public=True)
def rules_file(request: HttpRequest, call: Call) -> HttpResponse:
    """The rules as the seal reads them: whoever computes its SHA-256 finds the printed one."""
    answer = HttpResponse(canonical(rules_of(call)), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="regles-{call.slug}.json"'
    return answer


def load_published(request: HttpRequest, slug: str) -> Call:
    call = load(request, slug)
    if call.published_at is None:
        raise Http404
    return call


@require_http_methods(BOTH)
@guard(access.may_write_notice, load=load_published)
def notice(request: HttpRequest, call: Call) -> HttpResponse:
    form = filled(request, NoticeForm)
    if request.method == "POST" and form.is_valid():
        try:
            notices.publish_notice(
                actor=request.user, call=call, text=form.cleaned_data["text"], now=timezone.now()
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "L'avis est publié sur la page de l'appel.")
            return redirect("calls:detail", call.slug)
    return show_form(request, call, form, "Publier un avis")


@require_http_methods(BOTH)
@guard(access.may_preview, load=load)
def copy(request: HttpRequest, call: Call) -> HttpResponse:
    """A new draft with these rules: the way to correct a published call, or to repeat it."""
    shown = initial_of(call)
    initial = {name: shown[name] for name in CopyForm.base_fields}
    form = filled(request, CopyForm, call=call, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            new = copies.copy_call(actor=request.user, call=call, **form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "L'appel est copié. Choisissez ses enveloppes.")
            return redirect("calls:edit", new.slug)
    back = reverse("calls:detail", args=[call.slug])
    return show_form(request, call, form, "Copier cet appel", cancel_url=back)
