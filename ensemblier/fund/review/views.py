"""Pages of one file at the desk: reading, opinions, complements, proposal."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from ensemblier.base.people.access import HIDDEN, Actor, guard
from ensemblier.base.people.models import Role
from ensemblier.base.people.parking import unchecked
from ensemblier.base.prepared import KEY, TEXT, Prepared
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications.access import with_own_seat
from ensemblier.fund.applications.models import Application, State
from ensemblier.fund.review import access, actions, forms, listing, reading, revising, unanswered
from ensemblier.fund.review.models import Review

# States in which the desk waits for papers, or gave up waiting.
CHASED = (State.INCOMPLETE, State.ABANDONED)


def _numbered(number: str, reader: int) -> QuerySet[Application]:
    rows = Application.objects.filter(number=number)
    return with_own_seat(reading.with_people(rows), reader)


FILE = Prepared(_numbered, number=TEXT, reader=KEY)


def load(request: HttpRequest, number: str) -> Application:
    for application in FILE.found(number=number, reader=request.user.pk):
        return application
    raise Http404


def declared(view: Any) -> Any:
    """Whoever weighs on the outcome says first whether they have a link with the file."""

    @wraps(view)
    def checked(request: HttpRequest, application: Application) -> HttpResponse:
        if access.owes_declaration(request.actor, application):  # type: ignore[attr-defined]
            return redirect("review:declare", application.number)
        return view(request, application)

    return checked


@guard(access.may_read, load=load)
@declared
def file(request: HttpRequest, application: Application) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    sees = access.may_see_opinions(actor, application)
    day = timezone.localdate()
    read = reading.read(application, request.user, day, sees=sees.allowed)
    sums = read.facts.sums
    under_way = application.state in (State.FILED, State.IN_REVIEW)
    instruct = access.may_instruct(actor, application) if under_way else HIDDEN
    # Who may instruct may give an opinion: asked once.
    review = instruct
    if under_way and not instruct.allowed:
        review = access.may_review(actor, application)
    context = {
        "read": read,
        "application": application,
        "held": getattr(application, "assignment", None),  # nobody holds it at first
        "badge": listing.BADGES[State(application.state)],
        "asked": reading.asked_table(read.facts.asked),
        "total": sums.asked,
        "cost": sums.charges,
        "note": counted(len(read.opinions), read.waiting),
        "sees": sees,
        "instruct": instruct,
        "review": review,
        "chases": application.state in CHASED and access.may_instruct(actor, application).allowed,
        "thread": access.may_read_thread(actor, application).allowed,
        "desk": access.is_desk(actor, application) and sees.allowed,
        "signs": actor.covers(application.department, Role.SIGNATORY) and sees.allowed,
        "interests": application.interests_known,  # type: ignore[attr-defined]
        "lifts": actor.has(Role.PROGRAMME) and sees.allowed,
        "notes": revising.notes_on(application) if read.disagreement.exists else [],
        "today": day,
    }
    return render(request, "review/file.html", context)


def counted(given: int, waiting: int) -> str:
    """How many opinions, in words."""
    words = f"{given} avis rendu{'s' if given > 1 else ''}" if given else "aucun avis rendu"
    return f"{words}, {waiting} en préparation" if waiting else words


@guard(access.may_instruct, load=load)
@require_POST
@declared
def take(request: HttpRequest, application: Application) -> HttpResponse:
    return _do(
        request,
        application,
        lambda: actions.take(application=application, actor=request.user, now=timezone.now()),
        "Vous instruisez ce dossier. Votre avis est ouvert.",
    )


@guard(access.may_review, load=load)
@require_POST
@declared
def join(request: HttpRequest, application: Application) -> HttpResponse:
    return _do(
        request,
        application,
        lambda: actions.join(application=application, actor=request.user, now=timezone.now()),
        "Votre avis est ouvert. Les autres ne le voient qu'une fois rendu.",
    )


def _do(request: HttpRequest, application: Application, act: Any, done: str) -> HttpResponse:
    try:
        act()
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, done)
    return redirect("review:file", application.number)


@guard(access.may_review, load=load)
@require_POST
@declared
def revise(request: HttpRequest, application: Application) -> HttpResponse:
    return _do(
        request,
        application,
        lambda: revising.revise(application=application, actor=request.user, now=timezone.now()),
        "Une nouvelle version de votre avis est ouverte. L'ancienne reste dans le dossier.",
    )


@guard(access.may_instruct, load=load)
@declared
def reconcile(request: HttpRequest, application: Application) -> HttpResponse:
    words = {
        "title": "Concilier les avis",
        "button": "Écrire cette note",
        "sentences": [
            "Le signataire lit votre note avec les avis.",
            "Les avis ne changent pas.",
        ],
    }

    def act(kept: dict[str, Any]) -> None:
        revising.reconcile(application=application, actor=request.user, now=timezone.now(), **kept)

    return form_page(request, application, forms.NoteForm, act, words, "La note est écrite.")


@guard(access.may_review, load=load)
@declared
def opinion(request: HttpRequest, application: Application) -> HttpResponse:
    """Write one's own opinion: keep the draft, or give it for good."""
    rows = Review.objects.filter(application=application, reviewer=request.user)
    review = rows.prefetch_related("scores").order_by("edition").last()
    if review is None or (review.given_at and request.method == "GET"):
        return redirect("review:file", application.number)
    criteria = list(application.call.criteria.prefetch_related("parts"))
    if request.method == "POST":
        return _save_opinion(request, review, application, criteria)
    initial = forms.OpinionForm.initial_of(review)
    form = unchecked(forms.OpinionForm, request, criteria=criteria, initial=initial)
    return _opinion_page(request, application, form)


def _save_opinion(
    request: HttpRequest, review: Review, application: Application, criteria: list[Any]
) -> HttpResponse:
    form = forms.OpinionForm(request.POST, criteria=criteria)
    if not form.is_valid():
        return _opinion_page(request, application, form)
    kept, now = form.cleaned_data, timezone.now()
    try:
        saved = actions.save_scores(
            review=review,
            scores=form.grades(),
            opinion=kept["opinion"],
            reasons=kept["reasons"],
            proposed_cents=kept["proposed"],
            version=kept["version"],
            actor=request.user,
            now=now,
        )
        form.data = form.data.copy()
        form.data["version"] = str(saved.version)
        if "give" in request.POST:
            actions.give_opinion(review=saved, version=saved.version, actor=request.user, now=now)
    except actions.StaleReview as stale:
        return _conflict(request, application, form, stale)
    except Refusal as refusal:
        form.refuse(refusal)
        return _opinion_page(request, application, form)
    done = "Votre avis est rendu." if "give" in request.POST else "Votre brouillon est enregistré."
    messages.success(request, done)
    back = "review:file" if "give" in request.POST else "review:opinion"
    return redirect(back, application.number)


def _opinion_page(request: HttpRequest, application: Application, form: Any) -> HttpResponse:
    asked = sum(application.asked.values_list("amount_cents", flat=True))
    context = {"application": application, "form": form, "asked": asked}
    return page(request, "review/opinion.html", context)


def _conflict(
    request: HttpRequest, application: Application, form: Any, stale: actions.StaleReview
) -> HttpResponse:
    """Both versions side by side: keep what was typed, or what is saved."""
    saved = stale.saved
    theirs = forms.OpinionForm(
        initial=forms.OpinionForm.initial_of(saved), criteria=list(form.criteria)
    )
    typed = [(name, form.data.get(name, "")) for name in form.fields if name != "version"]
    context = {
        "application": application,
        "reason": stale.message,
        "rows": [
            (label_of(form, name), value, shown(theirs[name].value())) for name, value in typed
        ],
        "typed": [*typed, ("version", saved.version)],
    }
    return render(request, "review/conflict.html", context, status=409)


def label_of(form: Any, name: str) -> str:
    kind, _, pk = name.partition("_")
    criterion = next((c for c in form.criteria if str(c.pk) == pk), None)
    if criterion is None:
        return str(form.fields[name].label)
    return f"{criterion.code}, {'note' if kind == 'score' else 'pourquoi'}"


def shown(value: Any) -> str:
    return "" if value is None else str(value)


@guard(access.may_instruct, load=load)
@declared
def complement(request: HttpRequest, application: Application) -> HttpResponse:
    """Ask for what is missing; once nobody answered, close the file; once closed, ask again."""
    if application.state == State.INCOMPLETE:
        return _abandon(request, application)
    if application.state == State.ABANDONED:
        return _reopen(request, application)
    words = {
        "title": "Demander des compléments",
        "button": "Envoyer la demande",
        "sentences": [
            "L'organisation reçoit votre demande par e-mail.",
            "Elle peut modifier son dossier jusqu'à sa réponse.",
            "Les avis sont fermés en attendant.",
        ],
    }

    def act(kept: dict[str, Any]) -> None:
        actions.ask_complements(
            application=application, actor=request.user, now=timezone.now(), **kept
        )

    done = "La demande est envoyée à l'organisation."
    return form_page(request, application, forms.ComplementForm, act, words, done)


def _abandon(request: HttpRequest, application: Application) -> HttpResponse:
    words = {
        "title": "Classer ce dossier sans réponse",
        "button": "Classer ce dossier",
        "sentences": [
            "L'organisation n'a pas donné ce qui manquait : sa demande n'est pas examinée.",
            "Elle reçoit votre motif, et comment faire rouvrir son dossier ou contester.",
            "Ce n'est pas un refus. Vous pourrez rouvrir le dossier avec une nouvelle date.",
        ],
    }

    def act(kept: dict[str, Any]) -> None:
        unanswered.abandon(application=application, actor=request.user, now=timezone.now(), **kept)

    done = "Le dossier est classé. L'organisation est prévenue."
    return form_page(request, application, forms.ReasonForm, act, words, done)


def _reopen(request: HttpRequest, application: Application) -> HttpResponse:
    words = {
        "title": "Rouvrir ce dossier",
        "button": "Rouvrir ce dossier",
        "sentences": [
            "L'organisation reçoit votre demande par e-mail et peut modifier son dossier.",
            "L'instruction reprend avec sa réponse.",
        ],
    }

    def act(kept: dict[str, Any]) -> None:
        unanswered.reopen(application=application, actor=request.user, now=timezone.now(), **kept)

    done = "Le dossier est rouvert. L'organisation est prévenue."
    return form_page(request, application, forms.AskAgainForm, act, words, done)


@guard(access.may_answer, load=load)
def answer(request: HttpRequest, application: Application) -> HttpResponse:
    asked = application.complements.order_by("-pk").first()
    if asked is None:
        raise Http404
    context = {"application": application, "asked": asked}
    open_now = application.state == State.INCOMPLETE
    if request.method != "POST":
        form = unchecked(forms.AnswerForm, request) if open_now else None
        return render(request, "review/answer.html", {**context, "form": form})
    form = forms.AnswerForm(request.POST)
    if form.is_valid():
        try:
            actions.answer_complements(
                application=application, actor=request.user, now=timezone.now(), **form.cleaned_data
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "Votre réponse est envoyée au service instructeur.")
            return redirect("review:answer", application.number)
    return page(request, "review/answer.html", {**context, "form": form})


@guard(access.may_instruct, load=load)
@declared
def propose(request: HttpRequest, application: Application) -> HttpResponse:
    words = {
        "title": "Proposer à la décision",
        "button": "Proposer ce dossier",
        "sentences": [
            "Le signataire voit le dossier et les avis rendus.",
            "Les avis qui ne sont pas rendus ne comptent pas.",
        ],
    }

    def act(kept: dict[str, Any]) -> None:
        actions.propose(application=application, actor=request.user, now=timezone.now(), **kept)

    done = "Le dossier est proposé au signataire."
    return form_page(request, application, forms.ProposeForm, act, words, done)


@guard(access.may_send_back, load=load)
@declared
def send_back(request: HttpRequest, application: Application) -> HttpResponse:
    words = {
        "title": "Renvoyer à l'instruction",
        "button": "Renvoyer ce dossier",
        "sentences": ["Les personnes qui ont instruit le dossier reçoivent votre motif."],
    }

    def act(kept: dict[str, Any]) -> None:
        actions.send_back(application=application, actor=request.user, now=timezone.now(), **kept)

    done = "Le dossier est renvoyé à l'instruction."
    return form_page(request, application, forms.ReasonForm, act, words, done)


def form_page(
    request: HttpRequest,
    application: Application,
    form_class: Any,
    act: Any,
    words: dict[str, Any],
    done: str,
    **options: Any,
) -> HttpResponse:
    """A short form on a file: shown, then done, then back to the file."""
    if request.method == "POST":
        form = form_class(request.POST, **options)
    else:
        form = unchecked(form_class, request, **options)
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, done)
            return redirect("review:file", application.number)
    context = {"application": application, "form": form, **words}
    return page(request, "review/form.html", context)


def page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """A page with a form: 422 when what was sent is refused."""
    return render(request, template, context, status=422 if request.method == "POST" else 200)
