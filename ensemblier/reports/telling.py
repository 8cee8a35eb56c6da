"""A report that leaves is told by e-mail to whoever reads it, with its address."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from ensemblier.base.chains.access import WORKERS
from ensemblier.base.notices.actions import notify, send
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.models import Mandate
from ensemblier.reports.models import SentReport

TOPIC = "reports"
TEMPLATE = "reports/emails/sent.txt"


def tell(report: SentReport) -> None:
    """One e-mail to each account of the recipient; with no account yet, to the organisation's own
    address. Each chooses when it comes (topic `reports`)."""
    context = {
        "report": report,
        "link": settings.SITE_URL + reverse("reports:detail", args=[report.pk]),
    }
    about = f"report:{report.pk}"
    held = Mandate.objects.on(in_paris(report.sent_at).date()).filter(
        organisation=report.recipient_id, role__in=WORKERS, user__is_active=True
    )
    people = sorted(set(held.values_list("user", "user__email")))
    for account, address in people:
        notify(
            account=account,
            to=address,
            topic=TOPIC,
            template=TEMPLATE,
            context=context,
            about=about,
        )
    if not people and report.recipient.email:
        send(to=report.recipient.email, template=TEMPLATE, context=context, about=about)
