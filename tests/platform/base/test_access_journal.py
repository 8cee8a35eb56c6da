"""Whoever holds a role that touches money or decisions leaves a trace where they look."""

import pytest
from django.test import Client
from django.urls import reverse

from ensemblier.base.journal.models import Access
from ensemblier.base.people.models import Role
from tests import factories_fund as fund
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db


def test_an_officer_who_opens_a_file_is_noted_and_its_own_people_are_not() -> None:
    application = fund.filed()
    page = reverse("applications:detail", args=[application.number])
    client = sign_in(Client(), application.created_by)
    assert client.get(page).status_code == 200
    assert not Access.objects.exists()
    officer = fund.user(Role.PROGRAMME)
    client = sign_in(Client(), officer)
    assert client.get(page).status_code == 200
    assert Access.objects.get().actor_id == officer.pk
    assert Access.objects.get().path == page


def test_a_refusal_or_a_list_leaves_no_trace() -> None:
    application = fund.filed()
    client = sign_in(Client(), fund.user(Role.SUPPORT))
    assert client.get(reverse("applications:detail", args=[application.number])).status_code == 404
    assert client.get(reverse("calls:list")).status_code == 200
    assert not Access.objects.exists()
