"""What each line of a table would do now: create a file, update it, nothing, or why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError

from ensemblier.base.pages.formats import day as in_french
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.access import Actor
from ensemblier.base.people.actions import clean_identifiers
from ensemblier.base.people.models import Organisation, OrganisationKind
from ensemblier.base.refusal import Refusal
from ensemblier.base.territory.forms import CommuneField
from ensemblier.base.territory.models import Commune
from ensemblier.fund.applications import content
from ensemblier.fund.applications.models import LEFT, Application, State
from ensemblier.fund.applications.reading import filled, with_rules
from ensemblier.fund.intake.access import why_not_for
from ensemblier.fund.intake.fields import (
    STEP_OF,
    BadCell,
    Field,
    fields_of,
    letter,
    plain,
    read_cell,
)
from ensemblier.fund.intake.models import Batch, ImportedFile


class Fault(NamedTuple):
    """One cell that cannot be used: where ("C12"), why and what to do."""

    cell: str
    words: str


class Planned(NamedTuple):
    """What a line would do. `outcome`: create, update, same, refused."""

    line: int
    title: str
    name: str
    outcome: str
    faults: tuple[Fault, ...] = ()
    values: Mapping[str, Any] = {}
    reference: str = ""
    commune: Commune | None = None
    application: Application | None = None


def plan(batch: Batch, person: Actor) -> list[Planned]:
    fields = fields_of(batch.call, in_paris(batch.read_at).date())
    places = {
        field.code: batch.heading.index(batch.columns[field.code])
        for field in fields
        if batch.columns.get(field.code) in batch.heading
    }
    lines = [_Line(rank, cells, fields, places) for rank, cells in enumerate(batch.cells, start=2)]
    world = _World(batch, person, lines)
    return [world.place(line) for line in lines]


def lacking(columns: Mapping[str, str], fields: Sequence[Field]) -> list[str]:
    """Required fields without a column."""
    lacks = [field.label for field in fields if field.is_required and not columns.get(field.code)]
    if not (columns.get("siret") or columns.get("rna")):
        lacks.append("SIRET ou numéro RNA")
    return lacks


class _Line:
    """A line read: values of its cells, and what is wrong with each."""

    def __init__(
        self, rank: int, cells: list[str], fields: Sequence[Field], places: dict[str, int]
    ) -> None:
        self.rank, self.places = rank, places
        self.values: dict[str, Any] = {}
        self.faults: list[Fault] = []
        for field in fields:
            if field.code not in places:
                continue
            try:
                value = read_cell(field, cells[places[field.code]])
            except BadCell as bad:
                self.fault(field.code, str(bad))
            else:
                if value is not None:
                    self.values[field.code] = value
        self._identify()

    def fault(self, code: str, words: str) -> None:
        place = self.places.get(code)
        cell = f"{letter(place)}{self.rank}" if place is not None else f"ligne {self.rank}"
        self.faults.append(Fault(cell, words))

    def _identify(self) -> None:
        self.siret, self.rna = "", ""
        try:
            self.siret, self.rna = clean_identifiers(
                self.values.get("siret", ""),
                self.values.get("rna", ""),
                OrganisationKind.ASSOCIATION,
            )
        except Refusal as refusal:
            self.fault(refusal.field or "siret", refusal.message)
        home = self.siret or self.rna
        title = plain(self.values.get("title", ""))
        self.reference = (self.values.get("reference") or f"{home}|{title}")[:120]


class _World:
    """What the lines may touch, fetched in a few queries."""

    def __init__(self, batch: Batch, person: Actor, lines: Sequence[_Line]) -> None:
        self.person, self.call = person, batch.call
        self.communes: dict[str, Commune | str] = {}
        typed = {line.values["commune"] for line in lines if "commune" in line.values}
        known = Commune.objects.current().select_related("department").in_bulk(list(typed))
        self.communes.update(known)
        numbers = Organisation.objects.filter(siret__in=[x.siret for x in lines if x.siret])
        numbers |= Organisation.objects.filter(rna__in=[x.rna for x in lines if x.rna])
        rows = list(numbers.select_related("head"))
        self.homes = {row.siret: row for row in rows if row.siret}
        self.homes |= {row.rna: row for row in rows if row.rna}
        self._imported({line.reference for line in lines})
        files = Application.objects.filter(call=batch.call, organisation__in=rows)
        files = files.exclude(state__in=LEFT)
        self.titles = {
            (pk, plain(title)): number
            for pk, title, number in files.values_list("organisation_id", "title", "number")
        }
        self.seen: dict[str, int] = {}

    def _imported(self, references: set[str]) -> None:
        rows = ImportedFile.objects.filter(
            batch__call=self.call, is_live=True, reference__in=references
        ).select_related("batch")
        self.imported = {row.reference: row for row in rows.order_by("pk")}
        keys = {row.application_id for row in self.imported.values()}
        whole = filled(with_rules(Application.objects.filter(pk__in=keys)))
        self.files = {row.pk: row for row in whole if row.state != State.WITHDRAWN}

    def place(self, line: _Line) -> Planned:
        commune = self._commune(line)
        first = self.seen.setdefault(line.reference, line.rank)
        if first != line.rank and not line.faults:
            line.fault("reference", f"même dossier que la ligne {first} : gardez-en une seule")
        known = self.imported.get(line.reference)
        file = self.files.get(known.application_id) if known else None
        if not line.faults:
            self._check(line, commune, file, known)
        told = Planned(
            line.rank,
            line.values.get("title", ""),
            line.values.get("name", ""),
            "refused",
            tuple(line.faults),
            line.values,
            line.reference,
            commune,
            file,
        )
        if line.faults:
            return told
        if file is None:
            return told._replace(outcome="create")
        return told._replace(outcome="update" if differs(file, line.values) else "same")

    def _commune(self, line: _Line) -> Commune | None:
        text = line.values.get("commune")
        if text is None:
            return None
        if text not in self.communes:
            try:
                found = CommuneField().clean(text)
                self.communes[text] = found if found else "commune inconnue"
            except ValidationError as error:
                self.communes[text] = str(error.messages[0])
        commune = self.communes[text]
        if isinstance(commune, str):
            line.fault("commune", commune)
            return None
        return commune

    def _check(
        self,
        line: _Line,
        commune: Commune | None,
        file: Application | None,
        known: ImportedFile | None,
    ) -> None:
        home = self.homes.get(line.siret) or self.homes.get(line.rna)
        place = commune.department if commune else None
        if home is not None and home.kind == OrganisationKind.STATE:
            line.fault("siret", "un service de l'État ne demande pas ce fonds")
        elif said := why_not_for(self.person, home, place):
            line.fault("siret" if "siret" in line.values else "rna", said)
        elif file is None:
            self._check_new(line, home)
        elif home is None or file.organisation_id != home.pk:
            line.fault("siret", f"le dossier {file.number} est celui d'une autre organisation")
        elif known and (said := touched(file, known)):
            line.fault("reference", said)

    def _check_new(self, line: _Line, home: Organisation | None) -> None:
        if home is None:
            return
        number = self.titles.get((home.pk, plain(line.values.get("title", ""))))
        if number:
            line.fault(
                "title",
                f"le dossier {number} de cette organisation porte déjà ce titre : changez-le",
            )


def touched(file: Application, known: ImportedFile) -> str:
    """Why an import may no longer change this file; "" when nobody touched it since."""
    if file.state != State.DRAFT:
        return (
            f"le dossier {file.number} est « {file.get_state_display()} » : corrigez-le à la main"
        )
    if content.digest(content.confirmable(file)) != known.digest:
        return (
            f"le dossier {file.number} a été modifié depuis l'import du "
            f"{in_french(in_paris(known.batch.read_at).date())} : corrigez-le à la main"
        )
    return ""


def steps_of(values: Mapping[str, Any], file: Application) -> dict[str, dict[str, Any]]:
    """The values of a line as pages of the file; an empty cell keeps what is there."""
    steps: dict[str, dict[str, Any]] = {}
    for step, names in STEP_OF.items():
        found = {name: values[name] for name in names if name in values}
        if isinstance(found.get("starts_on"), date):
            found["starts_on"] = found["starts_on"].isoformat()
        if found:
            steps[step] = found
    if answers := _coded(values, "answer"):
        kept = content.read_step(file, "questions")["answers"]
        steps["questions"] = {"answers": kept | {code[0]: text for code, text in answers}}
    return steps


def money_of(values: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Lines of the budget and amounts asked that the columns give."""
    lines = [
        {"side": code[0], "code": code[1], "amount_cents": cents}
        for code, cents in _coded(values, "line")
        if cents
    ]
    asked = [
        {"expense_class": code[0], "year": int(code[1]), "amount_cents": cents}
        for code, cents in _coded(values, "asked")
        if cents
    ]
    return lines, asked


def _coded(values: Mapping[str, Any], kind: str) -> list[tuple[list[str], Any]]:
    return [
        (code.split(":")[1:], value)
        for code, value in values.items()
        if code.startswith(f"{kind}:")
    ]


def differs(file: Application, values: Mapping[str, Any]) -> bool:
    """A line would change something in this file."""
    for step, wanted in steps_of(values, file).items():
        saved = content.read_step(file, step)
        if any(_same(saved[name]) != _same(value) for name, value in wanted.items()):
            return True
    lines, asked = money_of(values)
    held = {(row.side, row.code): row.amount_cents for row in file.lines.all()}
    wants = {(row["side"], row["code"]): row["amount_cents"] for row in lines}
    has = {(row.expense_class, row.year): row.amount_cents for row in file.asked.all()}
    asks = {(row["expense_class"], row["year"]): row["amount_cents"] for row in asked}
    return bool((lines and wants != held) or (asked and asks != has))


def _same(value: Any) -> Any:
    return sorted(set(value)) if isinstance(value, list) else value
