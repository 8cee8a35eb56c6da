"""After a change of SECRET_KEY: what former keys sealed is sealed again with the new one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.people import adapters
from ensemblier.base.refusal import Refusal
from ensemblier.fund.intake import linking
from ensemblier.fund.intake.models import Demarche
from ensemblier.fund.payments import sealing
from ensemblier.fund.payments.models import BankAccount


class KeyMissing(Refusal):
    """Something was sealed with a key that is neither in use nor among the former ones."""


class Sealed(NamedTuple):
    """One sealed text: its row, where it is kept in it, how to write it back."""

    row: Any
    text: str
    write: Callable[[Any, str], None]


class Kind(NamedTuple):
    """A kind of secret: the locks that a list of keys gives, and every text they closed."""

    label: str
    locks: Callable[[Sequence[str]], MultiFernet]
    texts: Callable[[], Iterator[Sealed]]


def _accounts() -> Iterator[Sealed]:
    for row in BankAccount.objects.select_for_update().order_by("pk"):
        yield Sealed(row, row.sealed_iban, _write_account)


def _write_account(row: BankAccount, sealed: str) -> None:
    """With its mark, which is drawn from the key too."""
    row.sealed_iban, row.fingerprint = sealed, sealing.fingerprint(sealing.unseal(sealed))
    row.save(update_fields=["sealed_iban", "fingerprint"])


def _factors() -> Iterator[Sealed]:
    """The secret of a code generator, the seed of recovery codes."""
    for row in Authenticator.objects.select_for_update().order_by("pk"):
        for name in ("secret", "seed"):
            if text := row.data.get(name):
                yield Sealed(row, text, _writer(name))


def _writer(name: str) -> Callable[[Any, str], None]:
    def write(row: Any, sealed: str) -> None:
        row.data[name] = sealed
        row.save(update_fields=["data"])

    return write


def _tokens() -> Iterator[Sealed]:
    for row in Demarche.objects.select_for_update().exclude(sealed_token="").order_by("pk"):
        yield Sealed(row, row.sealed_token, _write_token)


def _write_token(row: Demarche, sealed: str) -> None:
    row.sealed_token = sealed
    row.save(update_fields=["sealed_token"])


KINDS = (
    Kind("IBAN", lambda keys: sealing.locks(tuple(keys)), _accounts),
    Kind("Seconds facteurs", adapters.seal, _factors),
    Kind("Jetons de démarches", linking.locks, _tokens),
)


def _is_old(kind: Kind, text: str) -> bool:
    """Not sealed by the key in use."""
    try:
        kind.locks([settings.SECRET_KEY]).decrypt(text.encode())
    except InvalidToken:
        return True
    return False


@transaction.atomic
def old_ones() -> dict[str, int]:
    """label -> how many are still under a former key. Nothing is changed."""
    return {kind.label: sum(_is_old(kind, t.text) for t in kind.texts()) for kind in KINDS}


@transaction.atomic
def reseal() -> dict[str, int]:
    """Seal again all that a former key sealed, or nothing; asked twice, the second does nothing."""
    counts = {}
    known = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    for kind in KINDS:
        old = [sealed for sealed in kind.texts() if _is_old(kind, sealed.text)]
        for sealed in old:
            sealed.write(sealed.row, _again(kind, sealed.text, known))
        counts[kind.label] = len(old)
    if any(counts.values()):
        record(actor=None, action="keys.reseal", subject="site:keys", data=counts)
    return counts


def _again(kind: Kind, text: str, known: list[str]) -> str:
    try:
        return kind.locks(known).rotate(text.encode()).decode()
    except InvalidToken:
        raise KeyMissing(
            f"{kind.label} : une clé manque. Mettez dans SECRET_KEY_FALLBACKS toutes les anciennes "
            "clés du site, séparées par des virgules, puis recommencez. Rien n'a été changé."
        ) from None
