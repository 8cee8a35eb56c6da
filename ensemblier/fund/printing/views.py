"""Pages of what is printed: the list, each form, the whole file, the zip; the forms themselves."""

from __future__ import annotations

from typing import Any

from django import forms as fields
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ensemblier.base.pages.forms import PageForm
from ensemblier.base.people.access import guard
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications.models import Application
from ensemblier.fund.applications.reading import load_whole
from ensemblier.fund.printing import access, actions, archive, blocks, filling, sheets
from ensemblier.fund.printing.models import FormTemplate

TYPES = {"pdf": "application/pdf", "csv": "text/csv; charset=utf-8", "ods": sheets.ODS}


class TemplateForm(PageForm):
    source = fields.CharField(
        label="Le modèle",
        help_text="Changez les mots entre guillemets, l'ordre et les regroupements. La page "
        "vérifie que chaque ligne du Cerfa est quelque part, une fois.",
        max_length=30_000,
        strip=False,
        widget=fields.Textarea(attrs={"rows": 24, "spellcheck": "false"}),
    )


@require_safe
@guard(access.may_print, load=load_whole)
def menu(request: HttpRequest, application: Application) -> HttpResponse:
    """Everything that can be printed of this file."""
    size = sum(paper.file.size for paper in application.attachments.all())
    context = {
        "application": application,
        "forms": actions.forms().values(),
        "count": len(application.attachments.all()),
        "size": size,
        "too_big": size > archive.MOST,
        "most": archive.MOST,
    }
    return render(request, "printing/menu.html", context)


def load_form(request: HttpRequest, number: str, key: str, kind: str) -> Application:
    if kind not in TYPES:
        raise Http404
    request.printed = (key, kind)  # type: ignore[attr-defined]
    return load_whole(request, number)


@require_safe
@guard(access.may_print, load=load_form)
def form(request: HttpRequest, application: Application) -> HttpResponse:
    """One funder's form, as PDF, CSV or ODS."""
    key, kind = request.printed  # type: ignore[attr-defined]
    found = actions.forms().get(key)
    if found is None:
        raise Http404
    now = timezone.now()
    if kind == "pdf":
        data: bytes = actions.budget_form(found, application, now=now)
    else:
        filled = filling.fill(found, application)
        data = sheets.as_csv(filled).encode() if kind == "csv" else sheets.as_ods(filled, now=now)
    return attached(data, TYPES[kind], f"{application.number}-{key}.{kind}")


@require_safe
@guard(access.may_print, load=load_whole)
def whole(request: HttpRequest, application: Application) -> HttpResponse:
    """The whole file as a PDF."""
    data = actions.whole_file_pdf(application, now=timezone.now())
    return attached(data, TYPES["pdf"], f"{application.number}-dossier.pdf")


@require_safe
@guard(access.may_print, load=load_whole)
def zipped(request: HttpRequest, application: Application) -> HttpResponseBase:
    """The whole file as a zip, sent as it is made."""
    actor = request.actor  # type: ignore[attr-defined]
    try:
        pieces = actions.whole_file_zip(application=application, actor=actor, now=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("printing:menu", application.number)
    response = StreamingHttpResponse(pieces, content_type="application/zip")
    return dressed(response, f"{application.number}-dossier.zip")


def attached(data: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type=kind)
    dressed(response, name)
    return response


def dressed(response: Any, name: str) -> Any:
    """Names are a number and plain letters: nothing typed by anyone."""
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@guard(access.may_add_forms)
def templates(request: HttpRequest) -> HttpResponse:
    """The forms that files are printed on."""
    added = {row.key: row for row in actions.latest()}
    house = [form for key, form in blocks.house_forms().items() if key not in added]
    context = {"added": added.values(), "house": house, "figures": blocks.FIGURES}
    return render(request, "printing/templates.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_add_forms)
def template(request: HttpRequest) -> HttpResponse:
    """Write a form, from another one."""
    if request.method == "POST":
        form = TemplateForm(request.POST)
        if form.is_valid():
            try:
                row = actions.add_form(
                    source=form.cleaned_data["source"], actor=request.user, now=timezone.now()
                )
            except Refusal as refusal:
                form.refuse(refusal)
            else:
                messages.success(request, f"« {row.title} » est enregistré, version {row.version}.")
                return redirect("printing:templates")
    else:
        form = unchecked(TemplateForm, request, initial={"source": start(request)})
    context = {"form": form, "figures": blocks.FIGURES}
    status = 422 if form.errors else 200
    return render(request, "printing/template.html", context, status=status)


def start(request: HttpRequest) -> str:
    """The form to start from: the last version of the one named, else one of the house."""
    key = request.GET.get("de", "region")
    row = FormTemplate.objects.filter(key=key).order_by("-version").first()
    return row.source if row else blocks.source_of(key)


def load_template(request: HttpRequest, pk: int) -> FormTemplate:
    return get_object_or_404(FormTemplate, pk=pk)


@require_POST
@guard(access.may_add_forms, load=load_template)
def offer(request: HttpRequest, row: FormTemplate) -> HttpResponse:
    """Offer a form, or no longer."""
    try:
        actions.offer_form(
            template=row, offered=not row.is_offered, actor=request.user, now=timezone.now()
        )
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        words = "proposé" if row.is_offered else "retiré de la liste"
        messages.success(request, f"« {row.title} » est {words}.")
    return redirect("printing:templates")
