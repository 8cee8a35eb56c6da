"""Saving the pages of a file, so that two tabs or two people never overwrite each other unseen.

A page comes back with the version it was opened at. It is refused when somebody else changed the
same page since; changes of other pages, or earlier saves of the same open page, do not matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import UniqueConstraint

from ensemblier.base.chains.terms import Link
from ensemblier.base.journal.actions import record
from ensemblier.base.journal.models import Event
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.base.territory.models import Commune
from ensemblier.engines import budget
from ensemblier.fund.applications import answers, content
from ensemblier.fund.applications.access import require_pen
from ensemblier.fund.applications.models import (
    EDITABLE,
    Application,
    Certainty,
    Goal,
    PublicKind,
    Quality,
    Side,
    Situation,
)
from ensemblier.fund.applications.tables import TABLES, in_order
from ensemblier.fund.programme.models import ExpenseClass

# Autosave speaks often: the journal keeps one line per person and page for this long.
QUIET = timedelta(minutes=15)
LISTS = {
    "goals": Goal,
    "links": Link,
    "qualities": Quality,
    "publics": PublicKind,
    "situations": Situation,
}


class StaleVersion(Refusal):
    """Somebody changed this page since it was opened; both contents are kept here."""

    def __init__(
        self, *, step: str, saved: dict[str, Any], yours: dict[str, Any], version: int
    ) -> None:
        super().__init__(
            "Cette page a été modifiée ailleurs pendant que vous écriviez. Rien n'est perdu : "
            "comparez les deux textes et choisissez."
        )
        self.step, self.saved, self.yours, self.version = step, saved, yours, version


class NotEditable(Refusal):
    """The file was sent: it does not change any more."""


class InvalidStep(Refusal):
    """A value that this page cannot hold."""


class CannotBalance(Refusal):
    """The fund cannot take the gap within the rules of the call."""


@transaction.atomic
def save_step(
    *,
    application: Application,
    step: str,
    values: Mapping[str, Any],
    version: int,
    actor: Any,
    page: str = "",
) -> Application:
    """Save one page of the file. `page` names the open page, so that it may save many times.

    Values left out keep what is saved.
    """
    fresh = Application.objects.select_for_update().get(pk=application.pk)
    if fresh.state not in EDITABLE:
        raise NotEditable(
            f"Ce dossier est « {fresh.get_state_display()} » : il ne se modifie plus. "
            "Écrivez au service qui l'instruit si quelque chose doit changer."
        )
    require_pen(fresh, actor)
    saved = content.read_step(fresh, step)
    wanted = _wanted(step, values, saved)
    changed_at, by_page = fresh.step_versions.get(step, [0, ""])
    if saved != wanted:
        if changed_at > version and not (page and page == by_page):
            raise StaleVersion(step=step, saved=saved, yours=wanted, version=fresh.version)
        _write(fresh, step, wanted)
        fresh.version += 1
        fresh.step_versions[step] = [fresh.version, page]
        fresh.save()
        _note(fresh, step, actor)
    application.refresh_from_db()
    return application


def set_budget_lines(
    *,
    application: Application,
    lines: Sequence[Mapping[str, Any]],
    version: int,
    actor: Any,
    page: str = "",
) -> Application:
    """Replace the lines of the budget: side, code, amount_cents, and label, payer, certainty,
    is_assumed when there are any."""
    day = in_paris(application.created_at).date()
    values = {"lines": [_line(row, day) for row in lines]}
    return save_step(
        application=application,
        step="budget",
        values=values,
        version=version,
        actor=actor,
        page=page,
    )


def set_asked(
    *,
    application: Application,
    amounts: Sequence[Mapping[str, Any]],
    version: int,
    actor: Any,
    page: str = "",
) -> Application:
    """Replace what is asked: expense_class, year, amount_cents, is_assumed."""
    values = {"asked": [_asked(row) for row in amounts if row["amount_cents"]]}
    return save_step(
        application=application,
        step="demande",
        values=values,
        version=version,
        actor=actor,
        page=page,
    )


@transaction.atomic
def balance_with_the_fund(*, application: Application, version: int, actor: Any) -> Application:
    """Ask the fund for exactly what balances the budget, within the rules of the call."""
    Application.objects.select_for_update().get(pk=application.pk)
    lines = content.budget_lines(application)
    asked = content.asked_amounts(application)
    found = budget.balanced_by_the_fund(lines, asked, content.caps(application.call))
    if found is None:
        raise CannotBalance(
            "Le fonds ne peut pas prendre cet écart dans les limites de l'appel. "
            "Ajoutez une autre ressource, ou changez une charge."
        )
    assumed = {
        (part.expense_class, part.year, part.amount_cents)
        for part in application.asked.all()
        if part.is_assumed
    }
    amounts = [{**part._asdict(), "is_assumed": tuple(part) in assumed} for part in found]
    return set_asked(application=application, amounts=amounts, version=version, actor=actor)


def _wanted(step: str, values: Mapping[str, Any], saved: dict[str, Any]) -> dict[str, Any]:
    """The values as they will be read back: this is what makes two contents comparable."""
    if unknown := set(values) - set(saved):
        raise TypeError(f"{step} does not hold {', '.join(sorted(unknown))}")
    wanted = {**saved, **values}
    if "departments" in values:
        codes = {getattr(row, "pk", row) for row in values["departments"]}
        wanted["departments"] = sorted(codes)
    if "commune" in values:
        wanted["commune"] = getattr(values["commune"], "pk", values["commune"])
    for name, words in LISTS.items():
        if name in values:
            wanted[name] = sorted(set(values[name]), key=words.values.index)
    if "starts_on" in wanted:
        wanted["starts_on"] = content.iso(wanted["starts_on"])
    if "answers" in wanted:
        wanted["answers"] = {code: text for code, text in wanted["answers"].items() if text}
    return wanted | {
        table.name: in_order(table, wanted[table.name]) for table in TABLES.get(step, ())
    }


def _write(fresh: Application, step: str, wanted: dict[str, Any]) -> None:
    for name in content.FIELDS.get(step, ()):
        if name == "departments":
            fresh.departments.set(wanted[name])
        elif name == "commune":
            fresh.commune = Commune.objects.filter(pk=wanted[name]).first()
            fresh.department_id = fresh.commune.department_id if fresh.commune else None
        else:
            setattr(fresh, name, wanted[name])
    _check(fresh, content.FIELDS.get(step, ()))
    for table in TABLES.get(step, ()):
        rows = [table.model(application=fresh, **row) for row in wanted[table.name]]
        for row in rows:
            _check(row, ())
        _check_once(rows)
        table.model._default_manager.filter(application=fresh).delete()
        table.model._default_manager.bulk_create(rows)
    if step == "questions":
        if wrong := answers.first_fault(answers.questions(fresh), wanted["answers"]):
            raise InvalidStep(wrong[1], field=wrong[0])
        answers.write(fresh, wanted["answers"])


def _check_once(rows: Sequence[Any]) -> None:
    """Refuse two rows that the table keeps once, in the words of its constraint."""
    for rule in rows[0]._meta.constraints if rows else ():
        if isinstance(rule, UniqueConstraint):
            kept = [tuple(getattr(row, name) for name in rule.fields) for row in rows]
            if len(set(kept)) < len(kept):
                raise InvalidStep(str(rule.violation_error_message))


def _check(row: Any, names: Sequence[str]) -> None:
    """Refuse what the fields cannot hold; on the file itself, the fields of this page only."""
    exclude = {"application"}
    if names or isinstance(row, Application):
        exclude = {field.name for field in row._meta.fields} - set(names)
    try:
        row.clean_fields(exclude=exclude)
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise InvalidStep(messages[0], field=field) from error


def _line(row: Mapping[str, Any], day: date) -> dict[str, Any]:
    """One line of the budget, checked against the form and whole euros."""
    try:
        line = budget.cerfa_line(Side(row["side"]), row["code"], day)
        budget.Line(line.side, line.code, row["amount_cents"])
    except ValueError as error:
        raise InvalidStep(str(error), field="code") from error
    if row.get("certainty"):
        Certainty(row["certainty"])
    return {**row, "side": str(row["side"]), "label": row.get("label") or line.label}


def _asked(row: Mapping[str, Any]) -> dict[str, Any]:
    if row["amount_cents"] < 0 or row["amount_cents"] % 100:
        raise InvalidStep("La demande s'écrit en euros entiers et positifs.", field="amount_cents")
    return {**row, "expense_class": str(ExpenseClass(row["expense_class"]))}


def _note(fresh: Application, step: str, actor: Any) -> None:
    subject = f"application:{fresh.pk}"
    last = Event.objects.filter(subject=subject).order_by("-pk").first()
    said = last and (last.action, last.actor_id, last.data.get("step"))
    again = said == ("application.save", getattr(actor, "pk", None), step)
    if again and fresh.saved_at - last.at < QUIET:
        return
    record(
        actor=actor,
        action="application.save",
        subject=subject,
        data={"step": step, "version": fresh.version},
    )
