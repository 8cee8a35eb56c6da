"""The task that runs a job of the clock."""

from django.utils import timezone
from django_tasks import task

from ensemblier.web.operations import actions


@task()
def run_job(name: str, period: str) -> str:
    return actions.run(name=name, period=period, now=timezone.now())
