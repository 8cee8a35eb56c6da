"""Accounts, organisations and mandates: what changes them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.journal.ceilings import keep_under
from ensemblier.base.people.identifiers import compact, rna_fault, siret_fault
from ensemblier.base.people.models import (
    FoodAidAuthorisation,
    IaeAgreement,
    Mandate,
    Organisation,
    OrganisationKind,
    Role,
    User,
)
from ensemblier.base.refusal import Refusal


class WrongSiret(Refusal):
    """The SIRET cannot be right."""


class WrongRna(Refusal):
    """The RNA number cannot be right."""


class NoIdentifier(Refusal):
    """An organisation must be told from another: SIRET, or RNA for an association."""


class AlreadyRegistered(Refusal):
    """The organisation is known already: ask to join it rather than create it twice."""


class AccountExists(Refusal):
    """This address has an account."""


class MandateOver(Refusal):
    """The mandate has ended already, or would end before it starts."""


class LastRepresentative(Refusal):
    """An organisation keeps at least one legal representative."""


@transaction.atomic
def open_account(*, email: str, name: str, password: str | None, user: User | None = None) -> User:
    """The only way an account comes to be: sign-up, ProConnect, the demo."""
    user = user or User()
    address = email.strip().lower()
    if User.objects.filter(email=address).exists():
        raise AccountExists(
            "Un compte existe déjà avec cette adresse : connectez-vous.", field="email"
        )
    user.email, user.name = address, name.strip()
    if password:
        user.set_password(password)
    else:
        user.set_unusable_password()
    user.save()
    record(actor=user, action="account.open", subject=f"account:{user.pk}")
    return user


@transaction.atomic
def vouch_for_address(*, user: User) -> None:
    """The account's address is known to be its own: its invitation was opened from it."""
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )


@transaction.atomic
def close_account(*, user: User, reason: str, actor: User | None) -> None:
    """The account opens nothing more, from the next request on."""
    user.is_active = False
    user.save(update_fields=["is_active"])
    record(actor=actor, action="account.close", subject=f"account:{user.pk}", reason=reason)


@transaction.atomic
def rename_account(*, user: User, name: str) -> None:
    user.name = name.strip()
    user.save(update_fields=["name"])
    record(actor=user, action="account.rename", subject=f"account:{user.pk}")


def clean_identifiers(siret: str, rna: str, kind: str) -> tuple[str, str]:
    """The two numbers, compact; refuses those that cannot be right, and having none."""
    siret, rna = compact(siret), compact(rna)
    if siret and (fault := siret_fault(siret)):
        raise WrongSiret(fault, field="siret")
    if rna and (fault := rna_fault(rna)):
        raise WrongRna(fault, field="rna")
    if not siret and not rna:
        message = "Indiquez le SIRET de votre organisation"
        association = kind in (OrganisationKind.ASSOCIATION, OrganisationKind.NETWORK)
        rest = ", ou son numéro RNA si elle n'a pas de SIRET." if association else "."
        raise NoIdentifier(message + rest, field="siret")
    return siret, rna


@transaction.atomic
def create_organisation(
    *, name: str, kind: str, actor: User | None, siret: str = "", rna: str = "", **facts: Any
) -> Organisation:
    """Register an organisation, not confirmed yet. `facts`: legal_form, commune, address, email,
    head, is_confirmed."""
    siret, rna = clean_identifiers(siret, rna, kind)
    same = Organisation.objects.none()
    if siret:
        same = same | Organisation.objects.filter(siret=siret)
    if rna:
        same = same | Organisation.objects.filter(rna=rna)
    already = AlreadyRegistered(
        "Cette organisation est déjà inscrite. Demandez à la rejoindre plutôt que de "
        "l'inscrire une seconde fois.",
        field="siret" if siret else "rna",
    )
    if same.exists():
        raise already
    organisation = Organisation(name=name.strip(), kind=kind, siret=siret, rna=rna, **facts)
    organisation.full_clean()
    try:
        with transaction.atomic():
            organisation.save()
    except IntegrityError as error:  # someone else registered it meanwhile
        raise already from error
    subject = f"organisation:{organisation.pk}"
    keep_under(record(actor=actor, action="organisation.create", subject=subject))
    return organisation


@transaction.atomic
def edit_organisation(*, organisation: Organisation, actor: User, **facts: Any) -> None:
    """Change what its legal representative may change; the identifiers stay."""
    allowed = {"name", "legal_form", "commune", "address", "email"}
    changed = [f for f in sorted(facts) if getattr(organisation, f) != facts[f]]
    if not allowed.issuperset(changed):
        raise ValueError(f"not editable: {set(changed) - allowed}")
    for field in changed:
        setattr(organisation, field, facts[field])
    organisation.full_clean()
    organisation.save(update_fields=changed)
    record(
        actor=actor,
        action="organisation.edit",
        subject=f"organisation:{organisation.pk}",
        data={"fields": changed},
    )


@transaction.atomic
def confirm_identity(*, organisation: Organisation, actor: User) -> None:
    """The programme has checked that it exists and is who it says; asked twice, noted once."""
    if Organisation.objects.filter(pk=organisation.pk, is_confirmed=False).update(
        is_confirmed=True
    ):
        record(
            actor=actor, action="organisation.confirm", subject=f"organisation:{organisation.pk}"
        )


@transaction.atomic
def join_network(*, organisation: Organisation, head: Organisation | None, actor: User) -> None:
    """Membership of a network, or its end (`head=None`)."""
    organisation.head = head
    organisation.full_clean()
    organisation.save(update_fields=["head"])
    record(
        actor=actor,
        action="organisation.join_network",
        subject=f"organisation:{organisation.pk}",
        data={"head": head.pk if head else None},
    )


@transaction.atomic
def add_iae_agreement(*, organisation: Organisation, actor: User, **facts: Any) -> IaeAgreement:
    """`facts`: kind, number, starts, ends, sales_share_max."""
    agreement = IaeAgreement(organisation=organisation, **facts)
    agreement.full_clean()
    agreement.save()
    record(
        actor=actor,
        action="organisation.iae_agreement",
        subject=f"organisation:{organisation.pk}",
        data={"agreement": agreement.pk, "kind": agreement.kind},
    )
    return agreement


@transaction.atomic
def add_food_aid_authorisation(
    *, organisation: Organisation, actor: User, designated: Any = (), **facts: Any
) -> FoodAidAuthorisation:
    """`facts`: level, region, number, starts, ends; `designated`: members it covers."""
    authorisation = FoodAidAuthorisation(organisation=organisation, **facts)
    authorisation.full_clean()
    authorisation.save()
    authorisation.designated.set(designated)
    record(
        actor=actor,
        action="organisation.food_aid_authorisation",
        subject=f"organisation:{organisation.pk}",
        data={"authorisation": authorisation.pk},
    )
    return authorisation


@transaction.atomic
def give_mandate(
    *,
    user: User,
    role: str,
    organisation: Organisation,
    day: date,
    actor: User | None,
    reason: str,
    region: Any = None,
    department: Any = None,
    ends: date | None = None,
) -> Mandate:
    """A role from `day` on; the mandate in force is returned if it says the same already."""
    where = {"region": region, "department": department}
    same = Mandate.objects.on(day).filter(user=user, role=role, organisation=organisation, **where)
    if existing := same.filter(ends__isnull=ends is None).first():
        return existing
    mandate = Mandate(
        user=user, role=role, organisation=organisation, starts=day, ends=ends, **where
    )
    mandate.full_clean()
    mandate.save()
    record(
        actor=actor,
        action="mandate.give",
        subject=f"mandate:{mandate.pk}",
        reason=reason,
        data={"user": user.pk, "role": str(role), "organisation": organisation.pk},
    )
    return mandate


@transaction.atomic
def end_mandate(*, mandate: Mandate, day: date, actor: User, reason: str) -> None:
    """The role stops at once: it was last held the day before `day`."""
    locked = Organisation.objects.select_for_update().get(pk=mandate.organisation_id)
    mandate.refresh_from_db()
    if mandate.ends is not None and mandate.ends < day:
        raise MandateOver("Ce mandat a déjà pris fin. Rechargez la page.")
    if mandate.role == Role.REPRESENTATIVE:
        left = Mandate.objects.on(day).filter(organisation=locked, role=Role.REPRESENTATIVE)
        if not left.exclude(pk=mandate.pk).exists():
            raise LastRepresentative(
                "C'est le seul représentant légal de l'organisation. "
                "Invitez d'abord son successeur."
            )
    last = day - timedelta(days=1)
    if last < mandate.starts:  # given and ended the same day: it was never held
        record(actor=actor, action="mandate.cancel", subject=f"mandate:{mandate.pk}", reason=reason)
        mandate.delete()
        return
    mandate.ends = last
    mandate.save(update_fields=["ends"])
    record(actor=actor, action="mandate.end", subject=f"mandate:{mandate.pk}", reason=reason)
