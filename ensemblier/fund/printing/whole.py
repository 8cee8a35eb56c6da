"""The whole file in print: every page of the form in words, the budget on the Cerfa, the papers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ensemblier.base.pages.formats import day, euros, moment
from ensemblier.base.territory.models import Commune, Department
from ensemblier.fund.applications import topup
from ensemblier.fund.applications.answers import given
from ensemblier.fund.applications.commitments import COMMITMENTS
from ensemblier.fund.applications.content import FIELDS, digest, whole_content
from ensemblier.fund.applications.models import Application, Attachment, Effect
from ensemblier.fund.applications.rules import NAMES
from ensemblier.fund.applications.tables import TABLES, Table
from ensemblier.fund.applications.wording import WORDS, in_words, label_of
from ensemblier.fund.printing import blocks, filling
from ensemblier.fund.printing.pdf import amounts_part, compiled

IN_WORDS = ("projet", "publics", "territoire", "partenaires", "modele", "budget", "demande")
LINES = ("code", "label", "payer", "certainty", "effect", "amount_cents")


def whole_file_pdf(application: Application, *, now: datetime) -> bytes:
    """All steps, answers, budget, top-up, and the list of papers with their SHA-256."""
    return compiled(whole_facts(application, now=now), now)


def whole_facts(application: Application, *, now: datetime) -> dict[str, Any]:
    """What the PDF shows, as plain strings."""
    content = whole_content(application)
    home = application.organisation
    parts: list[dict[str, Any]] = [_who(application, content)]
    for step in IN_WORDS:
        parts += _step(application, step, content["steps"].get(step, {}))
    parts += [_answers(application), _commitments(application), *_papers(content)]
    return {
        "title": f"Dossier {application.number} : {application.title}",
        "author": home.name,
        "header": f"Dossier {application.number} · {home.name}",
        "footer": f"Imprimé le {moment(now)}. Empreinte du contenu (SHA-256) : {digest(content)}",
        "lead": _typed_by(content, home.name),
        "parts": [part for part in parts if part],
    }


def _who(application: Application, content: Mapping[str, Any]) -> dict[str, Any]:
    home = application.organisation
    rows = [
        ("Organisation", home.name),
        ("SIRET ou RNA", home.siret_spaced or home.rna or "—"),
        ("Appel", application.call.title),
        ("État", application.get_state_display()),
        ("Déposé", moment(application.filed_at) if application.filed_at else "Pas encore déposé"),
    ]
    return {"kind": "facts", "title": "Le dossier", "rows": rows}


def _typed_by(content: Mapping[str, Any], home: str) -> list[str]:
    found = content.get("help")
    if not found:
        return []
    return [f"Saisi par {found['typed_by']} pour {home}, mandat de {found['representative']}."]


def _step(application: Application, step: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The heading of a page, its fields in words, then its tables."""
    rows = [
        (label_of(step, name), _words(name, values[name]))
        for name in FIELDS.get(step, ())
        if values.get(name) not in (None, "", [], False)
    ]
    parts: list[dict[str, Any]] = [{"kind": "facts", "title": NAMES[step], "rows": rows}]
    if step == "budget":
        parts += _budget(application)
    for table in TABLES.get(step, ()):
        if values.get(table.name):
            parts.append(_table(table, values[table.name]))
    return parts


def _words(name: str, value: Any) -> str:
    if name == "commune":
        return str(Commune.objects.filter(pk=value).first() or value)
    if name == "departments":
        return ", ".join(map(str, Department.objects.filter(pk__in=value)))
    if name == "starts_on":
        year, month, rest = str(value).split("-")
        return f"{rest}/{month}/{year}"
    return in_words(name, value)


def _table(table: Table, rows: list[Mapping[str, Any]]) -> dict[str, Any]:
    names = LINES if table.name == "lines" else table.columns
    names = tuple(name for name in names if name in table.columns and _is_used(name, rows))
    labels = [sentence(str(table.model._meta.get_field(name).verbose_name)) for name in names]
    return {
        "kind": "table",
        "title": table.label,
        "columns": labels,
        "right": [place for place, name in enumerate(names) if name == "amount_cents"],
        "rows": [[_cell(row, name) for name in names] for row in rows],
    }


def _is_used(name: str, rows: list[Mapping[str, Any]]) -> bool:
    return name == "amount_cents" or any(row.get(name) for row in rows)


def _cell(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if name == "amount_cents":
        return euros(value)
    if isinstance(value, bool):
        return "oui" if value else ""
    if name in WORDS and value:
        return str(WORDS[name](value).label)
    return "" if value is None else str(value)


def _budget(application: Application) -> list[dict[str, Any]]:
    """The Cerfa, then what is missing once the other resources are placed."""
    filled = filling.fill(blocks.house_forms()["cerfa-12156"], application)
    parts = [
        amounts_part(f"{block.title} (Cerfa 12156, sans les centimes)", value, filled.form.unit)
        for block, value in filled.parts
        if block.kind == "table"
    ]
    found, names = topup.of(application), dict(Effect.choices)
    rows = [("Ce qui manque une fois le reste placé", found.sentence())]
    for row in found.by_effect:
        label = sentence(str(names.get(row.effect, "sans effet utile nommé")))
        rows.append((label, f"{euros(row.share.placed)}, {', '.join(row.payers) or '—'}"))
    return [*parts, {"kind": "facts", "title": "L'appoint demandé", "rows": rows}]


def _answers(application: Application) -> dict[str, Any]:
    rows = [(row.label, row.text) for row in given(application)]
    return {"kind": "facts", "title": NAMES["questions"], "rows": rows} if rows else {}


def _commitments(application: Application) -> dict[str, Any]:
    signed = application.commitments_signed_at
    said = (
        f"Souscrit par {application.commitments_signed_by} le {day(signed)}."
        if signed
        else "Pas encore souscrit : il l'est au dépôt."
    )
    titles = "\n".join(f"{n}. {row.title}" for n, row in enumerate(COMMITMENTS, start=1))
    rows = [("Contrat d'engagement républicain", f"{said}\n{titles}")]
    return {"kind": "facts", "title": "Les engagements", "rows": rows}


def _papers(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    labels = dict(Attachment.Kind.choices)
    rows = [
        (
            f"{sentence(str(labels.get(paper['kind'], paper['kind'])))}"
            f"{' : ' + paper['about'] if paper['about'] else ''}",
            f"{paper['name']}\nSHA-256 {paper['sha256']}",
        )
        for paper in content["papers"]
    ]
    none = [("Aucune pièce", "—")]
    return [{"kind": "facts", "title": NAMES["pieces"], "rows": rows or none}]


def sentence(words: str) -> str:
    """A capital first, and the others as they are: RIB stays RIB."""
    return words[:1].upper() + words[1:]
