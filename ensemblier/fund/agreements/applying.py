"""What an amendment changes, as it is kept (JSON), checked, and put into the agreement."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import ProtectedError

from ensemblier.base.pages.formats import euros
from ensemblier.base.people.models import Organisation
from ensemblier.base.refusal import Refusal
from ensemblier.fund.agreements import articles, ties
from ensemblier.fund.agreements.models import (
    Agreement,
    Amendment,
    Indicator,
    Instalment,
    Party,
)
from ensemblier.fund.agreements.parties import PlannedPayment, parties_of, put_party
from ensemblier.fund.agreements.shares import agreed_cents, shares
from ensemblier.fund.programme.models import ExpenseClass

if TYPE_CHECKING:
    from ensemblier.fund.agreements.amending import Changes, Scheduled


class BadChange(Refusal):
    """What the amendment changes does not hold together."""


def written(changes: Changes) -> dict[str, Any]:
    """The changes as JSON; money is in the lines of the amendment."""
    found: dict[str, Any] = {}
    for name in ("starts_on", "ends_on"):
        if getattr(changes, name):
            found[name] = getattr(changes, name).isoformat()
    if changes.schedule:
        found["schedule"] = [
            row._asdict() | {"due_on": row.due_on.isoformat()} for row in changes.schedule
        ]
    if changes.targets:
        found["targets"] = [
            row._asdict() | {"target": str(row.target), "baseline": str(row.baseline)}
            for row in changes.targets
        ]
    if changes.joins:
        found["joins"] = [
            row._asdict()
            | {"payments": [p._asdict() | {"due_on": p.due_on.isoformat()} for p in row.payments]}
            for row in changes.joins
        ]
    if changes.leaves:
        found["leaves"] = list(changes.leaves)
    if changes.articles:
        found["articles"] = [row._asdict() for row in changes.articles]
    return found


def read(amendment: Amendment) -> Changes:
    """The changes as they were written."""
    from ensemblier.fund.agreements import amending as am

    content = amendment.content
    schedule = [
        am.Scheduled(**{**row, "due_on": date.fromisoformat(row["due_on"])})
        for row in content.get("schedule", ())
    ]
    return am.Changes(
        starts_on=_day(content.get("starts_on")),
        ends_on=_day(content.get("ends_on")),
        money=[
            am.MoneyChange(
                line.envelope,
                line.expense_class,
                line.amount_cents if line.way == am.Way.UP else -line.amount_cents,
            )
            for line in amendment.lines.select_related("envelope")
        ],
        schedule=schedule or None,
        targets=[
            am.Target(**{**r, "target": Decimal(r["target"]), "baseline": Decimal(r["baseline"])})
            for r in content.get("targets", ())
        ],
        joins=[
            am.NewParty(r["organisation_id"], r["role"], _payments(r["payments"]))
            for r in content.get("joins", ())
        ],
        leaves=content.get("leaves", []),
        articles=[am.NewArticle(**row) for row in content.get("articles", ())],
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _payments(rows: list[dict[str, Any]]) -> tuple[PlannedPayment, ...]:
    return tuple(
        PlannedPayment(**{**row, "due_on": date.fromisoformat(row["due_on"])}) for row in rows
    )


def check_once(changes: Changes) -> None:
    """One amount for an expense of an envelope: two would be one line of the books."""
    places = Counter((row.envelope.pk, row.expense_class) for row in changes.money)
    for row in changes.money:
        if places[row.envelope.pk, row.expense_class] > 1:
            label = ExpenseClass(row.expense_class).label.capitalize()
            raise BadChange(
                f"{label} change deux fois sur l'enveloppe « {row.envelope} » : écrivez un seul "
                "montant, en plus ou en moins.",
                field="money",
            )


def check(amendment: Amendment, changes: Changes) -> None:
    """Dates in order, amounts that hold, a schedule that makes the new sum, known parties."""
    agreement = amendment.agreement
    starts = changes.starts_on or agreement.starts_on
    if (changes.ends_on or agreement.ends_on) <= starts:
        raise BadChange("La fin de la convention précède son début.", field="ends_on")
    _check_money(amendment, changes)
    _check_schedule(amendment, changes.schedule)
    for article in changes.articles:
        if fault := articles.fault_of(article.body):
            raise BadChange(fault, field="article_body")
    known = {party.pk: party for party in parties_of(agreement)}
    for pk in changes.leaves:
        party = known.get(pk)
        if party is None or party.role in (Party.Role.BENEFICIARY, Party.Role.GRANTOR):
            raise BadChange("Cette partie ne peut pas sortir de la convention.", field="leaves")
        if party.payments.filter(paid_on__isnull=False).exists():
            raise BadChange("Ce cofinanceur a déjà versé : il reste partie.", field="leaves")


def _check_money(amendment: Amendment, changes: Changes) -> None:
    agreement = amendment.agreement
    application = agreement.decision.application
    allowed = set(application.call.envelopes.values_list("pk", flat=True))
    allowed |= {share.envelope.pk for share in shares(agreement)}
    for change in changes.money:
        envelope = change.envelope
        if not change.cents:
            raise BadChange("Un montant d'avenant n'est pas zéro.", field="money")
        if change.cents > 0 and (
            envelope.pk not in allowed
            or not envelope.accepts(application.department, change.expense_class)
        ):
            raise BadChange(
                f"L'enveloppe « {envelope} » ne peut pas payer cette dépense de ce projet.",
                field="money",
            )
    below = [share for share in shares(agreement, amendment) if share.cents < 0]
    if below:
        raise BadChange(
            f"« {below[0].label} » : vous enlevez plus que ce qui est accordé.", field="money"
        )
    if agreed_cents(agreement, amendment) <= 0:
        raise BadChange(
            "L'aide ne peut pas descendre à zéro : clôturez plutôt la convention.", field="money"
        )
    _check_members(amendment)


def _check_members(amendment: Amendment) -> None:
    """What a network shared out among its members is theirs: they agreed to it."""
    for name, held in ties.shared_by_class(amendment.agreement).items():
        wanted = sum(
            share.cents
            for share in shares(amendment.agreement, amendment)
            if share.expense_class == name
        )
        if wanted < held:
            raise BadChange(
                f"{ExpenseClass(name).label.capitalize()} : {euros(held)} sont déjà ouverts aux "
                f"membres du réseau, et cet avenant n'en laisserait que {euros(wanted)}. "
                f"Laissez au moins {euros(held)}, ou enlevez sur une autre dépense.",
                field="money",
            )


def _check_schedule(amendment: Amendment, schedule: Any) -> None:
    from ensemblier.fund.agreements.actions import Planned, check_release

    agreement = amendment.agreement
    rows = {row.pk: row for row in agreement.instalments.all()}
    planned = sum(row.amount_cents for row in schedule or rows.values())
    wanted = agreed_cents(agreement, amendment)
    if planned != wanted:
        raise BadChange(
            f"Les échéances font {euros(planned)}, et l'aide avec cet avenant {euros(wanted)} : "
            "écrivez les échéances pour que les deux sommes soient égales.",
            field="schedule",
        )
    if schedule is None:
        return
    if any(row.amount_cents <= 0 for row in schedule):
        raise BadChange("Chaque échéance a un montant positif.", field="schedule")
    for row in schedule:
        check_release(Planned(*row[1:]))
    kept = {row.pk for row in schedule if row.pk is not None}
    if not kept <= set(rows):
        raise BadChange("Une échéance n'existe plus : rechargez la page.", field="schedule")
    _check_taken(rows, schedule, kept)


def _check_taken(rows: dict[int, Instalment], schedule: Any, kept: set[int]) -> None:
    """An instalment certified or paid stays as it is."""
    new = {row.pk: row for row in schedule if row.pk is not None}
    for pk in ties.taken_among(list(rows.values())):
        row, wanted = rows[pk], new.get(pk)
        same = wanted is not None and (wanted.amount_cents, wanted.release) == (
            row.amount_cents,
            row.release,
        )
        if pk not in kept or not same:
            raise BadChange(
                f"L'échéance {row.position} est déjà en paiement ou payée : elle ne change pas.",
                field="schedule",
            )


def propose(amendment: Amendment, *, actor: Any, now: datetime) -> None:
    """At sending: who joins or leaves must sign too, and new words are kept with their version."""
    changes = read(amendment)
    agreement = amendment.agreement
    organisations = Organisation.objects.in_bulk([row.organisation_id for row in changes.joins])
    for join in changes.joins:
        put_party(
            agreement,
            organisation=organisations[join.organisation_id],
            role=join.role,
            payments=join.payments,
            amendment=amendment,
        )
    Party.objects.filter(agreement=agreement, pk__in=changes.leaves).update(left_by=amendment)
    for row in changes.articles:
        last = agreement.articles.filter(code=row.code).order_by("-version").first()
        articles.add_version(
            agreement,
            code=row.code,
            title=row.title,
            body=row.body,
            version=last.version if last else 0,
            position=95,
            amendment=amendment,
            actor=actor,
            now=now,
        )


def withdraw(amendment: Amendment) -> None:
    """An abandoned amendment: who was leaving stays, who was joining does not."""
    Party.objects.filter(left_by=amendment).update(left_by=None)
    Party.objects.filter(joined_by=amendment).update(left_by=amendment)


def in_force(agreement: Agreement) -> dict[str, Any]:
    """What holds just before an amendment, as pages and texts compare it."""
    return {
        "starts_on": agreement.starts_on.isoformat(),
        "ends_on": agreement.ends_on.isoformat(),
        "cents": agreed_cents(agreement),
        "schedule": [
            {
                "position": row.position,
                "label": row.label,
                "release": row.release,
                "amount_cents": row.amount_cents,
                "due_on": row.due_on.isoformat(),
            }
            for row in agreement.instalments.all()
        ],
        "targets": [
            {"label": row.label, "target": str(row.target), "unit": row.unit}
            for row in agreement.indicators.filter(left_by__isnull=True)
        ],
        "parties": [str(party) for party in parties_of(agreement)],
    }


def apply(amendment: Amendment) -> None:
    """Put the changes into the agreement. `before` keeps what was there."""
    changes = read(amendment)
    agreement = amendment.agreement
    agreement.starts_on = changes.starts_on or agreement.starts_on
    agreement.ends_on = changes.ends_on or agreement.ends_on
    agreement.save(update_fields=["starts_on", "ends_on"])
    if changes.schedule is not None:
        _apply_schedule(agreement, changes.schedule)
    for row in changes.targets:
        _apply_target(amendment, row)


def _apply_schedule(agreement: Agreement, schedule: Any) -> None:
    # Checked again: a payment may have started since the amendment was sent.
    rows = {row.pk: row for row in agreement.instalments.all()}
    kept = {row.pk for row in schedule if row.pk is not None}
    _check_taken(rows, schedule, kept)
    for pk in set(rows) - kept:
        try:
            rows[pk].delete()
        except ProtectedError as error:
            raise BadChange(
                f"L'échéance {rows[pk].position} a des pièces ou un versement : elle reste."
            ) from error
    top = 1000 + max([row.position for row in rows.values()], default=0)
    for rank, pk in enumerate(sorted(kept)):  # out of the way: ranks are unique
        Instalment.objects.filter(pk=pk).update(position=top + rank)
    for rank, row in enumerate(schedule, start=1):
        _put_instalment(agreement, rank, row, rows[row.pk] if row.pk is not None else None)


# What opens an instalment, and what says that it is open.
OPENS = ("release", "paper_label", "indicator_id")
CLOSED: dict[str, None] = {"released_at": None, "released_by": None, "clock_starts_on": None}


def _put_instalment(
    agreement: Agreement, rank: int, row: Scheduled, before: Instalment | None
) -> None:
    """What another event opens from now on is not open for the one before."""
    fields: dict[str, Any] = {name: now for name, now in row._asdict().items() if name != "pk"}
    if before is None:
        Instalment.objects.create(agreement=agreement, position=rank, **fields)
        return
    if any(getattr(before, name) != fields[name] for name in OPENS):
        fields |= CLOSED
    Instalment.objects.filter(pk=before.pk).update(position=rank, **fields)


def _apply_target(amendment: Amendment, row: Any) -> None:
    agreement = amendment.agreement
    if row.pk is not None:
        Indicator.objects.filter(agreement=agreement, pk=row.pk).update(target=row.target)
        return
    last = agreement.indicators.order_by("-position").first()
    Indicator.objects.create(
        agreement=agreement,
        position=last.position + 1 if last else 1,
        label=row.label,
        unit=row.unit,
        baseline=row.baseline,
        target=row.target,
        source=row.source,
        measured_by=row.measured_by,
        joined_by=amendment,
    )
