"""Close a period, and send a report: its figures are frozen, and each euro is told once."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from ensemblier.base.chains.models import Chain
from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import day as french_day
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.models import Organisation
from ensemblier.base.refusal import Refusal
from ensemblier.chain.cofinancing.models import Share
from ensemblier.reports import figures
from ensemblier.reports.models import ClosedPeriod, ReportedShare, ReportKind, SentReport
from ensemblier.reports.telling import tell


class PeriodRefused(Refusal):
    """The period cannot be closed: it is closed already, or not over."""


class NothingToReport(Refusal):
    """No share of this funder is left to tell for these days."""


class PeriodOpen(Refusal):
    """A report is sent once its period is closed, so that its figures cannot move."""


class KeyReused(Refusal):
    """This key was used for something else."""

    status = 409


@transaction.atomic
def close_period(*, chain: Chain, last_day: date, actor: Any, now: datetime) -> ClosedPeriod:
    """Close the days up to `last_day`: what is written later about them goes to the open period."""
    Chain.objects.select_for_update().get(pk=chain.pk)
    known = closed_until(chain)
    if known is not None and last_day <= known:
        raise PeriodRefused(f"Les jours jusqu'au {french_day(known)} sont déjà clos.")
    if last_day >= in_paris(now).date():
        raise PeriodRefused("Une période se clôt une fois finie : choisissez un jour passé.")
    closed = ClosedPeriod.objects.create(
        chain=chain, last_day=last_day, closed_at=now, closed_by_id=getattr(actor, "pk", None)
    )
    record(actor=actor, action="report.close", subject=f"chain:{chain.pk}")
    return closed


def closed_until(chain: Chain) -> date | None:
    """The last day that is closed."""
    found: date | None = chain.closed_periods.aggregate(day=Max("last_day"))["day"]
    return found


@transaction.atomic
def send_funder_report(
    *,
    key: UUID,
    chain: Chain,
    recipient: Organisation,
    first_day: date,
    last_day: date,
    now: datetime,
    actor: Any,
) -> SentReport:
    """Tell a funder every share it pays up to `last_day` that no report told yet.

    Shares of days before `first_day` are late facts, listed apart. The same period sent again is a
    new version that tells only what came since.
    """
    if known := _known(key, chain, ReportKind.FUNDER, recipient, first_day, last_day):
        return known
    Chain.objects.select_for_update().get(pk=chain.pk)
    check_closed(chain, first_day, last_day)
    shares = list(
        Share.objects.filter(
            line__chain=chain,
            line__day__lte=last_day,
            payer__organisation=recipient,
            reported__isnull=True,
        )
        .select_related("line__product", "line__site", "payer", "version__scheme")
        .order_by("line__day", "line", "rank")
    )
    if not shares:
        raise NothingToReport(
            f"Rien de nouveau à rapporter à {recipient.name} jusqu'au {french_day(last_day)}."
        )
    report = _freeze(
        key,
        chain,
        ReportKind.FUNDER,
        recipient,
        (first_day, last_day),
        _told(shares, first_day),
        now,
        actor,
    )
    ReportedShare.objects.bulk_create(ReportedShare(share=share, report=report) for share in shares)
    return report


@transaction.atomic
def send_figures(
    *,
    key: UUID,
    chain: Chain,
    kind: str,
    recipient: Organisation,
    first_day: date,
    last_day: date,
    now: datetime,
    actor: Any,
) -> SentReport:
    """Freeze activity or quality figures of closed days for one recipient."""
    if known := _known(key, chain, kind, recipient, first_day, last_day):
        return known
    if kind not in figures.OF_KIND:
        raise NothingToReport("Ce compte rendu n'a pas de chiffres à figer.")
    Chain.objects.select_for_update().get(pk=chain.pk)
    check_closed(chain, first_day, last_day)
    content = figures.OF_KIND[kind](chain, first_day, last_day)
    return _freeze(key, chain, kind, recipient, (first_day, last_day), content, now, actor)


@transaction.atomic
def send_sufficiency(
    *,
    key: UUID,
    chain: Chain,
    recipient: Organisation,
    first_day: date,
    last_day: date,
    before: Mapping[str, int],
    after: Mapping[str, int],
    now: datetime,
    actor: Any,
) -> SentReport:
    """Freeze what people declared before and after, counted on paper: no answer of one person."""
    kind = ReportKind.SUFFICIENCY
    content = figures.sufficiency(before, after)
    if known := _known(key, chain, kind, recipient, first_day, last_day):
        if known.content != content:
            raise KeyReused("Cette demande a déjà servi pour d'autres réponses.")
        return known
    if not any((*before.values(), *after.values())):
        raise NothingToReport("Notez au moins une réponse, avant ou après.")
    Chain.objects.select_for_update().get(pk=chain.pk)
    check_closed(chain, first_day, last_day)
    return _freeze(key, chain, kind, recipient, (first_day, last_day), content, now, actor)


def _told(shares: list[Share], first_day: date) -> dict[str, Any]:
    """The frozen content: totals by scheme, and each row with where it comes from."""
    totals: dict[str, int] = defaultdict(int)
    rows: dict[str, list[dict[str, Any]]] = {"period": [], "late": []}
    for share in shares:
        line = share.line
        totals[share.version.scheme.name] += share.cents
        rows["period" if line.day >= first_day else "late"].append(
            {
                "line": str(line.key),
                "day": line.day.isoformat(),
                "place": line.site.name,
                "product": line.product.name,
                "milli": line.milli,
                "price_cents": line.price_cents,
                "share_cents": share.cents,
                "step": share.step,
                "reason": share.reason,
            }
        )
    return {
        "total_cents": sum(totals.values()),
        "late_cents": sum(row["share_cents"] for row in rows["late"]),
        "by_scheme": dict(sorted(totals.items())),
        "rows": rows["period"],
        "late_rows": rows["late"],
    }


def check_closed(chain: Chain, first_day: date, last_day: date) -> None:
    """Refuse days that are still open: their figures may move."""
    if last_day < first_day:
        raise PeriodRefused("La fin de la période précède son début.")
    known = closed_until(chain)
    if known is None or last_day > known:
        raise PeriodOpen(
            f"Clôturez d'abord la période jusqu'au {french_day(last_day)} : ses chiffres ne "
            "bougeront plus."
        )


def _known(
    key: UUID, chain: Chain, kind: str, recipient: Organisation, first_day: date, last_day: date
) -> SentReport | None:
    known = SentReport.objects.filter(key=key).first()
    asked = (chain.pk, kind, recipient.pk, first_day, last_day)
    if known is not None and asked != (
        known.chain_id,
        known.kind,
        known.recipient_id,
        known.first_day,
        known.last_day,
    ):
        raise KeyReused("Cette demande a déjà servi pour un autre compte rendu.")
    return known


def _freeze(
    key: UUID,
    chain: Chain,
    kind: str,
    recipient: Organisation,
    days: tuple[date, date],
    content: dict[str, Any],
    now: datetime,
    actor: Any,
) -> SentReport:
    same = SentReport.objects.filter(
        chain=chain, kind=kind, recipient=recipient, first_day=days[0], last_day=days[1]
    )
    last = same.aggregate(version=Max("version"))["version"] or 0
    report = SentReport.objects.create(
        chain=chain,
        kind=kind,
        recipient=recipient,
        first_day=days[0],
        last_day=days[1],
        version=last + 1,
        content=content,
        digest=digest(content),
        sent_at=now,
        sent_by_id=getattr(actor, "pk", None),
        key=key,
    )
    record(actor=actor, action="report.send", subject=f"report:{report.pk}")
    tell(report)
    return report


def digest(content: dict[str, Any]) -> str:
    """SHA-256 of the content as canonical JSON: the same figures give the same digest."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
