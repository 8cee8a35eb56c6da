"""A chain is opened, organisations enter and leave it, its places open and close."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from ensemblier.base.chains.models import Chain, ChainMember, Site
from ensemblier.base.chains.terms import Length, Link
from ensemblier.base.journal.actions import record
from ensemblier.base.people.models import Organisation
from ensemblier.base.refusal import Refusal
from ensemblier.base.territory.models import Commune


class BadChain(Refusal):
    """What was typed of a chain, a member or a place is missing or unknown."""


class ChainExists(Refusal):
    """Another chain has this address."""


class AlreadyMember(Refusal):
    """This organisation holds this part on some of these days."""


class MembershipOver(Refusal):
    """It has ended, or would end before it starts."""


class SiteExists(Refusal):
    """This organisation has a place of this name in the chain."""


@transaction.atomic
def open_chain(
    *,
    name: str,
    lead: Organisation,
    length: str,
    actor: Any,
    slug: str = "",
    is_demo: bool = False,
) -> Chain:
    """A chain comes to be; its lead organisation enters its days."""
    name = _name(name, "la filière", most=200)
    slug = slugify(slug or name)[:60]
    if not slug:
        raise BadChain("Le nom de la filière doit contenir des lettres.", field="name")
    if length not in Length.values:
        raise BadChain("Choisissez une longueur de filière dans la liste.", field="length")
    if Chain.objects.filter(slug=slug).exists():
        raise ChainExists(
            f"Une filière porte déjà l'adresse « {slug} » : choisissez un autre nom.", field="name"
        )
    chain = Chain.objects.create(name=name, slug=slug, lead=lead, length=length, is_demo=is_demo)
    record(actor=actor, action="chain.open", subject=f"chain:{chain.pk}")
    return chain


@transaction.atomic
def add_member(
    *,
    chain: Chain,
    organisation: Organisation,
    part: str,
    starts: date,
    actor: Any,
    link: str = "",
    ends: date | None = None,
) -> ChainMember:
    """From a day on, this organisation holds this part; one organisation may hold several."""
    if part not in ChainMember.Part.values:
        raise BadChain("Choisissez un rôle dans la liste.", field="part")
    if link and link not in Link.values:
        raise BadChain("Choisissez un maillon dans la liste.", field="link")
    if ends and ends < starts:
        raise MembershipOver("La fin précède le début : vérifiez les deux dates.", field="ends")
    Chain.objects.select_for_update().get(pk=chain.pk)
    same = ChainMember.objects.filter(chain=chain, organisation=organisation, part=part)
    if any(_meet(each, starts, ends) for each in same):
        raise AlreadyMember(
            f"{organisation} tient déjà ce rôle dans cette filière à ces dates.",
            field="organisation",
        )
    member = ChainMember.objects.create(
        chain=chain, organisation=organisation, part=part, link=link, starts=starts, ends=ends
    )
    record(
        actor=actor,
        action="chain.member_added",
        subject=f"chain:{chain.pk}",
        data={"organisation": organisation.pk, "part": part},
    )
    return member


@transaction.atomic
def end_member(*, member: ChainMember, day: date, reason: str, actor: Any) -> ChainMember:
    """Its last day in this part."""
    if day < member.starts or (member.ends and member.ends < day):
        raise MembershipOver("Cette participation était déjà finie ce jour-là, ou pas commencée.")
    member.ends = day
    member.save(update_fields=["ends"])
    record(
        actor=actor,
        action="chain.member_ended",
        subject=f"chain:{member.chain_id}",
        reason=reason,
        data={"organisation": member.organisation_id, "part": member.part},
    )
    return member


@transaction.atomic
def add_site(
    *,
    chain: Chain,
    keeper: Organisation,
    name: str,
    kind: str,
    actor: Any,
    commune: Commune | None = None,
    address: str = "",
    is_cold: bool = False,
    is_frozen: bool = False,
) -> Site:
    """A place of the chain, kept by one organisation."""
    name = _name(name, "le lieu", most=120)
    if kind not in Site.Kind.values:
        raise BadChain("Choisissez la nature du lieu dans la liste.", field="kind")
    if Site.objects.filter(chain=chain, keeper=keeper, name=name).exists():
        raise SiteExists(f"{keeper} a déjà un lieu nommé « {name} » ici.", field="name")
    site = Site.objects.create(
        chain=chain,
        keeper=keeper,
        name=name,
        kind=kind,
        commune=commune,
        address=address,
        is_cold=is_cold,
        is_frozen=is_frozen,
    )
    record(actor=actor, action="chain.site_added", subject=f"site:{site.pk}")
    return site


@transaction.atomic
def set_open(*, site: Site, is_open: bool, reason: str, actor: Any) -> Site:
    """Close a place, or open it again: nothing is planned in a closed one."""
    site.is_open = is_open
    site.save(update_fields=["is_open"])
    verb = "chain.site_opened" if is_open else "chain.site_closed"
    record(actor=actor, action=verb, subject=f"site:{site.pk}", reason=reason)
    return site


def _meet(member: ChainMember, starts: date, ends: date | None) -> bool:
    """The two spans share a day."""
    return member.starts <= (ends or date.max) and starts <= (member.ends or date.max)


def _name(typed: str, what: str, *, most: int) -> str:
    name = typed.strip()
    if not name:
        raise BadChain(f"Donnez un nom : sans lui, {what} ne se retrouve pas.", field="name")
    if len(name) > most:
        raise BadChain(f"Ce nom dépasse {most} caractères : raccourcissez-le.", field="name")
    return name
