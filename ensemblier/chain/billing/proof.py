"""Proof that documents are as they were frozen, numbers without gap, and noted money posted."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid5

from django.db import connection

from ensemblier.base.journal import append_only
from ensemblier.base.ledger.models import Transfer
from ensemblier.base.people.models import Organisation
from ensemblier.chain.billing.models import Document, NumberedSeries, Settlement
from ensemblier.chain.billing.queries import gaps
from ensemblier.chain.billing.rules import digest_of

PROTECTED = ("billing_document", "billing_documentline", "billing_settlement")
AT_ONCE = 500


def prove() -> list[tuple[str, str]]:
    """For `ensemblier verify`: where and what is wrong, and the missing protections."""
    found = [("pièces", fault) for fault in (*_changed(), *_gaps())]
    found += [("règlements", fault) for fault in _not_posted()]
    return found + [
        ("protection", f"le déclencheur {name} manque ou est coupé")
        for name in append_only.missing(connection, *PROTECTED)
    ]


def _changed() -> Iterator[str]:
    rows = Document.objects.order_by("pk").values_list("number", "digest", "total_cents", "content")
    for number, digest, total, content in rows.iterator(AT_ONCE):
        if digest_of(content) != digest or content["totals"]["total_cents"] != total:
            yield f"la pièce {number} n'est plus ce qui a été figé"


def _gaps() -> Iterator[str]:
    issuers = NumberedSeries.objects.order_by().values("issuer").distinct()
    for issuer in Organisation.objects.filter(pk__in=issuers).order_by("pk"):
        for suite in gaps(issuer):
            yield f"{issuer.name} : il manque un numéro dans la suite {suite}"


def _not_posted() -> Iterator[str]:
    """Each settlement has its move in the books, of the same amount."""
    rows = list(Settlement.objects.order_by("pk").values_list("pk", "key", "cents"))
    for start in range(0, len(rows), AT_ONCE):
        part = {uuid5(key, "settlement"): (pk, cents) for pk, key, cents in rows[start:][:AT_ONCE]}
        posted = dict(Transfer.objects.filter(key__in=part).values_list("key", "cents"))
        for key, (pk, cents) in part.items():
            if posted.get(key) != abs(cents):
                yield f"le règlement {pk} n'est pas au livre pour son montant"
