"""What can be done to a programme: create it, open its yearly envelopes, and pay into them."""

from datetime import date
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.ledger.actions import open_account, transfer
from ensemblier.base.ledger.models import Account, AccountKind
from ensemblier.base.people.models import Organisation
from ensemblier.base.refusal import Refusal
from ensemblier.base.territory.models import Department, Region
from ensemblier.fund.programme.models import (
    Contribution,
    Envelope,
    ExpenseClass,
    Programme,
    Strand,
)
from ensemblier.fund.programme.rules import narrower_fault

EXISTS = "Cette enveloppe existe déjà. Ajoutez-y une contribution ou une délégation."


class ProgrammeRefused(Refusal):
    """The programme is not as its rules ask."""


class EnvelopeRefused(Refusal):
    """The envelope exists already, or its year is outside the programme."""


@transaction.atomic
def create_programme(
    *,
    actor: Any,
    name: str,
    purpose: str,
    owner: Organisation,
    first_year: int,
    last_year: int,
) -> Programme:
    """Create a programme; the report asks for periods of five years, the dates stay free."""
    programme = Programme(
        name=name, purpose=purpose, owner=owner, first_year=first_year, last_year=last_year
    )
    _check(programme, ProgrammeRefused)
    try:
        with transaction.atomic():
            programme.save()
    except IntegrityError as error:  # two people at once: the check above saw neither
        raise ProgrammeRefused("Un programme porte déjà ce nom.", field="name") from error
    record(actor=actor, action="programme.create", subject=f"programme:{programme.pk}")
    return programme


@transaction.atomic
def open_envelope(
    *,
    actor: Any,
    programme: Programme,
    year: int,
    strand: str,
    region: Region | None = None,
    department: Department | None = None,
    expense_class: str = "",
    parent: Envelope | None = None,
) -> Envelope:
    """Open the envelope of one year and strand; on a place and for a class when given."""
    if not programme.first_year <= year <= programme.last_year:
        raise EnvelopeRefused(
            f"Le programme va de {programme.first_year} à {programme.last_year}. "
            "Choisissez une de ces années.",
            field="year",
        )
    envelope = Envelope(
        programme=programme,
        year=year,
        strand=Strand(strand),
        region=department.region if department else region,
        department=department,
        expense_class=ExpenseClass(expense_class) if expense_class else "",
        parent=parent,
    )
    if parent is not None and (fault := narrower_fault(envelope, parent)):
        raise EnvelopeRefused(fault)
    if _same(envelope).exists():
        raise EnvelopeRefused(EXISTS)
    envelope.account = open_account(
        code=_code(envelope),
        name=str(envelope)[:200],
        kind=AccountKind.ENVELOPE,
        floor_zero=True,
    )
    try:
        with transaction.atomic():
            envelope.save()
    except IntegrityError as error:
        raise EnvelopeRefused(EXISTS) from error
    record(
        actor=actor,
        action="envelope.open",
        subject=f"envelope:{envelope.pk}",
        data={"parent": parent.pk} if parent else {},
    )
    return envelope


def _same(envelope: Envelope) -> Any:
    return Envelope.objects.filter(
        programme=envelope.programme,
        year=envelope.year,
        strand=envelope.strand,
        region=envelope.region,
        department=envelope.department,
        expense_class=envelope.expense_class,
    )


def _code(envelope: Envelope) -> str:
    """The account's code; those of the first release keep their form."""
    place = envelope.region_id or "FR"
    if envelope.department_id:
        place = f"{place}-{envelope.department_id}"
    parts = ["envelope", envelope.programme_id, envelope.year, str(envelope.strand), place]
    return ":".join(str(part) for part in parts + [envelope.expense_class] if part != "")


def contributor_account(organisation: Organisation) -> Account:
    """Where the money of a contributor comes from: its debt to the fund, so without a floor."""
    return open_account(
        code=f"contributor:{organisation.pk}",
        name=organisation.name,
        kind=AccountKind.CONTRIBUTOR,
    )


@transaction.atomic
def contribute(
    *,
    key: UUID,
    actor: Any,
    envelope: Envelope,
    contributor: Organisation,
    amount_cents: int,
    day: date,
    reason: str = "",
) -> Contribution:
    """Put money of a contributor into an envelope, once for each key."""
    transfer(
        key=key,
        debit=contributor_account(contributor),
        credit=envelope.account,
        amount_cents=amount_cents,
        day=day,
        reason=reason or f"Contribution de {contributor.name}",
        reference=f"envelope:{envelope.pk}",
        actor=actor,
    )
    contribution, is_new = Contribution.objects.get_or_create(
        transfer_key=key,
        defaults={
            "envelope": envelope,
            "contributor": contributor,
            "amount_cents": amount_cents,
        },
    )
    if is_new:
        record(
            actor=actor,
            action="envelope.contribute",
            subject=f"envelope:{envelope.pk}",
            reason=reason,
            data={"cents": amount_cents, "contributor": contributor.pk},
        )
    return contribution


def _check(row: Any, refusal: type[Refusal]) -> None:
    """Turn what the model's constraints say into a refusal."""
    try:
        row.full_clean()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise refusal(messages[0], field="" if field == "__all__" else field) from error
