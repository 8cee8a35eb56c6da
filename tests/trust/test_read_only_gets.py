"""No GET writes: every address, as every kind of person, under the SQL guard, tables compared."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path

from ensemblier.base.people.access import everyone, guard
from ensemblier.base.people.models import User
from ensemblier.web.readonly import WriteOnGet
from ensemblier.web.urls import urlpatterns as real_addresses
from tests.factories_people import make_user
from tests.trust.crawl import Crawl, content

pytestmark = [pytest.mark.django_db, pytest.mark.trust]


def test_no_get_changes_a_row(crawled: Crawl) -> None:
    opened = Counter(answer.who for answer in crawled.answers)
    assert set(opened) == set(crawled.changed) and min(opened.values()) > 100
    assert {who: tables for who, tables in crawled.changed.items() if tables} == {}


@guard(everyone, public=True)
def writing(request: HttpRequest) -> HttpResponse:
    return HttpResponse(make_user().name)


urlpatterns: list[Any] = [path("ecrit/", writing, name="writing"), *real_addresses]


@pytest.mark.urls(__name__)
def test_negative_control_a_page_that_writes_is_refused(client: Any, settings: Any) -> None:
    before = content()
    with pytest.raises(WriteOnGet), transaction.atomic():
        client.get("/ecrit/")
    assert content() == before
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "ReadOnlyGet" not in name]
    assert type(client)().get("/ecrit/").status_code == 200  # without the guard it would write
    assert User.objects.count() == 1
    assert content() != before
