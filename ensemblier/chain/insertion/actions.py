"""Insertion: open a contract, note hours, charges and sales, end a contract."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Coalesce

from ensemblier.base.chains.models import Site
from ensemblier.base.journal.actions import record
from ensemblier.base.people.models import IaeAgreement, IaeKind, Organisation
from ensemblier.base.refusal import Refusal
from ensemblier.chain.activities.models import Participant
from ensemblier.chain.insertion.models import (
    ActivityCharge,
    HourEntry,
    InsertionContract,
    OutsideSale,
    SalesChoice,
)
from ensemblier.engines.law.dated import in_force
from ensemblier.engines.law.insertion import (
    ACI_LEAST_WEEK,
    CDDI_LEAST_MONTHS,
    CDDI_MOST_MONTHS,
)
from ensemblier.engines.months import add_months

DAY_MINUTES = 24 * 60
Row = TypeVar("Row", ActivityCharge, OutsideSale)


class ContractRefused(Refusal):
    """The contract is not as the law or the agreement asks."""


class HoursRefused(Refusal):
    """These hours cannot be written: outside the contract, or more than a day holds."""


class AmountRefused(Refusal):
    """A charge or a sale that cannot be: nothing, or outside the agreement."""


class ChoiceRefused(Refusal):
    """Sales of a place cannot be counted under this agreement."""


class KeyReused(Refusal):
    """This key was used for something else."""

    status = 409


@transaction.atomic
def open_contract(
    *,
    agreement: IaeAgreement,
    participant: Participant,
    weekly_minutes: int,
    starts: date,
    ends: date,
    actor: Any,
    training_share: int = 0,
    came_from_rsa: bool = False,
    derogation: str = "",
) -> InsertionContract:
    """A contract under an agreement. `derogation`: the prefect's decision for fewer hours a week,
    or for less or more months than the law's."""
    _check_agreement(agreement, participant, starts)
    if not derogation:
        _check_law(agreement, weekly_minutes, starts, ends)
        _check_path(participant, starts, ends)
    if not 0 < weekly_minutes <= 35 * 60:
        raise ContractRefused("La semaine compte au plus 35 heures.", field="weekly_minutes")
    _check_alone(participant, starts, ends)
    contract = InsertionContract(
        agreement=agreement,
        participant=participant,
        weekly_minutes=weekly_minutes,
        training_share=training_share,
        came_from_rsa=came_from_rsa,
        starts=starts,
        ends=ends,
    )
    try:
        contract.full_clean()
    except ValidationError as error:
        raise ContractRefused(error.messages[0]) from error
    contract.save()
    record(
        actor=actor,
        action="insertion.contract",
        subject=f"insertion_contract:{contract.pk}",
        reason=derogation,
    )
    return contract


def _check_agreement(agreement: IaeAgreement, participant: Participant, starts: date) -> None:
    if agreement.organisation_id != participant.organisation_id:
        raise ContractRefused(
            "La personne travaille pour une autre organisation que celle de la convention."
        )
    if starts < agreement.starts or starts > agreement.ends:
        raise ContractRefused(
            f"La convention va du {agreement.starts:%d/%m/%Y} au {agreement.ends:%d/%m/%Y} : le "
            "contrat commence entre ces deux dates.",
            field="starts",
        )


def _check_alone(participant: Participant, starts: date, ends: date) -> None:
    """One contract of a person a day: the same form sent twice would count this path twice."""
    Participant.objects.select_for_update().get(pk=participant.pk)
    running = InsertionContract.objects.filter(participant=participant, starts__lte=ends)
    last = running.annotate(last=Coalesce("exit_on", "ends"))
    if known := last.filter(last__gte=starts).order_by("starts").first():
        raise ContractRefused(
            f"Cette personne a déjà un contrat à ces dates, depuis le {known.starts:%d/%m/%Y}. "
            "Notez d'abord sa sortie, ou choisissez une date d'après.",
            field="starts",
        )


def _check_law(agreement: IaeAgreement, weekly_minutes: int, starts: date, ends: date) -> None:
    least = in_force(ACI_LEAST_WEEK, starts)
    if agreement.kind == IaeKind.ACI and weekly_minutes < least.value:
        raise ContractRefused(
            f"Un contrat en ACI compte au moins {least.value // 60} heures par semaine "
            f"({least.source}). Avec une dérogation du préfet, écrivez sa référence.",
            field="weekly_minutes",
        )
    shortest, longest = in_force(CDDI_LEAST_MONTHS, starts), in_force(CDDI_MOST_MONTHS, starts)
    if ends + timedelta(days=1) < add_months(starts, shortest.value):
        raise ContractRefused(
            f"Un contrat d'insertion dure au moins {shortest.value} mois ({shortest.source}).",
            field="ends",
        )
    if ends >= add_months(starts, longest.value):
        raise ContractRefused(
            f"Un contrat d'insertion dure au plus {longest.value} mois ({longest.source}). Les "
            "exceptions de la loi demandent une référence.",
            field="ends",
        )


def _check_path(participant: Participant, starts: date, ends: date) -> None:
    """All the contracts of a path together last no longer than the law's most."""
    longest = in_force(CDDI_MOST_MONTHS, starts)
    held = participant.insertion_contracts.annotate(last=Coalesce("exit_on", "ends"))
    spans = [*held.values_list("starts", "last"), (starts, ends)]
    first = min(begun for begun, _ in spans)
    days = sum((last - begun).days + 1 for begun, last in spans)
    if len(spans) > 1 and days > (add_months(first, longest.value) - first).days:
        raise ContractRefused(
            f"Avec ses contrats d'avant, cette personne dépasserait {longest.value} mois en tout "
            f"({longest.source}). Les exceptions de la loi demandent une référence.",
            field="ends",
        )


@transaction.atomic
def note_hours(
    *,
    key: UUID,
    contract: InsertionContract,
    day: date,
    kind: str,
    minutes: int,
    now: datetime,
    actor: Any,
) -> HourEntry:
    """Minutes of one day, by kind. The same key twice writes them once."""
    contract = InsertionContract.objects.select_for_update().get(pk=contract.pk)
    known = HourEntry.objects.filter(key=key).first()
    if known:
        if (known.contract_id, known.day, known.kind, known.minutes) != (
            contract.pk,
            day,
            kind,
            minutes,
        ):
            raise KeyReused("Cette demande a déjà servi pour d'autres heures.")
        return known
    last = min(contract.exit_on or contract.ends, contract.ends)
    if not contract.starts <= day <= last:
        left = ", jour de la sortie" if contract.exit_on else ""
        raise HoursRefused(
            f"Le contrat va du {contract.starts:%d/%m/%Y} au {last:%d/%m/%Y}{left}\u00a0: des "
            "heures s'y notent entre ces deux jours.",
            field="day",
        )
    if minutes <= 0 or kind not in HourEntry.Kind.values:
        raise HoursRefused("Écrivez un temps en minutes, et sa nature.", field="minutes")
    written = sum(contract.hours.filter(day=day).values_list("minutes", flat=True))
    if written + minutes > DAY_MINUTES:
        raise HoursRefused("Une journée compte 24 heures.", field="minutes")
    entry = HourEntry.objects.create(
        contract=contract, day=day, kind=kind, minutes=minutes, key=key, created_at=now
    )
    record(actor=actor, action="insertion.hours", subject=f"insertion_contract:{contract.pk}")
    return entry


@transaction.atomic
def undo_hours(*, key: UUID, entry: HourEntry, now: datetime, actor: Any, reason: str) -> HourEntry:
    """The opposite minutes, on the same day: hours are never erased."""
    InsertionContract.objects.select_for_update().get(pk=entry.contract_id)
    known = HourEntry.objects.filter(key=key).first()
    if known:
        if known.undoes_id != entry.pk:
            raise KeyReused("Cette demande a déjà servi pour d'autres heures.")
        return known
    if entry.undoes_id or HourEntry.objects.filter(undoes=entry).exists():
        raise HoursRefused("Ces heures sont déjà annulées.")
    opposite = HourEntry.objects.create(
        contract=entry.contract,
        day=entry.day,
        kind=entry.kind,
        minutes=-entry.minutes,
        undoes=entry,
        key=key,
        created_at=now,
    )
    record(
        actor=actor,
        action="insertion.hours_undone",
        subject=f"insertion_contract:{entry.contract_id}",
        reason=reason,
    )
    return opposite


@transaction.atomic
def leave(*, contract: InsertionContract, exit: str, day: date, actor: Any) -> InsertionContract:
    """Note how and when a path ended, on one of its days."""
    contract = InsertionContract.objects.select_for_update().get(pk=contract.pk)
    if contract.exit:
        raise ContractRefused("La sortie est déjà écrite.")
    if exit not in InsertionContract.Exit.values:
        raise ContractRefused("Choisissez la nature de la sortie.", field="exit")
    if not contract.starts <= day <= contract.ends:
        raise ContractRefused(
            f"Le contrat va du {contract.starts:%d/%m/%Y} au {contract.ends:%d/%m/%Y}\u00a0: la "
            "sortie est l'un de ces jours, le dernier au plus tard.",
            field="day",
        )
    later = contract.hours.filter(day__gt=day, undoes=None, undone_by=None).order_by("-day")
    if last := later.first():
        raise ContractRefused(
            f"Des heures sont écrites après ce jour, jusqu'au {last.day:%d/%m/%Y}\u00a0: "
            "annulez-les d'abord, ou choisissez ce jour.",
            field="day",
        )
    contract.exit, contract.exit_on = exit, day
    contract.save(update_fields=["exit", "exit_on"])
    record(actor=actor, action="insertion.exit", subject=f"insertion_contract:{contract.pk}")
    return contract


@transaction.atomic
def note_charge(
    *,
    key: UUID,
    agreement: IaeAgreement,
    month: date,
    label: str,
    cents: int,
    now: datetime,
    actor: Any,
) -> ActivityCharge:
    """A charge of the insertion activity in a month; a correction is an opposite amount."""
    facts = {"month": month.replace(day=1), "label": label, "cents": cents}
    _check_amount(agreement, month, label, cents)
    charge, new = _write_once(ActivityCharge, key, {"agreement": agreement, **facts}, now)
    if new:
        record(actor=actor, action="insertion.charge", subject=f"iae_agreement:{agreement.pk}")
    return charge


@transaction.atomic
def note_outside_sale(
    *,
    key: UUID,
    agreement: IaeAgreement,
    day: date,
    label: str,
    cents: int,
    now: datetime,
    actor: Any,
) -> OutsideSale:
    """A receipt of the activity that no line of the chain holds, with its piece."""
    facts = {"day": day, "label": label, "cents": cents}
    _check_amount(agreement, day, label, cents)
    sale, new = _write_once(OutsideSale, key, {"agreement": agreement, **facts}, now)
    if new:
        record(actor=actor, action="insertion.sale", subject=f"iae_agreement:{agreement.pk}")
    return sale


@transaction.atomic
def choose_sales(
    *,
    organisation: Organisation,
    site: Site,
    agreement: IaeAgreement | None,
    starts: date,
    now: datetime,
    actor: Any,
) -> SalesChoice:
    """From a day, a structure's sales at a place that no activity ties to an agreement count under
    this one; None: outside insertion. Said twice, it is written once."""
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    if agreement is not None:
        _check_choice(organisation, agreement, starts)
    facts = {"organisation": organisation, "site": site, "starts": starts}
    last = SalesChoice.objects.filter(**facts).order_by("pk").last()
    if last is not None and last.agreement_id == getattr(agreement, "pk", None):
        return last
    choice = SalesChoice.objects.create(**facts, agreement=agreement, created_at=now)
    record(
        actor=actor,
        action="insertion.sales_choice",
        subject=f"site:{site.pk}",
        data={"agreement": choice.agreement_id, "starts": starts.isoformat()},
    )
    return choice


def _check_choice(organisation: Organisation, agreement: IaeAgreement, starts: date) -> None:
    if agreement.organisation_id != organisation.pk:
        raise ChoiceRefused(
            "Cette convention est d'une autre organisation que celle qui vend.", field="agreement"
        )
    if not agreement.starts <= starts <= agreement.ends:
        raise ChoiceRefused(
            f"La convention {agreement.number} va du {agreement.starts:%d/%m/%Y} au "
            f"{agreement.ends:%d/%m/%Y}\u00a0: choisissez un jour entre les deux.",
            field="starts",
        )


def _write_once(
    model: type[Row], key: UUID, facts: dict[str, Any], now: datetime
) -> tuple[Row, bool]:
    """The row of this key, written now if it is new; refused if it says something else."""
    row, new = model._default_manager.get_or_create(key=key, defaults={**facts, "created_at": now})
    if any(getattr(row, name) != value for name, value in facts.items()):
        raise KeyReused("Cette demande a déjà servi pour autre chose. Rechargez la page.")
    return row, new


def _check_amount(agreement: IaeAgreement, day: date, label: str, cents: int) -> None:
    if not agreement.starts <= day <= agreement.ends:
        raise AmountRefused(
            f"La convention va du {agreement.starts:%d/%m/%Y} au {agreement.ends:%d/%m/%Y}.",
            field="day",
        )
    if not cents or not label.strip():
        raise AmountRefused("Écrivez le montant et la pièce qui le prouve.", field="cents")
