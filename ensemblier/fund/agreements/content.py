"""What a draft says besides its articles: its indicators and its annexes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from ensemblier.base.files.actions import delete, store
from ensemblier.base.files.content import CheckedFile
from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.fund.agreements import access
from ensemblier.fund.agreements.models import Agreement, Amendment, Annex, Indicator
from ensemblier.fund.agreements.reading import kept
from ensemblier.fund.review.actions import actor_on, require


class BadContent(Refusal):
    """This cannot be added to the agreement."""


class NotYours(Refusal):
    """This person does not write this agreement."""


def _draft(agreement: Agreement, actor: Any, now: datetime) -> Agreement:
    fresh = Agreement.objects.select_for_update().get(pk=agreement.pk)
    require(access.may_work_on(actor_on(actor, in_paris(now).date()), fresh), NotYours)
    if fresh.state != Agreement.State.DRAFT:
        raise BadContent("La convention est envoyée : elle ne change que par un avenant.")
    return fresh


@transaction.atomic
def add_indicator(
    *,
    agreement: Agreement,
    label: str,
    unit: str,
    baseline: Decimal,
    target: Decimal,
    source: str,
    measured_by: str,
    actor: Any,
    now: datetime,
    target_on: date | None = None,
) -> Indicator:
    """One more thing to measure."""
    fresh = _draft(agreement, actor, now)
    if baseline == target:
        raise BadContent("La cible d'un indicateur diffère de son départ.", field="target")
    row = Indicator.objects.create(
        agreement=fresh,
        position=fresh.indicators.count() + 1,
        label=label.strip(),
        unit=unit.strip(),
        baseline=baseline,
        target=target,
        target_on=target_on,
        source=source.strip(),
        measured_by=measured_by.strip(),
    )
    data = {"indicator": row.pk, "baseline": str(baseline), "target": str(target)}
    record(actor=actor, action="agreement.indicator", subject=f"agreement:{fresh.pk}", data=data)
    return row


@transaction.atomic
def add_annex(
    *, agreement: Agreement, title: str, checked: CheckedFile, actor: Any, now: datetime
) -> Annex:
    """One more file that belongs to the agreement."""
    return put_annex(_draft(agreement, actor, now), title, checked, actor=actor, now=now)


def put_annex(
    agreement: Agreement,
    title: str,
    checked: CheckedFile,
    *,
    actor: Any,
    now: datetime,
    amendment: Amendment | None = None,
) -> Annex:
    """Keep the file; with `amendment`, it counts once the amendment is signed."""
    stored = store(
        checked=checked,
        purpose="agreement_paper",
        about=f"agreement:{agreement.pk}",
        organisation_id=agreement.decision.application.organisation_id,
        actor=actor,
    )
    last = agreement.annexes.order_by("-position").first()
    row = Annex.objects.create(
        agreement=agreement,
        amendment=amendment,
        position=last.position + 1 if last else 1,
        title=title.strip() or stored.original_name,
        file=stored,
        added_by=actor,
        added_at=now,
    )
    data = {"annex": row.pk, "sha256": stored.sha256}
    record(actor=actor, action="agreement.annex", subject=f"agreement:{agreement.pk}", data=data)
    return row


def take_off_annexes(amendment: Amendment, keys: Sequence[int], *, actor: Any) -> None:
    """Annexes that an amendment in preparation had, and that it no longer adds."""
    for row in amendment.annexes.filter(pk__in=keys).select_related("file"):
        stored = row.file
        row.delete()
        delete(stored=stored, actor=actor, reason=f"retirée de l'{amendment}")


def annexes_of(agreement: Agreement) -> list[Annex]:
    """Those of the agreement, and those of its signed amendments."""
    rows = kept(agreement, "annexes", lambda: agreement.annexes.select_related("file", "amendment"))
    signed = Amendment.State.SIGNED
    return [row for row in rows if row.amendment_id is None or row.amendment.state == signed]
