"""The content of a file read as values: for the rules, for comparing versions, for the receipt."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from ensemblier.base.people.models import OrganisationKind
from ensemblier.engines import budget
from ensemblier.fund.applications.models import Application
from ensemblier.fund.applications.rules import Facts
from ensemblier.fund.calls.models import Call
from ensemblier.fund.programme.models import ExpenseClass

# The fields of each page that live on the file itself.
FIELDS = {
    "projet": ("title", "summary", "stage", "links", "length", "quality"),
    "publics": ("publics", "people_count", "needs", "participation", "participation_how"),
    "territoire": ("commune", "departments", "qpv_codes", "territory_note"),
    "partenaires": (),
    "modele": ("model_path",),
    "envoi": ("accepts_commitments",),
}
PARTNER = ("name", "sector", "role")
EFFECT = ("effect", "explanation", "funder", "certainty")
LINE = ("side", "code", "label", "payer", "amount_cents", "certainty", "is_assumed")
ASKED = ("expense_class", "year", "amount_cents", "is_assumed")


def read_step(application: Application, step: str) -> dict[str, Any]:
    """What one page holds, as plain values that compare and go into JSON."""
    values: dict[str, Any] = {}
    for name in FIELDS.get(step, ()):
        if name == "departments":
            values[name] = sorted(row.pk for row in application.departments.all())
        elif name == "commune":
            values[name] = application.commune_id
        else:
            values[name] = getattr(application, name)
    if step == "partenaires":
        values["partners"] = rows(application.partners.all(), PARTNER)
    elif step == "modele":
        values["effects"] = rows(application.effects.all(), EFFECT)
    elif step == "budget":
        values["lines"] = rows(application.lines.all(), LINE)
    elif step == "demande":
        values["asked"] = rows(application.asked.all(), ASKED)
    return values


def rows(found: Any, names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{name: getattr(row, name) for name in names} for row in found]


def budget_lines(application: Application) -> list[budget.Line]:
    return [
        budget.Line(line.side, line.code, line.amount_cents) for line in application.lines.all()
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
        partners=len(application.partners.all()),
        effects=len(application.effects.all()),
        model_path=application.model_path,
        lines=budget_lines(application),
        asked=asked_amounts(application),
        attachments=[paper.kind for paper in application.attachments.all()],
        is_association=application.organisation.kind == OrganisationKind.ASSOCIATION,
        accepts_commitments=application.accepts_commitments,
    )


def whole_content(application: Application) -> dict[str, Any]:
    """The whole file as it is sent, papers by their digests."""
    steps = {step: read_step(application, step) for step in (*FIELDS, "budget", "demande")}
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
        "papers": [
            {"kind": paper.kind, "name": paper.file.original_name, "sha256": paper.file.sha256}
            for paper in papers
        ],
    }


def digest(content: dict[str, Any]) -> str:
    """SHA-256 of the content in one canonical writing."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
