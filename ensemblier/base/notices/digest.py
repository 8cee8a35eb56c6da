"""E-mails as each person wants them: at once, one digest a day, or none; never against the law."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.notices.models import Message, Preference, Rhythm
from ensemblier.base.notices.topics import free_topics, topic
from ensemblier.base.refusal import Refusal

TEMPLATE = "notices/emails/digest.txt"


class BadPreference(Refusal):
    """A rhythm or a topic that does not exist, or that the law does not leave to choose."""


def rhythm_of(account: int, key: str) -> str:
    """What this account chose for this topic; what is due by law is always at once."""
    if topic(key).is_due:
        return Rhythm.AT_ONCE
    row = Preference.objects.filter(account_id=account, topic=key).first()
    return row.rhythm if row else Rhythm.AT_ONCE


def chosen(account: int) -> dict[str, str]:
    """The rhythm of each topic that may be chosen."""
    kept = dict(Preference.objects.filter(account_id=account).values_list("topic", "rhythm"))
    return {found.key: kept.get(found.key, Rhythm.AT_ONCE) for found in free_topics()}


@transaction.atomic
def choose(*, account: Any, rhythms: Mapping[str, str]) -> None:
    """Keep what an account wants for each topic."""
    free = {found.key for found in free_topics()}
    for key, rhythm in rhythms.items():
        if key not in free:
            raise BadPreference("Ce courriel est dû par la loi : il part toujours.", field=key)
        if rhythm not in Rhythm.values:
            raise BadPreference("Choisissez un rythme de la liste.", field=key)
        Preference.objects.update_or_create(
            account_id=account.pk, topic=key, defaults={"rhythm": rhythm}
        )
    record(
        actor=account,
        action="notices.choose",
        subject=f"account:{account.pk}",
        data=dict(rhythms),
    )


def send_digests(now: datetime) -> int:
    """One e-mail to each person with what was kept for them; how many left."""
    accounts = Message.objects.held().order_by().values_list("account_id", "to").distinct()
    return sum(_send_one(account, to, now) for account, to in list(accounts))


@transaction.atomic
def _send_one(account: int | None, to: str, now: datetime) -> bool:
    """Two workers on the same reader send one digest: the rows are locked first."""
    from ensemblier.base.notices.actions import send

    rows = Message.objects.held().filter(account_id=account, to=to)
    kept = list(rows.select_for_update().order_by("pk"))
    if not kept:
        return False
    Message.objects.filter(pk__in=[row.pk for row in kept]).update(sent_at=now)
    send(to=to, template=TEMPLATE, context={"messages": kept, "count": len(kept)})
    return True


def forget_account(account: int) -> None:
    """An erased account leaves no preference, nor anything kept for it."""
    Preference.objects.filter(account_id=account).delete()
    Message.objects.held().filter(account_id=account).delete()
