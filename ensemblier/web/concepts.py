"""The addresses of a concept, passed over at once when none of them begins as the path does.

Django tries six hundred addresses one after the other; most concepts share a first word or two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

from django.urls import ResolverMatch, URLPattern, URLResolver, include
from django.urls.exceptions import Resolver404
from django.urls.resolvers import RoutePattern

WORD_OF_REGEX = re.compile(r"\^([\w-]+)/")


class Concept(URLResolver):
    """Included without a word of its own in front."""

    @cached_property
    def first_words(self) -> frozenset[str] | None:
        """What stands before the first "/" of its addresses; None when that may be anything."""
        return _first_words(self.url_patterns)

    def resolve(self, path: str) -> ResolverMatch:
        words = self.first_words
        if words is not None and path.partition("/")[0] not in words:
            raise Resolver404({"path": path, "tried": []})
        return super().resolve(path)


def _first_words(addresses: Iterable[URLPattern | URLResolver]) -> frozenset[str] | None:
    words: set[str] = set()
    for address in addresses:
        route = str(address.pattern)
        if not route and isinstance(address, URLResolver):
            inner = _first_words(address.url_patterns)
            if inner is None:
                return None
            words |= inner
            continue
        if not isinstance(address.pattern, RoutePattern):
            if not (found := WORD_OF_REGEX.match(route)):
                return None
            route = found[1]
        word = route.partition("/")[0]
        if "<" in word:
            return None
        words.add(word)
    return frozenset(words)


def concept(module: str) -> Concept:
    """In place of `path("", include(module))`."""
    urls, app_name, namespace = include(module)
    pattern = RoutePattern("", is_endpoint=False)
    return Concept(pattern, urls, app_name=app_name, namespace=namespace)
