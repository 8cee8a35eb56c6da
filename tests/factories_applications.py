"""What every test of the pages of files starts from: files apart, a draft, a complete file."""

from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from ensemblier.fund.applications.models import Application
from tests import factories_fund as make

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def files_apart(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def draft() -> Application:
    return make.draft(of=make.call_open_now(), now=timezone.now())


@pytest.fixture
def ready() -> Application:
    return make.complete(of=make.call_open_now(), now=timezone.now())


def step(row: Application, name: str) -> str:
    return reverse("applications:step", args=[row.number, name])


def text(response) -> str:
    return response.content.decode().replace("\u00a0", " ").replace("&#x27;", "'")


def rows(name: str, *filled: dict, initial: int = 0) -> dict:
    """What a browser sends for a table of fields."""
    sent = {f"{name}-TOTAL_FORMS": str(len(filled)), f"{name}-INITIAL_FORMS": str(initial)}
    for rank, row in enumerate(filled):
        sent |= {f"{name}-{rank}-{field}": str(value) for field, value in row.items()}
    return sent


def send(client, row: Application, **fields):
    sent = {
        "key": str(uuid4()),
        "version": row.version,
        "accepts_commitments": "on",
        **fields,
    }
    return client.post(reverse("applications:file", args=[row.number]), sent)
