"""End sheets: drafted from the file, edited by the carrier, published on consent, withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.text import slugify

from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import euros, in_paris, whole
from ensemblier.base.refusal import Refusal
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.applications.models import Effect, PublicKind, Side
from ensemblier.fund.monitoring import access
from ensemblier.fund.monitoring.models import EndSheet, Mark, Report
from ensemblier.fund.review.actions import actor_on, require

WRITTEN = (
    *("title", "summary", "plain_lines", "carrier", "territory", "type", "aim", "public"),
    *("action", "funding", "support", "difficulties", "lessons", "web_links", "links", "length"),
)
NEEDED = ("summary", "aim", "public", "action", "funding", "lessons")
CONSENT = (
    "L'organisation accepte que cette fiche paraisse dans la bibliothèque publique, sous son nom, "
    "et qu'elle soit réutilisée librement. Elle peut la retirer à tout moment."
)


class SheetRefused(Refusal):
    """The sheet cannot be drafted, changed, published or withdrawn so."""


class NotYourSheet(Refusal):
    """The carrier writes its sheet, and its legal representative consents."""


class StaleSheet(Refusal):
    """Somebody saved the sheet in between."""


def published() -> QuerySet[EndSheet]:
    """What the library shows."""
    rows = EndSheet.objects.filter(state=EndSheet.State.PUBLISHED)
    return rows.prefetch_related("departments__region")


@transaction.atomic
def draft_sheet(*, agreement: Agreement, actor: Any, now: datetime) -> EndSheet:
    """Write a first version from the file, its reports and its evaluation; the carrier edits it."""
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    known = EndSheet.objects.filter(agreement=agreement).first()
    require(access.may_start(_person(actor, now), agreement), NotYourSheet)
    if known:
        return known
    if not agreement.reports.filter(state__in=(Report.State.FILED, Report.State.ACCEPTED)).exists():
        raise SheetRefused("La fiche se prépare quand un bilan est déposé.")
    application = agreement.decision.application
    sheet = EndSheet.objects.create(
        agreement=agreement,
        slug=f"{slugify(application.title)[:50].strip('-')}-{agreement.number.lower()}",
        drafted_by=actor,
        drafted_at=now,
        **from_file(agreement),
    )
    places = {application.department_id, *application.departments.values_list("pk", flat=True)}
    sheet.departments.set([place for place in places if place])
    record(actor=actor, action="sheet.draft", subject=f"agreement:{agreement.pk}")
    return sheet


def from_file(agreement: Agreement) -> dict[str, Any]:
    """The fields of a sheet in the words of the file: nothing is invented."""
    application = agreement.decision.application
    report = agreement.reports.filter(filed_at__isnull=False).order_by("-filed_at").first()
    effects = [Effect(row.effect).label for row in application.effects.all()]
    publics = [PublicKind(value).label for value in application.publics]
    people = f"{whole(report.people_count)} personnes. " if report and report.people_count else ""
    place = application.commune or application.department
    return {
        "title": application.title,
        "summary": application.summary[:1500],
        "carrier": application.organisation.name,
        "territory": "\n".join(x for x in (str(place or ""), application.territory_note) if x)[
            :1000
        ],
        "type": ", ".join(dict.fromkeys(effects))[:300].capitalize(),
        "aim": application.needs[:2000],
        "public": f"{people}{', '.join(publics).capitalize()}"[:1500],
        "action": (report.narrative if report else "")[:4000],
        "funding": funding_of(agreement, report)[:2000],
        "support": "\n".join(
            f"- {partner.name}{f' : {partner.role}' if partner.role else ''}"
            for partner in application.partners.all()
        )[:2000],
        "difficulties": (report.variance_note if report else "")[:2000],
        "lessons": lessons_of(agreement, report)[:3000],
        "links": application.links,
        "length": application.length,
    }


def funding_of(agreement: Agreement, report: Report | None) -> str:
    """Who paid what, as the last report says."""
    if report is None:
        return ""
    rows = [line for line in report.lines.all() if line.side == Side.RESOURCE and line.actual_cents]
    return "\n".join(f"- {line.payer or line.label} : {euros(line.actual_cents)}" for line in rows)


def lessons_of(agreement: Agreement, report: Report | None) -> str:
    """What the report and the organisation's own evaluation say of the results."""
    said = [report.results] if report and report.results else []
    marks = Mark.objects.filter(evaluation__agreement=agreement, voice=Mark.Voice.CARRIER)
    said += [f"- {mark.text}" for mark in marks if mark.text]
    return "\n".join(said)


@transaction.atomic
def save_sheet(
    *, sheet: EndSheet, fields: Mapping[str, Any], version: int, actor: Any, now: datetime
) -> EndSheet:
    """Keep what the carrier wrote. A published sheet is withdrawn from view until it is agreed
    again: nobody publishes words that were not agreed to."""
    fresh = _locked(sheet)
    require(access.may_edit_sheet(_person(actor, now), fresh), NotYourSheet)
    if fresh.version != version:
        raise StaleSheet(
            "Une autre personne a enregistré cette fiche pendant que vous l'écriviez. Votre "
            "saisie est encore là : comparez, puis enregistrez de nouveau."
        )
    for name, value in fields.items():
        if name not in WRITTEN:
            raise KeyError(name)
        setattr(fresh, name, value)
    fresh.state, fresh.version = EndSheet.State.DRAFT, version + 1
    fresh.save()
    record(actor=actor, action="sheet.save", subject=f"agreement:{fresh.agreement_id}")
    return fresh


@transaction.atomic
def publish_sheet(*, sheet: EndSheet, agreed: bool, actor: Any, now: datetime) -> EndSheet:
    """Publish on the recorded consent of the legal representative."""
    fresh = _locked(sheet)
    require(access.may_publish_sheet(_person(actor, now), fresh), NotYourSheet)
    if fresh.state == EndSheet.State.PUBLISHED:
        return fresh
    if not agreed:
        raise SheetRefused("Cochez l'accord pour publier la fiche.", field="agreed")
    missing = [
        str(fresh._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        for name in NEEDED
        if not getattr(fresh, name).strip()
    ]
    if missing:
        raise SheetRefused(f"Avant de publier, remplissez : {', '.join(missing)}.")
    fresh.state = EndSheet.State.PUBLISHED
    fresh.consent_text, fresh.consent_by, fresh.consent_at = CONSENT, actor, now
    fresh.withdrawn_by, fresh.withdrawn_at, fresh.withdrawn_reason = None, None, ""
    fresh.save()
    record(
        actor=actor,
        action="sheet.publish",
        subject=f"agreement:{fresh.agreement_id}",
        reason=CONSENT,
        data={"version": fresh.version},
    )
    return fresh


@transaction.atomic
def withdraw_sheet(*, sheet: EndSheet, reason: str, actor: Any, now: datetime) -> EndSheet:
    """Take the sheet out of the library at once; doing it twice changes nothing."""
    fresh = _locked(sheet)
    person = _person(actor, now)
    require(access.may_withdraw_sheet(person, fresh), NotYourSheet)
    if fresh.state == EndSheet.State.WITHDRAWN:
        return fresh
    own = fresh.agreement.decision.application.organisation_id in {
        mandate.organisation_id for mandate in person.mandates
    }
    if not own and not reason.strip():
        raise SheetRefused("Dites pourquoi cette fiche est retirée.", field="reason")
    fresh.state = EndSheet.State.WITHDRAWN
    fresh.withdrawn_by, fresh.withdrawn_at, fresh.withdrawn_reason = actor, now, reason
    fresh.save()
    record(
        actor=actor,
        action="sheet.withdraw",
        subject=f"agreement:{fresh.agreement_id}",
        reason=reason,
    )
    return fresh


def _person(actor: Any, now: datetime) -> Any:
    return actor_on(actor, in_paris(now).date())


def _locked(sheet: EndSheet) -> EndSheet:
    return EndSheet.objects.select_for_update().get(pk=sheet.pk)
