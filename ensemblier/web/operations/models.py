"""What the clock started: one row per job and period, which is how it starts only once."""

from __future__ import annotations

from django.db import models


class JobRun(models.Model):
    """A job for one period (a day, or a slot of five minutes), and how it ended."""

    job = models.CharField("tâche", max_length=30)
    period = models.CharField("période", max_length=30)
    enqueued_at = models.DateTimeField("demandée le", auto_now_add=True)
    finished_at = models.DateTimeField("finie le", null=True)
    succeeded = models.BooleanField("réussie", null=True)
    note = models.CharField("résultat", max_length=200, blank=True)

    class Meta:
        verbose_name = "passage d'une tâche"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="job_run_is_once_per_period",
                fields=["job", "period"],
                violation_error_message="Cette tâche est déjà passée pour cette période.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.period}"
