"""Addresses of the documents of a chain."""

from __future__ import annotations

CHAIN = (
    "bank",
    "call",
    "close_month",
    "delivery",
    "invoice",
    "list",
    "mandate",
    "month",
    "owed",
    "receipt",
    "receive",
    "till",
)
DOCUMENT = ("credit", "csv", "detail", "pdf", "settle", "xml")
OWNED = (
    {f"billing:{name}": lambda s: {"slug": s.chain.slug} for name in CHAIN}
    | {f"billing:{name}": lambda s: {"pk": s.document.pk} for name in DOCUMENT}
    | {
        "billing:undo": lambda s: {"pk": s.settlement.pk},
        "billing:till_file": lambda s: {"pk": s.till.pk},
        "billing:import_till": lambda s: {"pk": s.till.pk},
        "billing:statement": lambda s: {"pk": s.statement.pk},
        "billing:apply": lambda s: {"pk": s.statement.pk},
    }
)
NO_PAGE = {
    "billing:pdf": "a PDF",
    "billing:xml": "an XML file",
    "billing:csv": "a CSV file",
    "billing:import_till": "takes a POST only",
    "billing:apply": "takes a POST only",
}
CEILINGS = {name: 15 for name in OWNED if name not in NO_PAGE} | {
    "billing:list": 10,
}
