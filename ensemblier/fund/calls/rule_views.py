"""Pages that write the rules of a draft call: grid, questions, papers and desks."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ensemblier.base.people.access import guard
from ensemblier.base.people.models import Organisation, OrganisationKind
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.base.territory.models import Region
from ensemblier.fund.calls import access, desks, questions
from ensemblier.fund.calls.asked import condition_of
from ensemblier.fund.calls.grid import set_grid
from ensemblier.fund.calls.models import Call, Question
from ensemblier.fund.calls.rule_forms import DesksForm, GridForm, PapersForm, QuestionForm
from ensemblier.fund.calls.views import load_draft, show_form

BOTH = ["GET", "HEAD", "POST"]


def filled(request: HttpRequest, form: Any, **options: Any) -> Any:
    """The form as it was sent, or as it is shown first."""
    if request.method == "POST":
        return form(request.POST, **options)
    return unchecked(form, request, **options)


@require_http_methods(BOTH)
@guard(access.may_write, load=load_draft)
def grid(request: HttpRequest, call: Call) -> HttpResponse:
    form = filled(request, GridForm, criteria=list(call.criteria.all()))
    if request.method == "POST" and form.is_valid():
        try:
            set_grid(actor=request.user, call=call, rows=form.rows())
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "La grille est enregistrée.")
            return redirect("calls:detail", call.slug)
    return show_form(request, call, form, "La grille de lecture")


@require_http_methods(BOTH)
@guard(access.may_write, load=load_draft)
def papers(request: HttpRequest, call: Call) -> HttpResponse:
    form = filled(request, PapersForm, papers=list(call.papers.all()))
    if request.method == "POST" and form.is_valid():
        try:
            desks.set_papers(actor=request.user, call=call, papers=form.papers())
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "Les pièces demandées sont enregistrées.")
            return redirect("calls:detail", call.slug)
    return show_form(request, call, form, "Les pièces que l'appel demande")


@require_http_methods(BOTH)
@guard(access.may_write, load=load_draft)
def offices(request: HttpRequest, call: Call) -> HttpResponse:
    form = filled(
        request,
        DesksForm,
        regions=sorted(Region.objects.all(), key=lambda region: slugify(region.name)),
        services=Organisation.objects.filter(kind=OrganisationKind.STATE).order_by("name"),
        desks=call.desks.all(),
    )
    if request.method == "POST" and form.is_valid():
        try:
            desks.set_desks(actor=request.user, call=call, desks=form.desks())
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "Les guichets sont enregistrés.")
            return redirect("calls:detail", call.slug)
    return show_form(request, call, form, "Les guichets : qui lit les dossiers, où")


@require_safe
@guard(access.may_write, load=load_draft)
def question_list(request: HttpRequest, call: Call) -> HttpResponse:
    rows = list(call.questions.all())
    labels = {row.code: row.label for row in rows}
    context = {"call": call, "rows": [(row, condition_of(row, labels)) for row in rows]}
    return render(request, "calls/questions.html", context)


@require_http_methods(BOTH)
@guard(access.may_write, load=load_draft)
def question_new(request: HttpRequest, call: Call) -> HttpResponse:
    form = filled(request, QuestionForm, earlier=list(call.questions.all()))
    if request.method == "POST" and form.is_valid():
        try:
            questions.add_question(actor=request.user, call=call, **form.values())
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "La question est ajoutée.")
            return redirect("calls:questions", call.slug)
    return _question_form(request, call, form, "Ajouter une question")


def load_question(request: HttpRequest, slug: str, code: str) -> Question:
    call = load_draft(request, slug)
    found = call.questions.filter(code=code).select_related("call").first()
    if found is None:
        raise Http404
    return found


@require_http_methods(BOTH)
@guard(access.may_write_question, load=load_question)
def question(request: HttpRequest, question: Question) -> HttpResponse:
    earlier = [row for row in question.call.questions.all() if row.position < question.position]
    form = filled(request, QuestionForm, earlier=earlier, question=question)
    if request.method == "POST" and form.is_valid():
        try:
            questions.change_question(actor=request.user, question=question, **form.values())
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "La question est enregistrée.")
            return redirect("calls:questions", question.call.slug)
    return _question_form(request, question.call, form, "Modifier la question")


@require_POST
@guard(access.may_write_question, load=load_question)
def question_move(request: HttpRequest, question: Question) -> HttpResponse:
    """Up or down by one place."""
    up = request.POST.get("vers") == "haut"
    try:
        questions.move_question(actor=request.user, question=question, up=up)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("calls:questions", question.call.slug)


@require_POST
@guard(access.may_write_question, load=load_question)
def question_remove(request: HttpRequest, question: Question) -> HttpResponse:
    call = question.call
    try:
        questions.remove_question(actor=request.user, question=question)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "La question est retirée.")
    return redirect("calls:questions", call.slug)


def _question_form(request: HttpRequest, call: Call, form: Any, title: str) -> HttpResponse:
    back = reverse("calls:questions", args=[call.slug])
    return show_form(request, call, form, title, cancel_url=back)
