"""What can be done to a call: write it, give it its grid and expenses, and publish it for good."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ValidationError
from django.db import transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.people.models import Organisation
from ensemblier.base.refusal import Refusal
from ensemblier.fund.calls.defaults import default_expenses, default_grid
from ensemblier.fund.calls.models import Call, CallExpense, Criterion, SubCriterion
from ensemblier.fund.programme.models import Envelope, ExpenseClass, Programme

EDITABLE_FIELDS = frozenset(
    [
        "title",
        "description",
        "opens_at",
        "closes_at",
        "zone",
        "first_year",
        "last_year",
        "max_rate_bp",
        "min_cents",
        "max_cents",
    ]
)


class CallRefused(Refusal):
    """The call is not as its rules ask."""


class CallFrozen(Refusal):
    """The call is published: its rules no longer change, for anyone."""

    def __init__(self) -> None:
        super().__init__(
            "Cet appel est publié : ses règles ne changent plus. Écrivez un nouvel appel."
        )


class CallNotReady(Refusal):
    """Something is missing before this call can be published."""


@transaction.atomic
def create_call(
    *,
    actor: Any,
    programme: Programme,
    owner: Organisation,
    title: str,
    slug: str,
    strand: str,
    description: str,
    opens_at: datetime,
    closes_at: datetime,
    first_year: int,
    last_year: int,
    max_rate_bp: int = 8000,
    min_cents: int = 0,
    max_cents: int | None = None,
    zone: str = "Europe/Paris",
    envelopes: Iterable[Envelope] = (),
) -> Call:
    """Write a call, with the expenses its strand gives priority to; nobody else sees it yet."""
    call = Call(
        programme=programme,
        owner=owner,
        title=title,
        slug=slug,
        strand=strand,
        description=description,
        opens_at=opens_at,
        closes_at=closes_at,
        zone=zone,
        first_year=first_year,
        last_year=last_year,
        max_rate_bp=max_rate_bp,
        min_cents=min_cents,
        max_cents=max_cents,
    )
    _check(call)
    call.save()
    set_envelopes(actor=actor, call=call, envelopes=envelopes)
    set_expenses(actor=actor, call=call, expenses=_expenses_of(strand))
    record(actor=actor, action="call.create", subject=f"call:{call.pk}")
    return call


@transaction.atomic
def change_call(*, actor: Any, call: Call, **fields: Any) -> Call:
    """Change the text, the dates or the limits of a call that is not published."""
    fresh = _lock_draft(call)
    if unknown := set(fields) - EDITABLE_FIELDS:
        raise TypeError(f"a call has no field to change named {', '.join(sorted(unknown))}")
    for name, value in fields.items():
        setattr(fresh, name, value)
        setattr(call, name, value)
    _check(fresh)
    fresh.save()
    record(
        actor=actor,
        action="call.change",
        subject=f"call:{call.pk}",
        data={"fields": sorted(fields)},
    )
    return call


@transaction.atomic
def set_envelopes(*, actor: Any, call: Call, envelopes: Iterable[Envelope]) -> None:
    """Say which envelopes pay; a later year's may join a published call, none may leave it."""
    envelopes = list(envelopes)
    for envelope in envelopes:
        if envelope.programme_id != call.programme_id or envelope.strand != call.strand:
            raise CallRefused(
                f"L'enveloppe « {envelope} » est d'un autre programme ou d'un autre volet. "
                "Choisissez-en une autre.",
                field="envelopes",
            )
    fresh = Call.objects.select_for_update().get(pk=call.pk)
    if fresh.published_at and set(fresh.envelopes.all()) - set(envelopes):
        raise CallFrozen
    call.envelopes.set(envelopes)
    if envelopes:
        record(
            actor=actor,
            action="call.envelopes",
            subject=f"call:{call.pk}",
            data={"envelopes": [envelope.pk for envelope in envelopes]},
        )


@transaction.atomic
def set_expenses(*, actor: Any, call: Call, expenses: Sequence[CallExpense]) -> None:
    """Replace the eligible expenses."""
    _lock_draft(call)
    for expense in expenses:
        expense.call = call
        ExpenseClass(expense.expense_class)
        if not 0 < expense.cap_bp <= 10_000:
            raise CallRefused("Le plafond d'une dépense va de 0 à 100 %.", field="cap_bp")
    call.expenses.all().delete()
    CallExpense.objects.bulk_create(expenses)
    record(actor=actor, action="call.expenses", subject=f"call:{call.pk}")


@transaction.atomic
def apply_default_grid(*, call: Call, actor: Any = None) -> list[Criterion]:
    """Give the call the six criteria of the report, with their GT8 sub-criteria."""
    _lock_draft(call)
    call.criteria.all().delete()
    criteria = []
    for place, row in enumerate(default_grid(), start=1):
        criterion = Criterion.objects.create(
            call=call,
            position=place,
            code=row.code,
            label=row.label,
            explanation=row.explanation,
            weight=row.weight,
            scale_max=row.scale_max,
        )
        SubCriterion.objects.bulk_create(
            SubCriterion(
                criterion=criterion,
                position=rank,
                label=part.label,
                objective=part.objective,
                is_main=part.is_main,
            )
            for rank, part in enumerate(row.parts, start=1)
        )
        criteria.append(criterion)
    record(actor=actor, action="call.grid", subject=f"call:{call.pk}")
    return criteria


@transaction.atomic
def publish(*, call: Call, actor: Any, now: datetime) -> Call:
    """Publish the call: from now on its rules are frozen, and its dates open and close it."""
    fresh = _lock_draft(call)
    if not fresh.criteria.exists():
        raise CallNotReady("Donnez une grille de critères à l'appel avant de le publier.")
    if not fresh.expenses.exists():
        raise CallNotReady("Dites quelles dépenses l'appel finance avant de le publier.")
    if not fresh.envelopes.exists():
        raise CallNotReady("Rattachez l'appel à une enveloppe avant de le publier.")
    if fresh.closes_at <= now:
        raise CallNotReady(
            "La date de clôture est passée : changez-la avant de publier.", field="closes_at"
        )
    fresh.published_at = call.published_at = now
    fresh.save(update_fields=["published_at"])
    record(actor=actor, action="call.publish", subject=f"call:{call.pk}")
    return call


def _expenses_of(strand: str) -> list[CallExpense]:
    return [
        CallExpense(
            expense_class=row.expense_class,
            priority=row.priority,
            cap_bp=row.cap_bp,
            note=row.note,
        )
        for row in default_expenses(strand)
    ]


def _lock_draft(call: Call) -> Call:
    """The call as it is in the database now, locked, and refused when published."""
    fresh = Call.objects.select_for_update().get(pk=call.pk)
    if fresh.published_at is not None:
        raise CallFrozen
    return fresh


def _check(call: Call) -> None:
    try:
        ZoneInfo(call.zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise CallRefused("Ce fuseau horaire n'existe pas.", field="zone") from error
    if call.slug == "nouveau":
        raise CallRefused("Cette adresse est prise par une page du site.", field="slug")
    if call.last_year < call.first_year:
        raise CallRefused("La dernière année financée précède la première.", field="last_year")
    try:
        call.full_clean()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise CallRefused(messages[0], field="" if field == "__all__" else field) from error
