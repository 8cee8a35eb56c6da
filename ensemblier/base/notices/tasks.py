"""What the task worker does with the outbox."""

from django.utils import timezone
from django_tasks import task

from ensemblier.base.notices import actions, outage


@task()
def deliver_message(message_id: int) -> bool:
    """One try, as soon as the message is written. Later tries are the scheduler's, or those of the
    question below when the mail server is away."""
    if outage.is_going():
        outage.put_off(message_id)
        return False
    return actions.deliver(message_id=message_id, now=timezone.now())


@task()
def ask_mail_server(rank: int) -> bool:
    """Whether the mail server is back; asks again by itself until it is."""
    return outage.ask(rank=rank, now=timezone.now())
