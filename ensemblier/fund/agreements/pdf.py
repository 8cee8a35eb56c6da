"""The agreement as a tagged PDF, made by typst from the rows."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import typst

from ensemblier.base.pages.formats import day, euros, in_paris
from ensemblier.engines.law.dated import in_force
from ensemblier.engines.law.subsidies import PAYMENT_DAYS
from ensemblier.fund.agreements.models import Agreement

SOURCE = Path(__file__).with_name("agreement.typ")
NOTHING_KEPT = (
    "Ce qui n'est pas dépensé à la fin de la convention est rendu à l'État, "
    "sauf accord écrit sur son emploi."
)


def agreement_pdf(agreement: Agreement, *, made_at: datetime) -> bytes:
    """The text of the agreement, tagged (PDF/UA-1), byte-identical for the same rows and time."""
    return typst.compile(
        str(SOURCE),
        format="pdf",
        sys_inputs={"data": json.dumps(_facts(agreement), ensure_ascii=False)},
        pdf_standards="ua-1",
        timestamp=int(made_at.astimezone(UTC).timestamp()),
    )


def _facts(agreement: Agreement) -> dict[str, Any]:
    decision = agreement.decision
    application = decision.application
    awards = list(decision.awards.select_related("envelope"))
    payment = in_force(PAYMENT_DAYS, in_paris(decision.decided_at).date())
    return {
        "title": f"Convention {agreement.number}",
        "number": agreement.number,
        "state_name": application.call.owner.name,
        "organisation": application.organisation.name,
        "siret": application.organisation.siret,
        "call": application.call.title,
        "decision": decision.number,
        "decided_on": day(decision.decided_at),
        "project": application.title,
        "summary": application.summary,
        "starts_on": day(agreement.starts_on),
        "ends_on": day(agreement.ends_on),
        "total": euros(sum(award.amount_cents for award in awards)),
        "awards": [
            {
                "label": award.get_expense_class_display().capitalize(),
                "year": str(award.envelope.year),
                "amount": euros(award.amount_cents),
            }
            for award in awards
        ],
        "instalments": [_instalment(row) for row in agreement.instalments.all()],
        "payment_days": str(payment.value),
        "payment_source": payment.source,
        "surplus": agreement.surplus_clause or NOTHING_KEPT,
    }


def _instalment(row: Any) -> dict[str, str]:
    planned: date = row.due_on
    return {
        "rank": str(row.position),
        "release": f"{row.label}, {row.get_release_display()}",
        "due_on": day(planned),
        "amount": euros(row.amount_cents),
    }
