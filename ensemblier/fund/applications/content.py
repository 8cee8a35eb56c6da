"""The content of a file read as values: for the rules, for comparing versions, for the receipt."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date
from typing import Any

from ensemblier.base.people.models import OrganisationKind
from ensemblier.engines import budget
from ensemblier.fund.applications import answers
from ensemblier.fund.applications.models import Application, Certainty, HelpMandate, PublicKind
from ensemblier.fund.applications.rules import Facts
from ensemblier.fund.applications.tables import TABLES
from ensemblier.fund.calls.models import Call
from ensemblier.fund.programme.models import ExpenseClass

# The fields of each page that live on the file itself.
FIELDS = {
    "projet": (
        "title", "summary", "goals", "stage", "starts_on", "links", "length", "qualities",
        "quality",
    ),
    "publics": (
        "publics", "people_edge", "people_settled", "people_emergency", "people_farmers",
        "people_count", "situations", "needs", "access_how", "participation", "participation_how",
        "dignity_how",
    ),
    "territoire": ("commune", "departments", "qpv_codes", "territory_note"),
    "partenaires": (),
    "modele": (
        "model_path", "model_value", "model_resources", "model_work", "model_contracts",
        "model_sharing", "model_governance",
    ),
    "envoi": ("accepts_commitments",),
}  # fmt: skip
PEOPLE = {kind: f"people_{kind}" for kind in PublicKind.values}


def read_step(application: Application, step: str) -> dict[str, Any]:
    """What one page holds, as plain values that compare and go into JSON."""
    values: dict[str, Any] = {}
    for name in FIELDS.get(step, ()):
        if name == "departments":
            values[name] = sorted(row.pk for row in application.departments.all())
        elif name == "commune":
            values[name] = application.commune_id
        elif name == "starts_on":
            values[name] = iso(application.starts_on)
        else:
            values[name] = getattr(application, name)
    for table in TABLES.get(step, ()):
        values[table.name] = table.rows(application)
    if step == "questions":
        values["answers"] = answers.read(application)
    return values


def iso(day: date | str | None) -> str | None:
    """A day as JSON keeps it."""
    return (day.isoformat() if isinstance(day, date) else day) or None


def budget_lines(application: Application) -> list[budget.Line]:
    """The lines that count: a resource that was refused pays nothing."""
    return [
        budget.Line(line.side, line.code, line.amount_cents)
        for line in application.lines.all()
        if line.certainty != Certainty.REFUSED
    ]


def asked_amounts(application: Application) -> list[budget.Asked]:
    return [
        budget.Asked(part.expense_class, part.year, part.amount_cents)
        for part in application.asked.all()
    ]


def caps(call: Call) -> budget.Caps:
    """The limits of a call, as the rules of the budget read them."""
    return budget.Caps(
        max_rate_bp=call.max_rate_bp,
        class_caps={row.expense_class: row.cap_bp for row in call.expenses.all()},
        years=tuple(call.years),
        min_cents=call.min_cents,
        max_cents=call.max_cents,
        names=dict(ExpenseClass.choices),
    )


def facts(application: Application) -> Facts:
    """What the rules of completeness look at."""
    return Facts(
        title=application.title,
        summary=application.summary,
        stage=application.stage,
        links=application.links,
        length=application.length,
        quality=application.quality,
        publics=application.publics,
        people_count=application.people_count,
        needs=application.needs,
        participation=application.participation,
        participation_how=application.participation_how,
        commune=application.commune_id or "",
        territory_note=application.territory_note,
        goals=application.goals,
        people={kind: getattr(application, name) for kind, name in PEOPLE.items()},
        means=[(row.code, row.amount_cents) for row in application.means.all()],
        group_members=[row.name for row in application.group_members.all()],
        path=len(application.path.all()),
        partners=len(application.partners.all()),
        effects=len(application.effects.all()),
        model_path=application.model_path,
        lines=budget_lines(application),
        asked=asked_amounts(application),
        attachments=[(paper.kind, paper.about) for paper in application.attachments.all()],
        papers=[
            (paper.kind, paper.label) for paper in application.call.papers.all() if paper.required
        ],
        unanswered=[(question.code, question.label) for question in answers.lacking(application)],
        is_association=application.organisation.kind == OrganisationKind.ASSOCIATION,
        accepts_commitments=application.accepts_commitments,
    )


# What other concepts join to a file: {"step", "title", "rows": name -> French words}, or nothing.
annexes: list[Callable[[Application], dict[str, Any] | None]] = []


def whole_content(application: Application) -> dict[str, Any]:
    """The whole file as it is sent, papers by their digests."""
    steps = {step: read_step(application, step) for step in (*FIELDS, "budget", "demande")}
    steps["questions"] = {"answers": answers.read_shown(application)}
    papers = application.attachments.select_related("file")
    return {
        "number": application.number,
        "call": application.call.slug,
        "organisation": {
            "name": application.organisation.name,
            "siret": application.organisation.siret,
            "rna": application.organisation.rna,
        },
        "steps": steps,
        "commitments": {
            "signed_by": str(application.commitments_signed_by or ""),
            "signed_at": iso(application.commitments_signed_at),
        },
        "papers": [
            {
                "kind": paper.kind,
                "about": paper.about,
                "name": paper.file.original_name,
                "sha256": paper.file.sha256,
            }
            for paper in papers
        ],
        **help_of(application),
        **_annexes_of(application),
    }


def _annexes_of(application: Application) -> dict[str, Any]:
    found = [annex for make in annexes if (annex := make(application)) is not None]
    return {"annexes": found} if found else {}


def confirmable(application: Application) -> dict[str, Any]:
    """What a representative confirms: the whole content, but the box and signature of sending."""
    found = whole_content(application)
    found["steps"] = {name: values for name, values in found["steps"].items() if name != "envoi"}
    return {name: found[name] for name in found if name not in ("commitments", "help")}


def help_of(application: Application) -> dict[str, Any]:
    """Who typed the file for whom, when somebody did."""
    mandate: HelpMandate | None = getattr(application, "help_mandate", None)
    if mandate is None:
        return {}
    return {
        "help": {
            "typed_by": str(mandate.helper),
            "quality": mandate.quality,
            "representative": mandate.representative,
            "given_on": iso(mandate.given_on),
            "confirmed_at": mandate.confirmed_at.isoformat() if mandate.confirmed_at else None,
        }
    }


def digest(content: dict[str, Any]) -> str:
    """SHA-256 of the content in one canonical writing."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
