"""Pages that write a draft: its articles, its parties, its indicators and its annexes."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from ensemblier.base.people.access import guard
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.fund.agreements import access, articles, content, parties
from ensemblier.fund.agreements.forms import AnnexForm, ArticleForm, IndicatorForm, PartyForm
from ensemblier.fund.agreements.models import Agreement, Party
from ensemblier.fund.agreements.page import indicators_of
from ensemblier.fund.agreements.pdf import blanks
from ensemblier.fund.agreements.views import load_agreement, load_whole

GET_POST = ["GET", "HEAD", "POST"]


@guard(access.may_read_agreement, load=load_whole)
def text(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    """The articles as they read, with what may still be changed."""
    facts = blanks(agreement)
    rows = [(words, articles.fill(words.body, facts)) for words in articles.articles_of(agreement)]
    may_write = (
        agreement.state == Agreement.State.DRAFT
        and access.may_work_on(request.actor, agreement).allowed  # type: ignore[attr-defined]
    )
    context = {
        "agreement": agreement,
        "rows": rows,
        "may_write": may_write,
        "lacks": articles.missing(agreement),
        "parties": parties.parties_of(agreement),
        "indicators": indicators_of(agreement),
        "annexes": content.annexes_of(agreement),
    }
    return render(request, "agreements/text.html", context)


class Wanted(NamedTuple):
    """An article of an agreement, or « nouveau »."""

    agreement: Agreement
    code: str


def load_wanted(request: HttpRequest, number: str, code: str) -> Wanted:
    return Wanted(load_agreement(request, number), code)


@require_http_methods(GET_POST)
@guard(access.may_write_article, load=load_wanted)
def article(request: HttpRequest, wanted: Wanted) -> HttpResponse:
    """Write one article; « nouveau » adds one."""
    agreement, code = wanted
    known = {words.code: words for words in articles.articles_of(agreement)}
    words = known.get(code)
    if words is None and code != "nouveau":
        raise Http404
    if request.method == "POST":
        form = ArticleForm(request.POST)
        name = code if words else f"free-{len(known) + 1}"
        if form.is_valid():
            act = {
                "agreement": agreement,
                "code": name,
                "actor": request.user,
                "now": timezone.now(),
                **form.cleaned_data,
            }
            if _done(request, form, articles.write, act, "L'article est enregistré."):
                return redirect("agreements:text", agreement.number)
        return _form(request, agreement, form, "Écrire un article", articles.BLANKS, 422)
    kept = agreement.articles.filter(code=code).exists()
    began = agreement.articles.exists()
    start: dict[str, Any] = {"version": 0}
    if words:
        # Opening a draft copies the templates first: their version is then 1.
        version = words.version if kept or began else 1
        start = {"title": words.title, "body": words.body, "version": version}
    form = unchecked(ArticleForm, request, initial=start)
    return _form(request, agreement, form, "Écrire un article", articles.BLANKS)


@require_http_methods(GET_POST)
@guard(access.may_work_on, load=load_agreement)
def party(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    """Add a co-funder or a partner."""
    return _add(request, agreement, PartyForm, "Ajouter une partie", _put_party)


def _put_party(request: HttpRequest, agreement: Agreement, form: Any) -> None:
    cleaned = form.cleaned_data
    parties.add_party(
        agreement=agreement,
        organisation=cleaned["siret"],
        role=cleaned["role"],
        signer_name=cleaned["signer_name"],
        signer_title=cleaned["signer_title"],
        legal_basis=cleaned["legal_basis"],
        payments=form.payments(),
        actor=request.user,
        now=timezone.now(),
    )


@require_http_methods(GET_POST)
@guard(access.may_work_on, load=load_agreement)
def indicator(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    """Add an indicator."""
    return _add(request, agreement, IndicatorForm, "Ajouter un indicateur", _put_indicator)


def _put_indicator(request: HttpRequest, agreement: Agreement, form: Any) -> None:
    content.add_indicator(
        agreement=agreement, actor=request.user, now=timezone.now(), **form.cleaned_data
    )


@require_http_methods(GET_POST)
@guard(access.may_work_on, load=load_agreement)
def annex(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    """Add an annex."""
    return _add(request, agreement, AnnexForm, "Ajouter une annexe", _put_annex)


def _put_annex(request: HttpRequest, agreement: Agreement, form: Any) -> None:
    content.add_annex(
        agreement=agreement,
        title=form.cleaned_data["title"],
        checked=form.cleaned_data["file"],
        actor=request.user,
        now=timezone.now(),
    )


def _add(request: HttpRequest, agreement: Agreement, kind: Any, title: str, put: Any) -> Any:
    if request.method != "POST":
        return _form(request, agreement, unchecked(kind, request), title)
    form = kind(request.POST, request.FILES)
    if form.is_valid():
        act = {"request": request, "agreement": agreement, "form": form}
        if _done(request, form, put, act, "C'est enregistré."):
            return redirect("agreements:text", agreement.number)
    return _form(request, agreement, form, title, status=422)


def _done(request: HttpRequest, form: Any, act: Any, fields: dict[str, Any], said: str) -> bool:
    try:
        act(**fields)
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    messages.success(request, said)
    return True


def _form(
    request: HttpRequest,
    agreement: Agreement,
    form: Any,
    title: str,
    blanks: Any = None,
    status: int = 200,
) -> HttpResponse:
    context = {"agreement": agreement, "form": form, "title": title, "blanks": blanks}
    return render(request, "agreements/form.html", context, status=status)


def load_party(request: HttpRequest, pk: int) -> Party:
    found = (
        Party.objects.select_related(*(f"agreement__{name}" for name in access.WHOLE_AGREEMENT))
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise Http404
    return found


@require_POST
@guard(access.may_take_out, load=load_party)
def take_out(request: HttpRequest, row: Party) -> HttpResponse:
    """Take a party out of a draft."""
    try:
        parties.remove_party(party=row, actor=request.user, now=timezone.now())
        messages.success(request, "La partie est retirée.")
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("agreements:text", row.agreement.number)
