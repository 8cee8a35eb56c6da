"""Loading files: everything a page shows, in a fixed number of queries."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.db.models import IntegerField, Prefetch, QuerySet, Value
from django.db.models.functions import JSONObject
from django.http import Http404, HttpRequest

from ensemblier.base.prepared import Prepared
from ensemblier.fund.applications.models import Answer, Application, Attachment
from ensemblier.fund.applications.tables import ALL
from ensemblier.fund.calls.models import Call

PEOPLE = (
    "call",
    "organisation",
    "department",
    "commune__department",
    "commitments_signed_by",
    "help_mandate__helper",
)
# Rows kept in small tables, all read by one query; their booleans come back from JSON as 0 or 1.
SMALL = tuple((table.name, table.model, table.columns) for table in ALL) + (
    ("answers", Answer, ("question_id", "text", "file_id")),
)
BOOLEANS = ("is_assumed", "follows")


def with_papers(rows: QuerySet[Application]) -> QuerySet[Application]:
    """Files with the people concerned, their papers and departments."""
    papers = Prefetch("attachments", Attachment.objects.select_related("file"))
    return rows.select_related(*PEOPLE).prefetch_related("departments", "call__questions", papers)


def with_rules(rows: QuerySet[Application]) -> QuerySet[Application]:
    """The same with the rules of the call, for whoever asks what is missing."""
    return with_papers(rows).prefetch_related("call__expenses", "call__papers")


def filled(found: Iterable[Application]) -> list[Application]:
    """These files with all the rows written in them: one query, whatever their number."""
    files = list(found)
    by_pk = {file.pk: file for file in files}
    rows: dict[tuple[str, int], list[Any]] = {}
    for rank, owner, pk, values in _written(len(by_pk)).rows(files=list(by_pk)) if by_pk else ():
        name, model, columns = SMALL[rank]
        read = json.loads(values)
        facts = {column: read[column] for column in columns}
        facts |= {column: bool(facts[column]) for column in BOOLEANS if column in facts}
        row = model(pk=pk, application=by_pk[owner], **facts)
        row._state.adding, row._state.db = False, "default"
        rows.setdefault((name, owner), []).append(row)
    for file in files:
        file._prefetched_objects_cache = {
            **getattr(file, "_prefetched_objects_cache", {}),
            **{name: _cached(file, name, rows.get((name, file.pk), [])) for name, _, _ in SMALL},
        }
    return files


@lru_cache(maxsize=16)
def _written(count: int) -> Prepared:
    """The query of so many files, compiled once: it was a quarter of the desk's page."""
    return Prepared(_all_small, files=count)


def _all_small(files: list[int]) -> QuerySet:
    first, *others = [
        _as_json(rank, model, names, files) for rank, (_, model, names) in enumerate(SMALL)
    ]
    return first.union(*others, all=True)


def _as_json(rank: int, model: Any, names: tuple[str, ...], files: list[int]) -> QuerySet:
    return (
        model.objects.filter(application__in=files)
        .order_by()
        .annotate(
            rank=Value(rank, output_field=IntegerField()),
            facts=JSONObject(**{name: name for name in names}),
        )
        .values_list("rank", "application_id", "pk", "facts")
    )


def _cached(file: Application, name: str, rows: list[Any]) -> QuerySet:
    """A queryset that already holds its rows, in the order of its table."""
    found = getattr(file, name).all()
    keys = [field.removeprefix("-") for field in found.model._meta.ordering]
    if "question__position" in keys:
        keys = ["question_id"]
    found._result_cache = sorted(rows, key=lambda row: tuple(getattr(row, key) for key in keys))
    found._prefetch_done = True
    return found


def load(request: HttpRequest, number: str, **_: str) -> Application:
    """For the guards: the file with the people concerned."""
    return _one(Application.objects.select_related(*PEOPLE), number)


def load_whole(request: HttpRequest, number: str, **_: str) -> Application:
    return filled([_one(with_rules(Application.objects.all()), number)])[0]


def load_to_read(request: HttpRequest, number: str) -> Application:
    return filled([_one(with_papers(Application.objects.all()), number)])[0]


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
