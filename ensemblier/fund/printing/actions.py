"""What can be done: print a file on a form, the whole of it, as a zip; add a funder's form."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from ensemblier.base.journal.actions import record, refuse
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.access import Actor
from ensemblier.fund.applications.access import NotYours
from ensemblier.fund.applications.models import Application
from ensemblier.fund.printing import access, archive, blocks, filling, pdf
from ensemblier.fund.printing.blocks import Form, WrongTemplate
from ensemblier.fund.printing.models import FormTemplate
from ensemblier.fund.printing.whole import whole_file_pdf

__all__ = [
    "add_form",
    "budget_form",
    "forms",
    "offer_form",
    "whole_file_pdf",
    "whole_file_zip",
]


def forms(*, everything: bool = False) -> dict[str, Form]:
    """The forms one may print: those of the house, then the last version of those added."""
    found = blocks.house_forms()
    for row in latest():
        if row.is_offered or everything:
            found[row.key] = blocks.read(row.source)
        else:
            found.pop(row.key, None)
    return found


def latest() -> list[FormTemplate]:
    rows = FormTemplate.objects.select_related("added_by").order_by("key", "-version")
    by_key: dict[str, FormTemplate] = {}
    for row in rows:
        by_key.setdefault(row.key, row)
    return list(by_key.values())


def budget_form(form: Form, application: Application, *, now: datetime) -> bytes:
    """The form as a PDF."""
    return pdf.form_pdf(filling.fill(form, application), application, now=now)


def whole_file_zip(*, application: Application, actor: Actor, now: datetime) -> Iterator[bytes]:
    """The archive as it is made; everything is read, and may be refused, before the first byte."""
    contents = archive.gather(application, actor, now=now)
    return archive.stream(contents)


@transaction.atomic
def add_form(*, source: str, actor: Any, now: datetime) -> FormTemplate:
    """Keep a new version of a funder's form, once it reads and loses no amount."""
    _officer(actor, now)
    form = blocks.read(source)
    rows = FormTemplate.objects.filter(key=form.key)
    version = (rows.aggregate(last=Max("version"))["last"] or 0) + 1
    try:
        with transaction.atomic():
            row = FormTemplate.objects.create(
                key=form.key,
                version=version,
                title=form.title,
                source=source,
                added_by=actor,
                added_at=now,
            )
    except IntegrityError as error:
        raise WrongTemplate(
            "Quelqu'un vient d'enregistrer ce modèle. Rechargez la page et comparez.",
            field="source",
        ) from error
    _log(row, actor, "form_template.add")
    return row


@transaction.atomic
def offer_form(*, template: FormTemplate, offered: bool, actor: Any, now: datetime) -> FormTemplate:
    """Offer the form to those who print, or no longer."""
    _officer(actor, now)
    FormTemplate.objects.filter(pk=template.pk).update(is_offered=offered)
    template.is_offered = offered
    _log(template, actor, "form_template.offer")
    return template


def _officer(actor: Any, now: datetime) -> None:
    answer = access.may_add_forms(Actor(actor, day=in_paris(now).date()))
    if not answer.allowed:
        refuse(actor=actor, subject="form_template", reason=answer.reason)
        raise NotYours(answer.reason)


def _log(row: FormTemplate, actor: Any, action: str) -> None:
    record(
        actor=actor,
        action=action,
        subject=f"form_template:{row.pk}",
        data={"key": row.key, "version": row.version, "offered": row.is_offered},
    )
