"""What runs without anyone asking, when, and what it calls."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.utils import timezone

from ensemblier.base.journal.actions import run_retention
from ensemblier.base.notices import digest
from ensemblier.base.notices.actions import deliver_due
from ensemblier.fund.boards import routing
from ensemblier.fund.decisions import silence
from ensemblier.fund.jury import feedback
from ensemblier.fund.monitoring import reminders as report_reminders
from ensemblier.fund.publication import actions as publication
from ensemblier.fund.review import reminders

SLOT_MINUTES = 5


class JobFailed(Exception):
    """The job ran and says that something is wrong, in French and without a row's data.

    `detail` is for the terminal of whoever runs the site: it is kept nowhere.
    """

    def __init__(self, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail


@dataclass(frozen=True)
class Job:
    """A job. `hour`: once a day from that hour on, Paris time; None: every five minutes."""

    name: str
    label: str
    run: Callable[[datetime], str]
    hour: int | None = None

    def period(self, now: datetime) -> str | None:
        """The key of the period that `now` belongs to; None when it is too early today."""
        local = timezone.localtime(now)
        if self.hour is None:
            slot = now.astimezone(UTC)
            slot = slot.replace(minute=slot.minute - slot.minute % SLOT_MINUTES)
            return f"{slot:%Y-%m-%dT%H:%M}Z"
        return f"{local:%Y-%m-%d}" if local.hour >= self.hour else None


def send_mail(now: datetime) -> str:
    sent, failed = deliver_due(now=now)
    return f"envoyés : {sent}, remis à plus tard : {failed}"


def send_digests(now: datetime) -> str:
    return f"résumés écrits : {digest.send_digests(now)}"


def remind_complements(now: datetime) -> str:
    return f"rappels écrits : {reminders.remind(now)}"


def tell_desks(now: datetime) -> str:
    return f"courriels aux guichets : {routing.tell_desks(now)}"


def tell_notices(now: datetime) -> str:
    return f"avis envoyés : {routing.tell_notices(now)}"


def watch_silence(now: datetime) -> str:
    done = silence.watch(now=now)
    return f"rappels : {done.reminded}, refus nés du silence : {done.refused}"


def remind_reports(now: datetime) -> str:
    return f"rappels écrits : {report_reminders.remind(now)}"


def tell_jurors(now: datetime) -> str:
    return f"jurys prévenus : {feedback.tell(now)}"


def publish_grants(now: datetime) -> str:
    found = publication.refresh(actor=None, now=now)
    return f"lignes ajoutées : {found.opened}, changées : {found.changed}, fichiers : {found.files}"


def apply_retention(now: datetime) -> str:
    outcome = run_retention(now=now)
    if outcome.errors:
        raise JobFailed(f"règles en échec\N{NO-BREAK SPACE}: {', '.join(outcome.errors)}.")
    return f"effacés : {sum(outcome.counts.values())}"


def own_command(*arguments: str) -> str:
    """Run an `ensemblier` command apart, so that a long one leaves its memory behind."""
    done = subprocess.run(
        [sys.executable, "-m", "ensemblier.cli.main", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = (done.stdout + done.stderr).strip().splitlines()
    last = lines[-1] if lines else ""
    if done.returncode:
        name = " ".join(word for word in arguments[:2] if not word.startswith("-"))
        raise JobFailed(
            f"«\N{NO-BREAK SPACE}ensemblier {name}\N{NO-BREAK SPACE}» a fini avec le code "
            f"{done.returncode}. Lancez-la à la main\N{NO-BREAK SPACE}: elle dit pourquoi.",
            detail=last,
        )
    return last


def seal_books(now: datetime) -> str:
    return own_command("ledger", "seal", "--out", str(settings.SEALS_FILE))


def verify_books(now: datetime) -> str:
    """All the books, against the seals kept outside once there are some."""
    kept = ["--seals", str(settings.SEALS_FILE)] if settings.SEALS_FILE.exists() else []
    return own_command("verify", *kept)


JOBS = {
    job.name: job
    for job in (
        Job("mail", "Envoi des courriels", send_mail),
        Job("digests", "Résumés du jour", send_digests, hour=7),
        Job("reminders", "Rappels de compléments", remind_complements, hour=6),
        Job("reports", "Rappels de bilans", remind_reports, hour=6),
        Job("jury", "Nouvelles des projets, six mois après un jury", tell_jurors, hour=8),
        Job("publication", "Publication des aides", publish_grants, hour=2),
        Job("desks", "Dossiers déposés, annoncés aux guichets", tell_desks),
        Job("call_notices", "Avis d'un appel, envoyés aux porteurs", tell_notices),
        Job("seal", "Sceau des comptes", seal_books, hour=1),
        Job("silence", "Délais de réponse aux demandes", watch_silence, hour=5),
        Job("retention", "Effacement des données anciennes", apply_retention, hour=3),
        Job("verify", "Vérification des comptes", verify_books, hour=4),
    )
}
