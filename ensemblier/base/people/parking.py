"""What was typed when the session ended: kept for the same account, given back after sign-in.

A view that shows a form writes, on GET:

    form = unchecked(MyForm, request)         # instead of MyForm()
    form = unchecked(MyForm, request, initial={...}, instance=row)

When something is parked for this page and this account, the form comes back filled, unvalidated,
and a notice says so; otherwise it is the plain form. Nothing else to do: `guard` parks the POST of
an ended session, and forgets it once the page has been sent again.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.forms import BaseForm
from django.forms.utils import ErrorDict
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

PARKED = "parked"
WHO_COOKIE = "ensemblier_who"
WHO_AGE = 30 * 24 * 3600
LARGEST = 200_000
# Nor a vote: a row that names an account beside choices would undo the secret (fund/jury).
NEVER_KEPT = {"csrfmiddlewaretoken", "code", "credential", "token", "login", "iban"} | {
    "support",
    "points",
    "receipt",
}
NOTICE = (
    "Votre session avait expiré. Ce que vous aviez saisi est conservé : vérifiez et enregistrez."
)
FILES_NOTICE = " Choisissez de nouveau les fichiers que vous aviez joints."


def who(request: HttpRequest) -> dict[str, Any] | None:
    """The account that last signed in from this browser, as our signed cookie says."""
    try:
        return signing.loads(request.COOKIES.get(WHO_COOKIE, ""), salt=WHO_COOKIE, max_age=WHO_AGE)
    except signing.BadSignature:
        return None


def send_to_sign_in(request: HttpRequest, *, page: str) -> HttpResponse:
    """To the sign-in page (or the second factor), and back to the form with what was typed."""
    back = request.get_full_path()
    if request.method == "POST":
        back = _form_page(request)
        _park(request, back)
    url = reverse(page)
    if request.headers.get("HX-Request") == "true":
        answer = HttpResponse(status=204)
        answer["HX-Redirect"] = redirect_to_login(back, url).url
        return answer
    return redirect_to_login(back, url)


def _form_page(request: HttpRequest) -> str:
    """The page that held the form: what the browser names, if it is ours, else the address."""
    referer = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(referer, {request.get_host()}):
        parts = urlsplit(referer)
        if parts.path.startswith("/"):
            return f"{parts.path}?{parts.query}" if parts.query else parts.path
    return request.get_full_path()


def _park(request: HttpRequest, back: str) -> None:
    known = request.user.pk or (who(request) or {}).get("user")
    fields = request.POST.copy()
    for name in list(fields):
        if name in NEVER_KEPT or "password" in name.lower():
            del fields[name]
    typed = fields.urlencode()
    if known is None or not fields or len(typed) > LARGEST:
        return
    request.session[PARKED] = {
        "user": known,
        "paths": sorted({request.path, urlsplit(back).path}),
        "fields": typed,
        "files": len(request.FILES),
    }


def parked(request: HttpRequest) -> QueryDict | None:
    """What this account had typed on this page before its session ended; None when nothing."""
    kept = request.session.get(PARKED)
    if not kept or kept["user"] != request.user.pk or request.path not in kept["paths"]:
        return None
    return QueryDict(kept["fields"])


def unchecked(form_class: type[BaseForm], request: HttpRequest, **kwargs: Any) -> BaseForm:
    """The form of a GET: plain, or filled with what was parked, without a word of reproach."""
    typed = parked(request)
    if typed is None:
        return form_class(**kwargs)
    form = form_class(data=typed, **kwargs)
    form._errors = ErrorDict()  # shown as typed; checked when sent
    files = request.session[PARKED]["files"]
    messages.warning(request, NOTICE + (FILES_NOTICE if files else ""))
    return form


def forget(request: HttpRequest) -> None:
    """Once the page is sent again, what was parked for it has served."""
    if request.method == "POST" and request.session.get(PARKED) and parked(request) is not None:
        del request.session[PARKED]
