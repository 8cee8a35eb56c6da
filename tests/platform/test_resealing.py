"""A change of SECRET_KEY: nothing is lost, then the former key is not needed any more."""

from __future__ import annotations

import hashlib

import pytest
from allauth.mfa.models import Authenticator

from ensemblier.base.journal.models import Event
from ensemblier.base.people.adapters import SecondFactorAdapter
from ensemblier.base.people.models import Role
from ensemblier.cli.main import main
from ensemblier.fund.intake import linking
from ensemblier.fund.intake.models import Demarche
from ensemblier.fund.payments import banking, orders
from ensemblier.fund.payments.banking import AccountRefused
from ensemblier.fund.payments.models import BankAccount
from ensemblier.fund.payments.sealing import CannotOpen, unseal
from ensemblier.web.operations import resealing
from tests import factories_fund as fund
from tests import factories_payments as bank

pytestmark = pytest.mark.django_db
NEW = "une-autre-cle-d-exemple-pour-les-essais-seulement-0123456789"


@pytest.fixture
def turned(settings):
    """A key is changed while an account, a second factor and a token are sealed."""
    organisation = fund.organisation()
    account = bank.confirmed(organisation, number=4242)
    factor = Authenticator.objects.create(
        user=fund.user(Role.PAYER),
        type=Authenticator.Type.TOTP,
        data={"secret": SecondFactorAdapter().encrypt("SECRET")},
    )
    token = Demarche.objects.create(
        call=fund.call(),
        number=7,
        host="exemple.fr",
        sealed_token=linking.locks().encrypt(b"jeton").decode(),
        given_on=bank.NOW.date(),
        owner=fund.user(Role.PROGRAMME),
        created_at=bank.NOW,
    )
    former = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [former]
    return account, factor, token


def test_a_former_key_still_opens_and_accounts_are_still_compared(turned) -> None:
    account, _, _ = turned
    assert unseal(account.sealed_iban) == bank.iban(4242)
    with pytest.raises(AccountRefused, match="déjà en service"):
        banking.enter_account(
            organisation=account.organisation,
            holder="X",
            iban=bank.iban(4242),
            paper=fund.paper(),
            actor=account.entered_by,
            now=bank.LATER,
        )
    twin = bank.entered(fund.organisation("Jumelle"), number=4242)
    assert twin.fingerprint != account.fingerprint
    assert banking.others_with_the_same_number(twin) == [account.organisation.name]


def test_resealed_the_former_key_is_not_needed(turned, settings, capsys) -> None:
    account, factor, token = turned
    before = account.sealed_iban
    assert main(["reseal", "--check"]) == 1
    assert main(["reseal"]) == 0
    assert resealing.reseal() == dict.fromkeys((kind.label for kind in resealing.KINDS), 0)
    assert main(["reseal", "--check"]) == 0
    assert "Rien ne reste" in capsys.readouterr().out
    settings.SECRET_KEY_FALLBACKS = []
    for row in turned:
        row.refresh_from_db()
    assert account.sealed_iban != before
    assert unseal(account.sealed_iban) == bank.iban(4242)
    twin = bank.entered(fund.organisation("Jumelle"), number=4242)
    assert twin.fingerprint == account.fingerprint
    assert SecondFactorAdapter().decrypt(factor.data["secret"]) == "SECRET"
    assert linking.locks().decrypt(token.sealed_token.encode()) == b"jeton"
    [event] = Event.objects.filter(action="keys.reseal")
    assert sum(event.data.values()) == 3


def test_without_the_former_key_nothing_is_changed_and_it_is_said(turned, settings, capsys) -> None:
    """Negative control: the key matters."""
    settings.SECRET_KEY_FALLBACKS = ["encore-une-autre"]
    with pytest.raises(CannotOpen):
        unseal(turned[0].sealed_iban)
    rows = list(BankAccount.objects.values())
    assert main(["reseal"]) == 1
    assert "une clé manque" in capsys.readouterr().err
    assert list(BankAccount.objects.values()) == rows


def test_a_file_of_transfers_is_the_same_after_a_change_of_key(settings) -> None:
    case = bank.made()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [settings.SECRET_KEY]
    resealing.reseal()
    settings.SECRET_KEY_FALLBACKS = []
    case.file.refresh_from_db()
    content = orders.file_bytes(type(case.file).objects.get(pk=case.file.pk))
    assert hashlib.sha256(content).hexdigest() == case.file.sha256
