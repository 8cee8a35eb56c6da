"""`ensemblier first-account`: the person who opens the door of a new installation."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from django.db import transaction
from django.utils import timezone

from ensemblier.base.people import actions
from ensemblier.base.people.models import Mandate, OrganisationKind, Role
from ensemblier.base.refusal import Refusal


class NotFirst(Refusal):
    """Somebody already runs the programme here."""


def register(subparsers: Any) -> None:
    """Add the command to `ensemblier`."""
    command = subparsers.add_parser(
        "first-account",
        help="premier compte d'une nouvelle installation (responsable du programme)",
        description="Ouvre le compte du responsable du programme. Il choisit ensuite son mot de "
        "passe par « mot de passe oublié », installe son second facteur, puis invite les autres.",
    )
    command.add_argument("--email", required=True, help="son adresse e-mail")
    command.add_argument("--name", required=True, help="le nom affiché")
    command.add_argument("--service", required=True, help="le nom du service de l'État")
    command.add_argument("--siret", required=True, help="le SIRET de ce service")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    try:
        with transaction.atomic():
            open_first(arguments)
    except Refusal as refusal:
        print(refusal.message, file=sys.stderr)
        return 1
    print(f"Compte ouvert : {arguments.email}. Prochaine étape : « mot de passe oublié ».")
    return 0


def open_first(arguments: argparse.Namespace) -> None:
    """One account, its service, and the mandate that lets it invite everybody else."""
    if Mandate.objects.filter(role=Role.PROGRAMME).exists():
        raise NotFirst("Un responsable du programme existe déjà : demandez-lui une invitation.")
    user = actions.open_account(email=arguments.email, name=arguments.name, password=None)
    actions.vouch_for_address(user=user)
    service = actions.create_organisation(
        name=arguments.service,
        kind=OrganisationKind.STATE,
        siret=arguments.siret,
        actor=None,
        is_confirmed=True,
    )
    actions.give_mandate(
        user=user,
        role=Role.PROGRAMME,
        organisation=service,
        day=timezone.localdate(),
        actor=None,
        reason="Première installation",
    )
