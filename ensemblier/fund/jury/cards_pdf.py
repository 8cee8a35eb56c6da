"""The paper vote as a tagged PDF: envelope slips in two halves, then one set of cards to cut."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import segno
import typst

from ensemblier.base.pages.formats import day, euros
from ensemblier.fund.calls.models import College
from ensemblier.fund.jury import pictures, rules, voting
from ensemblier.fund.jury.models import Poll, Sitting
from ensemblier.fund.jury.showing import Card
from ensemblier.fund.jury.words import FRENCH

SOURCE = Path(__file__).with_name("cards.typ")
INK, SOFT = "#1d2a25", "#e3eee8"


def qr(text: str) -> str:
    """Level M, in capitals and digits only: large modules, read on a cheap phone."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", border=2, xmldecl=False)
    return out.getvalue().decode()


def plain_svg(drawing: str) -> str:
    """A pictogram outside of the pages, where no style sheet reaches it."""
    dressed = drawing.replace('class="soft"', f'fill="{SOFT}"')
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" fill="none" '
        f'stroke="{INK}" stroke-width="2.5" stroke-linejoin="round" stroke-linecap="round">'
        f"{dressed}</svg>"
    )


def facts_of(
    sitting: Sitting, poll: Poll, slips: Sequence[tuple[College, str]], cards: Sequence[Card]
) -> dict[str, Any]:
    """All that the sheets say. `slips` are the only place where receipt codes are readable."""
    return {
        "title": f"Cartes de vote, séance du {day(sitting.held_on)}",
        "slips": [
            {
                "college": str(college).capitalize(),
                "code": rules.spaced(code),
                "qr": qr(f"T.{code}"),
            }
            for college, code in slips
        ],
        "cards": [_sheet(card, voting.poll_code(poll)) for card in cards],
        "question": FRENCH["support_question"],
    }


def cards_pdf(facts: dict[str, Any], made_at: datetime) -> bytes:
    """Strings go in as data: typst never reads them as code."""
    return typst.compile(
        str(SOURCE),
        format="pdf",
        sys_inputs={"data": json.dumps(facts, ensure_ascii=False)},
        pdf_standards="ua-1",
        timestamp=int(made_at.astimezone(UTC).timestamp()),
    )


def _sheet(card: Card, code: str) -> dict[str, Any]:
    known = {row.fr: row.drawing for row in pictures.PICTURES.values()}
    start = f"{code}.{card.item.number}"
    tickets = [
        {"words": FRENCH["no"], "icon": plain_svg(pictures.NO), "qr": qr(f"{start}.N")},
        {"words": FRENCH["unsure"], "icon": plain_svg(pictures.UNSURE), "qr": qr(f"{start}.I")},
    ] + [
        {
            "words": f"{FRENCH['yes']}, {FRENCH[f'points_{n}']}",
            "icon": plain_svg(pictures.YES),
            "dots": n,
            "qr": qr(f"{start}.{n}"),
        }
        for n in range(1, rules.MOST_POINTS + 1)
    ]
    return {
        "number": str(card.item.number),
        "title": card.title,
        "asks": f"{FRENCH['asks']} {euros(card.asked_cents)}",
        "pictures": [
            {"svg": plain_svg(known[row.words]), "words": row.words} for row in card.pictures
        ],
        "sentences": list(card.sentences),
        "tickets": [{"dots": 0, **ticket} for ticket in tickets],
    }
