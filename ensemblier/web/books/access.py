"""Who reads the books: those who answer for the money; an organisation, its own account."""

from ensemblier.base.ledger.models import Account, AccountKind
from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.base.people.models import OrganisationKind, Role

READERS = (Role.PROGRAMME, Role.SIGNATORY, Role.AUDITOR)
MEMBERS = (Role.APPLICANT, Role.REPRESENTATIVE)


def may_read_books(actor: Actor) -> Answer:
    """A payer of the State too; not the one of a co-funder, who has its own accounts only."""
    pays_for_state = any(
        held.role == Role.PAYER and held.organisation.kind == OrganisationKind.STATE
        for held in actor.mandates
    )
    return YES if actor.has(*READERS) or pays_for_state else HIDDEN


def may_read_account(actor: Actor, account: Account) -> Answer:
    """The whole books, or the account of what one's own organisation received."""
    if may_read_books(actor).allowed:
        return YES
    if account.kind != AccountKind.PAYEE:
        return HIDDEN
    own = {f"payee:{pk}" for pk in actor.organisations(*MEMBERS)}
    return YES if account.code in own else HIDDEN


def may_read_journal(actor: Actor) -> Answer:
    return YES if actor.has(Role.PROGRAMME, Role.AUDITOR) else HIDDEN
