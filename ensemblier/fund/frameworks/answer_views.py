"""Pages where a member says yes or no to its share: by its link, or signed in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from ensemblier.base.people.access import everyone, guard
from ensemblier.base.refusal import Refusal
from ensemblier.fund.frameworks import access, answering, shaping
from ensemblier.fund.frameworks.forms import AnswerForm, SignedInAnswerForm
from ensemblier.fund.frameworks.models import MemberShare
from ensemblier.fund.frameworks.views import PAGE, load_share, shown
from ensemblier.fund.payments.confirming import confirm


def load_token(request: HttpRequest, token: str) -> tuple[str, MemberShare | None]:
    return token, answering.find(token)


@PAGE
@guard(everyone, load=load_token, public=True)
def confirm_share(request: HttpRequest, loaded: tuple[str, MemberShare | None]) -> HttpResponse:
    """The member reads its share and says yes or no: the link is its own, no account needed."""
    token, share = loaded
    if over := answering.why_over(share, timezone.now()):
        return render(request, "frameworks/confirm.html", {"over": over}, status=410)
    assert share is not None
    seen = shaping.content_digest(share)
    form = (
        AnswerForm(request.POST) if request.method == "POST" else AnswerForm(initial={"seen": seen})
    )
    if request.method == "POST" and form.is_valid():
        typed = dict(form.cleaned_data)
        agrees = typed.pop("agrees") == "yes"
        try:
            answering.answer_by_link(token=token, agrees=agrees, now=timezone.now(), **typed)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            context = {"done": "yes" if agrees else "no", "share": share}
            return render(request, "frameworks/confirm.html", context)
    context = {"share": share, "form": form, "here": request.path, **shown(share)}
    status = 422 if form.errors else 200
    return render(request, "frameworks/confirm.html", context, status=status)


@PAGE
@guard(access.may_answer, load=load_share)
def answer(request: HttpRequest, share: MemberShare) -> HttpResponse:
    """The same, signed in as the member's representative."""
    return confirm(
        request,
        back=reverse("frameworks:share", args=[share.pk]),
        form_class=SignedInAnswerForm,
        options={"initial": {"seen": shaping.content_digest(share)}},
        act=lambda typed: answering.answer_as(
            share=share,
            seen=typed["seen"],
            agrees=typed["agrees"] == "yes",
            reason=typed["reason"],
            actor=request.user,
            now=timezone.now(),
        ),
        words={
            "title": "Répondre pour votre organisation",
            "eyebrow": f"Part de {share.member}",
            "will_happen": [
                "Oui : votre part entre dans la demande du réseau.",
                "Non : votre organisation n'est pas dans la demande ; dites pourquoi.",
            ],
            "button": "Envoyer la réponse",
            "done": "Votre réponse est enregistrée.",
        },
    )
