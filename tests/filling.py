"""What the actions write in a complete draft, written at once.

Hundreds of tests start from a complete file: eight pages saved and three papers joined one after
the other were a fifth of their time. tests/platform/fund/test_filling.py proves the rows equal to
those of the actions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import transaction

from ensemblier.base.files.content import CheckedFile
from ensemblier.base.files.models import ScanState, StoredFile
from ensemblier.base.journal.models import Event
from ensemblier.base.pages.formats import in_paris
from ensemblier.fund.applications import content, saving
from ensemblier.fund.applications.actions import PURPOSE
from ensemblier.fund.applications.models import Application, Attachment
from ensemblier.fund.applications.tables import TABLES


@transaction.atomic
def fill(
    row: Application, pages: Mapping[str, Mapping[str, Any]], kinds: Mapping[str, CheckedFile]
) -> Application:
    """The pages of a draft that holds nothing but its title, and papers by kind."""
    fresh = Application.objects.get(pk=row.pk)
    assert not fresh.step_versions, "this draft holds something: save it by the actions"
    events = [event for step, values in pages.items() for event in _page(fresh, step, values)]
    fresh.save()
    events += _papers(fresh, kinds)
    for event in events:
        event.actor_id, event.subject = row.created_by_id, f"application:{row.pk}"
    Event.objects.bulk_create(events)
    row.refresh_from_db()
    return row


def _page(fresh: Application, step: str, values: Mapping[str, Any]) -> Iterator[Event]:
    for name in content.FIELDS.get(step, ()):
        if name in values:
            words = saving.LISTS.get(name)
            value = values[name]
            setattr(fresh, name, sorted(value, key=words.values.index) if words else value)
    for table in TABLES.get(step, ()):
        if rows := values.get(table.name):
            table.model._default_manager.bulk_create(
                table.model(application=fresh, **row) for row in saving.in_order(table, rows)
            )
    fresh.version += 1
    fresh.step_versions[step] = [fresh.version, ""]
    yield Event(action="application.save", data={"step": step, "version": fresh.version})


def _papers(fresh: Application, kinds: Mapping[str, CheckedFile]) -> Iterator[Event]:
    stored = StoredFile.objects.bulk_create(
        StoredFile(
            original_name=checked.original_name,
            size=checked.size,
            sha256=checked.sha256,
            media_type=checked.media_type,
            uploaded_by_id=fresh.created_by_id,
            organisation_id=fresh.organisation_id,
            about=f"application:{fresh.pk}",
            purpose=PURPOSE,
            scan=ScanState.CLEAN,
        )
        for checked in kinds.values()
    )
    Attachment.objects.bulk_create(
        Attachment(application=fresh, kind=kind, file=file)
        for kind, file in zip(kinds, stored, strict=True)
    )
    for (kind, checked), file in zip(kinds.items(), stored, strict=True):
        file.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.path.write_bytes(checked.content)
        yield Event(action="file.store", data={"file": file.pk})
        told = {"kind": kind, "about": "", "sha256": file.sha256}
        yield Event(action="application.attach", data=told)


def lines_on(row: Application, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines of a budget as the page of that day keeps them."""
    day = in_paris(row.created_at).date()
    return [saving._line(line, day) for line in lines]
