"""A funder's call of many lines: read once as they come, never all in memory.

In place of lines its content holds their sums by product and price, with how many there are and
the fingerprint of their CSV; they are rows that only grow, so `lines_of` tells the same for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import Any, Unpack

from django.db import connection

from ensemblier.base.pages.formats import euros_exact, whole
from ensemblier.base.people.models import Organisation
from ensemblier.base.refusal import Refusal
from ensemblier.chain.billing import documents, queries
from ensemblier.chain.billing.freezing import Asked, Fact, Frame, Summed, freeze_summed
from ensemblier.chain.billing.lines_csv import rows_of
from ensemblier.chain.billing.models import Document, DocumentKind, DocumentLine
from ensemblier.chain.billing.refusals import PayerWithoutAddress
from ensemblier.chain.billing.sums import Sums
from ensemblier.chain.catalogue.models import Product
from ensemblier.chain.cofinancing.models import SchemePayer, SchemeVersion, Share
from ensemblier.chain.cofinancing.rules import rule_of
from ensemblier.engines.cofinancing.scheme import Payment

# More lines than these are not written one by one in the content of a document.
MANY = 2_000
READ_AT_ONCE = 5_000
FIELDS = (
    "line_id",
    "line__day",
    "line__product_id",
    "line__seller_id",
    "line__milli",
    "line__price_cents",
    "line__vat_rate",
    "line__undoes_id",
    "cents",
    "reason",
    "version_id",
)
TRIES = 3


class MovedMeanwhile(RuntimeError):
    """Lines came between the reading of a call and its writing."""


class TooManyLines(Refusal):
    """More lines than a page freezes while a person waits."""

    def __init__(self, most: int) -> None:
        super().__init__(
            f"Cet appel compte plus de {whole(most)} lignes : lancez la clôture du mois, qui "
            "l'écrit en arrière-plan, ou choisissez une période plus courte.",
            field="last",
        )


def call(
    *, payer: SchemePayer, no_vat: str = "", most: int | None = None, **asked: Unpack[Asked]
) -> Document:
    """The call of a payer, line by line when it is short. `most`: refused beyond."""
    rows = queries.shares_to_call(payer, asked["last"]).order_by()
    if most is not None and len(rows.values_list("pk")[most : most + 1]):
        raise TooManyLines(most)
    if len(rows.values_list("pk")[: MANY + 1]) <= MANY:
        return documents.funder_call(payer=payer, no_vat=no_vat, **asked)
    for _ in range(TRIES - 1):
        try:
            return call_in_bulk(payer=payer, no_vat=no_vat, **asked)
        except MovedMeanwhile:
            continue
    return call_in_bulk(payer=payer, no_vat=no_vat, **asked)


def call_in_bulk(*, payer: SchemePayer, no_vat: str = "", **asked: Unpack[Asked]) -> Document:
    """What `documents.funder_call` freezes, with its lines beside it."""
    if payer.organisation is None:
        raise PayerWithoutAddress(payer.name)
    chain = payer.scheme.chain
    said = {"scheme": payer.scheme.name, "called": payer.name}
    frame = Frame(
        chain,
        DocumentKind.FUNDER_CALL,
        chain.lead,
        chain.lead,
        payer.organisation,
        no_vat=no_vat,
        said=said,
    )
    return freeze_summed(frame, asked, lambda: _add_up(payer, asked))


def lines_of(document: Document) -> Iterable[dict[str, Any]]:
    """The lines of any document, as it tells them or as its rows do."""
    content = document.content
    if "csv" not in content:
        told: list[dict[str, Any]] = content["lines"]
        return told
    rows = Share.objects.filter(document_lines__document=document)
    names = _Names(
        content["called"],
        {int(pk): tuple(facts) for pk, facts in content["products"].items()},
        {int(pk): name for pk, name in content["structures"].items()},
    )
    return _tell(rows, names, content["period"][0])


def _add_up(payer: SchemePayer, asked: Asked) -> Summed:
    rows = queries.shares_to_call(payer, asked["last"]).select_related(None)
    names, sums, digest = _Names(payer.name), Sums(), sha256()

    def seen() -> Iterator[dict[str, Any]]:
        for line in _tell(rows, names, asked["first"].isoformat()):
            sums.add(line)
            yield line

    for text in rows_of(seen()):
        digest.update(text.encode())
    said = {
        "csv": {"sha256": digest.hexdigest(), "lines": sums.lines},
        "products": {str(pk): list(facts) for pk, facts in names.products.items()},
        "structures": {str(pk): name for pk, name in names.structures.items()},
    }
    last = asked["last"].isoformat()
    facts = [Fact("share", 0, r["cents"], _summed(r, last), r["vat_rate"]) for r in sums.rows()]
    return Summed(facts, said, _writer(rows, sums.lines, sum(fact.cents for fact in facts)))


def _summed(row: dict[str, Any], last: str) -> dict[str, Any]:
    """A row of sums in the words of a line, for whoever prints lines."""
    count = f"{whole(row['count'])} lignes"
    told = {"day": last, "structure": count, "reason": f"à {euros_exact(row['unit_cents'])}"}
    return row | told | {"price_cents": abs(row["price_cents"])}


def _writer(rows: Any, lines: int, cents: int) -> Callable[[Document], None]:
    """One statement writes every line: each fact once, or the database refuses."""

    def write(document: Document) -> None:
        wanted, values = rows.order_by().values_list("pk", "cents").query.sql_with_params()
        table = DocumentLine._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} (document_id, kind, share_id, cents) "  # noqa: S608
                f"WITH wanted (share_id, cents) AS ({wanted}) "
                "SELECT %s, %s, share_id, cents FROM wanted",
                [*values, document.pk, document.kind],
            )
            written = cursor.rowcount
            cursor.execute(
                f"SELECT SUM(cents) FROM {table} WHERE document_id = %s",  # noqa: S608
                [document.pk],
            )
            total = int(cursor.fetchone()[0] or 0)
        if (written, total) != (lines, cents):
            raise MovedMeanwhile

    return write


class _Names:
    """Names of products and structures, read once; and what the money is by version."""

    def __init__(
        self,
        called: str,
        products: dict[int, tuple[str, ...]] | None = None,
        structures: dict[int, str] | None = None,
    ) -> None:
        self.called = called
        self.products, self.structures = products or {}, structures or {}
        self._terms: dict[int, Payment] = {}

    def product(self, pk: int) -> tuple[str, ...]:
        if pk not in self.products:
            product = Product.objects.get(pk=pk)
            self.products[pk] = (product.name, product.unit)
        return self.products[pk]

    def structure(self, pk: int) -> str:
        if pk not in self.structures:
            self.structures[pk] = Organisation.objects.get(pk=pk).name
        return self.structures[pk]

    def terms(self, version: int) -> Payment:
        if version not in self._terms:
            text = SchemeVersion.objects.get(pk=version).text
            self._terms[version] = rule_of(text).payments.get(self.called, Payment())
        return self._terms[version]


def _tell(rows: Any, names: _Names, first: str) -> Iterator[dict[str, Any]]:
    """Lines as `documents.funder_call` tells them, in the same order."""
    found = rows.order_by("line__day", "pk").values_list(*FIELDS)
    for pk, day, product, seller, milli, price, rate, undoes, cents, why, version in found.iterator(
        READ_AT_ONCE
    ):
        name, unit = names.product(product)
        terms, told_day = names.terms(version), day.isoformat()
        told = {
            "line": pk,
            "day": told_day,
            "product": name,
            "milli": milli,
            "unit": unit,
            "price_cents": price,
            "undoes": undoes,
            "structure": names.structure(seller),
            "reason": why,
            "nature": terms.nature,
            "legal_basis": terms.legal_basis,
            "cents": cents,
            # Only a complement of the price bears the tax of the sale (domain rules, section 10).
            "vat_rate": rate if terms.nature == "complement" else 0,
        }
        if told_day < first:
            told["late"] = True
        yield told
