"""Organisations, accounts and mandates of the demonstration."""

from __future__ import annotations

from datetime import timedelta

from ensemblier.base.people import actions as people
from ensemblier.base.people.models import Organisation, Role, User
from ensemblier.base.territory.models import Commune, Department, Region
from ensemblier.web.demo.accounts import ACCOUNTS, DOMAIN, PASSWORD, DemoAccount
from ensemblier.web.demo.carriers import (
    ALL,
    CARRIERS,
    EXAMPLE_ADDRESS,
    NETWORKS,
    Carrier,
    example_siret,
)
from ensemblier.web.demo.plan import Clock

REASON = "Compte de démonstration"


class Cast:
    """Everybody who acts in the demonstration, by key."""

    def __init__(self) -> None:
        self.organisations: dict[str, Organisation] = {}
        self.users: dict[str, User] = {}
        self.speakers: dict[str, User] = {}  # carrier -> who files for it

    def __getitem__(self, key: str) -> User:
        return self.users[key]


def gather(clock: Clock) -> Cast:
    """Register everyone."""
    cast = Cast()
    communes = Commune.objects.in_bulk({carrier.commune for carrier in ALL})
    for carrier in ALL:
        cast.organisations[carrier.key] = _organisation(carrier, cast, communes)
    for account in ACCOUNTS:
        cast.users[account.key] = _account(account, cast, clock)
    for carrier in (*NETWORKS, *CARRIERS):
        cast.speakers[carrier.key] = _speaker(carrier, cast, clock)
    return cast


def _organisation(carrier: Carrier, cast: Cast, communes: dict[str, Commune]) -> Organisation:
    return people.create_organisation(
        name=carrier.name,
        kind=carrier.kind,
        actor=None,
        siret=example_siret(carrier.key),
        legal_form=carrier.legal_form,
        commune=communes[carrier.commune],
        address=EXAMPLE_ADDRESS,
        email=f"contact.{carrier.key}@{DOMAIN}",
        head=cast.organisations.get(carrier.head),
        is_confirmed=True,
    )


def _rights(carrier: Carrier, organisation: Organisation, actor: User, clock: Clock) -> None:
    """Its IAE agreement and its food-aid authorisation, with example numbers."""
    starts, ends = clock.day(400), clock.today + timedelta(days=700)
    if carrier.iae:
        people.add_iae_agreement(
            organisation=organisation,
            actor=actor,
            kind=carrier.iae,
            number=f"EXEMPLE-IAE-{organisation.pk:03d}",
            starts=starts,
            ends=ends,
        )
    if carrier.food_aid:
        national = carrier.food_aid == "national"
        region = None if national else organisation.commune.department.region
        people.add_food_aid_authorisation(
            organisation=organisation,
            actor=actor,
            level=carrier.food_aid,
            region=region,
            number=f"EXEMPLE-AA-{organisation.pk:03d}",
            starts=starts,
            ends=ends,
        )


def _account(account: DemoAccount, cast: Cast, clock: Clock) -> User:
    user = people.open_account(email=account.email, name=account.name, password=PASSWORD)
    people.vouch_for_address(user=user)
    region = Region.objects.get(code=account.region) if account.region else None
    named = account.department
    department = Department.objects.get(code=named) if named else None
    people.give_mandate(
        user=user,
        role=account.role,
        organisation=cast.organisations[account.organisation],
        day=clock.day(200),
        actor=None,
        reason=REASON,
        region=region,
        department=department,
    )
    return user


def _speaker(carrier: Carrier, cast: Cast, clock: Clock) -> User:
    """Who represents an organisation: the guided tour's own account for the tour's organisation."""
    organisation = cast.organisations[carrier.key]
    if carrier.key == "blois":
        user = cast["representante"]
    else:
        user = people.open_account(
            email=f"{carrier.key}@{DOMAIN}", name=f"Pour {carrier.name} (démo)", password=None
        )
        people.vouch_for_address(user=user)
        people.give_mandate(
            user=user,
            role=Role.REPRESENTATIVE,
            organisation=organisation,
            day=clock.day(200),
            actor=None,
            reason=REASON,
        )
    _rights(carrier, organisation, user, clock)
    return user
