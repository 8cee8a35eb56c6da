"""A local server that speaks the part of Démarche Numérique's schema that we read.

The schema below is ours: only what we read, with the names, arguments and types of the public
schema (demarche-numerique/demarche.numerique.gouv.fr, app/graphql/schema.graphql, read on
28 November 2026; docs/decisions/0008); nothing is copied.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

from graphql import build_schema, graphql_sync
from graphql.type import GraphQLScalarType

from tests import canaries

SDL = """
scalar BigInt
scalar ISO8601DateTime
enum DossierState { en_construction en_instruction accepte refuse sans_suite }
interface Champ { id: ID! label: String! stringValue: String }
type TextChamp implements Champ { id: ID! label: String! stringValue: String }
type IntegerNumberChamp implements Champ
  { id: ID! label: String! stringValue: String value: BigInt }
type DecimalNumberChamp implements Champ
  { id: ID! label: String! stringValue: String value: Float }
type File { filename: String! url: String! }
type PieceJustificativeChamp implements Champ
  { id: ID! label: String! stringValue: String files: [File!]! }
interface Demandeur { id: ID! }
type Association { rna: String! titre: String! }
type Entreprise { raisonSociale: String }
type PersonneMorale implements Demandeur
  { id: ID! siret: String! association: Association entreprise: Entreprise }
type PersonneMoraleIncomplete implements Demandeur { id: ID! siret: String! }
type PersonnePhysique implements Demandeur { id: ID! nom: String! }
type Profile { email: String! }
type Dossier { number: Int! state: DossierState! dateDerniereModification: ISO8601DateTime!
  usager: Profile! demandeur: Demandeur! champs: [Champ!]! }
type DeletedDossier { number: Int! }
type PageInfo { hasNextPage: Boolean! endCursor: String }
type DossierConnection { pageInfo: PageInfo! nodes: [Dossier] }
type DeletedDossierConnection { pageInfo: PageInfo! nodes: [DeletedDossier] }
type Demarche { title: String!
  dossiers(first: Int, after: String, updatedSince: ISO8601DateTime): DossierConnection!
  deletedDossiers(first: Int, after: String, deletedSince: ISO8601DateTime)
    : DeletedDossierConnection!
  pendingDeletedDossiers(first: Int, after: String, deletedSince: ISO8601DateTime)
    : DeletedDossierConnection! }
type Query { demarche(number: Int!): Demarche! dossier(number: Int!): Dossier! }
"""
SCHEMA = build_schema(SDL)
# As its documentation shows it, "Problèmes fréquents".
FORBIDDEN = json.dumps(
    {
        "data": None,
        "errors": [
            {
                "message": "An object of type Demarche was hidden due to permissions",
                "path": ["demarche"],
                "extensions": {"code": "unauthorized"},
            }
        ],
    }
).encode()
_big = SCHEMA.type_map["BigInt"]
assert isinstance(_big, GraphQLScalarType)
_big.serialize = str  # a BigInt travels as text
for _name in ("Champ", "Demandeur"):
    SCHEMA.type_map[_name].resolve_type = lambda value, *_: value["__typename"]  # type: ignore


class Site:
    """What the site holds, and how it misbehaves."""

    def __init__(self) -> None:
        self.token = canaries.DEMARCHE_TOKEN
        self.files: list[dict[str, Any]] = []
        self.deleted: list[int] = []
        self.binned: list[int] = []  # their author deleted them, the site keeps them a while
        self.papers: dict[str, bytes] = {}
        self.asked: list[dict[str, Any]] = []
        self.busy = 0
        self.breaks_after: int | None = None  # answers so many times, then breaks down
        self.forbids = False
        self.moved = False
        self.stuck = False
        self.page = 100

    def __enter__(self) -> Site:
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                size = int(self.headers["Content-Length"])
                site.answer(self, json.loads(self.rfile.read(size)))

            def do_GET(self) -> None:
                found = site.papers.get(self.path)
                assert "Authorization" not in self.headers
                site.write(self, 200 if found else 404, found or b"")

            def log_message(self, *_: Any) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, handler: Any, asked: dict[str, Any]) -> None:
        self.asked.append(asked)
        if self.moved:
            handler.send_response(302)
            handler.send_header("Location", "http://169.254.169.254/")
            handler.end_headers()
            return
        if self.breaks_after is not None and len(self.asked) > self.breaks_after:
            self.write(handler, 500, b"")
            return
        if self.forbids:
            self.write(handler, 200, FORBIDDEN)
            return
        if self.busy:
            self.busy -= 1
            self.write(handler, 429, b"", {"Retry-After": "3"})
            return
        if handler.headers.get("Authorization") != f"Bearer {self.token}":
            self.write(handler, 401, b'{"errors":[{"message":"Invalid token"}]}')
            return
        found = graphql_sync(
            SCHEMA, asked["query"], self.root(), variable_values=asked["variables"]
        )
        self.write(handler, 200, json.dumps(found.formatted).encode())

    def write(
        self, handler: Any, status: int, body: bytes, headers: dict[str, str] | None = None
    ) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    def pages(self, rows: list[Any], first: int, after: str | None) -> dict[str, Any]:
        start, size = int(after or 0), min(first, self.page)
        return {
            "nodes": rows[start : start + size],
            "pageInfo": {
                "hasNextPage": self.stuck or start + size < len(rows),
                "endCursor": after if self.stuck and after else str(start + size),
            },
        }

    def dossiers(self, _: Any, first: int, after: Any = None, **since: Any) -> Any:
        day = since.get("updatedSince") or ""
        rows = [row for row in self.files if row["dateDerniereModification"] >= day]
        return self.pages(rows, first, after)

    def gone(self, _: Any, first: int, after: Any = None, **since: Any) -> Any:
        return self.pages([{"number": number} for number in self.deleted], first, after)

    def in_bin(self, _: Any, first: int, after: Any = None, **since: Any) -> Any:
        return self.pages([{"number": number} for number in self.binned], first, after)

    def demarche(self, _: Any, number: int) -> Any:
        if number != 4321:
            raise ValueError("Demarche not found")
        return SimpleNamespace(
            title="Filières",
            dossiers=self.dossiers,
            deletedDossiers=self.gone,
            pendingDeletedDossiers=self.in_bin,
        )

    def dossier(self, _: Any, number: int) -> Any:
        found = [row for row in self.files if row["number"] == number]
        if not found:
            raise ValueError("Dossier not found")
        return found[0]

    def root(self) -> Any:
        return SimpleNamespace(demarche=self.demarche, dossier=self.dossier)


def a_file(
    number: int, siret: str, *, state: str = "en_construction", **texts: Any
) -> dict[str, Any]:
    """A file over there; a label given as an int is a whole number, as a float a decimal one."""
    champs = []
    for rank, (label, value) in enumerate(texts.items()):
        champ: dict[str, Any] = {"id": f"Q{rank}", "label": label.replace("_", " ")}
        if isinstance(value, int):
            champ |= {"__typename": "IntegerNumberChamp", "value": value}
        elif isinstance(value, float):
            champ |= {"__typename": "DecimalNumberChamp", "value": value}
        elif isinstance(value, list):
            champ |= {"__typename": "PieceJustificativeChamp", "files": value}
        else:
            champ |= {"__typename": "TextChamp", "stringValue": value}
        champs.append(champ)
    return {
        "number": number,
        "state": state,
        "dateDerniereModification": "2027-05-10T10:00:00+00:00",
        "usager": {"email": f"porteur{number}@exemple.fr"},
        "demandeur": {
            "__typename": "PersonneMorale",
            "id": f"P{number}",
            "siret": siret,
            "association": {"rna": "", "titre": f"Association {number}"},
        },
        "champs": champs,
    }
