"""A chain with its funders and a scheme, for the tests of the pages of co-financing."""

from __future__ import annotations

import html
import re
from datetime import date
from types import SimpleNamespace

from django.urls import reverse
from django.utils import timezone

from ensemblier.base.chains.models import ChainMember
from ensemblier.base.people.models import Role
from ensemblier.chain.cofinancing import actions
from tests import factories_fund as fund
from tests.factories_chain import NOW, make_chain, make_grower, make_line, make_product, make_site
from tests.factories_people import sign_in

RULE = """name = "Paniers solidaires"

[person]
rule = "table"
by = "size"
percent = { "1" = "10", "2" = "8", "3+" = "5" }

[[step]]
kind = "rest"
payer = "métropole"

[[step]]
kind = "share"
payers = [
  { name = "CAF", weight = 1 },
  { name = "MSA", weight = 1 },
]

[[envelope]]
payer = "métropole"
cents = 1500
"""
AID = '\n[[payer]]\nname = "CAF"\nlegal_basis = "general_de_minimis"\n'


def said(answer):
    """The words of a page, on one line."""
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", html.unescape(text))


def build():
    """A chain, its lead, its funders, a published rule and two lines that end an envelope."""
    lead = fund.organisation("Réseau des paniers")
    chain = make_chain(name="Paniers du bassin", lead=lead)
    site, basket = make_site(chain, "Épicerie"), make_product(chain)
    people = {"lead": fund.user(Role.REPRESENTATIVE, lead)}
    funders = {}
    for name in ("métropole", "CAF", "MSA"):
        funders[name] = fund.organisation(name, kind="public")
        people[name] = fund.user(Role.APPLICANT, funders[name])
        ChainMember.objects.create(
            chain=chain, organisation=funders[name], part="funder", starts=date(2020, 1, 1)
        )
    grower = make_grower()
    ChainMember.objects.create(
        chain=chain, organisation=grower, part="grower", starts=date(2020, 1, 1)
    )
    people |= {
        "grower": fund.user(Role.APPLICANT, grower),
        "programme": fund.user(Role.PROGRAMME),
        "stranger": fund.user(Role.APPLICANT, fund.organisation("Ailleurs")),
    }
    scheme = actions.create_scheme(
        chain=chain, code="paniers", name="Paniers solidaires", asks_card=False, actor=None
    )
    return SimpleNamespace(
        chain=chain, site=site, basket=basket, people=people, funders=funders, scheme=scheme
    )


def published(world, text=RULE, starts=date(2026, 1, 1)):
    for name, organisation in world.funders.items():
        actions.open_payer(
            scheme=world.scheme, name=name, purse="funder", organisation=organisation, actor=None
        )
    draft = actions.save_draft(scheme=world.scheme, text=text, actor=None)
    return actions.publish(version=draft, starts=starts, actor=None, now=NOW)


def sold(world, price=1000, **fields):
    facts = {"scheme": "paniers", "size": "1", "day": timezone.localdate()} | fields
    line = make_line(world.site, world.basket, price, **facts)
    actions.share_line(line=line, actor=None)
    return line


def enter(client, world, who):
    sign_in(client, world.people[who])


def page(world, name, *args):
    return reverse(f"cofinancing:{name}", args=args or [world.scheme.pk])


def draft_form(world, text, do="try", **more):
    """What the browser sends: the text, an empty guide, and one sample line."""
    sent = {"text": text, "do": do, "known": "", "guide-rule": "free", "guide-by": "size"}
    sent |= {"guide-unit": "percent", "essai-TOTAL_FORMS": "2", "essai-INITIAL_FORMS": "0"}
    for name in ("bareme", "payeurs", "enveloppes", "argent"):
        sent |= {f"{name}-TOTAL_FORMS": "3", f"{name}-INITIAL_FORMS": "0"}
    sent |= {"essai-0-day": "2027-03-01", "essai-0-product": "panier", "essai-0-milli": "1,5"}
    return sent | {"essai-0-price": "20,05", "essai-0-size": "4"} | more
