"""Pages for what went wrong: bad request, lost proof of origin, outage, bug."""

import contextlib
import sys
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import get_template

from ensemblier.web.outages import Outage, outage_behind

NEVER_SHOWN = ("csrfmiddlewaretoken",)
RETRY_AFTER = 30  # seconds


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return render(request, "pages/too_big.html", status=413)
    outage = outage_behind(exception)  # a session that could not be written
    if outage:
        return unavailable(request, outage)
    return render(request, "pages/bad_request.html", status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without context processors: the database may be what failed."""
    outage = outage_behind(sys.exc_info()[1])
    if outage:
        return unavailable(request, outage)
    return HttpResponse(get_template("500.html").render(), status=500)


def unavailable(request: HttpRequest, outage: Outage) -> HttpResponse:
    """The machine is at fault: what to do, and what was typed, ready to be sent again."""
    context: dict[str, Any] = {
        "outage": outage,
        "address": request.get_full_path(),
        "was_sent": request.method not in ("GET", "HEAD"),
        "contact": settings.OPERATOR["contact"],
        "csrf_token": get_token(request),
    }
    with contextlib.suppress(OSError, RawPostDataException):  # cut while it was being sent
        context |= typed_again(request)
    response = HttpResponse(get_template("503.html").render(context), status=503)
    response["Retry-After"] = str(RETRY_AFTER)
    response["Cache-Control"] = "no-store"
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Give back what was typed."""
    return render(request, "pages/csrf.html", typed_again(request), status=403)


def typed_again(request: HttpRequest) -> dict[str, Any]:
    """What was typed, unless the request came from elsewhere or holds a password."""
    context: dict[str, Any] = {"typed": [], "values": []}
    if came_from_here(request):
        names = [name for name in request.POST if name not in NEVER_SHOWN]
        if not any("password" in name.lower() for name in names):
            typed = [(name, value) for name in names for value in request.POST.getlist(name)]
            context |= {"typed": typed, "files": len(request.FILES)}
            context["values"] = [value for name, value in typed if " " in value.strip()]
    return context


def came_from_here(request: HttpRequest) -> bool:
    """Only a page of this site may have its fields sent again: never a forged form."""
    origin = request.headers.get("Origin") or request.headers.get("Referer", "")
    return bool(origin) and urlsplit(origin).netloc == request.get_host()
