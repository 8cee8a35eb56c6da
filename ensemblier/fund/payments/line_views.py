"""Open an agreement to the sales of a chain, and end it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from ensemblier.base.ledger.queries import balance
from ensemblier.base.pages.formats import euros
from ensemblier.base.people.access import guard
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.agreements.views import load_agreement
from ensemblier.fund.payments import access, lines
from ensemblier.fund.payments.confirming import confirm
from ensemblier.fund.payments.forms import ReasonForm
from ensemblier.fund.payments.sums import drawn_cents


@guard(access.may_open_lines, load=load_agreement)
def open_lines(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    """Let the organisation's chains have parts of their sales paid by the agreement."""
    decision = agreement.decision
    left, who = balance(decision.account).available, decision.application.organisation.name
    return confirm(
        request,
        back=reverse("payments:agreement", args=[agreement.number]),
        form_class=ReasonForm,
        act=lambda typed: lines.open_to_lines(
            agreement=agreement, reason=typed["reason"], actor=request.user, now=timezone.now()
        ),
        words={
            "title": "Ouvrir aux ventes d'une filière",
            "eyebrow": f"Convention {agreement.number}",
            "will_happen": [
                f"{who} pourra nommer cette convention comme payeur dans ses dispositifs.",
                "Chaque part de vente quitte la convention le jour où elle est partagée, sans "
                "certificat ligne par ligne.",
                f"Ventes et échéances se partagent les mêmes {euros(left)} : rien n'est payé deux "
                "fois. Ce que prennent les ventes n'est plus là pour les échéances à venir.",
            ],
            "button": "Ouvrir la convention aux ventes",
            "done": "La convention est ouverte aux ventes de la filière.",
        },
    )


@guard(access.may_open_lines, load=load_agreement)
def end_lines(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    """Nothing more is taken by lines."""
    return confirm(
        request,
        back=reverse("payments:agreement", args=[agreement.number]),
        form_class=ReasonForm,
        act=lambda typed: lines.end_lines(
            agreement=agreement, reason=typed["reason"], actor=request.user, now=timezone.now()
        ),
        words={
            "title": "Fermer la convention aux ventes",
            "eyebrow": f"Convention {agreement.number}",
            "will_happen": [
                f"Les {euros(drawn_cents(agreement))} déjà pris par des ventes restent pris.",
                "Une vente qui compte sur cette convention sera refusée à la caisse.",
            ],
            "button": "Fermer aux ventes",
            "danger": True,
            "done": "La convention n'est plus ouverte aux ventes.",
        },
    )
