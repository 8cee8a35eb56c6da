"""Loading the demonstration: everything through public actions, once, never in production."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction

from ensemblier.base.ledger.seals import seal
from ensemblier.base.refusal import Refusal
from ensemblier.base.territory.actions import load_reference
from ensemblier.base.territory.models import Commune
from ensemblier.fund.applications.models import Application
from ensemblier.fund.calls.models import Call
from ensemblier.fund.programme.models import Programme
from ensemblier.library.actions import load_sheets
from ensemblier.library.files import read_sheets
from ensemblier.web.demo import afterwards, files, jury, payments, shares
from ensemblier.web.demo.calls import more_calls
from ensemblier.web.demo.co_instruction import declare_all
from ensemblier.web.demo.company import work_together
from ensemblier.web.demo.five_years import open_chain_plan, open_plan
from ensemblier.web.demo.framework import HEAD, grouped
from ensemblier.web.demo.imports import one_table
from ensemblier.web.demo.journeys import ROADS, Journey
from ensemblier.web.demo.people import Cast, gather
from ensemblier.web.demo.plan import BEGUN, OPENED, PROGRAMME_NAME, PROJECTS, Clock, Step
from ensemblier.web.demo.programme import (
    more_money,
    open_again,
    open_call,
    open_programme,
    zonings,
)
from ensemblier.web.demo.year.play import play_grocery

HALF_WRITTEN = frozenset({"graine-d-emmaus", "jus-du-coeur"})


class NotInProduction(Refusal):
    """The demonstration has accounts whose password everyone knows."""

    def __init__(self) -> None:
        super().__init__(
            "La démonstration est refusée en production : ses comptes ont un mot de passe public. "
            "Donnez à ENSEMBLIER_MODE la valeur « demo »."
        )


class Loaded(NamedTuple):
    """What loading did; `is_new` is false when the demonstration was there already."""

    is_new: bool
    applications: int


def load(*, now: datetime) -> Loaded:
    """Load the tables, the sheets and the demonstration; a second call changes nothing."""
    if settings.MODE not in ("demo", "development"):
        raise NotInProduction
    load_reference()
    load_sheets()
    if Programme.objects.filter(name=PROGRAMME_NAME).exists():
        return Loaded(False, Application.objects.count())
    with transaction.atomic():
        count = play(Clock(now))
    seal(now=now)
    return Loaded(True, count)


def play(clock: Clock) -> int:
    """The whole story, from nothing to the 25 files; how many there are."""
    cast = gather(clock)
    zonings(cast["programme"])
    programme = open_programme(cast, clock)
    call = open_call(programme, cast, clock)
    again = open_again(call, cast, clock)
    more_calls(programme, cast, clock, again)
    more_money(programme, cast, clock)
    sheets = {sheet.content["number"]: sheet.content for sheet in read_sheets()}
    drafts = [
        (step, _draft(step, sheets[step.number], again if step.is_late else call, cast, clock))
        for step in PROJECTS
    ]
    declare_all(cast)
    work_together(cast, clock)
    for step, application in drafts:
        speaker = cast.speakers[step.carrier]
        ROADS[step.state](Journey(step, application, speaker, cast, clock))
    grouped(cast, clock, _draft_of(HEAD, drafts))
    one_table(again, cast, clock)
    shares.scenarios(call, cast, clock)
    shares.notice(cast, clock)
    payments.accounts(cast, clock)
    payments.extract(clock, cast["payeur"])
    afterwards.publish(clock)
    jury.gather(call, cast, clock, {step.number: row for step, row in drafts})
    chain = play_grocery(now=clock.ago(0))
    open_chain_plan(chain=chain, now=clock.ago(0))
    return len(drafts)


def _draft_of(carrier: str, drafts: list[tuple[Step, Application]]) -> Application:
    """The file of this organisation that is not sent."""
    found = [row for step, row in drafts if (step.carrier, step.state) == (carrier, "draft")]
    return found[0]


def _draft(step: Step, sheet: dict[str, Any], call: Call, cast: Cast, clock: Clock) -> Application:
    """A draft; ready to be sent, but for the last box, unless it stays half written."""
    begun = clock.ago(BEGUN if step.is_late else OPENED - 1)
    organisation, actor = cast.organisations[step.carrier], cast.speakers[step.carrier]
    if step.carrier == "blois":
        actor = cast["porteur"]
    application = files.begin(
        sheet=sheet,
        organisation=organisation,
        actor=actor,
        call=call,
        commune=Commune.objects.get(pk=step.commune or organisation.commune_id),
        now=begun,
    )
    open_plan(number=step.number, application=application, actor=actor, now=begun)
    if sheet["slug"] in HALF_WRITTEN:
        return application
    year = clock.year + (0 if step.state == "closed" else 1)
    files.complete(application=application, sheet=sheet, actor=actor, year=year)
    if step.state != "draft":
        files.accept_commitments(application=application, actor=actor)
    return application
