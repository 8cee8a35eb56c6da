"""Pages of a framework programme before the file is sent: shares, answers, guarantee, criteria."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from ensemblier.base.people.access import guard
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications.reading import load
from ensemblier.fund.frameworks import access, answering, shaping
from ensemblier.fund.frameworks.forms import (
    CriterionForm,
    DayForm,
    GuaranteeForm,
    PlainForm,
    ReasonForm,
    ScoreForm,
    ShareForm,
)
from ensemblier.fund.frameworks.gaps import framework_gaps
from ensemblier.fund.frameworks.models import Cover, Framework, MemberShare
from ensemblier.fund.frameworks.reading import BADGES, members
from ensemblier.fund.frameworks.spending import agreement_of
from ensemblier.fund.payments.confirming import confirm

PAGE = require_http_methods(["GET", "HEAD", "POST"])
FORM = "frameworks/form.html"
WHOLE = ("application__call", "application__organisation", "application__department")


def load_framework(request: HttpRequest, number: str) -> Framework:
    rows = Framework.objects.select_related(*WHOLE, "signed_by", "agreement")
    return get_object_or_404(rows, application__number=number)


def load_share(request: HttpRequest, pk: int) -> MemberShare:
    rows = MemberShare.objects.select_related(
        "member", "framework__agreement", *(f"framework__{name}" for name in WHOLE)
    )
    return get_object_or_404(rows, pk=pk)


def home(framework: Framework) -> str:
    return reverse("frameworks:detail", args=[framework.application.number])


@require_http_methods(["GET", "HEAD"])
@guard(access.may_list)
def programmes(request: HttpRequest) -> HttpResponse:
    """The programmes one leads, and the shares of one's own organisations."""
    actor = request.actor  # type: ignore[attr-defined]
    led = Framework.objects.filter(
        application__organisation__in=actor.organisations(*access.LEADERS)
    ).select_related("application__call", "application__organisation")
    mine = MemberShare.objects.filter(
        member__in=actor.organisations(*access.MEMBERS)
    ).select_related("member", "framework__application__organisation")
    context = {
        "led": led[:50],
        "mine": [(share, BADGES[share.state]) for share in mine.order_by("-pk")[:50]],
    }
    return render(request, "frameworks/programmes.html", context)


@PAGE
@guard(access.may_start, load=load)
def start(request: HttpRequest, application: Any) -> HttpResponse:
    """Make this draft a grouped request."""
    return confirm(
        request,
        back=reverse("frameworks:detail", args=[application.number])
        if request.method == "POST"
        else reverse("applications:detail", args=[application.number]),
        form_class=DayForm,
        act=lambda typed: shaping.start(
            application=application, actor=request.user, now=timezone.now(), **typed
        ),
        words={
            "title": "Faire une demande groupée",
            "eyebrow": f"Dossier {application.number}",
            "will_happen": [
                "Vous écrivez une part pour chaque membre de votre réseau.",
                "Chaque membre confirme ou refuse sa part, par un lien.",
                "Le dossier se dépose une fois toutes les parts confirmées ou retirées.",
            ],
            "button": "Commencer la demande groupée",
            "done": "La demande groupée est commencée : ajoutez les parts.",
        },
    )


@require_http_methods(["GET", "HEAD"])
@guard(access.may_see, load=load_framework)
def detail(request: HttpRequest, framework: Framework) -> HttpResponse:
    """Shares, guarantee, criteria; what is left to do."""
    actor = request.actor  # type: ignore[attr-defined]
    rows = members(framework)
    live = [row for row in rows if row.share.state != MemberShare.State.REMOVED]
    answered = sum(1 for row in live if row.share.state == MemberShare.State.CONFIRMED)
    shapes = access.may_shape(actor, framework).allowed
    context = {
        "framework": framework,
        "application": framework.application,
        "rows": rows,
        "total": sum(row.cents for row in live),
        "confirmed": answered,
        "count": len(live),
        "progress_words": f"{answered} sur {len(live)} parts confirmées",
        "covers": [Cover(name).label for name in framework.covers],
        "criteria": framework.criteria.all(),
        "shapes": shapes,
        "signs": access.may_sign(actor, framework).allowed and not framework.signed_at,
        "gaps": list(framework_gaps(framework.application)) if shapes else [],
        "leads": access.may_lead(actor, framework).allowed,
        "can_open": not framework.opened_at and agreement_of(framework) is not None,
    }
    return render(request, "frameworks/detail.html", context)


@PAGE
@guard(access.may_shape, load=load_framework)
def change_day(request: HttpRequest, framework: Framework) -> HttpResponse:
    """Another date for the members' answers."""
    return confirm(
        request,
        back=home(framework),
        form_class=DayForm,
        act=lambda typed: shaping.set_day(
            framework=framework, actor=request.user, now=timezone.now(), **typed
        ),
        words={
            "title": "Changer la date de réponse",
            "eyebrow": f"Dossier {framework.application.number}",
            "will_happen": ["Les liens déjà envoyés valent jusqu'à cette nouvelle date."],
            "button": "Changer la date",
            "done": "La date est changée.",
        },
    )


@PAGE
@guard(access.may_shape, load=load_framework)
def share_new(request: HttpRequest, framework: Framework) -> HttpResponse:
    """Write a member's share."""
    return _write_share(request, framework, None)


@PAGE
@guard(access.may_shape_share, load=load_share)
def share_edit(request: HttpRequest, share: MemberShare) -> HttpResponse:
    """Change a member's share: the answer given to the former one falls."""
    return _write_share(request, share.framework, share)


def _write_share(
    request: HttpRequest, framework: Framework, share: MemberShare | None
) -> HttpResponse:
    first: dict[str, Any] = {}
    if share is not None:
        first = {"member": share.member, "project": share.project}
        first |= {
            f"amount_{row.expense_class}_{row.year}": row.amount_cents
            for row in share.amounts.all()
        }

    def act(typed: dict[str, Any]) -> None:
        amounts = {
            (row.expense_class, year): typed.get(f"amount_{row.expense_class}_{year}") or 0
            for row in framework.application.call.expenses.all()
            for year in framework.application.call.years
        }
        shaping.write_share(
            framework=framework,
            member=typed["member"],
            project=typed["project"],
            amounts=amounts,
            actor=request.user,
            now=timezone.now(),
        )

    return confirm(
        request,
        back=home(framework),
        form_class=ShareForm,
        options={"framework": framework, "initial": first},
        act=act,
        template=FORM,
        words={
            "title": f"Changer la part de {share.member}" if share else "Ajouter un membre",
            "eyebrow": f"Demande groupée {framework.application.number}",
            "will_happen": [
                "Le membre devra dire oui à ce texte et à ces montants.",
                "Si vous changez une part confirmée, sa confirmation tombe.",
            ],
            "button": "Enregistrer cette part",
            "done": "La part est enregistrée. Envoyez son lien au membre.",
        },
    )


@PAGE
@guard(access.may_shape_share, load=load_share)
def share_remove(request: HttpRequest, share: MemberShare) -> HttpResponse:
    """Take a member out of the request."""
    return confirm(
        request,
        back=home(share.framework),
        form_class=ReasonForm,
        act=lambda typed: shaping.remove_share(
            share=share, actor=request.user, now=timezone.now(), **typed
        ),
        words={
            "title": f"Retirer {share.member}",
            "eyebrow": f"Demande groupée {share.framework.application.number}",
            "will_happen": [
                "Sa part ne compte plus dans la demande ; sa réponse reste lisible.",
                "Le montant demandé au fonds ne change pas tout seul : corrigez-le.",
            ],
            "button": "Retirer ce membre",
            "danger": True,
            "done": "Le membre est retiré de la demande.",
        },
    )


@require_POST
@guard(access.may_shape_share, load=load_share)
def share_ask(request: HttpRequest, share: MemberShare) -> HttpResponse:
    """Send the member its link."""
    try:
        answering.ask(share=share, actor=request.user, now=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, f"Le lien est envoyé à {share.member}.")
    return redirect(home(share.framework))


@PAGE
@guard(access.may_shape, load=load_framework)
def guarantee(request: HttpRequest, framework: Framework) -> HttpResponse:
    """Write what the head answers for."""
    return confirm(
        request,
        back=home(framework),
        form_class=GuaranteeForm,
        options={"initial": {"text": framework.guarantee, "covers": framework.covers}},
        act=lambda typed: shaping.write_guarantee(
            framework=framework, actor=request.user, now=timezone.now(), **typed
        ),
        template=FORM,
        words={
            "title": "La garantie de la tête de réseau",
            "eyebrow": f"Demande groupée {framework.application.number}",
            "will_happen": [
                "Le représentant légal du réseau la signe ensuite, avec son compte.",
                "Changer le texte retire la signature.",
            ],
            "button": "Enregistrer la garantie",
            "done": "La garantie est enregistrée : il reste à la signer.",
        },
    )


@PAGE
@guard(access.may_sign, load=load_framework)
def sign(request: HttpRequest, framework: Framework) -> HttpResponse:
    """Sign the guarantee."""
    return confirm(
        request,
        back=home(framework),
        form_class=PlainForm,
        act=lambda typed: shaping.sign_guarantee(
            framework=framework, actor=request.user, now=timezone.now()
        ),
        words={
            "title": "Signer la garantie",
            "eyebrow": f"Demande groupée {framework.application.number}",
            "will_happen": [
                framework.guarantee or "La garantie n'est pas encore écrite.",
                *[f"Elle couvre {Cover(name).label}." for name in framework.covers],
                "Votre nom et l'heure sont notés.",
            ],
            "button": "Signer au nom du réseau",
            "done": "La garantie est signée.",
        },
    )


@PAGE
@guard(access.may_shape, load=load_framework)
def criterion(request: HttpRequest, framework: Framework) -> HttpResponse:
    """Add a criterion of the network."""
    return confirm(
        request,
        back=home(framework),
        form_class=CriterionForm,
        act=lambda typed: shaping.add_criterion(
            framework=framework, actor=request.user, now=timezone.now(), **typed
        ),
        words={
            "title": "Un critère du réseau",
            "eyebrow": f"Demande groupée {framework.application.number}",
            "will_happen": [
                "Il s'ajoute à la grille de l'appel, sans la changer.",
                "Vos notes sont montrées au service instructeur et au membre noté.",
            ],
            "button": "Ajouter ce critère",
            "done": "Le critère est ajouté.",
        },
    )


@PAGE
@guard(access.may_score, load=load_share)
def score(request: HttpRequest, share: MemberShare) -> HttpResponse:
    """Score one share on the network's criteria."""
    criteria = list(share.framework.criteria.all())
    if not criteria:
        raise Http404
    first: dict[str, Any] = {}
    for row in share.scores.all():
        first |= {f"score_{row.criterion_id}": row.score, f"reason_{row.criterion_id}": row.reason}

    def act(typed: dict[str, Any]) -> None:
        marks = {row.pk: (typed[f"score_{row.pk}"], typed[f"reason_{row.pk}"]) for row in criteria}
        shaping.score(share=share, marks=marks, actor=request.user, now=timezone.now())

    return confirm(
        request,
        back=home(share.framework),
        form_class=ScoreForm,
        options={"criteria": criteria, "initial": first},
        act=act,
        template=FORM,
        words={
            "title": f"Noter {share.member}",
            "eyebrow": f"Demande groupée {share.framework.application.number}",
            "will_happen": ["Le service instructeur et le membre lisent la note et sa raison."],
            "button": "Enregistrer les notes",
            "done": "Les notes sont enregistrées.",
        },
    )


def shown(share: MemberShare) -> dict[str, Any]:
    """What a member reads of its share."""
    amounts = list(share.amounts.all())
    return {
        "amounts": amounts,
        "total": sum(row.amount_cents for row in amounts),
        "covers": [Cover(name).label for name in share.framework.covers],
    }
