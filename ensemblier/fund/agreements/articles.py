"""The words of an agreement: templates, blanks that never execute, versions, what is mandatory."""

from __future__ import annotations

import re
import tomllib
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.engines.law.subsidies import needs_agreement
from ensemblier.fund.agreements import access
from ensemblier.fund.agreements.models import Agreement, Amendment, Article, ArticleTemplate
from ensemblier.fund.agreements.shares import agreed_cents
from ensemblier.fund.review.actions import actor_on, require

DATA = Path(__file__).parent / "data" / "articles.toml"
BLANK = re.compile(r"\{([^{}]*)\}")
# What an article may name, and what it stands for.
BLANKS = {
    "organisation": "le nom du porteur du projet",
    "financeur": "le nom du financeur principal",
    "parties": "les autres parties",
    "projet": "le titre du projet",
    "resume": "le résumé du projet",
    "appel": "le titre de l'appel à projets",
    "decision": "le numéro et la date de la décision",
    "debut": "le premier jour",
    "fin": "le dernier jour",
    "montant": "l'aide, en chiffres",
    "montant_lettres": "l'aide, en toutes lettres",
    "part_gardee": "ce qui peut être gardé",
    "delai": "le nombre de jours pour payer",
    "source_delai": "le texte qui donne ce délai",
    "regle_aide": "la règle d'aide d'État et son texte",
}
# Above the threshold of the law, an agreement has all of these (décret 2001-495, loi 2021-875).
MANDATORY = {
    "object": "l'objet",
    "amount": "le montant",
    "payment": "les versements",
    "use": "l'emploi de l'aide",
    "control": "le contrôle",
    "evaluation": "l'évaluation",
    "surplus": "ce qui peut être gardé si tout n'est pas dépensé",
    "republican": "le contrat d'engagement républicain",
    "publicity": "la publicité",
}


class BadArticle(Refusal):
    """Words that cannot be an article: an unknown blank, nothing, or an old version."""


class NotYours(Refusal):
    """This person does not write this agreement."""


class Words(NamedTuple):
    """One article as it reads in one agreement; version 0 is the template's own."""

    code: str
    position: int
    title: str
    body: str
    version: int
    template_version: int | None


@cache
def house_articles() -> dict[str, dict[str, Any]]:
    return tomllib.loads(DATA.read_text(encoding="utf-8"))


def templates_of(kind: str, *, also_empty: bool = False) -> list[Words]:
    """The articles proposed for a kind of agreement: the last version of each, those of the house
    first. One whose last version is empty was taken off."""
    rows = ArticleTemplate.objects.filter(kind=kind).order_by("code", "version")
    own = {row.code: row for row in rows}
    found = []
    for code, house in house_articles().items():
        if kind not in house.get("kinds", [kind]):
            continue
        row = own.pop(code, None)
        title, body = (row.title, row.body) if row else (house["title"], house["body"].strip())
        version = row.version if row else 0
        found.append(Words(code, house["position"], title, body, 0, version))
    found += [Words(r.code, r.position, r.title, r.body, 0, r.version) for r in own.values()]
    kept = [words for words in found if words.body or also_empty]
    return sorted(kept, key=lambda words: (words.position, words.code))


def articles_of(agreement: Agreement, amendment: Amendment | None = None) -> list[Words]:
    """The articles in force; with `amendment`, as if it were signed. An empty body takes off."""
    rows = Article.objects.filter(agreement=agreement).select_related("amendment")
    last: dict[str, Article] = {}
    for row in rows.order_by("version"):
        counts = row.amendment is None or row.amendment.state == Amendment.State.SIGNED
        if counts or row.amendment_id == getattr(amendment, "pk", 0):
            last[row.code] = row
    if not last:
        return templates_of(agreement.kind)
    found = [
        Words(r.code, r.position, r.title, r.body, r.version, r.template_version)
        for r in last.values()
        if r.body
    ]
    return sorted(found, key=lambda words: (words.position, words.code))


def fault_of(body: str) -> str:
    """Why these words cannot be an article, in a sentence; "" when they can."""
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
    """The paragraphs of an article. A value is never read again: braces in it stay braces."""
    text = BLANK.sub(lambda found: facts.get(found[1], ""), body)
    return [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]


def missing(agreement: Agreement, amendment: Amendment | None = None) -> list[str]:
    """The mandatory articles that the text lacks, in words."""
    day = in_paris(agreement.decision.decided_at).date()
    if not needs_agreement(agreed_cents(agreement, amendment), day):
        return []
    known = {words.code for words in articles_of(agreement, amendment)}
    return [name for code, name in MANDATORY.items() if code not in known]


def begin(agreement: Agreement, *, actor: Any, now: datetime) -> None:
    """Copy the templates into an agreement: those it never had. What it has keeps its version;
    a change of kind (a co-funder comes) brings the articles of that kind."""
    had = set(agreement.articles.values_list("code", flat=True))
    Article.objects.bulk_create(
        Article(
            agreement=agreement,
            code=words.code,
            position=words.position,
            version=1,
            title=words.title,
            body=words.body,
            template_version=words.template_version,
            author=actor,
            written_at=now,
        )
        for words in templates_of(agreement.kind)
        if words.code not in had
    )


@transaction.atomic
def write(
    *,
    agreement: Agreement,
    code: str,
    title: str,
    body: str,
    version: int,
    actor: Any,
    now: datetime,
    position: int | None = None,
) -> Article:
    """Write the next version of an article of a draft; an empty body takes the article off."""
    fresh = Agreement.objects.select_for_update().get(pk=agreement.pk)
    require(access.may_work_on(actor_on(actor, in_paris(now).date()), fresh), NotYours)
    if fresh.state != Agreement.State.DRAFT:
        raise BadArticle("La convention est envoyée : son texte ne change que par un avenant.")
    if not fresh.articles.exists():
        begin(fresh, actor=actor, now=now)
    row = add_version(
        fresh,
        code=code,
        title=title,
        body=body,
        version=version,
        position=position,
        actor=actor,
        now=now,
    )
    record(
        actor=actor,
        action="agreement.article",
        subject=f"agreement:{fresh.pk}",
        data={"article": code, "version": row.version},
    )
    return row


def add_version(
    agreement: Agreement,
    *,
    code: str,
    title: str,
    body: str,
    version: int,
    actor: Any,
    now: datetime,
    position: int | None = None,
    amendment: Amendment | None = None,
) -> Article:
    """One more version; `version` is the one that was read, so that nobody overwrites."""
    if fault := fault_of(body):
        raise BadArticle(fault, field="body")
    if not title.strip():
        raise BadArticle("Donnez un titre à l'article.", field="title")
    last = agreement.articles.filter(code=code).order_by("-version").first()
    if last is None and not body.strip():
        raise BadArticle("Écrivez le texte de l'article.", field="body")
    stale = BadArticle(
        "Une autre personne vient de modifier cet article : rechargez la page et comparez.",
        field="body",
    )
    if (last.version if last else 0) != version:
        raise stale
    try:
        with transaction.atomic():
            return Article.objects.create(
                agreement=agreement,
                code=code,
                position=last.position if last else position or 90,
                version=version + 1,
                title=title.strip(),
                body=body.strip(),
                amendment=amendment,
                author=actor,
                written_at=now,
            )
    except IntegrityError as error:
        raise stale from error
