"""Pages for what went wrong: unknown address, lost proof of origin, too large a request, bug."""

from urllib.parse import urlsplit

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template

NEVER_SHOWN = ("csrfmiddlewaretoken",)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return render(request, "pages/too_big.html", status=413)
    return render(request, "pages/bad_request.html", status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without context processors: the database may be what failed."""
    return HttpResponse(get_template("500.html").render(), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Give back what was typed, unless the request came from elsewhere or holds a password."""
    context: dict[str, object] = {"typed": [], "values": []}
    if came_from_here(request):
        names = [name for name in request.POST if name not in NEVER_SHOWN]
        if not any("password" in name.lower() for name in names):
            typed = [(name, value) for name in names for value in request.POST.getlist(name)]
            context |= {"typed": typed, "files": len(request.FILES)}
            context["values"] = [value for name, value in typed if " " in value.strip()]
    return render(request, "pages/csrf.html", context, status=403)


def came_from_here(request: HttpRequest) -> bool:
    """Only a page of this site may have its fields sent again: never a forged form."""
    origin = request.headers.get("Origin") or request.headers.get("Referer", "")
    return bool(origin) and urlsplit(origin).netloc == request.get_host()
