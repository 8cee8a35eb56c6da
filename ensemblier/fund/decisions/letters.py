"""The words of the letters: templates with named blanks, versions, and nothing that executes."""

from __future__ import annotations

import re
import tomllib
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.refusal import Refusal
from ensemblier.fund.decisions.models import LetterTemplate

DATA = Path(__file__).parent / "data" / "letters.toml"
BLANK = re.compile(r"\{([^{}]*)\}")
# What a template may name, and what it stands for.
BLANKS = {
    "organisation": "le nom de l'organisation",
    "projet": "le titre du projet",
    "dossier": "le numéro du dossier",
    "appel": "le titre de l'appel à projets",
    "service": "le service qui décide",
    "signataire": "la personne qui signe",
    "date_depot": "la date de dépôt",
    "date_limite": "la date du refus implicite, ou celle de la réponse attendue",
    "demande": "le montant demandé",
    "montant": "le montant accordé",
}


class BadTemplate(Refusal):
    """Words that cannot be sent: an unknown blank, or nothing."""


class Words(NamedTuple):
    """The words in force for one kind of letter; version 0 is the house's."""

    kind: str
    version: int
    body: str


@cache
def house_words() -> dict[str, str]:
    return {
        kind: text.strip() for kind, text in tomllib.loads(DATA.read_text(encoding="utf-8")).items()
    }


def words_of(kind: str) -> Words:
    """The last version of a letter."""
    row = LetterTemplate.objects.filter(kind=kind).order_by("-version").first()
    return Words(kind, row.version, row.body) if row else Words(kind, 0, house_words()[kind])


def fault_of(body: str) -> str:
    """Why these words cannot be a template, in a sentence; "" when they can."""
    if not body.strip():
        return "Écrivez le texte de la lettre."
    unknown = [name for name in BLANK.findall(body) if name not in BLANKS]
    if unknown:
        return (
            f"« {{{unknown[0][:30]}}} » n'est pas un mot à remplir. "
            f"Les mots possibles : {', '.join('{' + name + '}' for name in BLANKS)}."
        )
    if re.search(r"[{}]", BLANK.sub("", body)):
        return "Une accolade est seule : un mot à remplir s'écrit {projet}, avec les deux."
    return ""


def fill(body: str, facts: dict[str, str]) -> list[str]:
    """The paragraphs of a letter. A value is never read again: braces in it stay braces."""
    text = BLANK.sub(lambda found: facts.get(found[1], ""), body)
    return [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]


@transaction.atomic
def rewrite(*, kind: str, body: str, version: int, actor: Any, now: datetime) -> LetterTemplate:
    """Write the next version; `version` is the one that was read, so that nobody overwrites."""
    if kind not in LetterTemplate.Kind.values:
        raise BadTemplate("Cette lettre n'existe pas.", field="kind")
    if fault := fault_of(body):
        raise BadTemplate(fault, field="body")
    stale = BadTemplate(
        "Une autre personne vient de modifier cette lettre : rechargez la page et comparez.",
        field="body",
    )
    if words_of(kind).version != version:
        raise stale
    try:
        with transaction.atomic():
            row = LetterTemplate.objects.create(
                kind=kind,
                version=version + 1,
                body=body.strip(),
                author=actor,
                written_at=now,
            )
    except IntegrityError as error:
        raise stale from error
    record(
        actor=actor,
        action="letter.rewrite",
        subject=f"letter_template:{row.pk}",
        data={"kind": kind, "version": row.version},
    )
    return row
