"""What can be done to a file: start it, save its pages, join papers, send it, withdraw it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from ensemblier.base.files.actions import delete, store
from ensemblier.base.files.content import CheckedFile
from ensemblier.base.journal.actions import record
from ensemblier.base.notices.actions import send
from ensemblier.base.people.models import Mandate, Organisation, Role
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications import content
from ensemblier.fund.applications.access import require_pen
from ensemblier.fund.applications.completeness import gaps
from ensemblier.fund.applications.models import (
    EDITABLE,
    Answer,
    Application,
    Attachment,
    HelpMandate,
    Receipt,
    Snapshot,
    State,
)
from ensemblier.fund.applications.moves import MoveRefused, move
from ensemblier.fund.applications.numbers import next_number
from ensemblier.fund.applications.rules import NAMES, Missing
from ensemblier.fund.applications.saving import (
    CannotBalance,
    InvalidStep,
    NotEditable,
    StaleVersion,
    balance_with_the_fund,
    save_step,
    set_asked,
    set_budget_lines,
)
from ensemblier.fund.applications.snapshots import take
from ensemblier.fund.calls.instants import instant
from ensemblier.fund.calls.models import Call, Question

__all__ = [
    "CallClosed",
    "CannotBalance",
    "FileIncomplete",
    "InvalidStep",
    "KeyUsed",
    "MoveRefused",
    "NoMandate",
    "NotConfirmed",
    "NotEditable",
    "StaleVersion",
    "attach",
    "balance_with_the_fund",
    "detach",
    "file",
    "gaps",
    "open_draft",
    "save_step",
    "set_asked",
    "set_budget_lines",
    "start",
    "withdraw",
]
PURPOSE = "application_paper"
ACTS_FOR = (Role.APPLICANT, Role.REPRESENTATIVE)
PARIS = ZoneInfo("Europe/Paris")


class CallClosed(Refusal):
    """The call does not accept files at this instant."""


class NoMandate(Refusal):
    """This person does not act for the organisation."""


class FileIncomplete(Refusal):
    """The file lacks something; `gaps` says what and where."""

    def __init__(self, gaps: list[Missing]) -> None:
        pages = list(dict.fromkeys(NAMES[gap.step] for gap in gaps))
        super().__init__(
            f"Votre dossier n'est pas complet. À reprendre : {', '.join(pages)}. "
            "Il reste enregistré."
        )
        self.gaps = gaps


class NotConfirmed(Refusal):
    """A file typed for somebody else is sent once its representative has confirmed it."""


class KeyUsed(Refusal):
    """This request already sent another file."""

    status = 409


@transaction.atomic
def start(
    *,
    actor: Any,
    organisation: Organisation,
    call: Call,
    title: str,
    now: datetime,
    from_sheet: Mapping[str, Any] | None = None,
) -> Application:
    """Start a draft. `from_sheet` gives first values: `slug`, then fields of the first pages
    (`projet`, `publics`, `modele`, `partenaires`), each a mapping of values."""
    check_mandate(actor, organisation, now)
    return open_draft(
        actor=actor,
        organisation=organisation,
        call=call,
        title=title,
        now=now,
        from_sheet=from_sheet,
    )


@transaction.atomic
def open_draft(
    *,
    actor: Any,
    organisation: Organisation,
    call: Call,
    title: str,
    now: datetime,
    from_sheet: Mapping[str, Any] | None = None,
) -> Application:
    """The draft itself, once whoever calls has checked that the actor may start it."""
    check_open(call, now)
    if not title.strip():
        raise InvalidStep("Donnez un titre à votre projet.", field="title")
    sheet = dict(from_sheet or {})
    application = Application.objects.create(
        call=call,
        organisation=organisation,
        number=next_number(now.astimezone(PARIS).year),
        created_by=actor,
        title=title.strip()[:160],
        sheet_slug=sheet.pop("slug", ""),
        commune=organisation.commune,
        department=organisation.commune.department if organisation.commune_id else None,
    )
    record(
        actor=actor,
        action="application.start",
        subject=f"application:{application.pk}",
        data={"sheet": application.sheet_slug} if application.sheet_slug else None,
    )
    for step, values in sheet.items():
        save_step(
            application=application,
            step=step,
            values=values,
            version=application.version,
            actor=actor,
        )
    return application


@transaction.atomic
def attach(
    *,
    application: Application,
    kind: str,
    checked: CheckedFile,
    actor: Any,
    about: str = "",
    question: Question | None = None,
) -> Attachment:
    """Join a checked paper to the file: `about` names the partner who writes, or the paper of the
    call; `question` is the one it answers."""
    require_pen(_lock_editable(application), actor)
    stored = store(
        checked=checked,
        purpose=PURPOSE,
        about=f"application:{application.pk}",
        actor=actor,
        organisation_id=application.organisation_id,
    )
    attachment = Attachment.objects.create(
        application=application, kind=Attachment.Kind(kind), about=about[:160], file=stored
    )
    if question is not None:
        if question.call_id != application.call_id:
            raise InvalidStep("Cette question est celle d'un autre appel.")
        Answer.objects.update_or_create(
            application=application,
            question=question,
            defaults={"text": stored.original_name, "file": stored},
        )
    record(
        actor=actor,
        action="application.attach",
        subject=f"application:{application.pk}",
        data={"kind": kind, "about": attachment.about, "sha256": stored.sha256},
    )
    return attachment


@transaction.atomic
def detach(*, attachment: Attachment, actor: Any) -> None:
    """Take a paper out of a file that is not sent yet; one already sent stays on record."""
    application = _lock_editable(attachment.application)
    require_pen(application, actor)
    if application.state != State.DRAFT:
        raise NotEditable(
            "Cette pièce a été déposée : elle reste au dossier. Joignez-en une autre."
        )
    stored = attachment.file
    Answer.objects.filter(file=stored).delete()
    attachment.delete()
    delete(stored=stored, actor=actor, reason="pièce retirée du dossier")
    record(actor=actor, action="application.detach", subject=f"application:{application.pk}")


@transaction.atomic
def file(
    *,
    application: Application,
    actor: Any,
    now: datetime,
    key: UUID,
    version: int | None = None,
    accepts_commitments: bool = False,
) -> Receipt:
    """Send the file, once: the same key gives the same receipt again.

    `version` is that of the content the person read before sending; `accepts_commitments` is the
    box they ticked while sending.
    """
    fresh = Application.objects.select_for_update().get(pk=application.pk)
    known = Receipt.objects.filter(key=key).first()
    if known is not None:
        if known.application_id != fresh.pk:
            raise KeyUsed("Cette page a déjà servi à un autre dossier. Rechargez-la.")
        return known
    check_sender(actor, fresh, now)
    if fresh.state == State.DRAFT:
        fresh.accepts_commitments = fresh.accepts_commitments or accepts_commitments
        _check_ready(fresh, now, version)
        fresh.commitments_signed_by, fresh.commitments_signed_at = actor, now
    frozen = content.whole_content(fresh)
    move(
        application=application,
        verb="file",
        actor=actor,
        filed_at=now,
        filed_by=actor,
        accepts_commitments=fresh.accepts_commitments,
        commitments_signed_by=fresh.commitments_signed_by,
        commitments_signed_at=fresh.commitments_signed_at,
    )
    receipt = _receipt(application, key, actor, now, frozen)
    _tell(application, receipt)
    return receipt


@transaction.atomic
def withdraw(
    *, application: Application, actor: Any, now: datetime, reason: str = ""
) -> Application:
    """Take the file out of the procedure, for good."""
    check_mandate(actor, application.organisation, now)
    return move(application=application, verb="withdraw", actor=actor, reason=reason)


def check_mandate(actor: Any, organisation: Organisation, now: datetime) -> None:
    held = Mandate.objects.on(now.astimezone(PARIS).date()).filter(
        user=actor, organisation=organisation, role__in=ACTS_FOR
    )
    if not held.exists():
        raise NoMandate(
            f"Votre compte n'agit pas pour {organisation.name}. Demandez une invitation à la "
            "personne qui la représente."
        )


def check_sender(actor: Any, application: Application, now: datetime) -> None:
    """A member of the organisation, or its helper once this very content is confirmed."""
    mandate = HelpMandate.objects.filter(
        application=application.pk, helper=actor, ended_at__isnull=True
    ).first()
    if mandate is None:
        check_mandate(actor, application.organisation, now)
    elif mandate.confirmed_digest != content.digest(content.confirmable(application)):
        raise NotConfirmed(
            f"{mandate.representative} n'a pas encore confirmé ce dossier tel qu'il est. Ouvrez "
            "« Saisi pour… », envoyez le lien ou joignez le papier signé, puis déposez."
        )


def check_open(call: Call, now: datetime) -> None:
    if call.is_open(now):
        return
    if call.published_at is None or now < call.opens_at:
        raise CallClosed(f"Cet appel ouvre le {instant(call.opens_at, call.zone)}.")
    raise CallClosed(
        f"Cet appel a fermé le {instant(call.closes_at, call.zone)} : il ne reçoit plus de "
        "dossier. Ce que vous avez écrit reste enregistré."
    )


def _receipt(
    application: Application, key: UUID, actor: Any, now: datetime, frozen: dict[str, Any]
) -> Receipt:
    """What was sent, kept twice: as the proof, and as a version to compare."""
    take(application=application, reason=Snapshot.Reason.FILED, actor=actor, now=now, found=frozen)
    return Receipt.objects.create(
        application=application,
        key=key,
        filed_at=now,
        filed_by=actor,
        content=frozen,
        digest=content.digest(frozen),
    )


def _tell(application: Application, receipt: Receipt) -> None:
    """Write to the person who sent the file, and to the organisation."""
    call, home = application.call, application.organisation
    for address in sorted({receipt.filed_by.email, home.email} - {""}):
        send(
            to=address,
            template="applications/emails/filed.txt",
            context={
                "application": application,
                "receipt": receipt,
                "filed_at": instant(receipt.filed_at, call.zone),
            },
            about=f"application:{application.pk}",
        )


def _check_ready(fresh: Application, now: datetime, version: int | None) -> None:
    check_open(fresh.call, now)
    if version is not None and version != fresh.version:
        raise StaleVersion(step="envoi", saved={}, yours={}, version=fresh.version)
    if found := gaps(fresh):
        raise FileIncomplete(found)


def _lock_editable(application: Application) -> Application:
    fresh = Application.objects.select_for_update().get(pk=application.pk)
    if fresh.state not in EDITABLE:
        raise NotEditable(
            f"Ce dossier est « {fresh.get_state_display()} » : ses pièces ne changent plus."
        )
    return fresh
