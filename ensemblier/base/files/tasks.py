"""What the task worker does with files."""

from django_tasks import task

from ensemblier.base.files import actions


@task()
def scan_file(file_id: int) -> str:
    return str(actions.scan(file_id=file_id).scan)
