"""The gallery, samples of whole pages, and the choice of light or dark."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from ensemblier.base.people.access import everyone, guard
from ensemblier.web.context import THEMES
from ensemblier.web.gallery.forms import FILLED, WRONG, SampleForm
from ensemblier.web.gallery.samples import everything
from ensemblier.web.outages import DATABASE

YEAR = 365 * 24 * 3600
SAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "refus": ("pages/refused.html", {"reason": "Ce dossier est instruit dans une autre région."}),
    "conflit": (
        "pages/conflict.html",
        {"kept": [("Résumé", "Des paniers pour 100 familles")], "back_url": "/composants"},
    ),
    "trop-lourd": ("pages/too_big.html", {}),
    "mal-formee": ("pages/bad_request.html", {}),
    "expiree": ("pages/csrf.html", {"typed": [], "values": []}),
    "introuvable": ("404.html", {}),
    "panne": ("500.html", {}),
    "indisponible": (
        "503.html",
        {
            "outage": DATABASE,
            "was_sent": True,
            "address": "/composants",
            "typed": [("reason", "Dotation votée en séance")],
            "values": ["Dotation votée en séance"],
        },
    ),
    "confirmation": (
        "pages/confirm.html",
        {
            "title": "Envoyer votre dossier",
            "eyebrow": "Appel 2027, volet local",
            "will_happen": [
                "Votre dossier part à la DREETS des Hauts-de-France.",
                "Vous recevez un accusé de réception par courriel.",
                "Vous ne pourrez plus le modifier, sauf si on vous le demande.",
            ],
            "button": "Envoyer mon dossier",
            "cancel_url": "/composants",
            "action": "/apparence/",
        },
    ),
}


@require_GET
@guard(everyone, public=True)
def index(request: HttpRequest) -> HttpResponse:
    wrong = SampleForm(WRONG, prefix="error")
    context = everything() | {
        "empty_form": SampleForm(prefix="empty"),
        "filled_form": SampleForm(initial=FILLED, prefix="filled"),
        "wrong_form": wrong,
        "notices": [
            ("success", "status", "Votre dossier est enregistré. Rien n'est perdu."),
            ("", "status", "L'appel ferme dans six jours."),
            ("warning", "alert", "Il manque une pièce à votre dossier."),
            ("error", "alert", "Le fichier pèse 60 Mo, la limite est 10 Mo. Réduisez-le."),
        ],
        "samples": list(SAMPLES),
    }
    return render(request, "gallery/index.html", context)


@require_GET
@guard(everyone, public=True)
def sample(request: HttpRequest, name: str) -> HttpResponse:
    """A page that is hard to meet by chance: an error, a confirmation."""
    if name not in SAMPLES:
        raise Http404
    template, context = SAMPLES[name]
    return render(request, template, context)


@require_POST
@guard(everyone, public=True)
def appearance(request: HttpRequest) -> HttpResponse:
    """Remember light, dark, or the choice of the device, for a year."""
    theme = request.POST.get("theme", "")
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    response = HttpResponseRedirect(back)
    if theme in dict(THEMES):
        response.set_cookie("theme", theme, max_age=YEAR, samesite="Lax", httponly=True)
    else:
        messages.error(request, "Choisissez une apparence : automatique, claire ou sombre.")
    return response
