"""Loading files: everything a page shows, in a fixed number of queries."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest

from ensemblier.fund.applications.models import Application, Attachment
from ensemblier.fund.calls.models import Call

PEOPLE = ("call", "organisation", "department", "commune__department")
PARTS = ("partners", "effects", "lines", "asked", "departments")


def with_parts(rows: QuerySet[Application]) -> QuerySet[Application]:
    """Files with all that is written in them."""
    papers = Prefetch("attachments", Attachment.objects.select_related("file"))
    return rows.select_related(*PEOPLE).prefetch_related(*PARTS, papers)


def whole(rows: QuerySet[Application]) -> QuerySet[Application]:
    """The same with the rules of the call, for whoever asks what is missing."""
    return with_parts(rows).prefetch_related("call__expenses")


def load(request: HttpRequest, number: str, **_: str) -> Application:
    """For the guards: the file with the people concerned."""
    return _one(Application.objects.select_related(*PEOPLE), number)


def load_whole(request: HttpRequest, number: str, **_: str) -> Application:
    return _one(whole(Application.objects.all()), number)


def load_to_read(request: HttpRequest, number: str) -> Application:
    return _one(with_parts(Application.objects.all()), number)


def load_call(request: HttpRequest, slug: str) -> Call:
    found = Call.objects.filter(slug=slug).first()
    if found is None:
        raise Http404
    return found


def _one(rows: QuerySet[Application], number: str) -> Application:
    found = rows.filter(number=number).first()
    if found is None:
        raise Http404
    return found
