"""A démarche linked to a call, and its sealed token."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import in_paris
from ensemblier.fund.calls.models import Call
from ensemblier.fund.intake import access
from ensemblier.fund.intake.actions import QUALITIES, ImportRefused
from ensemblier.fund.intake.demarche import Client
from ensemblier.fund.intake.models import Demarche
from ensemblier.fund.intake.wire import Places, WireRefused

PATH = "/api/v2/graphql"


def locks(secrets: Sequence[str] = ()) -> MultiFernet:
    """Keys drawn from SECRET_KEY, then from the former ones."""
    known = secrets or (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    keys = [hmac.new(s.encode(), b"ensemblier:demarche", hashlib.sha256).digest() for s in known]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])


def places() -> Places:
    hosts = (*settings.DEMARCHE_HOSTS, *settings.DEMARCHE_FILE_HOSTS)
    return Places(hosts, settings.DEMARCHE_LOCAL)


def client_of(demarche: Demarche, wait: Callable[[float], None]) -> Client:
    try:
        token = locks().decrypt(demarche.sealed_token.encode()).decode()
    except InvalidToken as error:
        raise WireRefused(
            "Le jeton ne s'ouvre plus : la clé du site a changé. Enregistrez-le de nouveau.",
            field="token",
        ) from error
    scheme = "http" if settings.DEMARCHE_LOCAL else "https"
    return Client(f"{scheme}://{demarche.host}{PATH}", token, places=places(), wait=wait)


@transaction.atomic
def link(
    *,
    call: Call,
    number: int,
    host: str,
    token: str,
    quality: str,
    statement: str,
    given_on: date,
    actor: Any,
    now: datetime,
) -> Demarche:
    """Link a démarche to a call, or give it a new token."""
    day = in_paris(now).date()
    person = access.actor_on(actor, day)
    access.require(access.may_link(person), actor=actor, subject=f"call:{call.pk}")
    if host.split(":")[0] not in settings.DEMARCHE_HOSTS:
        raise WireRefused("Ce site n'est pas dans la liste de ceux que nous interrogeons.",
                          field="host")  # fmt: skip
    if not token.strip() or not token.isascii() or any(c.isspace() for c in token.strip()):
        raise ImportRefused("Recopiez le jeton en entier, sans espace.", field="token")
    if quality not in QUALITIES or not statement.strip() or given_on > day:
        raise ImportRefused("Dites comment les associations ont donné leur accord, et quand.",
                            field="statement")  # fmt: skip
    known = Demarche.objects.filter(call=call, host=host, number=number).first()
    if known is not None and known.owner_id != actor.pk:
        raise ImportRefused("Cette démarche est déjà reliée à cet appel.", field="number")
    row, _ = Demarche.objects.update_or_create(
        call=call,
        host=host,
        number=number,
        defaults={
            "sealed_token": locks().encrypt(token.strip().encode()).decode(),
            "quality": quality,
            "statement": statement.strip()[:800],
            "given_on": given_on,
            "owner": actor,
            "created_at": now,
            "state": Demarche.State.IDLE,
            "words": "",
        },
    )
    note(row, actor, "demarche.link", number=number, host=host)
    return row


def note(demarche: Demarche, actor: Any, action: str, **data: Any) -> None:
    record(actor=actor, action=action, subject=f"demarche:{demarche.pk}", data=data)
