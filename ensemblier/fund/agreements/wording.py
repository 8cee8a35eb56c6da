"""The templates of articles: written version after version by the programme, tried on an example.

An agreement keeps the words it was made with: `articles.begin` copies them when it is prepared.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.fund.agreements import access
from ensemblier.fund.agreements.articles import MANDATORY, fault_of, templates_of
from ensemblier.fund.agreements.models import Agreement, ArticleTemplate
from ensemblier.fund.review.actions import actor_on, require

# What the blanks stand for in the example: an invented agreement, whose names are nobody's.
EXAMPLE = {
    "organisation": "Les Paniers du canal",
    "financeur": "État, programme « Mieux manger pour tous »",
    "parties": "Ville de Rivebelle, Fondation du Grand Pré",
    "projet": "Des légumes d'ici pour deux cents foyers",
    "resume": "Chaque semaine, les fermes voisines livrent des paniers à prix choisi.",
    "appel": "Appel à projets local 2027",
    "decision": "D-2027-00042 du 12 mai 2027",
    "debut": "1er juin 2027",
    "fin": "31 décembre 2028",
    "montant": "24 000,00\u00a0€",
    "montant_lettres": "vingt-quatre mille euros",
    "part_gardee": "Ce qui n'est pas dépensé est rendu à l'État, sauf accord écrit.",
    "delai": "60",
    "source_delai": "loi n° 2000-321, art. 10",
    "regle_aide": "activité non économique, ou aide aux personnes",
}


class BadWording(Refusal):
    """Words that cannot be a template: an unknown blank, no title, a mandatory article emptied."""


class StaleWording(Refusal):
    """Somebody else wrote a version since the page was opened."""

    status = 409


class NotYours(Refusal):
    """This person does not write the templates."""


def versions_of(kind: str, code: str) -> list[ArticleTemplate]:
    """Every version written here, the newest first; the version of the house is not one."""
    rows = ArticleTemplate.objects.filter(kind=kind, code=code).select_related("author")
    return list(rows.order_by("-version"))


def made_with(kind: str, code: str) -> dict[int, int]:
    """Version -> how many agreements keep it."""
    rows = Agreement.objects.filter(kind=kind, articles__code=code, articles__version=1)
    found: dict[int, int] = {}
    for version in rows.values_list("articles__template_version", flat=True):
        if version is not None:
            found[version] = found.get(version, 0) + 1
    return found


@transaction.atomic
def write_template(
    *,
    kind: str,
    code: str,
    title: str,
    body: str,
    version: int,
    actor: Any,
    now: datetime,
    position: int | None = None,
) -> ArticleTemplate:
    """The next version of an article of this kind of agreement; an empty body takes it off.
    `version` is the one that was read; an empty `code` makes a new article."""
    require(access.may_write_templates(actor_on(actor, in_paris(now).date())), NotYours)
    if kind not in Agreement.Kind.values:
        raise BadWording("Choisissez une nature de convention.", field="kind")
    known = {words.code: words for words in templates_of(kind, also_empty=True)}
    if code and code not in known:
        raise BadWording("Cet article n'existe pas : revenez à la liste des modèles.")
    _check(code, title, body)
    current = known.get(code)
    if (current.template_version or 0 if current else 0) != version:
        raise _stale()
    row = ArticleTemplate(
        kind=kind,
        code=code or _new_code(kind),
        version=version + 1,
        title=title.strip(),
        body=body.strip(),
        position=current.position if current else position or 90,
        author=actor,
        written_at=now,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise _stale() from error
    record(
        actor=actor,
        action="agreement.template",
        subject=f"article_template:{row.pk}",
        data={"kind": kind, "article": row.code, "version": row.version},
    )
    return row


def _check(code: str, title: str, body: str) -> None:
    if not title.strip():
        raise BadWording("Donnez un titre à l'article.", field="title")
    if fault := fault_of(body):
        raise BadWording(fault, field="body")
    if body.strip():
        return
    if code in MANDATORY:
        raise BadWording(
            f"La loi demande cet article ({MANDATORY[code]}) : changez-le, ne le videz pas.",
            field="body",
        )
    if not code:
        raise BadWording("Écrivez le texte de l'article.", field="body")


def _stale() -> StaleWording:
    return StaleWording(
        "Une autre personne vient d'écrire une version de cet article. Votre texte est gardé "
        "ci-dessous : ouvrez le modèle dans un autre onglet, comparez, puis recommencez.",
        field="body",
    )


def _new_code(kind: str) -> str:
    rows = ArticleTemplate.objects.filter(kind=kind, code__startswith="own-")
    count = rows.aggregate(last=Max("pk"))["last"] or 0
    return f"own-{count + 1}"
