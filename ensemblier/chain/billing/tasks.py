"""What the task worker does for billing: write a till's lines, close a month."""

from __future__ import annotations

from django.utils import timezone
from django_tasks import task

from ensemblier.base.people.models import User
from ensemblier.chain.billing import tills
from ensemblier.chain.billing.models import MonthEnd
from ensemblier.chain.billing.month_end import close_month


@task()
def write_till(file_id: int, actor_id: int) -> str:
    """What is refused is kept with the file, and read on its page."""
    actor = User.objects.get(pk=actor_id)
    file = tills.write_file(file_id=file_id, actor=actor, clock=timezone.now)
    return f"{file.written} ligne(s)"


@task()
def go_on(run_id: int, actor_id: int) -> str:
    """Go on with a month's end, from where it is."""
    run = MonthEnd.objects.select_related("chain").get(pk=run_id)
    actor = User.objects.get(pk=actor_id)
    if run.ended_at is not None:
        return "terminée"
    done = close_month(
        chain=run.chain, until=run.until, day=run.day, actor=actor, clock=timezone.now
    )
    return f"{done.documents} pièce(s)"
