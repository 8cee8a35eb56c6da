"""What jurors are written, in words as short as their screens."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse

from ensemblier.base.notices.actions import notify
from ensemblier.fund.jury.models import Seat, Sitting


def write_to_jurors(sitting: Sitting, *, what: str, page: str, states: list[str]) -> int:
    """Send `jury/emails/<what>.txt` to each seat in these states; how many."""
    link = settings.SITE_URL + reverse(page, args=[sitting.pk])
    context: dict[str, Any] = {"call": sitting.jury.call, "sitting": sitting, "link": link}
    seats = Seat.objects.filter(jury=sitting.jury, state__in=states).select_related("user")
    for seat in seats:
        notify(
            account=seat.user_id,
            to=seat.user.email,
            topic="jury",
            template=f"jury/emails/{what}.txt",
            context=context,
            about=f"jury:{sitting.jury_id}",
        )
    return len(seats)
