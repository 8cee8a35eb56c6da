"""What an entry says, drawn from the agreement and the books."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.models import Organisation
from ensemblier.engines.law.dated import in_force
from ensemblier.engines.law.subsidies import AGREEMENT_THRESHOLD, PUBLICATION_MONTHS
from ensemblier.engines.months import add_months
from ensemblier.fund.agreements.models import Agreement, Amendment
from ensemblier.fund.publication.rows import CASH, decimal, quiet, share

# As the schema writes it: the letter, then nine digits (some of overseas have a letter more).
RNA = re.compile(r"W[0-9]{9}")


def is_complete(content: Mapping[str, Any]) -> bool:
    """Has the identifiers that the official schemas ask for."""
    return bool(content["idAttribuant"]) and bool(
        content["idBeneficiaire"] or content["rnaBeneficiaire"]
    )


def recipients(agreement: Agreement, cents: int) -> list[tuple[Organisation, int]]:
    """Who receives, and how much each, of `cents`. One today: the organisation that signs."""
    return [(agreement.decision.application.organisation, cents)]


def is_due(years: Mapping[int, int], day: date) -> bool:
    """The law asks for its publication: above the threshold of a mandatory agreement, a year."""
    return max(years.values(), default=0) > in_force(AGREEMENT_THRESHOLD, day).value


def last_signed_on(agreement: Agreement) -> date:
    """The day of its last signed amendment; of the agreement itself, when it has none."""
    signed = agreement.amendments.filter(state=Amendment.State.SIGNED).order_by("signed_at").last()
    return (
        in_paris(signed.signed_at).date() if signed and signed.signed_at else signed_on(agreement)
    )


def publish_by(signed_on: date) -> date:
    return add_months(signed_on, in_force(PUBLICATION_MONTHS, signed_on).value)


def signed_on(agreement: Agreement) -> date:
    assert agreement.signed_at is not None
    return in_paris(agreement.signed_at).date()


def content_of(
    agreement: Agreement, recipient: Organisation, cents: int, total: int
) -> dict[str, Any]:
    """The values of an entry, under the names of the official columns: `cents` of `total`."""
    decision = agreement.decision
    application = decision.application
    owner = application.call.owner
    dates = sorted(row.due_on for row in agreement.instalments.all())
    return {
        "nomAttribuant": quiet(owner.name),
        "idAttribuant": owner.siret,
        "dateConvention": signed_on(agreement).isoformat(),
        "referenceDecision": quiet(decision.number),
        "nomBeneficiaire": quiet(recipient.name),
        "idBeneficiaire": recipient.siret,
        "rnaBeneficiaire": recipient.rna if RNA.fullmatch(recipient.rna) else "",
        "objet": quiet(application.title),
        "montant": decimal(total),
        "nature": CASH,
        "conditionsVersement": "unique" if len(dates) == 1 else "échelonné",
        "periode": [dates[0].isoformat(), dates[-1].isoformat()],
        "idRAE": "",
        "notificationUE": "non",
        "pourcentageSubvention": share(10_000 * cents // total),
        "dispositifAide": quiet(application.call.title),
        "region": application.department.region_id if application.department else "",
        "departement": application.department_id or "",
        "volet": application.call.strand,
    }
