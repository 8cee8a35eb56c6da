"""Importing a table of files: read, columns chosen, applied once, undone line by line."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from ensemblier.base.files.tables import read_table
from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications import actions as applications
from ensemblier.fund.applications import content, helping
from ensemblier.fund.applications.models import Application, HelpMandate, State
from ensemblier.fund.applications.moves import move
from ensemblier.fund.applications.reading import filled, with_rules
from ensemblier.fund.calls.models import Call
from ensemblier.fund.intake import access
from ensemblier.fund.intake.fields import fields_of, guess
from ensemblier.fund.intake.models import Batch, ColumnMapping, ImportedFile
from ensemblier.fund.intake.planning import (
    Planned,
    lacking,
    money_of,
    plan,
    steps_of,
    touched,
)

MOST_LINES = 300
QUALITIES = (HelpMandate.Quality.OFFICER, HelpMandate.Quality.NETWORK)


class ImportRefused(Refusal):
    """The table cannot be read, applied or undone as it stands."""


@transaction.atomic
def read(
    *,
    call: Call,
    content: bytes,
    name: str,
    quality: str,
    statement: str,
    given_on: date,
    mapping: ColumnMapping | None,
    actor: Any,
    now: datetime,
) -> Batch:
    """Read a table and guess its columns; no file changes. The same table is the same import."""
    day = in_paris(now).date()
    person = access.actor_on(actor, day)
    access.require(access.may_import(person), actor=actor, subject=f"call:{call.pk}")
    if call.published_at is None:
        raise ImportRefused("Cet appel n'est pas publié.", field="call")
    if given_on > day:
        raise ImportRefused("L'accord ne peut pas être donné dans l'avenir.", field="given_on")
    if not statement.strip() or quality not in QUALITIES:
        raise ImportRefused("Dites comment les associations ont donné leur accord.",
                            field="statement")  # fmt: skip
    digest = hashlib.sha256(content).hexdigest()
    if known := _known(call, digest, actor):
        return known
    table = read_table(content=content, name=name)
    if not table.rows:
        raise ImportRefused("Ce tableau n'a qu'une ligne : il manque les dossiers.", field="paper")
    if len(table.rows) > MOST_LINES:
        raise ImportRefused(
            f"Un import compte {MOST_LINES} dossiers au plus : coupez le tableau en plusieurs.",
            field="paper",
        )
    mandate = {
        "quality": quality,
        "statement": statement.strip()[:800],
        "given_on": given_on,
    }
    return keep(
        call=call,
        name=name,
        digest=digest,
        table=(table.heading, table.rows),
        columns=mapping.columns if mapping else {},
        more=mandate,
        actor=actor,
        now=now,
    )


def _known(call: Call, digest: str, actor: Any) -> Batch | None:
    """This very table, when it is already applied; refused when it is somebody else's."""
    known = Batch.objects.select_for_update().filter(call=call, sha256=digest).first()
    if known is not None and known.read_by_id != actor.pk:
        raise ImportRefused(
            "Ce même fichier a déjà été déposé pour cet appel par une autre personne : rien n'a "
            "changé.",
            field="paper",
        )
    return known if known is not None and known.state == Batch.State.APPLIED else None


def keep(
    *,
    call: Call,
    name: str,
    digest: str,
    table: tuple[list[str], list[list[str]]],
    columns: dict[str, str],
    more: dict[str, Any],
    actor: Any,
    now: datetime,
) -> Batch:
    """The import of this table, read and not applied. `more`: its mandate, where it comes from."""
    if known := _known(call, digest, actor):
        return known
    heading, rows = table
    batch, _ = Batch.objects.update_or_create(
        call=call,
        sha256=digest,
        defaults={
            "name": name[:150],
            "state": Batch.State.READ,
            "heading": heading,
            "cells": rows,
            "columns": guess(heading, fields_of(call, in_paris(now).date()), columns),
            "told": [],
            "read_by": actor,
            "read_at": now,
            "ended_by": None,
            "ended_at": None,
            **more,
        },
    )
    _log(batch, actor, "intake.read", {"lines": len(rows), "sha256": digest})
    return batch


@transaction.atomic
def choose_columns(
    *, batch: Batch, columns: dict[str, str], name: str, actor: Any, now: datetime
) -> Batch:
    """Correct which column fills what; kept under a name for the next table when one is given."""
    batch = _locked(batch)
    _may_work(batch, actor, now)
    if batch.state != Batch.State.READ:
        raise ImportRefused("Cet import est déjà fait : ses colonnes ne changent plus.")
    chosen = {code: text for code, text in columns.items() if text in batch.heading and text}
    twice = [text for text, count in Counter(chosen.values()).items() if count > 1]
    if twice:
        raise ImportRefused(f"La colonne « {twice[0]} » est choisie deux fois.")
    fields = fields_of(batch.call, in_paris(batch.read_at).date())
    if lacks := lacking(chosen, fields):
        raise ImportRefused(f"Il manque une colonne pour : {', '.join(lacks)}.")
    batch.columns = chosen
    batch.save(update_fields=["columns"])
    if name.strip():
        ColumnMapping.objects.update_or_create(
            owner=actor, name=name.strip()[:80], defaults={"columns": chosen, "saved_at": now}
        )
    _log(batch, actor, "intake.columns", {"columns": len(chosen)})
    return batch


@transaction.atomic
def apply(*, batch: Batch, actor: Any, now: datetime) -> Batch:
    """Do what the plan says. Asked twice, or killed and asked again: once."""
    batch = _locked(batch)
    person = _may_work(batch, actor, now)
    if batch.state == Batch.State.APPLIED:
        return batch
    if batch.state == Batch.State.UNDONE:
        raise ImportRefused("Cet import a été défait : déposez le tableau de nouveau.")
    fields = fields_of(batch.call, in_paris(batch.read_at).date())
    if lacks := lacking(batch.columns, fields):
        raise ImportRefused(f"Il manque une colonne pour : {', '.join(lacks)}.")
    applications.check_open(batch.call, now)
    batch.told = [_do(batch, planned, actor, now) for planned in plan(batch, person)]
    batch.cells = []  # what is not in a file is not kept
    batch.state, batch.ended_by, batch.ended_at = Batch.State.APPLIED, actor, now
    batch.save()
    _log(batch, actor, "intake.apply", dict(Counter(row["outcome"] for row in batch.told)))
    return batch


def _do(batch: Batch, planned: Planned, actor: Any, now: datetime) -> dict[str, Any]:
    told = {"line": planned.line, "title": planned.title, "name": planned.name}
    if planned.outcome not in ("create", "update"):
        words = [f"{fault.cell} : {fault.words}" for fault in planned.faults]
        return told | {"outcome": planned.outcome, "words": words}
    try:
        with transaction.atomic():
            file, before = planned.application, {}
            if file is None:
                file = _open(batch, planned, actor, now)
            else:
                file = Application.objects.select_for_update().get(pk=file.pk)
                before = _held(file)
            _fill(file, planned, actor)
            _note(batch, planned, file, before)
    except Refusal as refusal:
        words = [f"ligne {planned.line} : {refusal.message}"]
        return told | {"outcome": "refused", "words": words}
    except ValidationError as error:
        return told | {"outcome": "refused", "words": [str(error.messages[0])]}
    return told | {"outcome": planned.outcome, "words": [], "number": file.number}


def _open(batch: Batch, planned: Planned, actor: Any, now: datetime) -> Application:
    """A draft under its own recorded mandate, confirmed later by the representative."""
    values = planned.values
    mandate = helping.begin_for(
        call=batch.call,
        title=values["title"],
        name=values["name"],
        siret=values.get("siret", ""),
        rna=values.get("rna", ""),
        commune=planned.commune,
        quality=batch.quality,
        representative=values["representative"],
        email=values.get("email", ""),
        proof=HelpMandate.Proof.STATEMENT,
        statement=f"{batch.statement} (tableau « {batch.name} », ligne {planned.line})"[:1000],
        paper=None,
        given_on=batch.given_on,
        actor=actor,
        now=now,
    )
    return mandate.application


def _fill(file: Application, planned: Planned, actor: Any) -> None:
    steps = steps_of(planned.values, file)
    if planned.commune is not None:
        steps.setdefault("territoire", {})["commune"] = planned.commune
    for step, values in steps.items():
        applications.save_step(
            application=file, step=step, values=values, version=file.version, actor=actor
        )
    lines, asked = money_of(planned.values)
    if lines:
        applications.set_budget_lines(
            application=file, lines=lines, version=file.version, actor=actor
        )
    if asked:
        applications.set_asked(application=file, amounts=asked, version=file.version, actor=actor)


def _note(batch: Batch, planned: Planned, file: Application, before: dict[str, Any]) -> None:
    made = planned.application is None
    ImportedFile.objects.create(
        batch=batch,
        application=file,
        line=planned.line,
        reference=planned.reference,
        outcome=ImportedFile.Outcome.CREATED if made else ImportedFile.Outcome.UPDATED,
        digest=content.digest(content.confirmable(Application.objects.get(pk=file.pk))),
        before=before,
    )


PAGES = ("projet", "publics", "territoire", "modele", "budget", "demande", "questions")


def _held(file: Application) -> dict[str, Any]:
    return {step: content.read_step(file, step) for step in PAGES}


@transaction.atomic
def undo(*, batch: Batch, reason: str, actor: Any, now: datetime) -> Batch:
    """Take back what nobody touched since; what stays is told line by line, with why."""
    batch = _locked(batch)
    _may_work(batch, actor, now)
    if batch.state == Batch.State.UNDONE:
        return batch
    if batch.state != Batch.State.APPLIED:
        raise ImportRefused("Cet import n'est pas appliqué : il n'y a rien à défaire.")
    if not reason.strip():
        raise ImportRefused("Dites pourquoi cet import est défait.", field="reason")
    rows = batch.files.filter(is_live=True).select_related("batch").order_by("-line")
    told = {row.line: _take_back(row, reason.strip(), actor, now) for row in rows}
    batch.told = [
        row | {"undone": told[row["line"]] or "défait"} if row["line"] in told else row
        for row in batch.told
    ]
    batch.state, batch.ended_by, batch.ended_at = Batch.State.UNDONE, actor, now
    batch.save()
    kept = sum(1 for words in told.values() if words)
    data = {"undone": len(told) - kept, "kept": kept}
    _log(batch, actor, "intake.undo", data, reason.strip())
    return batch


def _take_back(row: ImportedFile, reason: str, actor: Any, now: datetime) -> str:
    """Why the file stays as it is; "" once it is taken back."""
    Application.objects.select_for_update().get(pk=row.application_id)
    file = filled(with_rules(Application.objects.filter(pk=row.application_id)))[0]
    if words := touched(file, row) or _used(file, row, actor):
        return f"gardé : {words}"
    try:
        with transaction.atomic():
            if row.outcome == ImportedFile.Outcome.CREATED:
                helping.end(mandate=file.help_mandate, actor=actor, now=now)
                move(application=file, verb="withdraw", actor=actor, reason=reason)
            else:
                for step, values in row.before.items():
                    applications.save_step(
                        application=file,
                        step=step,
                        values=values,
                        version=file.version,
                        actor=actor,
                    )
    except Refusal as refusal:
        return f"gardé : {refusal.message}"
    row.is_live = False
    row.save(update_fields=["is_live"])
    return ""


def _used(file: Application, row: ImportedFile, actor: Any) -> str:
    """What somebody did with this file without changing its content."""
    later = ImportedFile.objects.filter(application=file, is_live=True, pk__gt=row.pk)
    if later.exists():
        return "un import plus récent l'a mis à jour : défaites-le d'abord"
    if file.comments.exists():
        return "quelqu'un y a écrit un commentaire"
    if file.seats.exclude(user=actor).exists():
        return "d'autres personnes y travaillent"
    mandate = HelpMandate.objects.filter(application=file).first()
    if mandate is not None and (mandate.ended_at or mandate.confirmed_at):
        return "l'association a répondu au mandat"
    return "" if file.state == State.DRAFT else "il est déposé"


def _locked(batch: Batch) -> Batch:
    rows = Batch.objects.select_for_update(of=("self",)).select_related("call")
    return rows.get(pk=batch.pk)


def _may_work(batch: Batch, actor: Any, now: datetime) -> Any:
    person = access.actor_on(actor, in_paris(now).date())
    access.require(access.may_work_on(person, batch), actor=actor, subject=f"intake:{batch.pk}")
    return person


def _log(
    batch: Batch, actor: Any, action: str, data: dict[str, Any] | None = None, reason: str = ""
) -> None:
    record(actor=actor, action=action, subject=f"intake:{batch.pk}", reason=reason, data=data)
