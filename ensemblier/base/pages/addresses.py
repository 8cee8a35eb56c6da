"""Addresses that every page asks for: found once, for they are those of the installation."""

from __future__ import annotations

from functools import lru_cache

from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse


def address_of(name: str) -> str:
    """The address of a page that takes no argument; "" when this installation does not have it."""
    return _found(name, get_urlconf(), get_script_prefix())


@lru_cache(maxsize=512)
def _found(name: str, urls: str | None, prefix: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
