"""What the page of a file shows of its money, once it is granted."""

from __future__ import annotations

from django.utils import timezone

from ensemblier.base.people.access import Actor
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.applications.models import Application, State
from ensemblier.fund.applications.panels import Panel
from ensemblier.fund.payments import access
from ensemblier.fund.payments.where import tracks, with_the_way

GRANTED = (State.FUNDED, State.AGREED)


def money_panel(application: Application, actor: Actor) -> Panel | None:
    """The first instalment that is not paid, and who must act; nothing once all is closed."""
    if application.state not in GRANTED or not access.may_see_where(actor, application).allowed:
        return None
    # What is not sent yet is the desk's own work.
    sent = Agreement.objects.exclude(state=Agreement.State.DRAFT)
    rows = sent.filter(decision__application=application)
    found = tracks(with_the_way(rows), timezone.now())
    waiting = next((track for track in found if not track.is_paid), None)
    values = {
        "number": application.number,
        "track": waiting,
        "all_paid": bool(found and not waiting),
    }
    return Panel("payments/panel.html", values)
