"""State aid of one grant: declarations, the counter over three years, and what stops a grant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, StrIndex

from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import day as written
from ensemblier.base.pages.formats import euros, in_paris
from ensemblier.base.people.models import Organisation
from ensemblier.base.prepared import KEY, TEXT, Prepared
from ensemblier.base.refusal import Refusal
from ensemblier.engines.law.state_aid import CAPPED, Aid, Basis, Count, count, fault_of
from ensemblier.fund.agreements import access
from ensemblier.fund.agreements.models import Agreement, AidCount, AidDeclaration, Amendment
from ensemblier.fund.applications.models import Application
from ensemblier.fund.review.actions import actor_on, require
from ensemblier.fund.review.checks import ATTENTION, OK, Check, Facts

SIREN = re.compile(r"\d{9}")
COUNTED = ("agreement_id", "siren", "regime", "granted_on", "amount_cents")


class AidRefused(Refusal):
    """The rule chosen cannot carry this grant."""


class NotYours(Refusal):
    """An organisation declares for itself."""


class Received(NamedTuple):
    """One capped aid received elsewhere, as it is declared."""

    regime: str
    granted_on: date
    cents: int
    grantor: str


def last_declaration(organisation: Organisation) -> AidDeclaration | None:
    return AidDeclaration.objects.filter(organisation=organisation).order_by("-pk").first()


@transaction.atomic
def declare(
    *,
    organisation: Organisation,
    linked: Sequence[str],
    received: Sequence[Received],
    actor: Any,
    now: datetime,
) -> AidDeclaration:
    """Declare the single undertaking and the capped aid received elsewhere; the last one counts."""
    day = in_paris(now).date()
    require(access.may_declare_aid(actor_on(actor, day), organisation), NotYours)
    for siren in linked:
        if not SIREN.fullmatch(siren):
            raise AidRefused(f"« {siren[:20]} » n'est pas un SIREN : 9 chiffres.", field="linked")
    for row in received:
        if row.cents <= 0 or row.granted_on > day or Basis(row.regime) not in CAPPED:
            raise AidRefused(
                "Chaque aide a une règle, un montant et une date passée.", field="received"
            )
    lines = [row._asdict() | {"granted_on": row.granted_on.isoformat()} for row in received]
    declared = AidDeclaration.objects.create(
        organisation=organisation,
        linked=sorted(set(linked) - {organisation.siren}),
        received=lines,
        declared_by=actor,
        declared_at=now,
    )
    record(
        actor=actor,
        action="aid.declare",
        subject=f"organisation:{organisation.pk}",
        data={"linked": declared.linked, "received": lines},
    )
    return declared


class Known(NamedTuple):
    """What the counters of one organisation add up, read once."""

    organisation: Organisation
    last: AidDeclaration | None
    undertaking: frozenset[str]
    aids: list[tuple[int | None, Aid]]  # the agreement that gave it, or None

    def counter(self, regime: Basis, asked: int, day: date, *, but: int | None = None) -> Count:
        """The counter with what is asked; `but` is an agreement already counted, left out."""
        aids = [aid for key, aid in self.aids if key is None or key != but]
        return count(aids, regime, self.undertaking, asked, day)


def known_of(organisation: Organisation) -> Known:
    """Declarations and counts, in two queries."""
    last, undertaking = _undertaking(organisation)
    rows = AidCount.objects.filter(siren__in=undertaking)
    aids: list[tuple[int | None, Aid]] = [
        (agreement, Aid(siren, Basis(regime), granted_on, cents))
        for agreement, siren, regime, granted_on, cents in rows.values_list(*COUNTED)
    ]
    for told in last.received if last else ():
        granted_on = date.fromisoformat(told["granted_on"])
        aids.append(
            (None, Aid(organisation.siren, Basis(told["regime"]), granted_on, told["cents"]))
        )
    return Known(organisation, last, undertaking, aids)


def _last_ones(organisation: int, siren: str) -> QuerySet[AidDeclaration]:
    """The last declaration of this organisation, and of those that name it."""
    later = AidDeclaration.objects.filter(
        organisation=OuterRef("organisation"), pk__gt=OuterRef("pk")
    )
    return (
        AidDeclaration.objects.filter(~Exists(later))
        .annotate(named=StrIndex(Cast("linked", CharField()), Value(siren)))
        .filter(Q(organisation=organisation) | Q(named__gt=0))
        .select_related("organisation", "declared_by")
        .order_by("pk")
    )


DECLARED = Prepared(_last_ones, organisation=KEY, siren=TEXT)


def _undertaking(organisation: Organisation) -> tuple[AidDeclaration | None, frozenset[str]]:
    """Its last declaration; its SIREN and those it declared, and those that declared it."""
    last, known = None, {organisation.siren}
    siren = organisation.siren or "none"  # every text contains the empty one
    for row in DECLARED.found(organisation=organisation.pk, siren=siren):
        if row.organisation_id == organisation.pk:
            last = row
        elif organisation.siren in row.linked:
            known.add(row.organisation.siren)
    return last, frozenset((known | set(last.linked if last else ())) - {""})


def undertaking_of(organisation: Organisation) -> frozenset[str]:
    """Its SIREN and those it declared; and those that declared it."""
    return _undertaking(organisation)[1]


def counter(
    organisation: Organisation, regime: Basis, asked: int, day: date, *, but: int | None = None
) -> Count:
    """One counter of an organisation, with what is asked."""
    return known_of(organisation).counter(regime, asked, day, but=but)


def count_of(agreement: Agreement, cents: int, day: date) -> Count | None:
    """The counter with this agreement; None when its rule has no ceiling."""
    if agreement.legal_basis == "" or Basis(agreement.legal_basis) not in CAPPED:
        return None
    organisation = agreement.decision.application.organisation
    return counter(organisation, Basis(agreement.legal_basis), cents, day, but=agreement.pk)


def check(agreement: Agreement, cents: int, day: date) -> Count | None:
    """Refuse a rule that cannot carry this grant, or a ceiling that it would pass."""
    if agreement.legal_basis == "":
        raise AidRefused(
            "Choisissez la règle d'aide d'État de cette convention : page « Modifier ».",
            field="legal_basis",
        )
    basis = Basis(agreement.legal_basis)
    if fault := fault_of(basis, line_based=agreement.is_line_based):
        raise AidRefused(fault, field="legal_basis")
    if basis not in CAPPED:
        return None
    organisation = agreement.decision.application.organisation
    if not organisation.siren:
        raise AidRefused(
            "Sans SIRET, les aides de cette organisation ne se comptent pas : complétez sa fiche.",
            field="legal_basis",
        )
    if last_declaration(organisation) is None:
        raise AidRefused(
            "L'organisation n'a pas encore déclaré ses aides de minimis : demandez-lui de remplir "
            "la page « Aides de minimis », puis recommencez.",
            field="legal_basis",
        )
    found = count_of(agreement, cents, day)
    assert found is not None
    if found.is_above:
        raise AidRefused(
            f"{found.sentence} Réduisez l'aide, ou choisissez une autre règle ({found.source}).",
            field="legal_basis",
        )
    return found


def hold_undertaking(organisation: Organisation) -> None:
    """Lock every company of the single undertaking until the transaction ends, in one order."""
    rows = Organisation.objects.select_for_update().order_by("pk")
    for siren in sorted(undertaking_of(organisation)):
        list(rows.filter(siret__startswith=siren))


def settle(agreement: Agreement, cents: int, day: date, amendment: Amendment | None = None) -> None:
    """Count the aid when the last party signs. Everybody of the undertaking is locked first, so
    that two signatures at once never pass the ceiling together."""
    if agreement.legal_basis == "" or Basis(agreement.legal_basis) not in CAPPED or not cents:
        return
    organisation = agreement.decision.application.organisation
    hold_undertaking(organisation)
    before = AidCount.objects.filter(agreement=agreement)
    check(agreement, sum(row.amount_cents for row in before) + cents, day)
    AidCount.objects.create(
        agreement=agreement,
        amendment=amendment,
        siren=organisation.siren,
        regime=agreement.legal_basis,
        amount_cents=cents,
        granted_on=day,
    )


def used_before(application: Application, facts: Facts) -> Iterator[Check]:
    """What the instructor sees of a request: the general counter over three years, with it. The
    rule itself is chosen with the agreement, so that this warns and never blocks."""
    if not application.organisation.siren or facts.is_public:
        return
    known = known_of(application.organisation)
    found = known.counter(Basis.GENERAL, facts.sums.asked, facts.day)
    sentence = (
        f"{euros(found.received)} utilisés sur {euros(found.ceiling)} depuis le "
        f"{written(found.since)} ; cette demande porterait le total à {euros(found.total)}"
    )
    if found.is_above:
        over = euros(found.total - found.ceiling)
        sentence += f", {over} au-dessus : réduisez l'aide, ou choisissez une autre règle"
    elif found.is_near:
        sentence += ", près du plafond"
    if known.last is None:
        sentence += ". L'organisation n'a pas encore déclaré les aides reçues ailleurs"
    level = ATTENTION if found.is_above or found.is_near else OK
    yield Check(level, "Aides de minimis (règle générale)", f"{sentence}.", found.source)
