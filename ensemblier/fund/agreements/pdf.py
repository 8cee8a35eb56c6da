"""Agreements and amendments as tagged PDFs, made by typst from strings it never reads as code."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import typst

from ensemblier.base.pages.formats import day, euros, in_paris
from ensemblier.engines.in_words import euros_in_words
from ensemblier.engines.law.dated import in_force
from ensemblier.engines.law.state_aid import Basis
from ensemblier.engines.law.subsidies import PAYMENT_DAYS
from ensemblier.fund.agreements import qr
from ensemblier.fund.agreements.articles import articles_of, fill
from ensemblier.fund.agreements.models import Agreement, Amendment, Instalment, Party
from ensemblier.fund.agreements.parties import parties_of
from ensemblier.fund.agreements.shares import agreed_cents, change_of, shares

SOURCE = Path(__file__).with_name("agreement.typ")
NOTHING_KEPT = (
    "Ce qui n'est pas dépensé à la fin de la convention est rendu à l'État, "
    "sauf accord écrit sur son emploi."
)
Table = dict[str, Any]


def agreement_pdf(agreement: Agreement, *, made_at: datetime) -> bytes:
    """The text of the agreement, tagged (PDF/UA-1), byte-identical for the same rows and time."""
    facts = _common(agreement, None) | {
        "title": f"Convention {agreement.number}",
        "code": agreement.code,
        "qr": qr.svg_of(agreement.code),
        "lead": [
            "Vu la loi n° 2000-321 du 12 avril 2000, articles 9-1, 10 et 10-1 ; vu le décret "
            f"n° 2001-495 du 6 juin 2001 ; vu {_decision_of(agreement)}."
        ],
        "articles": _articles(agreement),
    }
    return _compile(facts, made_at)


def amendment_pdf(amendment: Amendment, *, made_at: datetime) -> bytes:
    """The text of an amendment: what it changes, why, and the fingerprint of what it amends."""
    agreement = amendment.agreement
    facts = _common(agreement, amendment) | {
        "title": f"Avenant {amendment.number} à la convention {agreement.number}",
        "code": amendment.code,
        "qr": qr.svg_of(amendment.code),
        "lead": [
            f"Vu la convention {agreement.number} ; vu {_decision_of(agreement)}.",
            f"Empreinte (SHA-256) du texte modifié : {amendment.previous_sha256}.",
        ],
        "articles": _changes(amendment),
    }
    return _compile(facts, made_at)


def _decision_of(agreement: Agreement) -> str:
    decision = agreement.decision
    call = decision.application.call.title
    return f"l'appel « {call} » ; vu la décision {decision.number} du {day(decision.decided_at)}"


def _compile(facts: dict[str, Any], made_at: datetime) -> bytes:
    return typst.compile(
        str(SOURCE),
        format="pdf",
        sys_inputs={"data": json.dumps(facts, ensure_ascii=False)},
        pdf_standards="ua-1",
        timestamp=int(made_at.astimezone(UTC).timestamp()),
    )


def _common(agreement: Agreement, amendment: Amendment | None) -> dict[str, Any]:
    rows = parties_of(agreement, amendment)
    annexes = agreement.annexes.filter(amendment=amendment).select_related("file")
    return {
        "number": agreement.number,
        "parties": [_party(row) for row in rows],
        "annexes": [
            {"title": row.title, "name": row.file.original_name, "sha": row.file.sha256[:16]}
            for row in annexes
        ],
    }


def _party(row: Party) -> dict[str, str]:
    signer = ", ".join(part for part in (row.signer_name, row.signer_title) if part)
    return {
        "name": row.organisation.name,
        "siret": row.organisation.siret_spaced,
        "role": row.get_role_display(),
        "signer": signer,
        "basis": row.legal_basis,
    }


def blanks(agreement: Agreement) -> dict[str, str]:
    """What the blanks of articles stand for in this agreement."""
    decision, application = agreement.decision, agreement.decision.application
    payment = in_force(PAYMENT_DAYS, in_paris(decision.decided_at).date())
    cents = agreed_cents(agreement)
    others = [
        str(row)
        for row in parties_of(agreement)
        if row.role in (Party.Role.CO_FUNDER, Party.Role.PARTNER)
    ]
    basis = Basis(agreement.legal_basis) if agreement.legal_basis else None
    return {
        "organisation": application.organisation.name,
        "financeur": application.call.owner.name,
        "parties": ", ".join(others) or "aucune autre partie",
        "projet": application.title,
        "resume": application.summary,
        "appel": application.call.title,
        "decision": f"{decision.number} du {day(decision.decided_at)}",
        "debut": day(agreement.starts_on),
        "fin": day(agreement.ends_on),
        "montant": euros(cents),
        "montant_lettres": euros_in_words(cents),
        "part_gardee": agreement.surplus_clause or NOTHING_KEPT,
        "delai": str(payment.value),
        "source_delai": payment.source,
        "regle_aide": f"{basis.label} ({basis.source})" if basis else "à préciser",
    }


def _articles(agreement: Agreement) -> list[dict[str, Any]]:
    facts = blanks(agreement)
    tables = {
        "amount": [_amounts(agreement), _co_funders(agreement)],
        "payment": [_schedule(list(agreement.instalments.all())), _their_schedule(agreement)],
        "evaluation": [_indicators(agreement)],
    }
    return [
        {
            "title": words.title,
            "paragraphs": fill(words.body, facts),
            "tables": [table for table in tables.get(words.code, ()) if table["rows"]],
        }
        for words in articles_of(agreement)
    ]


def _table(head: list[str], rows: list[list[str]]) -> Table:
    return {"head": head, "rows": rows}


def _amounts(agreement: Agreement, amendment: Amendment | None = None) -> Table:
    rows = [
        [share.label.capitalize(), str(share.envelope.year), euros(share.cents)]
        for share in shares(agreement, amendment)
    ]
    return _table(["Dépense", "Année", "Montant"], rows)


def _co_funders(agreement: Agreement) -> Table:
    rows = [
        [row.organisation.name, euros(row.amount_cents)]
        for row in parties_of(agreement)
        if row.amount_cents
    ]
    return _table(["Cofinanceur", "Montant apporté"], rows)


def _schedule(rows: list[Instalment]) -> Table:
    head = ["N°", "Quand", "Prévu le", "Montant"]
    return _table(head, [_instalment(row) for row in rows])


def _instalment(row: Instalment) -> list[str]:
    planned: date = row.due_on
    what = f"{row.label}, {row.get_release_display()}"
    if row.paper_label:
        what += f" ({row.paper_label})"
    if row.indicator_id and row.indicator:
        what += f" ({row.indicator.label} : {row.indicator.target} {row.indicator.unit})"
    return [str(row.position), what, day(planned), euros(row.amount_cents)]


def _their_schedule(agreement: Agreement) -> Table:
    rows = [
        [party.organisation.name, row.label, day(row.due_on), euros(row.amount_cents)]
        for party in parties_of(agreement)
        for row in party.payments.all()
    ]
    return _table(["Cofinanceur", "Versement", "Prévu le", "Montant"], rows)


def _indicators(agreement: Agreement) -> Table:
    rows = [
        [
            row.label,
            f"{number(row.baseline)} {row.unit}",
            f"{number(row.target)} {row.unit}",
            f"{row.measured_by} ({row.source})",
        ]
        for row in agreement.indicators.filter(left_by__isnull=True)
    ]
    return _table(["Indicateur", "Départ", "Cible", "Qui mesure, à partir de quoi"], rows)


def number(value: Any) -> str:
    """A decimal as French readers write it, without useless zeros."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace(".", ",")


def _changes(amendment: Amendment) -> list[dict[str, Any]]:
    from ensemblier.fund.agreements.showing import changes_of

    found = [{"title": "Pourquoi cet avenant", "paragraphs": [amendment.reasons], "tables": []}]
    for change in changes_of(amendment):
        tables = [_table(change.head, change.rows)] if change.rows else []
        found.append({"title": change.title, "paragraphs": change.lines, "tables": tables})
    total = agreed_cents(amendment.agreement, amendment)
    if change_of(amendment):
        words = f"L'aide est désormais de {euros(total)} ({euros_in_words(total)})."
        found.append(
            {
                "title": "Montant après l'avenant",
                "paragraphs": [words],
                "tables": [_amounts(amendment.agreement, amendment)],
            }
        )
    found.append(
        {
            "title": "Le reste ne change pas",
            "paragraphs": ["Les autres articles de la convention restent en vigueur."],
            "tables": [],
        }
    )
    return found
