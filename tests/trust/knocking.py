"""A lean test client for crawls: one for each person, its middleware loaded once."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any

from django.http import HttpResponseBase
from django.test import Client


class Knocker(Client):
    """Each request starts from the same cookies and leaves none. Django's own client copies the
    context of every template it renders, for tests that look at it: crawls do not."""

    def __init__(self, cookies: SimpleCookie) -> None:
        super().__init__()
        self.cookies = cookies

    def request(self, **request: Any) -> HttpResponseBase:  # type: ignore[override]
        return self.handler(self._base_environ(**request))
