"""A chain of the year comes to be: who is in it, its places, products, prices, rules and cards."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from django.utils.text import slugify

from ensemblier.base.chains import actions as chains
from ensemblier.base.ledger.actions import open_account
from ensemblier.base.ledger.models import AccountKind
from ensemblier.base.people import actions as people
from ensemblier.base.people.models import Mandate, Organisation, Role, User
from ensemblier.base.territory.models import Commune
from ensemblier.chain.activities import actions as activities
from ensemblier.chain.billing import actions as billing
from ensemblier.chain.catalogue import actions as catalogue
from ensemblier.chain.cofinancing import actions as cofinancing
from ensemblier.chain.distribution import actions as distribution
from ensemblier.chain.distribution.models import Card
from ensemblier.web.demo.accounts import DOMAIN
from ensemblier.web.demo.carriers import ALL, EXAMPLE_ADDRESS, example_siret
from ensemblier.web.demo.year.life import Life
from ensemblier.web.demo.year.profile import Body, Goods, Profile, Scheme

CARRIERS = {carrier.key: carrier for carrier in ALL}
REASON = "Compte de démonstration"
# Households of 1 to 6 people, as often as they are met (assumed).
SIZES = (1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6)


def found(profile: Profile, *, seed: int, first: date, weeks: int) -> Life:
    """Open the chain and all that stands before its first week."""
    lead = carrier(profile.lead)
    actor = speaker(lead, profile.lead, first)
    chain = chains.open_chain(
        name=profile.name, slug=profile.slug, lead=lead, length=profile.length,
        actor=actor, is_demo=True,
    )  # fmt: skip
    last = first + timedelta(weeks=weeks, days=-1)
    chance = Random(f"{seed}:{profile.number}")  # noqa: S311 - dice of a demonstration
    life = Life(profile, seed, first, last, chain, actor, chance)
    life.bodies["lead"] = [lead]
    for body in profile.bodies:
        _body(life, body)
    for place in profile.places:
        life.places[place.key] = chains.add_site(
            chain=chain, keeper=life.bodies[place.keeper][0], name=place.name, kind=place.kind,
            commune=lead.commune, is_cold=place.cold, is_frozen=place.frozen, actor=actor,
        )  # fmt: skip
    for goods in profile.goods:
        _goods(life, goods)
    for scheme in profile.schemes:
        _scheme(life, scheme)
    _people(life)
    if profile.self_billed:
        _mandates(life)
    return life


def carrier(key: str) -> Organisation:
    """One of the demonstration's own organisations, registered now when it is not there yet."""
    facts = CARRIERS[key]
    known = Organisation.objects.filter(siret=example_siret(key)).first()
    return known or people.create_organisation(
        name=facts.name,
        kind=facts.kind,
        actor=None,
        siret=example_siret(key),
        legal_form=facts.legal_form,
        commune=Commune.objects.filter(pk=facts.commune).first(),
        address=EXAMPLE_ADDRESS,
        email=f"contact.{key}@{DOMAIN}",
        is_confirmed=True,
    )


def speaker(organisation: Organisation, key: str, first: date) -> User:
    """Who enters the days of the chain: whoever represents its lead."""
    held = Mandate.objects.filter(organisation=organisation, role=Role.REPRESENTATIVE)
    found = held.select_related("user").order_by("pk").first()
    if found is not None:
        return found.user
    user = people.open_account(
        email=f"{key}@{DOMAIN}", name=f"Pour {organisation.name} (démo)", password=None
    )
    people.vouch_for_address(user=user)
    people.give_mandate(
        user=user, role=Role.REPRESENTATIVE, organisation=organisation, day=first, actor=None,
        reason=REASON,
    )  # fmt: skip
    return user


def _body(life: Life, body: Body) -> None:
    rows = life.bodies[body.key] = []
    for rank in range(1, body.many + 1):
        organisation = carrier(body.carrier) if body.carrier else _example(life, body, rank)
        rows.append(organisation)
        if body.part:
            chains.add_member(
                chain=life.chain, organisation=organisation, part=body.part, link=body.link,
                starts=life.first, actor=life.actor,
            )  # fmt: skip


def _example(life: Life, body: Body, rank: int) -> Organisation:
    """An organisation of the simulation, under a number that nobody else has."""
    about = f"fiche {life.profile.number}" if life.profile.number else "exemple"
    name = f"{body.name}{f' {rank}' if body.many > 1 else ''} ({about})"
    key, again = f"{life.profile.slug}-{body.key}-{rank}", 0
    while known := Organisation.objects.filter(siret=example_siret(f"{key}{again or ''}")).first():
        if known.name == name:
            return known
        again += 1  # two keys that gave one number
    return people.create_organisation(
        name=name,
        kind=body.kind,
        actor=None,
        siret=example_siret(f"{key}{again or ''}"),
        commune=life.lead.commune,
        address=EXAMPLE_ADDRESS,
        email=f"contact.{key}@{DOMAIN}",
        is_confirmed=True,
    )


def _goods(life: Life, goods: Goods) -> None:
    first, last = goods.season if goods.season else (None, None)
    product = life.products[goods.code] = catalogue.add_product(
        chain=life.chain, code=goods.code, name=goods.name, unit=goods.unit, family=goods.family,
        storage=goods.storage, unit_grams=goods.grams, keeps_days=goods.keeps,
        has_use_by=goods.use_by, season_first=first, season_last=last, actor=life.actor,
    )  # fmt: skip
    for basis, cents in goods.prices.items():
        catalogue.set_price(
            product=product, basis=basis, unit_cents=cents, starts=life.first, actor=life.actor,
            is_assumed=goods.source != "fiche",
            source=f"{goods.source}, fiche {life.profile.number}",
        )  # fmt: skip
    if goods.label:
        catalogue.add_label(
            product=product, kind=goods.label, starts=life.first, actor=life.actor,
            certificate=f"EXEMPLE-{goods.label}-{life.profile.number:02d}",
        )  # fmt: skip


def _scheme(life: Life, facts: Scheme) -> None:
    """The rule, an account and an organisation behind each payer, and the cards with a right."""
    scheme = life.schemes[facts.code] = cofinancing.create_scheme(
        chain=life.chain, code=facts.code, name=facts.name, asks_card=bool(facts.cards),
        actor=life.actor,
    )  # fmt: skip
    for name, key in facts.payers.items():
        account = open_account(
            code=f"{life.profile.slug}-{facts.code}-{slugify(name)}"[:60],
            name=f"{name}, {facts.name}"[:200],
            kind=AccountKind.FUNDER,
        )
        cofinancing.name_payer(
            scheme=scheme, name=name, account=account, organisation=life.bodies[key][0],
            actor=life.actor,
        )  # fmt: skip
    draft = cofinancing.save_draft(scheme=scheme, text=facts.text, actor=life.actor)
    cofinancing.publish(
        version=draft, starts=life.first, actor=life.actor, now=life.at(life.first, 8)
    )
    giver = life.bodies[facts.referrer][0]
    life.cards[facts.code] = [_card(life, facts, giver) for _ in range(facts.cards)]


def _card(life: Life, facts: Scheme, giver: Organisation) -> Card:
    card = distribution.give_card(
        chain=life.chain, given_by=giver, given_on=life.first, actor=life.actor
    )
    cofinancing.entitle(
        scheme=life.schemes[facts.code], card=card, starts=life.first, actor=life.actor,
        persons=life.chance.choice(SIZES), attested_by=giver,
        month_milli=facts.quota * 1000 or None,
    )  # fmt: skip
    return card


def _people(life: Life) -> None:
    for rows, word, number in (
        (life.people, "Bénévole", life.profile.volunteers),
        (life.eaters, "Personne accueillie", life.profile.eaters),
    ):
        rows.extend(
            activities.add_participant(
                chain=life.chain, organisation=life.lead, alias=f"{word} {rank}", actor=life.actor
            )
            for rank in range(1, number + 1)
        )


def _mandates(life: Life) -> None:
    """Growers let the lead write their invoices."""
    for key in sorted({each.by for each in life.profile.intakes if each.kind == "purchase"}):
        for grower in life.bodies[key]:
            billing.sign_mandate(
                grower=grower, buyer=life.lead, signed_on=life.first, actor=life.actor
            )
