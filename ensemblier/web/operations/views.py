"""The page of the machinery, and the health answer for monitoring."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from ensemblier.base.notices import actions as notices
from ensemblier.base.notices.models import MAX_TRIES, Message
from ensemblier.base.people.access import everyone, guard
from ensemblier.base.refusal import Refusal
from ensemblier.web.operations import actions, health
from ensemblier.web.operations.access import support_only
from ensemblier.web.operations.jobs import JOBS
from ensemblier.web.operations.models import JobRun

SHOWN = 50


@require_GET
@guard(everyone, public=True)
def healthz(request: HttpRequest) -> HttpResponse:
    answer = health.report(timezone.now())
    well = set(answer.values()) == {"ok"}
    response = JsonResponse(answer, status=200 if well else 503)
    response["Cache-Control"] = "no-store"
    return response


@require_GET
@guard(support_only)
def index(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    waiting = Message.objects.waiting()
    counts = waiting.aggregate(
        all=Count("pk"), given_up=Count("pk", filter=Q(tries__gte=MAX_TRIES))
    )
    context = {
        "jobs": _last_runs(),
        "tasks": actions.stopped_tasks(now)[:SHOWN],
        "waiting": waiting.order_by("pk")[:SHOWN],
        "waiting_count": counts["all"],
        "given_up_count": counts["given_up"],
        "health": health.report(now),
    }
    return render(request, "operations/index.html", context)


def _last_runs() -> list[dict[str, Any]]:
    """Each job with its last run and its last success."""
    labels = {name: job.label for name, job in JOBS.items()} | {"backup": "Sauvegarde"}
    ended = JobRun.objects.filter(job__in=labels, finished_at__isnull=False)
    pairs = ended.values("job").order_by("job")
    pairs = pairs.annotate(last=Max("pk"), success=Max("pk", filter=Q(succeeded=True)))
    found = {pair["job"]: pair for pair in pairs}
    wanted = [pair[which] for pair in found.values() for which in ("last", "success")]
    rows = JobRun.objects.in_bulk([pk for pk in wanted if pk])
    return [
        {
            "label": label,
            "last": rows.get(found.get(name, {}).get("last")),
            "success": rows.get(found.get(name, {}).get("success")),
        }
        for name, label in labels.items()
    ]


@require_POST
@guard(support_only)
def retry_task(request: HttpRequest, task_id: UUID) -> HttpResponse:
    try:
        actions.retry_task(task_id=task_id, actor=request.user, now=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "La tâche est relancée.")
    return redirect("operations:index")


@require_POST
@guard(support_only)
def retry_message(request: HttpRequest, message_id: int) -> HttpResponse:
    try:
        notices.retry(message_id=message_id, actor=request.user, now=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "Le message partira dans les cinq minutes.")
    return redirect("operations:index")
