"""Writing to the outbox, and sending what waits there."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F
from django.template import Context, loader

from ensemblier.base.journal.actions import record
from ensemblier.base.notices import outage
from ensemblier.base.notices.digest import rhythm_of
from ensemblier.base.notices.models import Message, Rhythm
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.engines.months import months_before

logger = logging.getLogger(__name__)
# Minutes before the next try, by number of tries made; the last one repeats.
WAITS = (1, 5, 15, 60, 240, 480)
# While one process sends, no other may try: longer than the mail server's time limit.
LEASE = timedelta(minutes=5)
KEPT_MONTHS = 6
SUBJECT_MARK = "Objet :"


class BadTemplate(Exception):
    """An e-mail template does not start with its subject."""


class NothingToRetry(Refusal):
    """The message was sent meanwhile, or does not exist."""


@transaction.atomic
def send(
    *, to: str, template: str, context: dict[str, Any], about: str = "", is_secret: bool = False
) -> Message:
    """Write an e-mail from `templates/<concept>/emails/<name>.txt`, in the caller's transaction.

    The template's first line is "Objet : …". Nothing leaves if the transaction is undone. Set
    `is_secret` when the text holds a link that opens something: it is emptied once sent.
    """
    from ensemblier.base.notices.tasks import deliver_message

    subject, body = _render(template, context)
    message = Message.objects.create(
        to=to,
        subject=subject[:200],
        body=body,
        template=template,
        about=about,
        is_secret=is_secret,
    )
    deliver_message.enqueue(message.pk)
    return message


@transaction.atomic
def notify(
    *,
    account: int,
    to: str,
    topic: str,
    template: str,
    context: dict[str, Any],
    about: str = "",
) -> Message | None:
    """Write to an account as it chose for this topic: now, in its next digest, or not at all."""
    rhythm = rhythm_of(account, topic)
    if rhythm == Rhythm.NEVER:
        return None
    if rhythm == Rhythm.AT_ONCE:
        return send(to=to, template=template, context=context, about=about)
    subject, body = _render(template, context)
    return Message.objects.create(
        to=to,
        subject=subject[:200],
        body=body,
        template=template,
        about=about,
        account_id=account,
        is_held=True,
    )


def _render(template: str, context: dict[str, Any]) -> tuple[str, str]:
    backend: Any = loader.get_template(template)
    text = backend.template.render(Context(context, autoescape=False))
    first, _, body = text.strip().partition("\n")
    plain = first.replace("\N{NO-BREAK SPACE}", " ")
    if not plain.startswith(SUBJECT_MARK):
        raise BadTemplate(f"{template} must start with « {SUBJECT_MARK} … »")
    # One line only: a name with a line break in it adds no header.
    return " ".join(first[len(SUBJECT_MARK) :].split()), body.strip() + "\n"


def deliver(*, message_id: int, now: datetime) -> bool:
    """Try one message; True when it left. Two workers on the same message send it once.

    A worker killed between the mail server's yes and the note of it leaves a doubt: the message is
    tried again after the lease, with the same Message-ID, so that mail software shows it once.
    """
    claimed = (
        Message.objects.due(now)
        .filter(pk=message_id)
        .update(next_try_at=now + LEASE, tries=F("tries") + 1, last_error="")
    )
    if not claimed:
        return False
    message = Message.objects.get(pk=message_id)
    try:
        _post(message)
    except Exception as error:  # noqa: BLE001
        _note_failure(message, error, now)
        return False
    Message.objects.filter(pk=message_id).update(
        sent_at=now, last_error="", body="" if message.is_secret else message.body
    )
    return True


def _post(message: Message) -> None:
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip(" >") or "localhost"
    headers = {
        "Message-ID": f"<ensemblier-{message.pk}@{domain}>",
        "Auto-Submitted": "auto-generated",
    }
    EmailMessage(message.subject, message.body, to=[message.to], headers=headers).send()


def _note_failure(message: Message, error: Exception, now: datetime) -> None:
    wait = WAITS[min(message.tries, len(WAITS)) - 1]
    # The class only: a mail server's answer repeats the address.
    Message.objects.filter(pk=message.pk).update(
        next_try_at=now + timedelta(minutes=wait), last_error=type(error).__name__
    )
    logger.warning("message %s not sent: %s", message.pk, type(error).__name__)
    if outage.is_away(error):
        outage.begin(now)


def deliver_due(*, now: datetime, limit: int = 500) -> tuple[int, int]:
    """Try all that is due; (sent, not sent). The rest waits when the server itself is away."""
    sent = failed = 0
    for number in Message.objects.due(now).values_list("pk", flat=True)[:limit]:
        if deliver(message_id=number, now=now):
            sent += 1
        else:
            failed += 1
            if outage.is_going():
                break
    if outage.stuck().exists():
        outage.begin(now)
    return sent, failed


@transaction.atomic
def retry(*, message_id: int, actor: Any, now: datetime) -> None:
    """Start again the tries of a message, by hand."""
    found = Message.objects.waiting().filter(pk=message_id).update(tries=0, next_try_at=now)
    if not found:
        raise NothingToRetry("Ce message est déjà parti. Rechargez la page.")
    record(actor=actor, action="message.retry", subject=f"message:{message_id}")


def purge_messages(now: datetime) -> int:
    """Forget messages sent more than six months ago."""
    limit = months_before(in_paris(now), KEPT_MONTHS)
    return Message.objects.filter(sent_at__lt=limit).delete()[0]
