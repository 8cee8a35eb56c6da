"""The fields of a file that a column may fill, how headings are recognised, how cells are read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from ensemblier.base.chains.terms import Length, Link
from ensemblier.base.pages.forms import DayField, WholeEurosField
from ensemblier.engines import budget
from ensemblier.fund.applications import answers
from ensemblier.fund.applications.models import Goal, Participation, PublicKind, Stage
from ensemblier.fund.calls.models import Call, Question
from ensemblier.fund.programme.models import ExpenseClass

FORMULA = "=+@"
MULTIPLE = re.compile(r"[;\n|]")
SIGNS = re.compile(r"[^a-z0-9]+")


class Field(NamedTuple):
    """`kind`: text, email, count, day, euros, choice, many, commune, answer; `most` signs."""

    code: str
    label: str
    kind: str
    names: tuple[str, ...] = ()
    most: int = 0
    words: Any = None
    is_required: bool = False


class BadCell(Exception):
    """What is wrong with a cell and what to do, in French."""


WHO = (
    Field("name", "Nom de l'association", "text", ("association", "organisation", "structure",
          "nom de la structure", "porteur"), 200, None, True),
    Field("siret", "SIRET", "text", ("numéro siret", "n siret"), 20),
    Field("rna", "Numéro RNA", "text", ("rna",), 14),
    Field("representative", "Représentant légal", "text", ("président", "présidente",
          "responsable légal", "représentante légale"), 120, None, True),
    Field("email", "Adresse e-mail du représentant", "email", ("email", "e-mail", "courriel",
          "mail"), 254),
    Field("commune", "Commune", "commune", ("code insee", "commune du siège", "insee", "ville"),
          80, None, True),
    Field("reference", "Référence dans votre tableau", "text", ("référence", "numéro", "n dossier",
          "numéro de dossier", "identifiant"), 120),
)  # fmt: skip
WHAT = (
    Field("title", "Titre du projet", "text", ("titre", "intitulé", "projet", "nom du projet"),
          160, None, True),
    Field("summary", "Résumé du projet", "text", ("résumé", "description", "présentation"), 2000),
    Field("stage", "Étape", "choice", ("phase",), 0, Stage),
    Field("starts_on", "Début du projet", "day", ("début", "date de début")),
    Field("goals", "Buts", "many", ("objectifs",), 0, Goal),
    Field("links", "Maillons", "many", ("maillons de la filière",), 0, Link),
    Field("length", "Longueur de la filière", "choice", ("longueur",), 0, Length),
    Field("quality", "Qualité des produits", "text", ("qualité",), 2000),
    Field("publics", "Publics", "many", ("public", "bénéficiaires"), 0, PublicKind),
    Field("people_count", "Nombre de personnes", "count", ("personnes", "nombre de bénéficiaires",
          "effectif")),
    Field("needs", "Besoins", "text", ("besoin",), 2000),
    Field("participation", "Participation", "choice", (), 0, Participation),
    Field("participation_how", "Comment les personnes participent", "text", (), 2000),
    Field("territory_note", "Ancrage local", "text", ("territoire",), 2000),
    Field("model_path", "Le projet dans cinq ans", "text", ("modèle économique",), 3000),
)  # fmt: skip
STEP_OF = {
    "projet": ("title", "summary", "stage", "starts_on", "goals", "links", "length", "quality"),
    "publics": ("publics", "people_count", "needs", "participation", "participation_how"),
    "territoire": ("territory_note",),
    "modele": ("model_path",),
}
WHOLE_EUROS = WholeEurosField(max_cents=1_000_000_000_00)
DAY = DayField()


def fields_of(call: Call, day: date) -> list[Field]:
    """Every field that a column may fill, for this call."""
    return [*WHO, *WHAT, *_asked(call), *_lines(day), *_questions(call)]


def _asked(call: Call) -> Iterator[Field]:
    classes = [row.expense_class for row in call.expenses.all()]
    for year in call.years:
        for name in classes:
            label = f"Demandé {year} : {ExpenseClass(name).label}"
            names = (f"demandé {ExpenseClass(name).label}",) if year == call.first_year else ()
            yield Field(f"asked:{name}:{year}", label, "euros", names)


def _lines(day: date) -> Iterator[Field]:
    for line in budget.form_on(day).lines:
        words = "Charge" if line.side == budget.CHARGE else "Produit"
        yield Field(
            f"line:{line.side}:{line.code}",
            f"{words} {line.code} : {line.label}",
            "euros",
            (line.code, f"{line.code} {line.label}"),
        )


def _questions(call: Call) -> Iterator[Field]:
    for row in call.questions.all():
        if row.kind != Question.Kind.FILE:
            yield Field(f"answer:{row.code}", f"Question : {row.label}", "answer", (row.label,
                        row.code), 3000, row)  # fmt: skip


def plain(text: str) -> str:
    """A heading without accents, capitals and signs."""
    bare = unicodedata.normalize("NFKD", text.lower())
    return SIGNS.sub(" ", "".join(c for c in bare if not unicodedata.combining(c))).strip()


def guess(
    heading: Sequence[str], fields: Sequence[Field], known: Mapping[str, str]
) -> dict[str, str]:
    """Field -> heading of its column: by what was kept, else by its label, else by its names."""
    by_plain = {plain(text): text for text in reversed(heading) if text}
    found: dict[str, str] = {}
    for field in fields:
        kept = known.get(field.code, "")
        words = [kept] if kept else [field.label, field.code, *field.names]
        match = next((by_plain[plain(w)] for w in words if plain(w) in by_plain), "")
        if match and match not in found.values():
            found[field.code] = match
    return found


def letter(place: int) -> str:
    """0 → A, 26 → AA: as spreadsheets name their columns."""
    text = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        text = chr(65 + rest) + text
    return text


def read_cell(field: Field, typed: str) -> Any:
    """The value of a cell for its field; "" stays empty."""
    text = typed.strip()
    if "\ufffd" in text:
        raise BadCell(
            "des caractères sont illisibles : enregistrez le tableau en CSV UTF-8 ou en ODS"
        )
    if text[:1] in FORMULA and text and field.kind != "euros":
        raise BadCell("la cellule contient une formule : remplacez-la par sa valeur")
    if text.startswith("="):
        raise BadCell("la cellule contient une formule : remplacez-la par sa valeur")
    if not text:
        if field.is_required:
            raise BadCell(f"« {field.label} » est vide : remplissez la cellule")
        return None
    return READERS[field.kind](field, text)


def _text(field: Field, text: str) -> str:
    if len(text) > field.most:
        raise BadCell(f"le texte compte {len(text)} signes, la limite est {field.most} : coupez-le")
    return text


def _count(field: Field, text: str) -> int:
    bare = "".join(text.split())
    if not (bare.isascii() and bare.isdigit()) or len(bare) > 8:
        raise BadCell(f"« {text[:30]} » n'est pas un nombre entier : écrivez par exemple 120")
    return int(bare)


def _email(field: Field, text: str) -> str:
    """Refused here rather than once the file is opened: the dry run tells what will happen."""
    try:
        validate_email(text)
    except ValidationError as error:
        raise BadCell(
            f"« {text[:60]} » n'est pas une adresse e-mail : corrigez-la, ou videz la cellule"
        ) from error
    return _text(field, text)


def _cleaned(kind: Any, text: str) -> Any:
    try:
        return kind.clean(text)
    except ValidationError as error:
        raise BadCell(str(error.messages[0])) from error


def _choice(field: Field, text: str) -> str:
    wanted = plain(text)
    for value, label in field.words.choices:
        if wanted in (plain(value), plain(str(label))):
            return str(value)
    some = ", ".join(f"« {label} »" for _, label in field.words.choices)
    raise BadCell(f"« {text[:30]} » n'est pas dans la liste : écrivez {some}")


def _many(field: Field, text: str) -> list[str]:
    return [_choice(field, part) for part in MULTIPLE.split(text) if part.strip()]


def _answer(field: Field, text: str) -> str:
    text = _text(field, text)
    if field.words.kind == Question.Kind.MULTIPLE:
        text = "\n".join(part.strip() for part in MULTIPLE.split(text) if part.strip())
    if fault := answers.fault(field.words, text):
        raise BadCell(fault)
    return text


READERS = {
    "text": _text,
    "commune": _text,
    "email": _email,
    "count": _count,
    "day": lambda field, text: _cleaned(DAY, text),
    "euros": lambda field, text: _cleaned(WHOLE_EUROS, text),
    "choice": _choice,
    "many": _many,
    "answer": _answer,
}
