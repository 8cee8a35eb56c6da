"""Pages to write: create a scheme, edit and try a draft, name who pays, publish, give a right."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from ensemblier.base.chains.form_pages import filled, form_page
from ensemblier.base.chains.loading import load_chain
from ensemblier.base.chains.models import Chain
from ensemblier.base.people.access import guard
from ensemblier.base.people.parking import NOTICE, parked
from ensemblier.base.refusal import Refusal
from ensemblier.chain.cofinancing import access, actions, shown
from ensemblier.chain.cofinancing.editing import TOO_LONG, Desk
from ensemblier.chain.cofinancing.forms import EntitleForm, PayerForm, PublishForm, SchemeForm
from ensemblier.chain.cofinancing.models import Scheme, SchemeVersion
from ensemblier.chain.cofinancing.queries import version_on
from ensemblier.chain.cofinancing.refusals import DraftRefused
from ensemblier.chain.cofinancing.rules import rule_of
from ensemblier.chain.cofinancing.trying import changes
from ensemblier.chain.cofinancing.views import load_scheme
from ensemblier.engines.cofinancing.scheme import Scheme as Rule
from ensemblier.engines.cofinancing.sentences import sentences

PAGE = require_http_methods(["GET", "HEAD", "POST"])


def page_of(scheme: Scheme) -> str:
    return reverse("cofinancing:detail", args=[scheme.pk])


def editor_of(scheme: Scheme) -> str:
    return reverse("cofinancing:edit", args=[scheme.pk])


@PAGE
@guard(access.may_create, load=load_chain)
def new(request: HttpRequest, chain: Chain) -> HttpResponse:
    return form_page(
        request,
        filled(request, SchemeForm),
        lambda data: actions.start_scheme(chain=chain, actor=request.user, **data),
        chain=chain,
        title="Créer un dispositif",
        lead="Un dispositif dit qui paie quoi sur chaque vente. Rien ne s'applique avant que vous "
        "ne publiiez sa règle.",
        back=reverse("cofinancing:list", args=[chain.slug]),
        button="Créer et écrire la règle",
        done="Le dispositif est créé. Écrivez sa règle, essayez-la, puis publiez-la.",
        goes_to=editor_of,
    )


@PAGE
@guard(access.may_write, load=load_scheme)
def edit(request: HttpRequest, scheme: Scheme) -> HttpResponse:
    """The draft of a rule, with its guide and its sample lines. Only "save" writes."""
    typed: Any = request.POST if request.method == "POST" else parked(request)
    if typed is not None and request.method == "GET":
        messages.warning(request, NOTICE)
    desk = Desk(scheme, typed, timezone.localdate())
    asked = request.POST.get("do", "")
    if asked == "guide":
        desk.write_from_guide()
    elif asked.startswith("more-"):
        desk.more(asked.removeprefix("more-"))
    elif asked == "save":
        try:
            _save(request, scheme, desk)
        except Refusal as refusal:
            desk.refusal = refusal
        else:
            messages.success(request, "Le brouillon est enregistré. Il ne s'applique pas encore.")
            return redirect(page_of(scheme))
    context = {"chain": scheme.chain, "scheme": scheme, "desk": desk, "asked": asked}
    wrong = desk.refusal or (asked in ("try", "guide") and desk.fault) or desk.guide.head.errors
    status = getattr(desk.refusal, "status", 422) if wrong and request.method == "POST" else 200
    return render(request, "cofinancing/edit.html", context, status=status)


def _save(request: HttpRequest, scheme: Scheme, desk: Desk) -> SchemeVersion:
    if not desk.text.strip() or desk.fault == TOO_LONG:
        raise DraftRefused(desk.fault or "Écrivez une règle, ou remplissez le guide.")
    known = desk.known
    try:
        return actions.save_draft(scheme=scheme, text=desk.text, known=known, actor=request.user)
    except Refusal:
        # Sent again as it stands, it replaces the draft that is there now.
        draft = scheme.versions.filter(published_at__isnull=True).first()
        desk.known = draft.digest if draft else ""
        raise


@require_POST
@guard(access.may_write, load=load_scheme)
def preview(request: HttpRequest, scheme: Scheme) -> HttpResponse:
    """What the sample lines give with the text as typed: a piece of the page, nothing saved."""
    desk = Desk(scheme, request.POST, timezone.localdate())
    return render(request, "cofinancing/trial.html", {"scheme": scheme, "desk": desk})


@PAGE
@guard(access.may_write, load=load_scheme)
def name_payer(request: HttpRequest, scheme: Scheme) -> HttpResponse:
    """Who stands behind a name of the rule, and from which account it pays."""
    today = timezone.localdate()
    known = set(scheme.payers.values_list("name", flat=True))
    texts = scheme.versions.order_by("-number").values_list("text", flat=True)[:2]
    names = dict.fromkeys(name for text in texts for name in rule_of(text).names)
    missing = [name for name in names if name not in known]
    if not missing:
        messages.info(request, "Chaque payeur de la règle a déjà son compte.")
        return redirect(page_of(scheme))
    asked = request.GET.get("nom", "")
    initial = {"name": asked if asked in missing else missing[0]}
    options = {"scheme": scheme, "names": missing, "day": today, "initial": initial}
    return form_page(
        request,
        filled(request, PayerForm, **options),
        lambda data: actions.open_payer(scheme=scheme, actor=request.user, **data),
        chain=scheme.chain,
        title="Dire qui paie",
        lead="Derrière chaque nom de la règle, il y a un compte du livre. Il est ouvert ici s'il "
        "n'existe pas, et il sert à tous les dispositifs de la filière. Ce choix ne change plus.",
        back=page_of(scheme),
        done=lambda payer: f"« {payer.name} » paie sur le compte « {payer.account.name} ».",
    )


@PAGE
@guard(access.may_write, load=load_scheme)
def publish(request: HttpRequest, scheme: Scheme) -> HttpResponse:
    """Read once more, then make the draft the rule from a day on."""
    draft = scheme.versions.filter(published_at__isnull=True).first()
    if draft is None:
        messages.info(request, "Il n'y a pas de brouillon à publier. Écrivez d'abord la règle.")
        return redirect(page_of(scheme))
    today = timezone.localdate()
    rule = rule_of(draft.text)
    in_force = version_on(scheme, today) or scheme.versions.exclude(published_at=None).last()
    named = set(scheme.payers.values_list("name", flat=True))

    def act(data: dict[str, Any]) -> SchemeVersion:
        return actions.publish(version=draft, actor=request.user, now=timezone.now(), **data)

    return form_page(
        request,
        filled(request, PublishForm, initial={"starts": today, "digest": draft.digest}),
        act,
        chain=scheme.chain,
        title=f"Publier la version {draft.number}",
        back=page_of(scheme),
        button="Publier cette règle",
        done=lambda version: f"La version {version.number} est publiée. Elle ne change plus.",
        goes_to=lambda version: page_of(version.scheme),
        template="cofinancing/publish.html",
        scheme=scheme,
        draft=draft,
        told=sentences(rule),
        in_force=in_force,
        changes=changes(rule_of(in_force.text), rule) if in_force else [],
        reopened=shown.reopened(in_force, rule) if in_force else [],
        by_household=rule.needs_household and in_force is not None,
        missing=[name for name in rule.names if name not in named],
    )


@PAGE
@guard(access.may_write, load=load_scheme)
def entitle(request: HttpRequest, scheme: Scheme) -> HttpResponse:
    """Open the right of a card to a scheme."""
    today = timezone.localdate()
    found = version_on(scheme, today) or scheme.versions.exclude(published_at=None).last()
    if found is None:
        messages.info(request, "Publiez d'abord la règle : c'est elle qui dit ce qu'il faut.")
        return redirect(page_of(scheme))
    rule: Rule = rule_of(found.text)
    options = {"scheme": scheme, "rule": rule, "day": today, "initial": {"starts": today}}
    return form_page(
        request,
        filled(request, EntitleForm, **options),
        lambda data: actions.entitle(scheme=scheme, actor=request.user, **data),
        chain=scheme.chain,
        title="Ouvrir un droit",
        lead=f"Dispositif « {scheme.name} ». Un droit déjà ouvert finit la veille du nouveau.",
        back=page_of(scheme),
        button="Ouvrir le droit",
        done=lambda right: f"La {right.card} a droit à « {scheme.name} ».",
    )
