"""Pages of the templates of articles: the list of each kind, one article, its versions, a try."""

from __future__ import annotations

from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ensemblier.base.pages.forms import PageForm
from ensemblier.base.people.access import Actor, Answer, guard
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.fund.agreements import access, articles, wording
from ensemblier.fund.agreements.forms import long_text
from ensemblier.fund.agreements.models import Agreement

NEW = "nouveau"


class WordingForm(PageForm):
    title = forms.CharField(label="Titre", max_length=120)
    body = long_text(
        "Texte",
        max_length=6000,
        rows=12,
        required=False,
        help_text="Une ligne vide sépare deux paragraphes. Les mots entre accolades, comme "
        "{projet}, prennent leur valeur dans chaque convention.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class Wanted(NamedTuple):
    """An article of a kind of agreement; `words` is None for a new one."""

    kind: str
    code: str
    words: articles.Words | None

    @property
    def label(self) -> str:
        return str(Agreement.Kind(self.kind).label)


def load_wanted(request: HttpRequest, kind: str, code: str) -> Wanted:
    if kind not in Agreement.Kind.values:
        raise Http404
    known = {words.code: words for words in articles.templates_of(kind, also_empty=True)}
    if code != NEW and code not in known:
        raise Http404
    return Wanted(kind, code, known.get(code))


def may_write(actor: Actor, _: Wanted) -> Answer:
    return access.may_write_templates(actor)


def address_of(kind: str) -> str:
    return f"{reverse('agreements:wordings')}?nature={kind}"


@require_http_methods(["GET", "HEAD"])
@guard(access.may_write_templates)
def wordings(request: HttpRequest) -> HttpResponse:
    """The articles that a new agreement of one kind starts with."""
    asked = request.GET.get("nature", "")
    kind = asked if asked in Agreement.Kind.values else Agreement.Kind.GRANT.value
    context = {
        "kind": kind,
        "label": Agreement.Kind(kind).label,
        "kinds": [
            (value, label, address_of(value), value == kind)
            for value, label in Agreement.Kind.choices
        ],
        "rows": articles.templates_of(kind, also_empty=True),
        "mandatory": articles.MANDATORY,
    }
    return render(request, "agreements/wordings.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guard(may_write, load=load_wanted)
def article_template(request: HttpRequest, wanted: Wanted) -> HttpResponse:
    """Write the next version of an article, or try it on an example before."""
    words = wanted.words
    if request.method != "POST":
        start: dict[str, Any] = {"version": 0}
        if words:
            start = {
                "title": words.title,
                "body": words.body,
                "version": words.template_version or 0,
            }
        form = unchecked(WordingForm, request, initial=start)
        return _page(request, wanted, form, words.body if words else "")
    form = WordingForm(request.POST)
    trying = "try" in request.POST
    if form.is_valid() and not trying and _written(request, wanted, form):
        return redirect(address_of(wanted.kind))
    body = form.cleaned_data.get("body", "")
    if trying and form.is_valid() and (fault := articles.fault_of(body)):
        form.add_error("body", fault)
    status = 200 if trying and form.is_valid() else 422
    return _page(request, wanted, form, body, status)


def _written(request: HttpRequest, wanted: Wanted, form: WordingForm) -> bool:
    cleaned = form.cleaned_data
    try:
        row = wording.write_template(
            kind=wanted.kind,
            code="" if wanted.words is None else wanted.code,
            title=cleaned["title"],
            body=cleaned["body"],
            version=cleaned["version"],
            actor=request.user,
            now=timezone.now(),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    messages.success(
        request,
        f"La version {row.version} de « {row.title} » sert aux prochaines conventions.",
    )
    return True


def _page(
    request: HttpRequest, wanted: Wanted, form: WordingForm, body: str, status: int = 200
) -> HttpResponse:
    made = wording.made_with(wanted.kind, wanted.code)
    context = {
        "wanted": wanted,
        "words": wanted.words,
        "form": form,
        "back": address_of(wanted.kind),
        "is_mandatory": wanted.code in articles.MANDATORY,
        "example": [] if articles.fault_of(body) else articles.fill(body, wording.EXAMPLE),
        "versions": [
            (row, made.get(row.version, 0)) for row in wording.versions_of(wanted.kind, wanted.code)
        ],
        "house": articles.house_articles().get(wanted.code),
        "house_count": made.get(0, 0),
        "blanks": articles.BLANKS,
    }
    return render(request, "agreements/wording.html", context, status=status)
