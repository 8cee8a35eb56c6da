"""What the task worker does with the outbox."""

from django.utils import timezone
from django_tasks import task

from ensemblier.base.notices import actions


@task()
def deliver_message(message_id: int) -> bool:
    """One try, as soon as the message is written. Later tries are the scheduler's."""
    return actions.deliver(message_id=message_id, now=timezone.now())
