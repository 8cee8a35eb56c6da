"""An agreement with the rows its pages show: one prepared query, whatever their number.

Only pages that are read load it (`whole`); actions read the tables, under their locks. Rows come
with the columns named here: any other one is read from its table when somebody asks for it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import CharField, DecimalField, F, IntegerField, Model, QuerySet, Value
from django.db.models.functions import Cast, JSONObject

from ensemblier.base.prepared import KEY, Prepared
from ensemblier.fund.agreements.models import (
    Agreement,
    Amendment,
    AmendmentLine,
    Annex,
    Evidence,
    Indicator,
    Instalment,
    Measure,
    Party,
    PartyPayment,
    Recovery,
    Signature,
    SignedScan,
    Suspension,
    WithdrawnShare,
)
from ensemblier.fund.decisions.models import Award


class Part(NamedTuple):
    """The rows of one table: how they lead to the agreement, and the columns that pages show."""

    name: str
    model: type[Model]
    path: str
    columns: str

    @property
    def names(self) -> list[str]:
        return ["id", *self.columns.split()]


SHARE = "envelope_id expense_class amount_cents envelope__id envelope__year"
PARTS = (
    Part(
        "parties",
        Party,
        "agreement",
        "organisation_id role position signer_name signer_title legal_basis amount_cents "
        "joined_by_id left_by_id organisation__id organisation__name organisation__siret",
    ),
    Part(
        "their_payments",
        PartyPayment,
        "party__agreement",
        "party_id position label amount_cents due_on paid_on",
    ),
    Part(
        "signatures",
        Signature,
        "agreement",
        "organisation_id amendment_id signed_at pdf_sha256 means signer_name ip second_factor "
        "scan_id signed_by_id signed_by__id signed_by__name signed_by__email "
        "scan__id scan__file_id scan__file__id scan__file__name",
    ),
    Part("scans", SignedScan, "agreement", "amendment_id state uploaded_at uploaded_by_id"),
    Part(
        "amendments",
        Amendment,
        "agreement",
        "agreement_id number state reasons sent_at signed_at pdf_id",
    ),
    Part("awards", Award, "decision__agreement", SHARE),
    Part("lines", AmendmentLine, "amendment__agreement", f"amendment_id way {SHARE}"),
    Part("withdrawn", WithdrawnShare, "recovery__agreement", f"taken_back_id {SHARE}"),
    Part(
        "suspensions",
        Suspension,
        "agreement",
        "instalment_id recovery_id reason starts_on ends_on",
    ),
    Part("recoveries", Recovery, "agreement", "number state ground"),
    Part("annexes", Annex, "agreement", "position title amendment_id file_id file__id file__name"),
    Part(
        "indicators",
        Indicator,
        "agreement",
        "position label unit baseline target target_on source measured_by joined_by_id left_by_id",
    ),
    Part("measures", Measure, "indicator__agreement", "indicator_id value measured_on"),
    Part(
        "instalments",
        Instalment,
        "agreement",
        "agreement_id position label release amount_cents due_on paper_label indicator_id "
        "released_at clock_starts_on",
    ),
    Part(
        "evidence",
        Evidence,
        "instalment__agreement",
        "instalment_id kind state check_note file_id file__id file__name",
    ),
)


def whole(agreement: Agreement) -> Agreement:
    """Keep with this agreement the rows that its pages show."""
    found: dict[str, list[Any]] = {part.name: [] for part in PARTS}
    for rank, _, facts in _PREPARED.rows(agreement=agreement.pk):
        part = PARTS[rank]
        found[part.name].append(_row(part.model, json.loads(facts)))
    for rows in found.values():
        rows.sort(key=lambda row: (getattr(row, "position", 0), row.pk))
    _tie(agreement, found)
    agreement.kept_rows = found  # type: ignore[attr-defined]
    return agreement


def kept(agreement: Agreement, name: str, read: Callable[[], Iterable[Any]]) -> list[Any]:
    """The rows kept with this agreement; read from their table when nothing is kept."""
    rows: dict[str, list[Any]] | None = getattr(agreement, "kept_rows", None)
    return list(read()) if rows is None else rows[name]


def _tie(agreement: Agreement, found: dict[str, list[Any]]) -> None:
    """Rows that name another of these rows point to it."""
    agreement.decision.agreement = agreement
    for name, link, goal in (
        ("parties", "joined_by", "amendments"),
        ("parties", "left_by", "amendments"),
        ("lines", "amendment", "amendments"),
        ("annexes", "amendment", "amendments"),
        ("their_payments", "party", "parties"),
        ("instalments", "indicator", "indicators"),
    ):
        known = {row.pk: row for row in found[goal]}
        for row in found[name]:
            key = getattr(row, f"{link}_id")
            setattr(row, link, known[key] if key is not None else None)
    for row in (*found["instalments"], *found["amendments"]):
        row.agreement = agreement


def _all_rows(agreement: int) -> QuerySet:
    first, *others = [_rows_of(rank, part, agreement) for rank, part in enumerate(PARTS)]
    return first.union(*others, all=True)


def _rows_of(rank: int, part: Part, agreement: int) -> QuerySet:
    return (
        part.model._default_manager.filter(**{part.path: agreement})
        .order_by()
        .annotate(
            rank=Value(rank, output_field=IntegerField()),
            as_json=JSONObject(**{name: _written(part.model, name) for name in part.names}),
        )
        .values_list("rank", "pk", "as_json")
    )


def _written(model: type[Model], name: str) -> Any:
    """A decimal travels as text: JSON would make a float of it."""
    if "__" not in name and isinstance(model._meta.get_field(name), DecimalField):
        return Cast(F(name), CharField())
    return F(name)


_PREPARED = Prepared(_all_rows, agreement=KEY)


def _row(model: type[Model], facts: dict[str, Any]) -> Any:
    """A row of this table, with the rows it leads to; columns that are absent are deferred."""
    own = {name: value for name, value in facts.items() if "__" not in name}
    names = [field.attname for field in model._meta.concrete_fields if field.attname in own]
    fields = {field.attname: field for field in model._meta.concrete_fields}
    row = model.from_db("default", names, [_value(fields[name], own[name]) for name in names])
    for link in {name.split("__", 1)[0] for name in facts if "__" in name}:
        inner = {n.split("__", 1)[1]: v for n, v in facts.items() if n.startswith(f"{link}__")}
        related: Any = model._meta.get_field(link).related_model
        setattr(row, link, None if inner["id"] is None else _row(related, inner))
    return row


def _value(field: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(field, DecimalField):
        return Decimal(value).quantize(Decimal(1).scaleb(-field.decimal_places))
    read = field.target_field.to_python(value) if field.is_relation else field.to_python(value)
    if isinstance(read, datetime) and read.tzinfo is None:
        return read.replace(tzinfo=UTC)  # as SQLite keeps it
    return read
