"""The documents of a month's end as files: a PDF, and the lines as CSV."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ensemblier.chain.billing.calls import lines_of
from ensemblier.chain.billing.lines_csv import rows_of
from ensemblier.chain.billing.models import MonthEnd
from ensemblier.chain.billing.month_end import documents_of
from ensemblier.chain.billing.pdf import document_pdf


def write_files(
    run: MonthEnd, folder: Path, shown: Callable[[int, str], None] = lambda done, name: None
) -> int:
    """Two files by document; how many documents. What is there is written again, the same."""
    folder.mkdir(parents=True, exist_ok=True)
    done = 0
    for document in documents_of(run):
        # A number is unique for its issuer and kind only.
        name = f"{document.issuer_id}-{document.number}"
        (folder / f"{name}.pdf").write_bytes(document_pdf(document))
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as out:
            out.writelines(rows_of(lines_of(document)))
        done += 1
        shown(done, name)
    return done
