"""The documents of a month's end as files: a PDF summed by product and price, the lines as CSV."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date
from functools import cache
from pathlib import Path
from typing import Any

import typst

from ensemblier.base.pages import formats
from ensemblier.chain.billing.attached import csv_of, summed
from ensemblier.chain.billing.calls import lines_of
from ensemblier.chain.billing.models import Document, MonthEnd
from ensemblier.chain.billing.month_end import documents_of

SOURCE = Path(__file__).with_name("summed.typ")
COLUMNS = ("Produit", "Prix unitaire", "Quantité", "Lignes", "Montant")


def write_files(
    run: MonthEnd, folder: Path, shown: Callable[[int, str], None] = lambda done, name: None
) -> int:
    """Two files by document; how many documents. What is there is written again, the same."""
    folder.mkdir(parents=True, exist_ok=True)
    done = 0
    for document in documents_of(run):
        # A number is unique for its issuer and kind only.
        name = f"{document.issuer_id}-{document.number}"
        (folder / f"{name}.pdf").write_bytes(summed_pdf(document))
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as out:
            out.writelines(csv_of(lines_of(document)))
        done += 1
        shown(done, name)
    return done


def rows_of(document: Document) -> list[dict[str, Any]]:
    """What is printed: the sums that a long document holds, else those of its lines."""
    content = document.content
    rows: list[dict[str, Any]] = content["lines"]
    return rows if "csv" in content else summed(rows)


def summed_pdf(document: Document) -> bytes:
    content = document.content
    issuer, recipient = content["issuer"], content["recipient"]
    first, last = (formats.day(date.fromisoformat(day)) for day in content["period"])
    facts = {
        "title": f"{document.get_kind_display().capitalize()} {document.number}",
        "author": issuer["name"],
        "lead": [
            f"De : {issuer['name']}",
            f"Vendeur : {content['seller']['name']}",
            f"À : {recipient['name']}",
            f"Date : {formats.day(document.day)}. Période : du {first} au {last}.",
        ],
        "columns": COLUMNS,
        "rows": list(_printed(rows_of(document))),
        "end": [
            f"Hors taxe : {formats.euros_exact(document.net_cents)}",
            f"TVA : {formats.euros_exact(document.vat_cents)}",
            f"Total : {formats.euros_exact(document.total_cents)}",
            f"Empreinte de la pièce : {document.digest}",
        ],
    }
    return _compiler().compile(
        format="pdf",
        sys_inputs={"data": json.dumps(facts, ensure_ascii=False)},
        pdf_standards="ua-1",
        timestamp=int(document.created_at.astimezone(UTC).timestamp()),
    )


@cache
def _compiler() -> Any:
    """Kept: looking for fonts takes longer than a page."""
    return typst.Compiler(str(SOURCE))


def _printed(rows: list[dict[str, Any]]) -> Iterator[list[str]]:
    for row in rows:
        yield [
            str(row["product"]),
            formats.euros_exact(row["unit_cents"]),
            _quantity(row["milli"], row["unit"]),
            formats.whole(row["count"]),
            formats.euros_exact(row["cents"]),
        ]


def _quantity(milli: int, unit: str) -> str:
    units, rest = divmod(abs(milli), 1000)
    decimals = f",{rest:03d}".rstrip("0") if rest else ""
    sign = formats.MINUS if milli < 0 else ""
    return f"{sign}{formats.whole(units)}{decimals}{formats.SPACE}{unit}"
