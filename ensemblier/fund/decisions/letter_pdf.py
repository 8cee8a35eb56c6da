"""Letters as tagged PDFs (PDF/UA-1), made by typst from strings that it never reads as code."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import typst

from ensemblier.base.pages.formats import day, euros, in_paris
from ensemblier.fund.applications.models import Application
from ensemblier.fund.decisions.easy import TITLE, easy_lines
from ensemblier.fund.decisions.letters import Words, fill, words_of
from ensemblier.fund.decisions.models import Decision, LetterTemplate, Notice
from ensemblier.fund.decisions.remedies import remedies_of

SOURCE = Path(__file__).with_name("letter.typ")
Kind = LetterTemplate.Kind
TITLES = {
    Kind.GRANT: "Votre demande d'aide est acceptée",
    Kind.PARTIAL: "Votre demande d'aide est acceptée en partie",
    Kind.REFUSAL: "Votre demande d'aide n'est pas retenue",
    Kind.IMPLICIT: "Votre demande d'aide est refusée sans réponse écrite",
    Kind.NOTICE: "Vos observations sont attendues",
}


class Letter(NamedTuple):
    """A letter ready to keep, and the version of the words it was made with."""

    content: bytes
    kind: str
    version: int


def kind_of(decision: Decision) -> str:
    if decision.is_implicit:
        return Kind.IMPLICIT
    if decision.outcome == Decision.Outcome.REFUSED:
        return Kind.REFUSAL
    asked = sum(row.amount_cents for row in decision.application.asked.all())
    return Kind.GRANT if granted_cents(decision) >= asked else Kind.PARTIAL


def granted_cents(decision: Decision) -> int:
    return sum(award.amount_cents for award in decision.awards.all())


def decision_letter(decision: Decision, *, sent_at: datetime) -> Letter:
    """The letter that tells a decision, as it will be kept."""
    words = words_of(kind_of(decision))
    return Letter(
        _compile(decision_facts(decision, words, sent_at), sent_at), words.kind, words.version
    )


def decision_facts(decision: Decision, words: Words, sent_at: datetime) -> dict[str, Any]:
    """All that the letter says, as plain strings."""
    application = decision.application
    sent_on = in_paris(sent_at).date()
    born = in_paris(decision.decided_at).date()
    implicit = decision.is_implicit
    remedies = remedies_of(application, born if implicit else sent_on, implicit=implicit)
    awards = list(decision.awards.select_related("envelope"))
    return _common(application, words, sent_at) | {
        "reference": f"Décision {decision.number}",
        "paragraphs": fill(words.body, blanks(application, decision)),
        "awards": [
            {
                "label": award.get_expense_class_display().capitalize(),
                "year": str(award.envelope.year),
                "amount": euros(award.amount_cents),
            }
            for award in awards
        ],
        "total": euros(sum(award.amount_cents for award in awards)),
        "sections": sections(decision)
        + [_section("Délais et voies de recours", [], remedies.lines)]
        + [_section(TITLE, easy_lines(words.kind, blanks(application, decision)))],
        "signature": "" if implicit else f"{decision.signatory}, signataire",
        "sources": remedies.sources,
    }


def notice_letter(notice: Notice) -> Letter:
    """The letter that asks for observations before a measure is taken."""
    words = words_of(Kind.NOTICE)
    application = notice.application
    filled = blanks(application) | {"date_limite": day(notice.due_on)}
    facts = _common(application, words, notice.sent_at) | {
        "reference": f"Dossier {application.number}",
        "paragraphs": fill(words.body, filled),
        "awards": [],
        "total": "",
        "sections": [
            _section(notice.title, paragraphs_of(notice.grounds)),
            _section(TITLE, easy_lines(Kind.NOTICE, filled)),
        ],
        "signature": f"{notice.sent_by}",
        "sources": "Code des relations entre le public et l'administration, art. L. 121-1, "
        "L. 122-1 et L. 122-2.",
    }
    return Letter(_compile(facts, notice.sent_at), words.kind, words.version)


def blanks(application: Application, decision: Decision | None = None) -> dict[str, str]:
    """What the named blanks of a template stand for in this file."""
    asked = sum(row.amount_cents for row in application.asked.all())
    values = {
        "organisation": application.organisation.name,
        "projet": application.title,
        "dossier": application.number,
        "appel": application.call.title,
        "service": application.call.owner.name,
        "date_depot": day(application.filed_at),
        "demande": euros(asked),
    }
    if decision is not None:
        values |= {
            "signataire": str(decision.signatory or ""),
            "montant": euros(granted_cents(decision)),
            "date_limite": day(decision.decided_at),
        }
    return values


def sections(decision: Decision) -> list[dict[str, Any]]:
    found = [_section("Motifs", paragraphs_of(decision.reasons))]
    if decision.conditions:
        found.append(_section("Conditions", paragraphs_of(decision.conditions)))
    if decision.ways:
        found.append(
            _section("D'autres voies", ["Ces dispositifs peuvent convenir :"], decision.ways)
        )
    return found


def paragraphs_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _section(title: str, paragraphs: list[str], items: list[str] | None = None) -> dict[str, Any]:
    return {"title": title, "paragraphs": paragraphs, "items": items or []}


def _common(application: Application, words: Words, sent_at: datetime) -> dict[str, Any]:
    organisation = application.organisation
    return {
        "title": TITLES[Kind(words.kind)],
        "service": application.call.owner.name,
        "organisation": organisation.name,
        "address": organisation.address,
        "date": f"Le {day(sent_at)}",
    }


def _compile(facts: dict[str, Any], made_at: datetime) -> bytes:
    return typst.compile(
        str(SOURCE),
        format="pdf",
        sys_inputs={"data": json.dumps(facts, ensure_ascii=False)},
        pdf_standards="ua-1",
        timestamp=int(made_at.astimezone(UTC).timestamp()),
    )
