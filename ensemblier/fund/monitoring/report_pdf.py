"""The Cerfa 15059 as a tagged PDF, made by typst from strings that it never reads as code."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typst

from ensemblier.base.pages.formats import day, euros, moment, whole
from ensemblier.engines.budget import FUND_CODE
from ensemblier.fund.applications.models import Side
from ensemblier.fund.monitoring.models import Report, ReportLine
from ensemblier.fund.monitoring.rules import Variance, whole_euros

SOURCE = Path(__file__).with_name("report.typ")
EMPTY = "Non renseigné."
CONTRIBUTIONS = ("86", "87")
SIDES = ((Side.CHARGE, "Charges"), (Side.RESOURCE, "Produits"))


def report_pdf(report: Report, *, made_at: datetime) -> bytes:
    """Tagged (PDF/UA-1), byte-identical for the same rows and time."""
    return typst.compile(
        str(SOURCE),
        format="pdf",
        sys_inputs={"data": json.dumps(facts(report), ensure_ascii=False)},
        pdf_standards="ua-1",
        timestamp=int(made_at.astimezone(UTC).timestamp()),
    )


def facts(report: Report) -> dict[str, Any]:
    """All that the form says, as plain strings."""
    agreement = report.agreement
    application = agreement.decision.application
    organisation = application.organisation
    lines = list(report.lines.all())
    return {
        "title": f"Compte rendu financier, {report.name}",
        "form": "Cerfa n° 15059*02",
        "number": agreement.number,
        "organisation": organisation.name,
        "identity": " · ".join(
            text
            for text in (
                f"SIRET {organisation.siret_spaced}" if organisation.siret else "",
                f"RNA {organisation.rna}" if organisation.rna else "",
            )
            if text
        ),
        "project": application.title,
        "service": application.call.owner.name,
        "period": f"du {day(agreement.starts_on)} au {day(agreement.ends_on)}",
        "story": _story(report),
        "tables": [table for side, title in SIDES for table in tables(lines, side, title)],
        "share": share_of_grant(lines),
        "annex": [
            _part("Règle de partage des charges indirectes", report.sharing_rule),
            _part("Explication des écarts significatifs", report.variance_note),
            _part("Contributions volontaires", report.in_kind_note),
            _part("Observations", report.remarks),
        ],
        "certification": certification(report),
    }


def _story(report: Report) -> list[dict[str, Any]]:
    people = "" if report.people_count is None else f"{whole(report.people_count)} personnes. "
    dates = ""
    if report.began_on or report.ended_on:
        dates = f"Du {day(report.began_on)} au {day(report.ended_on)}."
    return [
        _part("Mise en œuvre", report.narrative),
        _part("Personnes touchées", f"{people}{report.people_note}"),
        _part("Dates", dates),
        _part("Lieux", report.places),
        _part("Buts atteints", report.results),
    ]


def _part(title: str, text: str) -> dict[str, Any]:
    paragraphs = [line.strip() for line in text.splitlines() if line.strip()]
    return {"title": title, "paragraphs": paragraphs or [EMPTY]}


def tables(lines: list[ReportLine], side: str, title: str) -> list[dict[str, Any]]:
    """Cash, then contributions in kind: each its own total, without cents, and they add up."""
    mine = [line for line in lines if line.side == side]
    in_kind = [line for line in mine if line.code[:2] in CONTRIBUTIONS]
    found = [_table(title, [line for line in mine if line not in in_kind])]
    return [*found, _table(f"{title} : contributions volontaires", in_kind)] if in_kind else found


def _table(title: str, lines: list[ReportLine]) -> dict[str, Any]:
    planned = whole_euros([line.planned_cents for line in lines])
    actual = whole_euros([line.actual_cents or 0 for line in lines])
    rows = [
        [f"{line.code} {line.label}{f' ({line.payer})' if line.payer else ''}", *_figures(p, a)]
        for line, p, a in zip(lines, planned, actual, strict=True)
    ]
    return {"title": title, "rows": rows, "total": ["Total", *_figures(sum(planned), sum(actual))]}


def _figures(planned: int, actual: int) -> list[str]:
    """In whole euros."""
    variance = Variance(planned, actual)
    return [*(euros(100 * amount) for amount in (planned, actual, variance.gap)), variance.percent]


def share_of_grant(lines: list[ReportLine]) -> str:
    """The part of the grant in the cash resources, as the form asks."""
    cash = [x for x in lines if x.side == Side.RESOURCE and x.code[:2] not in CONTRIBUTIONS]
    total = sum(line.actual_cents or 0 for line in cash)
    grant = sum(line.actual_cents or 0 for line in cash if line.code == FUND_CODE)
    part = Variance(total, grant).percent
    return f"La subvention de {euros(grant)} représente {part} du total des produits."


def certification(report: Report) -> list[str]:
    if report.certified_at is None:
        return ["Projet de bilan : il n'est pas certifié."]
    said = [
        f"Je, {report.certified_by}, représentant légal de l'organisation, certifie exactes les "
        f"informations de ce compte rendu. Fait en ligne le {moment(report.certified_at)}."
    ]
    if report.auditor_name:
        said.append(
            f"Commissaire aux comptes : {report.auditor_name}, rapport du {day(report.auditor_on)}."
        )
    return said
