"""The agreement of a gleaning: signed, insured, in force that day; completed, prolonged later."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import day as said_day
from ensemblier.base.pages.formats import in_paris
from ensemblier.chain.activities.models import Activity
from ensemblier.chain.activities.refusals import BadActivity, NoAgreement, NotPlanned

FIELDS = ("agreed_on", "agreement_ends", "is_insured", "insured_until", "plot")
OPEN = (Activity.State.PLANNED, Activity.State.DONE)
FIRST = (
    "Complétez d'abord la convention, sur la page de l'activité, ou choisissez une autre date. "
    "Rien n'a été déplacé."
)


@transaction.atomic
def agree(
    *,
    activity: Activity,
    agreed_on: date,
    is_insured: bool,
    actor: Any,
    agreement_ends: date | None = None,
    insured_until: date | None = None,
    plot: str = "",
) -> Activity:
    """Write, complete or prolong the agreement of a gleaning that is planned or took place; what
    was written before stays in the journal."""
    held = Activity.objects.select_for_update(of=("self",)).get(pk=activity.pk)
    if held.kind != Activity.Kind.GLEANING:
        raise BadActivity("Convention et parcelle se notent pour un glanage.", field="agreed_on")
    if held.state not in OPEN:
        raise NotPlanned(
            f"Cette activité est {held.get_state_display()} : sa convention ne sert plus."
        )
    before = facts(held)
    held.agreed_on, held.agreement_ends = agreed_on, agreement_ends
    held.is_insured, held.insured_until, held.plot = is_insured, insured_until, plot
    check(held)
    held.save(update_fields=list(FIELDS))
    record(
        actor=actor,
        action="activity.agreed",
        subject=f"activity:{held.pk}",
        data={"before": before, "after": facts(held)},
    )
    return held


def facts(activity: Activity) -> dict[str, Any]:
    """What is written of the agreement, as the journal keeps it."""
    found = {name: getattr(activity, name) for name in FIELDS}
    return {name: v.isoformat() if isinstance(v, date) else v for name, v in found.items()}


def check(activity: Activity) -> None:
    """A gleaning is agreed and insured on its days; nothing else bears these facts."""
    if activity.kind != Activity.Kind.GLEANING:
        if any(getattr(activity, name) for name in FIELDS):
            raise BadActivity(
                "Convention et parcelle se notent pour un glanage.", field="agreed_on"
            )
        return
    if activity.agreed_on is None:
        raise NoAgreement(
            "Un glanage a une convention signée entre qui ouvre la parcelle et la personne morale "
            "qui encadre : donnez sa date.",
            field="agreed_on",
        )
    if activity.agreed_on > in_paris(activity.starts_at).date():
        raise NoAgreement("La convention se signe avant le glanage.", field="agreed_on")
    if not activity.is_insured:
        raise NoAgreement(
            "La convention d'un glanage prévoit une assurance en responsabilité civile.",
            field="is_insured",
        )
    last = in_paris(activity.ends_at).date()
    _check_covers("La convention", "agreement_ends", activity, last)
    _check_covers("L'assurance", "insured_until", activity, last)
    if activity.plot not in ("", *Activity.Plot.values):
        raise BadActivity("Choisissez l'état de la parcelle dans la liste.", field="plot")


def check_moved(activity: Activity) -> None:
    """The same on the new date, said to somebody who is only moving it."""
    try:
        check(activity)
    except NoAgreement as refusal:
        raise NoAgreement(f"{refusal.message} {FIRST}", field="starts_at") from refusal


def _check_covers(what: str, name: str, activity: Activity, last: date) -> None:
    ends = getattr(activity, name)
    if ends is not None and ends < last:
        raise NoAgreement(
            f"{what} de ce glanage vaut jusqu'au {said_day(ends)} : elle ne couvre pas le "
            f"{said_day(last)}.",
            field=name,
        )
