"""What the jury said of one project, as a tagged PDF for the organisation."""

from __future__ import annotations

import json
from datetime import UTC
from pathlib import Path

import typst

from ensemblier.base.pages.formats import day, euros
from ensemblier.fund.allocation.models import Outcome

SOURCE = Path(__file__).with_name("why.typ")


def why_pdf(outcome: Outcome) -> bytes:
    """Strings go in as data: typst never reads them as code."""
    application, run = outcome.application, outcome.run
    facts = {
        "title": "Ce que le jury a dit de votre projet",
        "call": application.call.title,
        "project": application.title,
        "organisation": application.organisation.name,
        "number": application.number,
        "day": day(run.sitting.held_on),
        "verdict": "Retenu" if outcome.funded_cents else "Pas retenu",
        "asked": euros(outcome.asked_cents),
        "funded": euros(outcome.funded_cents),
        "sentences": list(outcome.sentences),
        "departures": [
            {"granted": euros(row.granted_cents), "reason": row.reason, "day": day(row.written_at)}
            for row in outcome.departures.all()
        ],
        "digest": run.result_digest,
    }
    return typst.compile(
        str(SOURCE),
        format="pdf",
        sys_inputs={"data": json.dumps(facts, ensure_ascii=False)},
        pdf_standards="ua-1",
        timestamp=int(run.made_at.astimezone(UTC).timestamp()),
    )
