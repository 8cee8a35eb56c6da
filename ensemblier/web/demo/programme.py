"""The programme, its envelopes and its call, with example amounts; the example zonings.

The report's 25 projects are in one call held in two sessions, with the same rules and envelopes. A
jury cannot sit on files that may still arrive: the first session is closed, with the 22 projects
that filed, and its jury sat after the closing; the second one is open, with the three drafts, that
of the tour among them.
"""

from __future__ import annotations

from datetime import date

from ensemblier.base.people.models import User
from ensemblier.base.territory.actions import Declared, OfficialListInForce, declare_zonings
from ensemblier.base.territory.models import Family, Region, ZoningKind
from ensemblier.fund.calls import actions as calls
from ensemblier.fund.calls.colleges import set_colleges
from ensemblier.fund.calls.copies import copy_call
from ensemblier.fund.calls.defaults import template
from ensemblier.fund.calls.desks import set_desks
from ensemblier.fund.calls.models import Call
from ensemblier.fund.programme import actions as programmes
from ensemblier.fund.programme import delegation
from ensemblier.fund.programme.models import Envelope, Programme
from ensemblier.web.demo import jury
from ensemblier.web.demo.people import Cast
from ensemblier.web.demo.plan import (
    CALL_SLUG,
    CALL_YEARS,
    CLOSED,
    CONTRIBUTIONS,
    OPENED,
    PROGRAMME_NAME,
    REOPENED,
    Clock,
    key,
)

PURPOSE = (
    "Aider les filières qui relient l'agriculture, les structures solidaires et les personnes en "
    "précarité alimentaire. Les montants de cette démonstration sont des exemples."
)
DESCRIPTION = (
    "Cet appel soutient des projets qui donnent à toutes et tous une alimentation de qualité et "
    "paient justement les agriculteurs. Il suit les six critères du rapport du groupe de travail "
    "n° 4 (novembre 2022).\n\nDémonstration : les 25 projets du rapport y ont un dossier "
    "d'exemple, en deux sessions. 22 ont été déposés dans la première, close : un jury les étudie. "
    "Trois se préparent dans la deuxième, ouverte. Les montants sont des hypothèses."
)
EXAMPLE_LIST = "exemple de démonstration"
EXAMPLE_TEXT = "Exemple de démonstration : la liste officielle n'est pas chargée."
DISTRICTS = (("13055", "Marseille"), ("69123", "Lyon"), ("31555", "Toulouse"), ("75056", "Paris"),
             ("83137", "Toulon"), ("49007", "Angers"), ("41018", "Blois"),
             ("67482", "Strasbourg"))  # fmt: skip
RURAL = (("62057", "Audruicq"), ("03190", "Moulins"), ("54135", "Colombey-les-Belles"))


def zonings(actor: User) -> None:
    """Example zonings for the communes of the projects, unless official lists are there."""
    districts = [
        Declared(ZoningKind.QPV, f"EX{code}", f"{name} : quartier prioritaire d'exemple", code)
        for code, name in DISTRICTS
    ]
    rural = [
        Declared(ZoningKind.FRR, "FRR", f"{name} : classement FRR d'exemple", code)
        for code, name in RURAL
    ]
    for family, rows in ((Family.QPV, districts), (Family.FRR, rural)):
        try:
            declare_zonings(
                family=family,
                version=EXAMPLE_LIST,
                valid_from=date(2024, 1, 1),
                legal_reference=EXAMPLE_TEXT,
                rows=rows,
                actor=actor,
            )
        except OfficialListInForce:
            continue


def open_programme(cast: Cast, clock: Clock) -> Programme:
    """The programme and its envelopes, paid for by four contributors."""
    actor = cast["programme"]
    programme = programmes.create_programme(
        actor=actor,
        name=PROGRAMME_NAME,
        purpose=PURPOSE,
        owner=cast.organisations["dgcs"],
        first_year=clock.year,
        last_year=clock.year + 4,
    )
    envelopes: dict[tuple[int, str], Envelope] = {}
    for ahead, strand, contributor, amount in CONTRIBUTIONS:
        place = (ahead, strand)
        if place not in envelopes:
            envelopes[place] = programmes.open_envelope(
                actor=actor, programme=programme, year=clock.year + ahead, strand=strand
            )
        programmes.contribute(
            key=key("contribution", *place, contributor),
            actor=actor,
            envelope=envelopes[place],
            contributor=cast.organisations[contributor],
            amount_cents=amount * 100,
            day=clock.day(140),
            reason="Contribution, montant d'exemple",
        )
    return programme


def more_money(programme: Programme, cast: Cast, clock: Clock) -> None:
    """A delegation to a region, the ceiling of a year, and gifts: all example figures."""
    actor = cast["programme"]
    national = programme.envelopes.get(year=clock.year + 1, strand="local")
    region = Region.objects.get(pk="32")
    local = programmes.open_envelope(
        actor=actor,
        programme=programme,
        year=national.year,
        strand="local",
        region=region,
        parent=national,
    )
    delegation.delegate(
        key=key("delegation", region.pk),
        actor=actor,
        envelope=national,
        to=local,
        amount_cents=20_000_00,
        day=clock.day(110),
        reason="Part de la région, montant d'exemple",
    )
    delegation.set_ceiling(
        actor=actor,
        programme=programme,
        year=clock.year + 2,
        amount_cents=900_000_00,
        reason="Montant d'exemple",
        now=clock.ago(110),
    )
    for ahead, millions in ((-4, 112), (-3, 108), (-2, 101), (-1, 93)):
        delegation.record_gifts(
            actor=actor,
            year=clock.year + ahead,
            gifts_cents=millions * 100_000_000,
            source="Exemple de démonstration",
            is_assumed=True,
            now=clock.ago(110),
        )


def open_call(programme: Programme, cast: Cast, clock: Clock) -> Call:
    """The call's first session: open for three months, closed since; its jury is sitting."""
    actor = cast["programme"]
    years = range(clock.year, clock.year + CALL_YEARS)
    call = calls.create_call(
        actor=actor,
        programme=programme,
        owner=cast.organisations["dgcs"],
        title="Filières solidaires\N{NO-BREAK SPACE}: volet local",
        slug=CALL_SLUG,
        strand="local",
        description=DESCRIPTION,
        opens_at=clock.ago(OPENED, 8),
        closes_at=clock.ago(CLOSED, 12),
        first_year=years[0],
        last_year=years[-1],
        max_rate_bp=8000,
        min_cents=10_000_00,
        max_cents=150_000_00,
        watch=list(template("local").watch),
        envelopes=programme.envelopes.filter(strand="local", year__in=years),
    )
    calls.apply_default_grid(call=call, actor=actor)
    set_desks(actor=actor, call=call, desks={None: cast.organisations["dgcs"]})
    set_colleges(actor=actor, call=call, colleges=jury.colleges())
    return calls.publish(call=call, actor=actor, now=clock.ago(125))


def open_again(first: Call, cast: Cast, clock: Clock) -> Call:
    """Its second session: a copy of the first one's rules, open for six more weeks."""
    actor = cast["programme"]
    call = copy_call(
        actor=actor,
        call=first,
        title=f"{first.title}, deuxième session",
        opens_at=clock.ago(REOPENED, 8),
        closes_at=clock.ago(-42, 12),
        first_year=first.first_year,
        last_year=first.last_year,
    )
    calls.set_envelopes(actor=actor, call=call, envelopes=first.envelopes.all())
    return calls.publish(call=call, actor=actor, now=clock.ago(CLOSED + 2))
