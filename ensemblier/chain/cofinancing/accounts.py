"""The accounts of a chain in the books: how each is coded and named, opened once."""

from __future__ import annotations

from ensemblier.base.chains.models import Chain
from ensemblier.base.ledger.actions import open_account
from ensemblier.base.ledger.models import Account, AccountKind
from ensemblier.base.people.models import Organisation
from ensemblier.chain.cofinancing.models import Scheme

NAME = 200


def opened(chain: Chain, role: str, number: int, name: str, kind: AccountKind) -> Account:
    return open_account(code=f"filiere-{chain.pk}-{role}-{number}", name=name[:NAME], kind=kind)


def seller_account(chain: Chain, seller: Organisation) -> Account:
    """What a seller of the chain is paid. As a payer, it bears its own part: nothing moves."""
    return opened(chain, "vendeur", seller.pk, f"{seller.name}, ventes", AccountKind.PAYEE)


def funder_account(chain: Chain, funder: Organisation) -> Account:
    """One for all the schemes of the chain that this organisation pays in."""
    return opened(chain, "financeur", funder.pk, f"{funder.name}, parts", AccountKind.FUNDER)


def pot_account(scheme: Scheme, rank: int, name: str) -> Account:
    """A pot of a scheme, which belongs to nobody in particular."""
    return opened(scheme.chain, f"cagnotte-{scheme.pk}", rank, name, AccountKind.FUNDER)
