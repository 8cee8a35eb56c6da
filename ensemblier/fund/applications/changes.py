"""What changed between two contents of a file, in French: fields, amounts, rows, papers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ensemblier.base.pages.formats import euros
from ensemblier.fund.applications.models import Attachment
from ensemblier.fund.applications.rules import NAMES
from ensemblier.fund.applications.tables import ALL
from ensemblier.fund.applications.wording import COLUMNS, WORDS, in_words, label_of

# What makes a row the same row in two contents.
KEYS = {
    "means": ("label",),
    "frames": ("kind", "name"),
    "partners": ("name",),
    "group_members": ("name",),
    "poolings": ("what",),
    "effects": ("effect", "funder"),
    "path": ("nature", "year"),
    "lines": ("side", "code", "label", "payer"),
    "asked": ("expense_class", "year"),
}
CHANGED, ADDED, REMOVED = "modifié", "ajouté", "retiré"
CELLS = {
    "amount_cents": "montant",
    "certainty": "certitude",
    "effect": "effet utile",
    "role": "rôle",
    "sector": "secteur",
    "since": "depuis",
    "siret": "SIRET",
    "explanation": "ce que le projet produit",
    "funder": "financeur",
    "label": "intitulé",
    "payer": "financeur",
    "code": "ligne du budget",
    "name": "nom",
    "with_whom": "avec qui",
    "gain": "gain",
    "is_assumed": "hypothèse",
    "follows": "suivra le projet",
}


class Change(NamedTuple):
    """One difference; `delta` is a sentence when an amount moved."""

    what: str
    kind: str
    before: str
    after: str
    delta: str = ""


class Page(NamedTuple):
    """The differences of one page of the file."""

    step: str
    name: str
    changes: list[Change]


def pages(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Page]:
    """What `after` changed, page by page; nothing where nothing changed."""
    found = []
    for step, name in NAMES.items():
        old = before.get("steps", {}).get(step, {})
        new = after.get("steps", {}).get(step, {})
        if changes := _step(step, old, new):
            found.append(Page(step, name, changes))
    if papers := _papers(before.get("papers", []), after.get("papers", [])):
        found.append(Page("pieces", NAMES["pieces"], papers))
    found += _annexes(before, after)
    return sorted(found, key=lambda page: list(NAMES).index(page.step))


def _annexes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Page]:
    """What other concepts joined to the file, such as the shares of a network's members."""
    old = {annex["title"]: annex for annex in before.get("annexes", [])}
    new = {annex["title"]: annex for annex in after.get("annexes", [])}
    found = []
    for title in dict.fromkeys((*old, *new)):
        was, now = (side.get(title, {}).get("rows", {}) for side in (old, new))
        changes = [
            Change(
                name,
                ADDED if name not in was else REMOVED if name not in now else CHANGED,
                was.get(name, "(rien)"),
                now.get(name, "(rien)"),
            )
            for name in dict.fromkeys((*was, *now))
            if was.get(name) != now.get(name)
        ]
        if changes:
            found.append(Page((new.get(title) or old[title])["step"], title, changes))
    return found


def _step(step: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    changes: list[Change] = []
    for name in dict.fromkeys((*old, *new)):
        if old.get(name) == new.get(name):
            continue
        if name in KEYS:
            changes += _rows(name, old.get(name) or [], new.get(name) or [])
        elif name == "answers":
            changes += _answers(old.get(name) or {}, new.get(name) or {})
        else:
            changes.append(_field(step, name, old.get(name), new.get(name)))
    return changes


def _field(step: str, name: str, old: Any, new: Any) -> Change:
    empty = (None, "", [], {})
    kind = ADDED if old in empty else REMOVED if new in empty else CHANGED
    delta = ""
    if isinstance(old, int) and isinstance(new, int) and not isinstance(new, bool):
        delta = f"{new - old:+d}"
    return Change(label_of(step, name), kind, _words(name, old), _words(name, new), delta)


def _words(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    return in_words(name, value)


def _answers(old: Mapping[str, str], new: Mapping[str, str]) -> list[Change]:
    return [
        Change(
            f"Question « {code} »",
            ADDED if code not in old else REMOVED if code not in new else CHANGED,
            old.get(code, "(rien)"),
            new.get(code, "(rien)"),
        )
        for code in dict.fromkeys((*old, *new))
        if old.get(code) != new.get(code)
    ]


def _rows(table: str, old: Sequence[Any], new: Sequence[Any]) -> list[Change]:
    """Rows by what names them; two rows of the same name are told apart by their rank."""
    before, after = _keyed(table, old), _keyed(table, new)
    title = next(found.label for found in ALL if found.name == table)
    changes = []
    for key in dict.fromkeys((*before, *after)):
        was, now = before.get(key), after.get(key)
        if was == now:
            continue
        what = f"{title} : {_name(table, now or was)}"
        if was is None or now is None:
            kind = ADDED if was is None else REMOVED
            cents = (now or {}).get("amount_cents", 0) - (was or {}).get("amount_cents", 0)
            changes.append(
                Change(what, kind, _cells(table, was), _cells(table, now), _moved(cents))
            )
            continue
        differ = [name for name in now if now[name] != was.get(name)]
        cents = now.get("amount_cents", 0) - was.get("amount_cents", 0)
        changes.append(Change(what, CHANGED, _only(was, differ), _only(now, differ), _moved(cents)))
    return changes


def _keyed(table: str, rows: Sequence[Any]) -> dict[tuple[Any, ...], Any]:
    found: dict[tuple[Any, ...], Any] = {}
    for row in rows:
        key = tuple(row.get(name, "") for name in KEYS[table])
        rank = 0
        while (*key, rank) in found:
            rank += 1
        found[(*key, rank)] = row
    return found


def _name(table: str, row: Mapping[str, Any]) -> str:
    names = [name for name in KEYS[table] if name != "side"]
    return " · ".join(text for name in names if (text := _cell(row, name)))


def _cells(table: str, row: Mapping[str, Any] | None) -> str:
    if row is None:
        return "(rien)"
    names = [name for name in COLUMNS[table] if name not in KEYS[table]]
    return " · ".join(text for name in names if (text := _cell(row, name))) or "oui"


def _only(row: Mapping[str, Any], names: Sequence[str]) -> str:
    return ", ".join(f"{CELLS.get(name, name)} : {_cell(row, name) or '(rien)'}" for name in names)


def _cell(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if name == "amount_cents":
        return euros(value)
    if isinstance(value, bool):
        return "oui" if value else ""
    if name in WORDS and value:
        return str(WORDS[name](value).label)
    return "" if value is None else str(value)


def _moved(cents: int) -> str:
    """+3 000 €, −1 200 €; nothing when no amount moved."""
    if not cents:
        return ""
    return f"+{euros(cents)}" if cents > 0 else f"−{euros(-cents)}"


def _papers(old: Sequence[Any], new: Sequence[Any]) -> list[Change]:
    labels = dict(Attachment.Kind.choices)
    before = {paper["sha256"]: paper for paper in old}
    after = {paper["sha256"]: paper for paper in new}
    return [
        Change(str(labels.get(paper["kind"], paper["kind"])), kind, *texts)
        for kind, rows, others in ((REMOVED, before, after), (ADDED, after, before))
        for digest, paper in rows.items()
        if digest not in others
        for texts in [(paper["name"], "(rien)") if kind == REMOVED else ("(rien)", paper["name"])]
    ]
