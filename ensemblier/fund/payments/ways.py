"""Who pays an agreement, and how: through a public accountant, or by transfer orders."""

from __future__ import annotations

from enum import StrEnum

from ensemblier.base.people.models import Mandate, Organisation, OrganisationKind
from ensemblier.fund.agreements.models import Agreement

# Who orders does not handle public money: an accountant pays (décret 2012-1246, art. 9 and 18).
PUBLIC = (OrganisationKind.STATE, OrganisationKind.PUBLIC)


class Way(StrEnum):
    ACCOUNTANT = "accountant"
    FILE = "file"


def payer_of(agreement: Agreement) -> Organisation:
    """The funder that pays: the one that owns the call."""
    return agreement.decision.application.call.owner


def way_of(agreement: Agreement) -> Way:
    return Way.ACCOUNTANT if payer_of(agreement).kind in PUBLIC else Way.FILE


def acts_for(mandate: Mandate, payer: Organisation) -> bool:
    """A payer's mandate given by this payer; every service of the State pays for the State."""
    own = mandate.organisation_id == payer.pk
    state = OrganisationKind.STATE
    return own or (payer.kind == state and mandate.organisation.kind == state)
