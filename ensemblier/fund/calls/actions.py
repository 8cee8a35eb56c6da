"""What can be done to a call: write it, give it its grid and expenses, and publish it for good."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from ensemblier.base.journal.actions import record
from ensemblier.base.people.models import Organisation
from ensemblier.base.refusal import Refusal
from ensemblier.fund.calls.defaults import (
    BASIC_PAPERS,
    Template,
    default_expenses,
    default_grid,
    grid_version,
    template,
)
from ensemblier.fund.calls.models import (
    Call,
    CallExpense,
    Condition,
    Criterion,
    Paper,
    Question,
    SubCriterion,
    Watch,
)
from ensemblier.fund.calls.rules import LEAST_DAYS, first_fault, is_short, seal
from ensemblier.fund.calls.sealed import rules_of
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
        "watch",
        "has_silence_rule",
    ]
)
TRIES = 5  # at an address that others may take meanwhile


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
    strand: str,
    slug: str = "",
    kind_template: str = "",
    envelopes: Iterable[Envelope] = (),
    **fields: Any,
) -> Call:
    """Write a call, with what its template or its strand gives; nobody else sees it yet.

    Without an address, one is drawn from the title. `fields` are among EDITABLE_FIELDS.
    """
    if unknown := set(fields) - EDITABLE_FIELDS:
        raise TypeError(f"a call has no field named {', '.join(sorted(unknown))}")
    model = _template_of(kind_template, strand)
    if model is not None:
        fields = {"watch": list(model.watch), **fields}
    call = Call(
        programme=programme, owner=owner, strand=strand, kind_template=kind_template, **fields
    )
    if slug:
        call.slug = slug
        _insert(call)
    else:
        _insert_at_a_free_address(call)
    set_envelopes(actor=actor, call=call, envelopes=envelopes)
    set_expenses(actor=actor, call=call, expenses=_expenses_of(kind_template or strand))
    Paper.objects.bulk_create(
        Paper(call=call, position=rank, kind=row.kind, label=row.label, required=row.required)
        for rank, row in enumerate(model.papers if model else BASIC_PAPERS, start=1)
    )
    if model is not None:
        Question.objects.bulk_create(
            Question(call=call, position=rank, **row)
            for rank, row in enumerate(model.questions, start=1)
        )
    record(
        actor=actor,
        action="call.create",
        subject=f"call:{call.pk}",
        data={"template": kind_template} if kind_template else None,
    )
    return call


def _template_of(key: str, strand: str) -> Template | None:
    if not key:
        return None
    try:
        model = template(key)
    except KeyError as error:
        raise CallRefused(
            "Ce modèle d'appel n'existe pas. Choisissez-en un de la liste.", field="kind_template"
        ) from error
    if model.strand != strand:
        raise CallRefused(
            f"Le modèle « {model.name} » est d'un autre volet. Changez le volet ou le modèle.",
            field="strand",
        )
    return model


def _insert(call: Call) -> None:
    """Save a new call; an address taken at the same instant is refused like one taken before."""
    _check(call)
    try:
        with transaction.atomic():
            call.save()
    except IntegrityError as error:
        call.pk = None
        raise CallRefused(
            "Un autre appel vient de prendre cette adresse. Choisissez-en une autre.", field="slug"
        ) from error


def _insert_at_a_free_address(call: Call) -> None:
    for attempt in range(1, TRIES + 1):
        call.slug = free_slug(call.title)
        try:
            return _insert(call)
        except CallRefused as refusal:
            if refusal.field != "slug" or attempt == TRIES:
                raise
    return None


def free_slug(title: str) -> str:
    """An address drawn from the title that no other call has."""
    start = slugify(title)[:70] or "appel"
    taken = set(Call.objects.filter(slug__startswith=start).values_list("slug", flat=True))
    rank, slug = 1, start
    while slug in taken or slug == "nouveau":
        rank += 1
        slug = f"{start}-{rank}"
    return slug


@transaction.atomic
def change_call(*, actor: Any, call: Call, **fields: Any) -> Call:
    """Change the text, the dates or the limits of a call that is not published."""
    fresh = lock_draft(call)
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
    lock_draft(call)
    for expense in expenses:
        expense.call = call
        ExpenseClass(expense.expense_class)
        Condition(expense.condition)
        if not 0 < expense.cap_bp <= 10_000:
            raise CallRefused("Le plafond d'une dépense va de 0 à 100 %.", field="cap_bp")
    call.expenses.all().delete()
    CallExpense.objects.bulk_create(expenses)
    record(actor=actor, action="call.expenses", subject=f"call:{call.pk}")


@transaction.atomic
def apply_default_grid(*, call: Call, actor: Any = None) -> list[Criterion]:
    """Give the call the six criteria of the report, with their GT8 sub-criteria."""
    lock_draft(call)
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
            levels=list(row.levels),
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
    call.grid_version = grid_version()
    call.save(update_fields=["grid_version"])
    record(actor=actor, action="call.grid", subject=f"call:{call.pk}")
    return criteria


@transaction.atomic
def publish(*, call: Call, actor: Any, now: datetime, short_reason: str = "") -> Call:
    """Publish the call: from now on its rules are frozen, and its dates open and close it.

    A call that leaves little time says why, to everyone.
    """
    fresh = lock_draft(call)
    if missing := lacking(call=fresh, now=now):
        raise missing
    fresh.short_reason = short_reason.strip()
    if too_short(fresh, now) and not fresh.short_reason:
        raise CallNotReady(
            f"Cet appel laisse moins de {LEAST_DAYS} jours pour déposer un dossier. Écrivez "
            "pourquoi : la raison sera publiée. Ou changez les dates.",
            field="short_reason",
        )
    fresh.published_at = call.published_at = now
    fresh.grid_digest = call.grid_digest = seal(rules_of(fresh))
    call.short_reason = fresh.short_reason
    fresh.save(update_fields=["published_at", "grid_digest", "short_reason"])
    record(
        actor=actor,
        action="call.publish",
        subject=f"call:{call.pk}",
        reason=fresh.short_reason,
        data={"digest": fresh.grid_digest},
    )
    return call


def lacking(*, call: Call, now: datetime) -> CallNotReady | None:
    """What keeps this call from being published, None when it is ready."""
    if not call.criteria.exists():
        return CallNotReady("Donnez une grille de critères à l'appel avant de le publier.")
    if not call.expenses.exists():
        return CallNotReady("Dites quelles dépenses l'appel finance avant de le publier.")
    if not call.envelopes.exists():
        return CallNotReady("Rattachez l'appel à une enveloppe avant de le publier.")
    if call.closes_at <= now:
        return CallNotReady(
            "La date de clôture est passée : changez-la avant de publier.", field="closes_at"
        )
    fault = first_fault(list(call.questions.all()))
    return CallNotReady(fault) if fault else None


def too_short(call: Call, now: datetime) -> bool:
    return is_short(published=now, opens=call.opens_at, closes=call.closes_at)


def _expenses_of(key: str) -> list[CallExpense]:
    return [
        CallExpense(
            expense_class=row.expense_class,
            priority=row.priority,
            cap_bp=row.cap_bp,
            condition=row.condition,
            note=row.note,
        )
        for row in default_expenses(key)
    ]


def lock_draft(call: Call) -> Call:
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
    if set(call.watch) - set(Watch.values):
        raise CallRefused("Cette attention particulière n'existe pas.", field="watch")
    if call.last_year < call.first_year:
        raise CallRefused("La dernière année financée précède la première.", field="last_year")
    try:
        call.full_clean()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise CallRefused(messages[0], field="" if field == "__all__" else field) from error
