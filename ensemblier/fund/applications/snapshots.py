"""Versions of a file: its whole content kept at filing, at each answer, and when asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications import access, content
from ensemblier.fund.applications.models import Application, Snapshot

Reason = Snapshot.Reason
MOST = 100


class TooManyVersions(Refusal):
    """A file keeps so many versions and no more."""


class NothingChanged(Refusal):
    """The last version already holds this content."""


@transaction.atomic
def keep_version(*, application: Application, note: str, actor: Any, now: datetime) -> Snapshot:
    """Keep the content as it is now, under a name: asked by one of those who write."""
    Application.objects.select_for_update().get(pk=application.pk)
    person = access.actor_on(actor, in_paris(now).date())
    access.require(access.may_write(person, application), actor=actor, application=application)
    last = application.snapshots.last()
    if application.snapshots.count() >= MOST:
        raise TooManyVersions(f"Un dossier garde {MOST} versions au plus.")
    found = content.whole_content(Application.objects.get(pk=application.pk))
    if last is not None and last.digest == content.digest(found):
        raise NothingChanged(
            f"Rien n'a changé depuis la version {last.number} : elle est déjà gardée."
        )
    row = take(
        application=application, reason=Reason.ASKED, actor=actor, now=now, note=note, found=found
    )
    record(
        actor=actor,
        action="application.keep_version",
        subject=f"application:{application.pk}",
        data={"version": row.number},
    )
    return row


def take(
    *,
    application: Application,
    reason: str,
    actor: Any,
    now: datetime,
    note: str = "",
    found: dict[str, Any] | None = None,
) -> Snapshot:
    """Keep the content under the next number; the caller holds the file locked."""
    if found is None:
        found = content.whole_content(Application.objects.get(pk=application.pk))
    rows = Snapshot.objects.filter(application=application.pk)
    last = rows.aggregate(last=Max("number"))["last"] or 0
    return Snapshot.objects.create(
        application_id=application.pk,
        number=last + 1,
        taken_at=now,
        taken_by=actor,
        reason=reason,
        note=note.strip()[:120],
        content=found,
        digest=content.digest(found),
    )
