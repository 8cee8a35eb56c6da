"""Notices about a published call: dated, public, added only. They explain; no rule changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from ensemblier.base.journal.actions import record
from ensemblier.fund.calls.actions import CallRefused
from ensemblier.fund.calls.models import Call, CallNotice


@transaction.atomic
def publish_notice(*, actor: Any, call: Call, text: str, now: datetime) -> CallNotice:
    """Publish a notice at the head of the call's page."""
    fresh = Call.objects.select_for_update().get(pk=call.pk)
    if fresh.published_at is None:
        raise CallRefused("Cet appel n'est pas publié : modifiez-le, sans avis.")
    if not text.strip():
        raise CallRefused("Écrivez le texte de l'avis.", field="text")
    notice = CallNotice.objects.create(
        call=fresh, author=actor, text=text.strip(), published_at=now
    )
    record(actor=actor, action="call.notice", subject=f"call:{call.pk}")
    return notice
