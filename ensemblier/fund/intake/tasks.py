"""What the task worker does with démarches: read one, bring the papers of an import."""

from __future__ import annotations

import time

from django.utils import timezone
from django_tasks import task

from ensemblier.base.people.models import User
from ensemblier.base.refusal import Refusal
from ensemblier.fund.intake import papers, reading
from ensemblier.fund.intake.models import Batch, Demarche


@task()
def read_demarche(demarche_id: int, actor_id: int) -> str:
    """A refusal is told on the page of the démarche: the task itself did its work."""
    demarche = Demarche.objects.get(pk=demarche_id)
    actor = User.objects.get(pk=actor_id)
    try:
        made = reading.fetch(demarche=demarche, actor=actor, clock=timezone.now, wait=time.sleep)
    except Refusal as refusal:
        reading.give_up(demarche=demarche, words=refusal.message)
        return type(refusal).__name__
    return f"{len(made)} import(s)"


@task()
def bring_papers(batch_id: int, actor_id: int) -> str:
    batch = Batch.objects.select_related("demarche").get(pk=batch_id)
    actor = User.objects.get(pk=actor_id)
    try:
        told = papers.join_papers(batch=batch, actor=actor, now=timezone.now(), wait=time.sleep)
    except Refusal as refusal:
        papers.give_up(batch=batch, words=refusal.message)
        return type(refusal).__name__
    return f"{len(told)} pièce(s)"
