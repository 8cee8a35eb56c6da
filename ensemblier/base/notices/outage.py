"""When the mail server does not answer: it is asked again every few seconds until it does.

Each message keeps its own tries, minutes then hours apart (actions.py). Beside them one question
goes round, `are you there?`: at the first yes all that waited because of the server leaves. While
it goes round nobody else tries: a server that says nothing would hold the worker ten seconds for
each message.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.core.cache import cache
from django.core.mail import get_connection

from ensemblier.base.notices.models import MAX_TRIES, Message, MessageQuerySet

logger = logging.getLogger(__name__)
PUT_OFF = "ServerAway"
# Faults of the server or of the road to it, never of one message.
AWAY = (
    *(PUT_OFF, "OSError", "TimeoutError", "gaierror", "SMTPConnectError"),
    *("ConnectionRefusedError", "ConnectionResetError", "ConnectionAbortedError"),
    *("BrokenPipeError", "SMTPServerDisconnected"),
)
# Seconds before the next question; the last one repeats. With the mail server's time limit (ten
# seconds) and the worker's own second, under thirty after its return.
WAITS = (2, 4, 8, 12)
GOING = "mail-server-away"
# A question that nobody asks any more (a worker cut) is forgotten after this many seconds.
FORGOTTEN = 60


def is_away(error: Exception) -> bool:
    return type(error).__name__ in AWAY


def stuck() -> MessageQuerySet:
    """What waits because of the server alone."""
    return Message.objects.waiting().filter(last_error__in=AWAY, tries__lt=MAX_TRIES)


def is_going() -> bool:
    return cache.get(GOING) is not None


def begin(now: datetime) -> None:
    """Start the question, unless it goes round already."""
    if cache.add(GOING, 1, FORGOTTEN):
        _ask_later(0, now)


def put_off(message_id: int) -> None:
    """Not tried: it leaves with the others."""
    Message.objects.waiting().filter(pk=message_id).update(last_error=PUT_OFF)


def ask(*, rank: int, now: datetime) -> bool:
    """One question; at a yes, all that waited leaves. True when nothing waits any more."""
    from ensemblier.base.notices.actions import deliver_due

    if not stuck().exists():
        cache.delete(GOING)
        return True
    cache.set(GOING, 1, FORGOTTEN)
    if not _answers():
        _ask_later(rank + 1, now)
        return False
    logger.info("the mail server answers again")
    stuck().update(next_try_at=now)
    deliver_due(now=now)
    # Answering and then failing is another matter: the tries of each message see to it.
    cache.delete(GOING)
    return not stuck().exists()


def _answers() -> bool:
    connection = get_connection()
    try:
        connection.open()
    except OSError:  # smtplib's own errors are of this kind too
        return False
    connection.close()
    return True


def _ask_later(rank: int, now: datetime) -> None:
    from ensemblier.base.notices.tasks import ask_mail_server

    wait = timedelta(seconds=WAITS[min(rank, len(WAITS) - 1)])
    ask_mail_server.using(run_after=now + wait).enqueue(rank)
