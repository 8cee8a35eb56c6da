"""No NUL in what is asked: PostgreSQL keeps none in a text, and no keyboard types one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

NUL = "\x00"


class NoNul:
    """Refuses a request whose address or fields hold a NUL, before any view reads them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        if NUL in request.path or any(map(_holds_nul, (request.GET, request.POST))):
            raise BadRequest("NUL in the request")


def _holds_nul(fields: Any) -> bool:
    return any(NUL in name or any(NUL in value for value in kept) for name, kept in fields.lists())
