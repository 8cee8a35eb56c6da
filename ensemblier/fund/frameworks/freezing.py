"""The members' shares as the file keeps them: frozen by its receipt, compared between versions."""

from __future__ import annotations

from typing import Any

from ensemblier.base.pages.formats import euros
from ensemblier.base.people.models import OrganisationKind
from ensemblier.fund.applications.models import Application
from ensemblier.fund.frameworks.models import Framework, MemberShare
from ensemblier.fund.programme.models import ExpenseClass

TITLE = "Parts des membres"


def shares_annex(application: Application) -> dict[str, Any] | None:
    """One row of French words for each share: what is asked for whom, and what the member said."""
    if application.organisation.kind != OrganisationKind.NETWORK:
        return None
    framework = Framework.objects.filter(application=application.pk).first()
    if framework is None:
        return None
    shares = framework.shares.exclude(state=MemberShare.State.REMOVED).order_by("pk")
    rows = shares.select_related("member").prefetch_related("amounts")
    return {
        "step": "partenaires",
        "title": TITLE,
        "rows": {_name(row): _words(row) for row in rows},
    }


def _name(share: MemberShare) -> str:
    home = share.member
    return f"{home} ({home.siret or home.rna or home.pk})"


def _words(share: MemberShare) -> str:
    amounts = sorted(share.amounts.all(), key=lambda row: (row.expense_class, row.year))
    parts = [
        f"{ExpenseClass(row.expense_class).label} {row.year} : {euros(row.amount_cents)}"
        for row in amounts
    ]
    return " ; ".join([share.project, *parts, str(share.get_state_display())])
