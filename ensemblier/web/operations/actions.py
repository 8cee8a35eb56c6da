"""Starting jobs when their time comes, noting how they ended, and trying failed tasks again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django_tasks_db.models import DBTaskResult, get_date_max

from ensemblier.base.journal.actions import record
from ensemblier.base.refusal import Refusal
from ensemblier.web.operations.jobs import JOBS, JobFailed
from ensemblier.web.operations.models import JobRun

KEPT = timedelta(days=30)
# A task still running after this was cut with its worker.
INTERRUPTED_AFTER = timedelta(hours=2)


class NotFailed(Refusal):
    """The task was started again meanwhile, or went well."""


def tick(*, now: datetime) -> list[str]:
    """Enqueue each job whose time has come, exactly once per period; the names of those started."""
    from ensemblier.web.operations.tasks import run_job

    started = []
    for job in JOBS.values():
        period = job.period(now)
        if period is None:
            continue
        with transaction.atomic():
            _, is_new = JobRun.objects.get_or_create(job=job.name, period=period)
            if is_new:
                run_job.enqueue(job.name, period)
                started.append(job.name)
    return started


def run(*, name: str, period: str, now: datetime) -> str:
    """Run one job. A failure is noted, then raised so that the task is shown as failed."""
    row = JobRun.objects.filter(job=name, period=period)
    try:
        note = JOBS[name].run(now)
    except Exception as error:
        row.update(finished_at=now, succeeded=False, note=why(error)[:200])
        raise
    row.update(finished_at=now, succeeded=True, note=note[:200])
    return note


def why(error: Exception) -> str:
    """The kind of a failure, never its text: it may quote an address or an amount. What a job says
    of itself (`JobFailed`) is written by us, without data."""
    said = str(error) if isinstance(error, JobFailed) else "la tâche s'est arrêtée avant la fin."
    return f"{type(error).__name__}\N{NO-BREAK SPACE}: {said}"


def note_run(*, job: str, now: datetime, succeeded: bool, note: str) -> None:
    """Write down a job that ran outside the scheduler, such as a back-up."""
    JobRun.objects.update_or_create(
        job=job,
        period=f"{now:%Y-%m-%dT%H:%M:%S}Z",
        defaults={"finished_at": now, "succeeded": succeeded, "note": note[:200]},
    )


@transaction.atomic
def retry_task(*, task_id: UUID, actor: Any, now: datetime) -> None:
    """Put a failed or interrupted task back in the queue. Asking twice does it once."""
    stuck = stopped_tasks(now).filter(pk=task_id)
    if not stuck.update(status="READY", run_after=get_date_max(), finished_at=None):
        raise NotFailed("Cette tâche a déjà été relancée. Rechargez la page pour la suivre.")
    record(actor=actor, action="task.retry", subject=f"task:{task_id}")


def stopped_tasks(now: datetime) -> Any:
    """Tasks that failed, and those whose worker was cut."""
    cut = DBTaskResult.objects.running().filter(started_at__lt=now - INTERRUPTED_AFTER)
    return (DBTaskResult.objects.failed() | cut).order_by("-enqueued_at")


def purge_runs(now: datetime) -> int:
    """Forget runs and finished tasks of more than thirty days; the last run of each job stays."""
    latest = [JobRun.objects.filter(job=name).order_by("-pk").values("pk")[:1] for name in _known()]
    kept = [row["pk"] for query in latest for row in query]
    runs, _ = JobRun.objects.filter(enqueued_at__lt=now - KEPT).exclude(pk__in=kept).delete()
    done = DBTaskResult.objects.finished().filter(finished_at__lt=now - KEPT)
    return runs + done.delete()[0]


def _known() -> set[str]:
    return set(JobRun.objects.order_by().values_list("job", flat=True).distinct())
