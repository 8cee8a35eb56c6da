"""What the jury said as tagged PDFs: of one project for who asked, of all of them for jurors."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typst

from ensemblier.base.pages.formats import day, euros
from ensemblier.fund.allocation.models import Outcome, Run
from ensemblier.fund.jury.cards_pdf import plain_svg
from ensemblier.fund.jury.pictures import PICTURES
from ensemblier.fund.jury.showing import Card
from ensemblier.fund.jury.words import language_of

SOURCE = Path(__file__).with_name("why.typ")
FOR_JURORS = Path(__file__).with_name("jurors.typ")


def why_pdf(outcome: Outcome) -> bytes:
    """For the organisation."""
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
    return _compiled(SOURCE, facts, run.made_at)


def jurors_pdf(run: Run, rows: Iterable[tuple[Outcome, Card]], code: str) -> bytes:
    """For the jurors: the page of the projects chosen, in their language, to keep on paper."""
    words = language_of(code).words
    facts = {
        "lang": code,
        "dir": language_of(code).direction,
        "title": words["result_title"],
        "call": run.sitting.jury.call.title,
        "day": day(run.sitting.held_on),
        "lead": words["result_lead"],
        "rows": [
            {
                "number": str(outcome.number),
                "title": card.title,
                "lang": card.lang,
                "picture": _picture(card),
                "amount": euros(outcome.funded_cents) if outcome.funded_cents else "",
                "fate": words["chosen" if outcome.funded_cents else "not_chosen"],
                "departures": [
                    f"{words['departed']} {row.reason}" for row in outcome.departures.all()
                ],
            }
            for outcome, card in rows
        ],
    }
    return _compiled(FOR_JURORS, facts, run.made_at)


def _picture(card: Card) -> str:
    """The first pictogram of a card, as a file of its own."""
    known = {word: row.drawing for row in PICTURES.values() for word in (row.fr, row.en)}
    found = [known[each.words] for each in card.pictures[:1] if each.words in known]
    return plain_svg(found[0] if found else "")


def _compiled(source: Path, facts: dict[str, Any], made_at: datetime) -> bytes:
    """Strings go in as data: typst never reads them as code."""
    return typst.compile(
        str(source),
        format="pdf",
        sys_inputs={"data": json.dumps(facts, ensure_ascii=False)},
        pdf_standards="ua-1",
        timestamp=int(made_at.astimezone(UTC).timestamp()),
    )
