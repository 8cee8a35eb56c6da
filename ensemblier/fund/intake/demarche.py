"""Démarche Numérique through its GraphQL API, version 2: the files of a démarche, page by page."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from ensemblier.fund.intake.wire import Places, TokenRefused, WireRefused, ask

PAGE = 100  # the most its schema allows
MOST_PAGES = 200
MOST_BYTES = 20_000_000
# `value` is a Float on one type and a BigInt on another: one selection needs two names.
CHAMPS = """
champs { __typename id label stringValue
  ... on IntegerNumberChamp { whole: value }
  ... on DecimalNumberChamp { decimal: value }
  ... on PieceJustificativeChamp { files { filename url } }
}"""
DOSSIER = (
    """number state dateDerniereModification
usager { email }
demandeur { __typename
  ... on PersonneMorale { siret association { rna titre } entreprise { raisonSociale } }
  ... on PersonneMoraleIncomplete { siret }
}
"""
    + CHAMPS
)
DOSSIERS = """query($number: Int!, $first: Int!, $after: String, $since: ISO8601DateTime) {
  demarche(number: $number) { title
    dossiers(first: $first, after: $after, updatedSince: $since) {
      pageInfo { hasNextPage endCursor } nodes { DOSSIER } } } }""".replace("DOSSIER", DOSSIER)
DELETED = """query($number: Int!, $first: Int!, $after: String, $since: ISO8601DateTime) {
  demarche(number: $number) { title
    KIND(first: $first, after: $after, deletedSince: $since) {
      pageInfo { hasNextPage endCursor } nodes { number } } } }"""
# Deleted for good, and put in the bin by their author: neither is among the files any longer.
TOMBS = ("deletedDossiers", "pendingDeletedDossiers")
ONE = "query($number: Int!) { dossier(number: $number) { " + DOSSIER + " } }"
# The code its documentation gives to a token without the right; other codes are told as they are.
UNAUTHORIZED = "unauthorized"
# Where a file stands over there, and what we do with it.
OPEN_STATES = ("en_construction", "en_instruction")
STATES = {
    "en_construction": "en construction",
    "en_instruction": "en instruction",
    "accepte": "accepté",
    "refuse": "refusé",
    "sans_suite": "classé sans suite",
}
FIXED = ("Numéro de dossier", "Nom de l'association", "SIRET", "Numéro RNA", "Courriel")


class Paper(NamedTuple):
    """A paper joined to a field: the field's label, the name of the file, where it is."""

    label: str
    name: str
    url: str


class Remote(NamedTuple):
    """A file over there, as text by label, and its papers."""

    number: int
    state: str
    cells: dict[str, str]
    papers: tuple[Paper, ...]


class Page(NamedTuple):
    """A page of files; `cursor` leads to the next one."""

    files: tuple[Remote, ...]
    cursor: str
    is_last: bool


class Client:
    """Speaks to one site with one token, which is never written anywhere."""

    def __init__(
        self, url: str, token: str, *, places: Places, wait: Callable[[float], None]
    ) -> None:
        self._url, self._token, self._places, self._wait = url, token, places, wait

    def __repr__(self) -> str:
        return f"Client({self._url})"

    def page(self, number: int, since: datetime | None, after: str) -> Page:
        """The files changed since, after this cursor."""
        found = self._page(DOSSIERS, "dossiers", number, since, after)
        info = found["pageInfo"]
        files = tuple(read(node) for node in found["nodes"] if node)
        return Page(files, str(info["endCursor"] or ""), not info["hasNextPage"])

    def deleted(self, number: int, since: datetime | None = None) -> list[int]:
        """Numbers of the files that no longer exist over there."""
        return sorted({n for name in TOMBS for n in self._tombs(name, number, since)})

    def _tombs(self, name: str, number: int, since: datetime | None) -> Iterator[int]:
        after = ""
        for _ in range(MOST_PAGES):
            found = self._page(DELETED.replace("KIND", name), name, number, since, after)
            yield from (_number(node["number"]) for node in found["nodes"] if node)
            before, after = after, str(found["pageInfo"]["endCursor"] or "")
            if not found["pageInfo"]["hasNextPage"]:
                return
            check_cursor(before, after)
        raise WireRefused(f"Cette démarche compte plus de {MOST_PAGES * PAGE} dossiers supprimés.")

    def dossier(self, number: int) -> Remote:
        """One file, with fresh addresses of its papers."""
        found = self._ask(ONE, {"number": number}).get("dossier")
        if not isinstance(found, dict):
            raise WireRefused(f"Le dossier {number} n'existe plus sur le site de la démarche.")
        return read(found)

    def paper(self, paper: Paper) -> bytes:
        """The bytes of a paper; its address carries its own right, no token goes with it."""
        return ask(paper.url, places=self._places, most=MOST_BYTES, wait=self._wait)

    def _page(
        self, query: str, name: str, number: int, since: datetime | None, after: str
    ) -> dict[str, Any]:
        values = {
            "number": number,
            "first": PAGE,
            "after": after or None,
            "since": since.isoformat() if since else None,
        }
        found = (self._ask(query, values).get("demarche") or {}).get(name)
        if not isinstance(found, dict):
            raise WireRefused(f"La démarche {number} n'existe pas, ou ce jeton ne l'ouvre pas.")
        return found

    def _ask(self, query: str, values: dict[str, Any]) -> dict[str, Any]:
        content = ask(
            self._url,
            places=self._places,
            most=MOST_BYTES,
            wait=self._wait,
            body=json.dumps({"query": query, "variables": values}).encode(),
            headers={
                "Authorization": f"Bearer {self._token}",
                "Content-Type": "application/json",
                "Accept": "application/json",
            },
        )
        try:
            answer = json.loads(content, parse_float=Decimal)
        except (ValueError, RecursionError) as error:
            raise WireRefused("La réponse du site n'est pas lisible. Rien n'a changé.") from error
        if not isinstance(answer, dict):
            raise WireRefused("La réponse du site n'est pas lisible. Rien n'a changé.")
        if errors := answer.get("errors"):
            raise _refused(errors)
        return answer.get("data") or {}


def check_cursor(before: str, after: str) -> None:
    """A page that leads nowhere or to itself would be read for ever."""
    if not after or after == before:
        raise WireRefused("Le site redonne toujours la même page : la lecture s'arrête.")


def _refused(errors: Any) -> WireRefused:
    """Any error at the root is fatal, as its documentation advises."""
    first = errors[0] if isinstance(errors, list) and isinstance(errors[0], dict) else {}
    if (first.get("extensions") or {}).get("code") == UNAUTHORIZED:
        return TokenRefused(
            "Le jeton n'ouvre pas cette démarche, ou il a expiré. Créez-en un autre sur le site "
            "de la démarche, puis enregistrez-le ici.",
            field="token",
        )
    words = str(first.get("message", ""))[:200]
    return WireRefused(f"Le site répond : « {words} ». Rien n'a changé.")


def read(node: dict[str, Any]) -> Remote:
    """A file as text by label; a label used twice keeps its first value."""
    number = _number(node["number"])
    home = node.get("demandeur") or {}
    union = home.get("association") or {}
    cells = {
        FIXED[0]: f"DN-{number}",
        FIXED[1]: union.get("titre") or (home.get("entreprise") or {}).get("raisonSociale") or "",
        FIXED[2]: home.get("siret") or "",
        FIXED[3]: union.get("rna") or "",
        FIXED[4]: (node.get("usager") or {}).get("email") or "",
    }
    papers = []
    for champ in node.get("champs") or ():
        label = str(champ.get("label") or "")[:200]
        cells.setdefault(label, _text(champ))
        for file in champ.get("files") or ():
            papers.append(Paper(label, str(file["filename"]), str(file["url"])))
    return Remote(number, str(node["state"]), cells, tuple(papers))


def _text(champ: dict[str, Any]) -> str:
    value = champ.get("whole")
    if value is None:
        value = champ.get("decimal")
    if value is None:
        value = champ.get("stringValue") or ""
    return format(value, "f") if isinstance(value, Decimal) else str(value)[:3000]


def _number(value: Any) -> int:
    try:
        return int(str(value))
    except ValueError as error:
        raise WireRefused("Le site donne un numéro de dossier illisible.") from error


def as_table(remotes: list[Remote]) -> tuple[list[str], list[list[str]]]:
    """The files as a table: the same for an import as a spreadsheet."""
    labels = list(dict.fromkeys([*FIXED, *(label for row in remotes for label in row.cells)]))
    return labels, [[row.cells.get(label, "") for label in labels] for row in remotes]
