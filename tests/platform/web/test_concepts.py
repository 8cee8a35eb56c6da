"""Addresses found by their first word are those that Django finds one after the other."""

import pytest
from django.urls import URLResolver, get_resolver, path, resolve
from django.urls.exceptions import Resolver404
from django.urls.resolvers import RegexPattern

from ensemblier.web.concepts import Concept, _first_words
from tests.trust.addresses import addresses

CONCEPTS = [each for each in get_resolver().url_patterns if isinstance(each, Concept)]


def test_every_concept_knows_its_first_words():
    assert len(CONCEPTS) > 30
    assert [each for each in CONCEPTS if each.first_words is None] == []


@pytest.mark.parametrize("place", CONCEPTS, ids=lambda each: each.urlconf_name.__name__)
def test_what_is_passed_over_is_in_no_address_of_the_concept(place):
    """Each of the others' first words meets nothing there, by Django's own way."""
    others = set().union(*(each.first_words for each in CONCEPTS)) - place.first_words
    for word in others:
        for tail in ("", "/", "/1/", "/a-b/", "/a-b/1/"):
            with pytest.raises(Resolver404):
                URLResolver.resolve(place, word + tail)


def test_addresses_without_argument_are_found():
    from django.urls import NoReverseMatch, reverse

    found = 0
    for address in addresses():
        try:
            there = reverse(address.name)
        except NoReverseMatch:
            continue
        assert resolve(there).view_name == address.name
        found += 1
    assert found > 90


def test_negative_control_a_first_word_that_may_be_anything_is_not_guessed():
    assert _first_words([path("<slug:any>/", lambda request: None)]) is None
    odd = URLResolver(RegexPattern(r"^(a|b)/"), [path("x/", lambda request: None)])
    assert _first_words([odd]) is None
    inside = URLResolver(CONCEPTS[0].pattern, [path("<slug:any>/", lambda request: None)])
    assert _first_words([inside]) is None
