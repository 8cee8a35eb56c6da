"""Papers of the files of an applied import: asked on its page, brought by the task worker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from ensemblier.base.files.content import FileRefused, check_bytes
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications import actions as applications
from ensemblier.fund.applications import content
from ensemblier.fund.applications.models import Application, Attachment, State
from ensemblier.fund.intake import access
from ensemblier.fund.intake.actions import ImportRefused
from ensemblier.fund.intake.demarche import Client
from ensemblier.fund.intake.linking import client_of, note
from ensemblier.fund.intake.models import Batch, Demarche, ImportedFile
from ensemblier.fund.intake.planning import touched
from ensemblier.fund.intake.wire import WireRefused

MOST_PAPERS = 20


@transaction.atomic
def ask_papers(*, batch: Batch, actor: Any, now: datetime) -> bool:
    """Put the papers in the queue; false when they are there already."""
    from ensemblier.fund.intake.tasks import bring_papers

    batch = Batch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    demarche = _require(batch, actor, now)
    if batch.papers == Batch.Papers.WAITING:
        return False
    batch.papers, batch.papers_told = Batch.Papers.WAITING, []
    batch.save(update_fields=["papers", "papers_told"])
    bring_papers.enqueue(batch.pk, actor.pk)
    note(demarche, actor, "demarche.ask_papers", batch=batch.pk)
    return True


def join_papers(
    *, batch: Batch, actor: Any, now: datetime, wait: Callable[[float], None]
) -> list[str]:
    """Bring the papers of the files of an applied import; each is checked as any other paper.

    What is told is kept file after file; a paper already there is not joined twice, so that an
    interrupted round is simply asked again.
    """
    demarche = _require(batch, actor, now)
    told: list[str] = []
    end = Batch.Papers.FAILED
    try:
        client = client_of(demarche, wait)
        rows = batch.files.filter(is_live=True, reference__startswith="DN-")
        for row in rows.select_related("application", "batch"):
            told += _bring(row, client, actor)
            Batch.objects.filter(pk=batch.pk).update(papers_told=told)
        end = Batch.Papers.DONE
    except Refusal as refusal:
        told.append(f"{refusal.message} Les pièces déjà jointes restent : demandez la suite.")
        raise
    finally:
        Batch.objects.filter(pk=batch.pk).update(papers=end, papers_told=told)
    note(demarche, actor, "demarche.papers", batch=batch.pk, told=len(told))
    return told


def give_up(*, batch: Batch, words: str) -> None:
    """Papers that could not even be asked for are no longer awaited."""
    rows = Batch.objects.filter(pk=batch.pk, papers=Batch.Papers.WAITING)
    rows.update(papers=Batch.Papers.FAILED, papers_told=[words])


def _require(batch: Batch, actor: Any, now: datetime) -> Demarche:
    person = access.actor_on(actor, in_paris(now).date())
    access.require(access.may_work_on(person, batch), actor=actor, subject=f"intake:{batch.pk}")
    if batch.demarche is None or batch.state != Batch.State.APPLIED:
        raise ImportRefused("Les pièces viennent d'une démarche, une fois l'import appliqué.")
    return batch.demarche


def _bring(row: ImportedFile, client: Client, actor: Any) -> list[str]:
    """The papers of one file; what is told of them."""
    told = []
    remote = client.dossier(int(row.reference.removeprefix("DN-")))
    for paper in remote.papers[:MOST_PAPERS]:
        try:
            checked = check_bytes(content=client.paper(paper), name=paper.name)
            joined = _join(row, paper.label, checked, actor)
        except (FileRefused, WireRefused) as refusal:
            told.append(f"{row.application.number}, {paper.label} : {refusal.message}")
        else:
            if joined:
                told.append(f"{row.application.number}, {paper.label} : pièce jointe.")
    return told


@transaction.atomic
def _join(row: ImportedFile, label: str, checked: Any, actor: Any) -> bool:
    """The file is still as the import left it, papers aside: then its digest follows."""
    application = Application.objects.select_for_update().get(pk=row.application_id)
    same = application.attachments.filter(file__sha256=checked.sha256, about=label[:160])
    if same.exists():
        return False
    if application.state != State.DRAFT or touched(application, row):
        raise FileRefused("le dossier a changé depuis l'import : joignez cette pièce à la main.")
    applications.attach(
        application=application,
        kind=Attachment.Kind.OTHER,
        checked=checked,
        actor=actor,
        about=label,
    )
    fresh = Application.objects.get(pk=application.pk)
    row.digest = content.digest(content.confirmable(fresh))
    row.save(update_fields=["digest"])
    return True
