"""What the form of an amendment shows of a draft opened again: all that was typed, rank by rank."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ensemblier.base.people.models import Organisation
from ensemblier.fund.agreements import applying
from ensemblier.fund.agreements.amending import Changes
from ensemblier.fund.agreements.models import Amendment, Instalment


def start_of_draft(draft: Amendment, instalments: Sequence[Instalment]) -> dict[str, Any]:
    """The fields of the form, by name."""
    changes = applying.read(draft)
    found: dict[str, Any] = {
        "reasons": draft.reasons,
        "version": draft.version,
        "key": draft.key,
        "starts_on": changes.starts_on,
        "ends_on": changes.ends_on,
        "leaves": changes.leaves[0] if changes.leaves else None,
    }
    for rank, row in enumerate(changes.money, start=1):
        found[f"envelope_{rank}"] = row.envelope.pk
        found[f"class_{rank}"], found[f"change_{rank}"] = row.expense_class, row.cents
    if changes.articles:
        found["article_title"] = changes.articles[0].title
        found["article_body"] = changes.articles[0].body
    return found | _schedule(changes, instalments) | _targets(changes) | _join(changes)


def _schedule(changes: Changes, instalments: Sequence[Instalment]) -> dict[str, Any]:
    if changes.schedule is None:
        return {}
    found: dict[str, Any] = {}
    for known in instalments:  # one that the draft takes off is shown empty
        found |= {f"old_{known.pk}_amount": None, f"old_{known.pk}_due": known.due_on}
    rank = 0
    for row in changes.schedule:
        if row.pk is not None:
            found |= {f"old_{row.pk}_amount": row.amount_cents, f"old_{row.pk}_due": row.due_on}
            continue
        rank += 1
        found |= {
            f"new_{rank}_amount": row.amount_cents,
            f"new_{rank}_due": row.due_on,
            f"new_{rank}_release": row.release,
            f"new_{rank}_paper": row.paper_label,
        }
    return found


def _targets(changes: Changes) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in changes.targets:
        if row.pk is not None:
            found[f"target_{row.pk}"] = row.target
            continue
        found |= {f"new_{name}": value for name, value in row._asdict().items() if name != "pk"}
    return found


def _join(changes: Changes) -> dict[str, Any]:
    if not changes.joins:
        return {}
    join = changes.joins[0]
    organisation = Organisation.objects.get(pk=join.organisation_id)
    found: dict[str, Any] = {"join_siret": organisation.siret}
    if join.payments:
        found["join_amount"] = sum(row.amount_cents for row in join.payments)
        found["join_due"] = join.payments[0].due_on
    return found
