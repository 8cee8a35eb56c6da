"""Storing, scanning and deleting files."""

from __future__ import annotations

import logging
import os
import shlex
import subprocess
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError

from ensemblier.base.files.content import CheckedFile
from ensemblier.base.files.models import ScanState, StoredFile
from ensemblier.base.journal.actions import record
from ensemblier.base.journal.ceilings import keep_under
from ensemblier.base.pages.formats import in_paris

logger = logging.getLogger(__name__)
SCAN_SECONDS = 120
ORPHAN_AGE = timedelta(days=1)


@transaction.atomic
def store(
    *,
    checked: CheckedFile,
    purpose: str,
    about: str,
    actor: Any,
    organisation_id: int | None = None,
    delete_after: date | None = None,
    counted: bool = True,
) -> StoredFile:
    """Keep a checked file. Others see it once it is scanned (at once when no scanner is set).

    `counted`: it counts among what the account may send in a day; not for what the site writes.
    """
    stored = StoredFile.objects.create(
        original_name=checked.original_name,
        size=checked.size,
        sha256=checked.sha256,
        media_type=checked.media_type,
        uploaded_by_id=getattr(actor, "pk", None),
        organisation_id=organisation_id,
        about=about,
        purpose=purpose,
        scan=ScanState.PENDING if settings.SCAN_COMMAND else ScanState.CLEAN,
        delete_after=delete_after,
    )
    action = "file.store" if counted else "file.write"
    event = record(actor=actor, action=action, subject=about, data={"file": stored.pk})
    if counted:
        keep_under(event)  # before the bytes are on the disk
    _write(stored.path, checked.content)
    if settings.SCAN_COMMAND:
        from ensemblier.base.files.tasks import scan_file

        scan_file.enqueue(stored.pk)
    return stored


def _write(path: Path, content: bytes) -> None:
    """On disk for good before the row says so."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def scan(*, file_id: int) -> StoredFile:
    """Ask the scanner (exit code 0: clean, 1: refused, other: it could not tell, ask again)."""
    stored = StoredFile.objects.get(pk=file_id)
    if stored.scan != ScanState.PENDING:
        return stored
    done = subprocess.run(
        [*shlex.split(settings.SCAN_COMMAND), str(stored.path)],
        capture_output=True,
        timeout=SCAN_SECONDS,
        check=False,
    )
    if done.returncode not in (0, 1):
        raise ScanFailed(f"scanner ended with code {done.returncode}")
    return settle_scan(stored=stored, clean=done.returncode == 0)


class ScanFailed(Exception):
    """The scanner gave no answer; the file stays hidden and the task is shown as failed."""


@transaction.atomic
def settle_scan(*, stored: StoredFile, clean: bool) -> StoredFile:
    stored.scan = ScanState.CLEAN if clean else ScanState.REFUSED
    stored.scan_note = "" if clean else "L'antivirus a refusé ce fichier."
    stored.save(update_fields=["scan", "scan_note"])
    if not clean:
        stored.path.unlink(missing_ok=True)
    record(actor=None, action=f"file.scan.{stored.scan}", subject=stored.about)
    return stored


@transaction.atomic
def delete(*, stored: StoredFile, actor: Any, reason: str) -> None:
    """Forget a file: its row now, its bytes once the transaction is sure."""
    path = stored.path
    record(
        actor=actor,
        action="file.delete",
        subject=stored.about,
        reason=reason,
        data={"sha256": stored.sha256},
    )
    stored.delete()
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


def purge_files(now: datetime) -> int:
    """Remove files past their date, and bytes left by a transaction that did not end."""
    count = _purge_orphans(now)
    for stored in StoredFile.objects.past(in_paris(now).date()):
        try:
            delete(stored=stored, actor=None, reason="durée de conservation écoulée")
        except ProtectedError:
            # Still held by what it proves: the owner lets it go first.
            logger.warning("file %s is past its date and still in use", stored.pk)
        else:
            count += 1
    return count


def _purge_orphans(now: datetime) -> int:
    limit = (now - ORPHAN_AGE).timestamp()
    root = Path(settings.MEDIA_ROOT)
    old = [p for p in root.glob("??/*") if p.is_file() and p.stat().st_mtime < limit]
    known = set(StoredFile.objects.values_list("name", flat=True)) if old else set()
    orphans = [path for path in old if path.name not in known]
    for path in orphans:
        path.unlink(missing_ok=True)
    return len(orphans)
