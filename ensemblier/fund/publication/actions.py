"""Publishing grants: entries opened, corrected, withdrawn; files made anew when they change."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.agreements.shares import granted_by_year
from ensemblier.fund.decisions.models import Decision
from ensemblier.fund.publication import access, rows
from ensemblier.fund.publication.entries import (
    content_of,
    is_complete,
    is_due,
    last_signed_on,
    publish_by,
    recipients,
    signed_on,
)
from ensemblier.fund.publication.models import Edition, Entry, EntryVersion
from ensemblier.fund.publication.parameters import is_natural_person
from ensemblier.fund.publication.reading import last_versions
from ensemblier.fund.publication.statistics import statistics_csv
from ensemblier.fund.review.actions import actor_on, require

# What an officer may correct by hand: the rest comes from the agreement.
CORRECTABLE = ("objet", "conditionsVersement", "idRAE", "notificationUE", "nature")


class PublicationRefused(Refusal):
    """The entry cannot be changed so."""


class NotYourPublication(Refusal):
    """The programme officer answers for what is published."""


class Refreshed(NamedTuple):
    """What a run wrote."""

    opened: int
    changed: int
    files: int


@transaction.atomic
def refresh(*, actor: Any, now: datetime) -> Refreshed:
    """Open entries of agreements signed since, follow amendments, make the files that changed.

    Asked twice with nothing new, it writes nothing. `actor` None: the clock.
    """
    if actor is not None:
        require(access.may_publish(actor_on(actor, in_paris(now).date())), NotYourPublication)
    opened = changed = 0
    known = {(e.agreement_id, e.recipient_id): e for e in Entry.objects.all()}
    latest = last_versions()
    given = granted_by_year(signed_decisions())
    for agreement in signed_agreements():
        years = given[agreement.decision_id]
        total = sum(years.values())
        for organisation, cents in recipients(agreement, total):
            if not total or is_natural_person(organisation):
                continue
            entry = known.get((agreement.pk, organisation.pk))
            content = content_of(agreement, organisation, cents, total)
            if entry is None:
                due = is_due(years, signed_on(agreement))
                _open(agreement, organisation, cents, content, due=due, now=now)
                opened += 1
                continue
            _become_due(entry, agreement, years)
            changed += _follow(entry, latest[entry.pk], content, cents, now)
    files = make_files(now=now)
    if opened or changed or files:
        record(
            actor=actor,
            action="publication.refresh",
            subject="publication:grants",
            data={"opened": opened, "changed": changed, "files": files},
        )
    return Refreshed(opened, changed, files)


def signed_decisions() -> QuerySet[Decision]:
    return Decision.objects.filter(agreement__signed_at__isnull=False)


def signed_agreements() -> Any:
    found = Agreement.objects.filter(signed_at__isnull=False).select_related(
        "decision__application__organisation",
        "decision__application__call__owner",
        "decision__application__department",
    )
    return found.prefetch_related("decision__awards__envelope", "instalments").order_by("pk")


def _open(
    agreement: Agreement,
    organisation: Any,
    cents: int,
    content: dict[str, Any],
    *,
    due: bool,
    now: datetime,
) -> None:
    day = signed_on(agreement)
    entry = Entry.objects.create(
        code=_next_code(day.year),
        agreement=agreement,
        recipient=organisation,
        year=day.year,
        is_due=due,
        due_on=publish_by(day),
        opened_at=now,
    )
    EntryVersion.objects.create(
        entry=entry, number=1, content=content, amount_cents=cents, made_at=now
    )


def _become_due(entry: Entry, agreement: Agreement, years: Mapping[int, int]) -> None:
    """An amendment took the grant above the threshold: the files take it from now on, even if it
    comes down again."""
    if entry.is_due:
        return
    day = last_signed_on(agreement)
    if is_due(years, day):
        entry.is_due, entry.due_on = True, publish_by(day)
        entry.save(update_fields=["is_due", "due_on"])


def _next_code(year: int) -> str:
    """The next number of the year: numbers are never used again."""
    start = f"SUB-{year}-"
    last = Entry.objects.filter(code__startswith=start).order_by("-code").first()
    number = int(last.code.removeprefix(start)) + 1 if last else 1
    return f"{start}{number:06d}"


def _follow(
    entry: Entry, last: EntryVersion, content: dict[str, Any], cents: int, now: datetime
) -> bool:
    """An amendment changed the agreement: one more version. What was corrected by hand stays."""
    kept = {name: last.content[name] for name in last.content.get("corrige", []) if name in content}
    wanted = content | kept
    if kept:
        wanted["corrige"] = last.content["corrige"]
    if last.is_withdrawn or (last.content == wanted and last.amount_cents == cents):
        return False
    _add(last, wanted, cents, reason="Avenant à la convention.", actor=None, now=now)
    return True


def _add(
    last: EntryVersion,
    content: Mapping[str, Any],
    cents: int,
    *,
    reason: str,
    actor: Any,
    now: datetime,
    is_withdrawn: bool = False,
) -> EntryVersion:
    try:
        with transaction.atomic():
            return EntryVersion.objects.create(
                entry=last.entry,
                number=last.number + 1,
                content=dict(content),
                amount_cents=cents,
                is_withdrawn=is_withdrawn,
                reason=reason,
                made_by=actor,
                made_at=now,
            )
    except IntegrityError as error:
        raise PublicationRefused(
            "Une autre personne vient de changer cette ligne. Rechargez la page."
        ) from error


@transaction.atomic
def correct(
    *, entry: Entry, fields: Mapping[str, str], reason: str, actor: Any, now: datetime
) -> EntryVersion:
    """Write a corrected version; the former one stays in the history."""
    last = _mine(entry, reason, actor, now)
    changed = {
        name: rows.quiet(value)
        for name, value in fields.items()
        if rows.quiet(value) != last.content.get(name, "")
    }
    if unknown := set(changed) - set(CORRECTABLE):
        raise PublicationRefused(f"« {min(unknown)} » vient de la convention : faites un avenant.")
    if not changed:
        raise PublicationRefused("Rien n'a changé : il n'y a pas de correction à publier.")
    by_hand = sorted({*last.content.get("corrige", []), *changed})
    content = last.content | changed | {"corrige": by_hand}
    row = _add(last, content, last.amount_cents, reason=reason, actor=actor, now=now)
    _note("publication.correct", row, reason, actor)
    make_files(now=now)
    return row


@transaction.atomic
def withdraw(*, entry: Entry, reason: str, actor: Any, now: datetime) -> EntryVersion:
    """Take a line out of the files and the page; its number is never given again."""
    last = _mine(entry, reason, actor, now)
    if last.is_withdrawn:
        return last
    row = _add(
        last,
        last.content,
        last.amount_cents,
        reason=reason,
        actor=actor,
        now=now,
        is_withdrawn=True,
    )
    _note("publication.withdraw", row, reason, actor)
    make_files(now=now)
    return row


@transaction.atomic
def restore(*, entry: Entry, reason: str, actor: Any, now: datetime) -> EntryVersion:
    """Put a withdrawn line back."""
    last = _mine(entry, reason, actor, now)
    if not last.is_withdrawn:
        return last
    row = _add(last, last.content, last.amount_cents, reason=reason, actor=actor, now=now)
    _note("publication.restore", row, reason, actor)
    make_files(now=now)
    return row


def _mine(entry: Entry, reason: str, actor: Any, now: datetime) -> EntryVersion:
    require(access.may_publish(actor_on(actor, in_paris(now).date())), NotYourPublication)
    if not reason.strip():
        raise PublicationRefused(
            "Dites pourquoi : le motif reste dans l'historique.", field="reason"
        )
    Entry.objects.select_for_update().get(pk=entry.pk)
    last = entry.versions.select_related("entry").order_by("-number").first()
    assert last is not None
    return last


def _note(action: str, row: EntryVersion, reason: str, actor: Any) -> None:
    record(
        actor=actor,
        action=action,
        subject=f"entry:{row.entry_id}",
        reason=reason,
        data={"version": row.number},
    )


def make_files(*, now: datetime) -> int:
    """One more edition of each file whose bytes changed; how many were made."""
    kept = [row for row in last_versions().values() if not row.is_withdrawn]
    years = {row.entry.year for row in kept} | set(
        Edition.objects.order_by().values_list("year", flat=True).distinct()
    )
    made = 0
    for year in sorted(years):
        mine = [row for row in kept if row.entry.year == year and row.entry.is_due]
        due = [row.content for row in mine if is_complete(row.content)]
        files = {
            Edition.Profile.REGULATORY: rows.as_csv(
                rows.REGULATORY, [rows.regulatory_row(content) for content in due]
            ),
            Edition.Profile.SCDL: rows.as_csv(
                rows.SCDL, [rows.scdl_row(content) for content in due]
            ),
            Edition.Profile.STATISTICS: statistics_csv(year),
        }
        made += sum(_edition(profile, year, text, now) for profile, text in files.items())
    return made


def _edition(profile: str, year: int, content: str, now: datetime) -> bool:
    sha256 = hashlib.sha256(content.encode()).hexdigest()
    last = Edition.objects.filter(profile=profile, year=year).order_by("-number").first()
    if last and (last.sha256 == sha256 or _too_soon(last, now)):
        return False
    Edition.objects.create(
        profile=profile,
        year=year,
        number=last.number + 1 if last else 1,
        content=content,
        sha256=sha256,
        rows=content.count("\r\n") - 1,
        made_at=now,
    )
    return True


def _too_soon(last: Edition, now: datetime) -> bool:
    """Statistics change once a year: two editions a night apart, subtracted, would show the one
    report accepted in between."""
    is_statistics = last.profile == Edition.Profile.STATISTICS
    return is_statistics and last.rows > 0 and last.made_at.year == now.year


def overdue(day: date) -> list[Agreement]:
    """Agreements whose publication is late: signed, due, past three months, and not published."""
    published = set(Entry.objects.values_list("agreement_id", flat=True))
    given = granted_by_year(signed_decisions())
    return [
        agreement
        for agreement in signed_agreements()
        if agreement.pk not in published
        and is_due(given[agreement.decision_id], signed_on(agreement))
        and publish_by(signed_on(agreement)) < day
        and not all(is_natural_person(who) for who, _ in recipients(agreement, 0))
    ]
