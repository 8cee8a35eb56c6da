"""The peer of `bench.month_end`: a month's end written plainly, line after line by the ORM.

Each line is read, shared by `share_line` and posted by `post_line`, the actions of the till; then
each document is frozen by its own action, printed, and its lines written. What costs most in such a
loop and is not its subject is spared: it commits every thousand lines, not every line.
"""

from __future__ import annotations

import tempfile
import time
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

from bench import month_end_network as network

COMMIT_EVERY = 1_000


def close_month(made: network.Network) -> dict[str, float]:
    """Seconds by part."""
    laps = [time.perf_counter()]
    for part in (lines, documents, files):
        part(made.chain)
        laps.append(time.perf_counter())
    names = ("lines", "documents", "files")
    return {name: laps[n + 1] - laps[n] for n, name in enumerate(names)}


def lines(chain: Any) -> None:
    from django.db import transaction

    from ensemblier.base.refusal import Refusal
    from ensemblier.chain.billing.posting import post_line
    from ensemblier.chain.cofinancing.actions import share_line
    from ensemblier.chain.distribution.models import SaleLine

    rows = SaleLine.objects.filter(chain=chain, shared=None).order_by("day", "pk")
    waiting = list(rows.values_list("pk", flat=True))
    for first in range(0, len(waiting), COMMIT_EVERY):
        with transaction.atomic():
            for pk in waiting[first : first + COMMIT_EVERY]:
                line = SaleLine.objects.select_related(
                    "chain", "site__chain", "seller", "buyer", "product"
                ).get(pk=pk)
                try:
                    with transaction.atomic():
                        shares = share_line(line=line, actor=None) if line.scheme else []
                        post_line(line, shares, None)
                except Refusal:
                    continue


def documents(chain: Any) -> None:
    from ensemblier.chain.billing import documents as actions
    from ensemblier.chain.billing import queries
    from ensemblier.chain.cofinancing.models import SchemePayer

    day = network.NOW.date()
    told: dict[str, Any] = {"first": network.FIRST, "last": network.UNTIL, "day": day}
    told |= {"now": network.NOW, "actor": None}
    pairs = queries.lines_of_buyers(chain, network.UNTIL).order_by("seller", "buyer")
    for seller, buyer in pairs.values_list("seller", "buyer").distinct():
        who = {"seller": _of(seller), "buyer": _of(buyer)}
        actions.invoice(chain=chain, **who, key=uuid4(), **told)
    actions.self_bill_month(chain=chain, buyer=chain.lead, key=uuid4(), **told)
    for payer in SchemePayer.objects.filter(scheme__chain=chain):
        if queries.shares_to_call(payer, network.UNTIL).exists():
            actions.funder_call(payer=payer, key=uuid4(), **told)


def files(chain: Any) -> None:
    from ensemblier.chain.billing.lines_csv import csv_of
    from ensemblier.chain.billing.models import Document
    from ensemblier.chain.billing.pdf import document_pdf

    with tempfile.TemporaryDirectory() as folder:
        names = count()
        for document in Document.objects.filter(chain=chain):
            path = Path(folder) / str(next(names))
            path.with_suffix(".pdf").write_bytes(document_pdf(document))
            path.with_suffix(".csv").write_text(csv_of(document.content))


def _of(pk: int) -> Any:
    from ensemblier.base.people.models import Organisation

    return Organisation.objects.get(pk=pk)
