"""Pages of the jury's office: gathering, volunteers, drawing of lots, cards, languages."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from ensemblier.base.people.access import guard
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications.models import LEFT, Application, State
from ensemblier.fund.calls.models import Call
from ensemblier.fund.jury import access, actions, cards, rules
from ensemblier.fund.jury.form_pages import (
    do,
    form_page,
    load_item,
    load_jury,
    load_seat,
    one,
)
from ensemblier.fund.jury.forms import (
    CardForm,
    DrawForm,
    GatherForm,
    HelperForm,
    LanguageForm,
    ReasonForm,
    SittingForm,
    VolunteerForm,
)
from ensemblier.fund.jury.models import (
    AgendaItem,
    CardText,
    Jury,
    LanguageReview,
    Seat,
)
from ensemblier.fund.jury.views import BOTH
from ensemblier.fund.jury.words import LANGUAGES


def load_call(request: HttpRequest, slug: str) -> Call:
    call: Call = one(Call.objects.published(), slug=slug)
    return call


def page_of(jury: Jury) -> str:
    return reverse("jury:detail", args=[jury.pk])


@require_http_methods(BOTH)
@guard(access.may_gather, load=load_call)
def gather(request: HttpRequest, call: Call) -> HttpResponse:
    words = {
        "title": "Réunir le jury",
        "eyebrow": call.title,
        "button": "Réunir le jury",
        "sentences": ["Les collèges et leurs parts sont ceux de l'appel : ils ne changent plus."],
    }
    return form_page(
        request, GatherForm,
        lambda form: actions.gather(
            call=call, actor=request.user, now=timezone.now(), **form.cleaned_data
        ),
        words=words, done="Le jury est réuni. Ajoutez les volontaires.",
        back=reverse("jury:list"), envelopes=call.envelopes.select_related("programme"),
    )  # fmt: skip


@require_http_methods(BOTH)
@guard(access.may_run, load=load_jury)
def volunteers(request: HttpRequest, jury: Jury) -> HttpResponse:
    colleges = list(jury.call.colleges.all())
    words = {
        "title": "Ajouter une personne volontaire",
        "eyebrow": str(jury),
        "button": "Ajouter à la liste",
        "sentences": [
            f"{jury.volunteers.count()} personnes sont sur la liste.",
            "Quand la liste est close, elle ne change plus, et le tirage peut avoir lieu.",
        ],
    }
    return form_page(
        request, VolunteerForm,
        lambda form: actions.volunteer(
            jury=jury, actor=request.user, now=timezone.now(), **form.cleaned_data
        ),
        words=words, done="La personne est sur la liste.",
        back=reverse("jury:volunteers", args=[jury.pk]), colleges=colleges,
    )  # fmt: skip


@require_POST
@guard(access.may_run, load=load_jury)
def close_list(request: HttpRequest, jury: Jury) -> HttpResponse:
    return do(
        request,
        lambda: actions.close_volunteers(jury=jury, actor=request.user, now=timezone.now()),
        "La liste est close. Son empreinte est dans le journal.",
        page_of(jury),
    )


@require_http_methods(BOTH)
@guard(access.may_run, load=load_jury)
def lots(request: HttpRequest, jury: Jury) -> HttpResponse:
    words = {
        "title": "Tirer au sort",
        "eyebrow": str(jury),
        "button": "Tirer au sort",
        "sentences": [
            "La graine et sa source sont écrites au procès-verbal.",
            "Chacun peut refaire le tirage à la main et trouver les mêmes noms.",
            "Le tirage ne se refait pas.",
        ],
    }
    return form_page(
        request, DrawForm,
        lambda form: actions.draw(
            jury=jury, actor=request.user, now=timezone.now(), **form.cleaned_data
        ),
        words=words, done="Le tirage est fait.", back=page_of(jury),
    )  # fmt: skip


@require_http_methods(BOTH)
@guard(
    lambda actor, seat: access.may_run(actor, seat.jury),
    load=load_seat,
)
def replace(request: HttpRequest, seat: Seat) -> HttpResponse:
    words = {
        "title": f"Remplacer {seat.user}",
        "eyebrow": str(seat.jury),
        "button": "Remplacer ce juré",
        "sentences": ["La première personne en réserve de son collège prend le siège."],
    }
    return form_page(
        request, ReasonForm,
        lambda form: actions.replace(
            seat=seat, reason=form.cleaned_data["reason"], actor=request.user, now=timezone.now()
        ),
        words=words, done="Le juré est remplacé.", back=page_of(seat.jury),
    )  # fmt: skip


@require_http_methods(BOTH)
@guard(access.may_run, load=load_jury)
def helper(request: HttpRequest, jury: Jury) -> HttpResponse:
    words = {
        "title": "Ajouter une personne qui aide",
        "eyebrow": str(jury),
        "button": "Ajouter",
        "sentences": ["Elle lit et écoute avec un juré. Elle ne vote jamais."],
    }
    return form_page(
        request, HelperForm,
        lambda form: actions.add_helper(
            jury=jury, user=form.cleaned_data["user"], actor=request.user, now=timezone.now()
        ),
        words=words, done="La personne peut lire avec un juré.", back=page_of(jury),
    )  # fmt: skip


@require_http_methods(BOTH)
@guard(access.may_run, load=load_jury)
def new_sitting(request: HttpRequest, jury: Jury) -> HttpResponse:
    late = (State.DRAFT, *LEFT, State.REFUSED, State.AGREED, State.CLOSED)
    files = Application.objects.filter(call=jury.call_id, filed_at__isnull=False)
    words = {"title": "Convoquer une séance", "eyebrow": str(jury), "button": "Convoquer"}
    return form_page(
        request, SittingForm,
        lambda form: actions.call_sitting(
            jury=jury, actor=request.user, now=timezone.now(), **form.cleaned_data
        ),
        words=words, done="La séance est convoquée.", back=page_of(jury),
        files=files.exclude(state__in=late).order_by("number"),
    )  # fmt: skip


def written(texts: dict[str, CardText], code: str) -> dict[str, Any]:
    """What the form of a card opens on: the words of one language, the pictures of all."""
    found: dict[str, Any] = {"language": code}
    for any_text in texts.values():
        found["pictures"] = any_text.card.pictures
    if text := texts.get(code):
        found |= {
            "title": text.title,
            "sentences": "\n".join(text.sentences),
            "questions": "\n".join(text.questions),
        }
    return found


@require_http_methods(BOTH)
@guard(lambda actor, item: access.may_run(actor, item.sitting.jury), load=load_item)
def edit_card(request: HttpRequest, item: AgendaItem) -> HttpResponse:
    asked = request.POST.get("language", request.GET.get("langue", "fr"))
    code = asked if asked in LANGUAGES else "fr"
    texts = {
        row.language: row
        for row in CardText.objects.filter(card__application=item.application).select_related(
            "card"
        )
    }

    def act(form: CardForm) -> None:
        kept = form.cleaned_data
        cards.write_card(
            jury=item.sitting.jury, application=item.application, language=kept["language"],
            words=cards.Words(kept["title"], kept["sentences"], kept["questions"]),
            pictures=kept["pictures"], recording=kept["recording"], actor=request.user,
            now=timezone.now(),
        )  # fmt: skip

    words = {
        "title": f"La fiche du projet {item.number}",
        "eyebrow": item.application.title,
        "button": "Enregistrer la fiche",
        "upload": True,
        "tongues": cards.tongues(set(texts), code),
        "sentences": [
            "Un juré la lit ou l'écoute en deux minutes.",
            f"{rules.MOST_SENTENCES} phrases au plus, {rules.MOST_WORDS} mots au plus chacune.",
            "Les pictogrammes sont les mêmes dans toutes les langues.",
        ],
    }
    options = {} if request.method == "POST" else {"initial": written(texts, code)}
    return form_page(
        request, CardForm, act, words=words, done="La fiche est enregistrée.",
        back=reverse("jury:sitting", args=[item.sitting_id]), **options,
    )  # fmt: skip


@require_http_methods(BOTH)
@guard(access.may_run, load=load_jury)
def languages(request: HttpRequest, jury: Jury) -> HttpResponse:
    form = LanguageForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            cards.review_language(
                jury=jury, actor=request.user, now=timezone.now(), **form.cleaned_data
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            form = LanguageForm()
    reviews = {row.language: row for row in LanguageReview.objects.all()}
    context = {
        "jury": jury,
        "form": form,
        "rows": [(row.name, row.direction, code, reviews.get(code)) for code, row in
                 LANGUAGES.items()],
    }  # fmt: skip
    return render(request, "jury/languages.html", context, status=422 if form.errors else 200)
