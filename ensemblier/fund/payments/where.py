"""Where the money of a grant is, what blocks it, who must act and since when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Prefetch, QuerySet

from ensemblier.base.pages.formats import day as in_words
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.models import Organisation
from ensemblier.fund.agreements.models import Agreement, Instalment, Signature, Suspension
from ensemblier.fund.agreements.releasing import BY_EVIDENCE, clock_of
from ensemblier.fund.monitoring.models import Report
from ensemblier.fund.payments.actions import RELEASED_BY
from ensemblier.fund.payments.holding import over
from ensemblier.fund.payments.models import (
    BankAccount,
    ChorusTrace,
    Payment,
    PaymentFile,
    PaymentOrder,
    Return,
)
from ensemblier.fund.payments.ways import Way, payer_of, way_of

STAGES = (
    "Accordée",
    "Convention signée",
    "Échéance ouverte",
    "Service fait certifié",
    "Paiement demandé",
    "Payée",
)
# For the picture: one word each, so that six fit on a phone.
SHORT = ("Accordée", "Signée", "Ouverte", "Certifiée", "Demandée", "Payée")
DESK, PAYER, ACCOUNTANT = "Le service instructeur", "L'agent payeur", "Le comptable public"
LIVE = (Payment.State.RESERVED, Payment.State.PAID)


class Stop(NamedTuple):
    """Where it stands: who must act, what they must do, since when."""

    who: str
    what: str
    since: date | None


class Track(NamedTuple):
    """One instalment on its way. `dates` has one place for each stage, None until reached."""

    agreement: Agreement
    instalment: Instalment
    payment: Payment | None
    dates: tuple[date | None, ...]
    stop: Stop
    due_on: date | None
    late_days: int
    came_back: Return | None
    steps: list[dict[str, str]]
    held: Suspension | None  # what keeps a certified payment from leaving

    @property
    def is_paid(self) -> bool:
        return self.dates[-1] is not None

    @property
    def waits_for_certificate(self) -> bool:
        return self.dates[2] is not None and self.payment is None

    @property
    def rows(self) -> list[tuple[str, date | None, str]]:
        """The picture as a table: stage, day, state in words."""
        reached = sum(1 for on in self.dates if on)
        words = ["fait" if on else "à venir" for on in self.dates]
        if reached < len(words):
            words[reached] = "en cours"
        return list(zip(STAGES, self.dates, words, strict=True))


def with_the_way(rows: QuerySet[Agreement]) -> QuerySet[Agreement]:
    """Agreements with all that a track looks at, in a number of queries that does not grow."""
    payments = Payment.objects.select_related("came_back").prefetch_related(
        Prefetch("chorus", ChorusTrace.objects.filter(is_live=True), to_attr="said"),
        Prefetch(
            "orders",
            PaymentOrder.objects.filter(is_live=True).select_related("file"),
            to_attr="ordered",
        ),
    )
    return rows.select_related(
        "decision__application__organisation",
        "decision__application__department",
        "decision__application__call__owner",
    ).prefetch_related(
        Prefetch("instalments__payments", payments),
        Prefetch("reports", to_attr="all_reports"),
        "suspensions",
        Prefetch("signatures", Signature.objects.order_by("pk"), to_attr="all_signatures"),
    )


def tracks(agreements: Iterable[Agreement], now: datetime) -> list[Track]:
    """One track for each instalment of agreements that came from `with_the_way`."""
    rows = list(agreements)
    paid_to = [row.decision.application.organisation for row in rows if way_of(row) is Way.FILE]
    accounts = _accounts(paid_to, now)
    return [
        _track(row, instalment, accounts, in_paris(now).date())
        for row in rows
        for instalment in row.instalments.all()
    ]


def _accounts(organisations: list[Organisation], now: datetime) -> dict[int, Stop]:
    """organisation -> what its bank account waits for; absent when it may be paid."""
    live: dict[int, list[BankAccount]] = {row.pk: [] for row in organisations}
    if not live:
        return {}
    rows = BankAccount.objects.filter(organisation__in=live, stopped_at__isnull=True)
    for account in rows.order_by("pk"):
        live[account.organisation_id].append(account)
    stops = {}
    for row in organisations:
        kept = live[row.pk]
        if any(account.usable_from and account.usable_from <= now for account in kept):
            continue
        stops[row.pk] = _account_stop(row, kept[-1] if kept else None)
    return stops


def _account_stop(organisation: Organisation, last: BankAccount | None) -> Stop:
    if last is None:
        return Stop(organisation.name, "doit enregistrer son compte bancaire, avec son RIB", None)
    if last.usable_from is None:
        since = in_paris(last.entered_at).date()
        return Stop(PAYER, "doit confirmer le compte bancaire", since)
    words = (
        f"le compte bancaire sert à partir du {in_words(last.usable_from)} (délai contre la fraude)"
    )
    return Stop("Personne", words, in_paris(last.confirmed_at or last.usable_from).date())


def _track(
    agreement: Agreement, instalment: Instalment, accounts: dict[int, Stop], today: date
) -> Track:
    known = sorted(instalment.payments.all(), key=lambda row: row.pk)
    payment = next((row for row in reversed(known) if row.state in LIVE), None)
    backs = [row.came_back for row in known if hasattr(row, "came_back")]
    real = (b for b in reversed(backs) if b.kind != Return.Kind.CORRECTION and not b.undone_at)
    back = next(real, None)
    opened = opened_on(agreement, instalment)
    dates = _dates(agreement, opened, payment)
    pauses = list(agreement.suspensions.all())
    clock = clock_of(instalment, pauses, instalment.clock_starts_on or opened, today, dates[-1])
    due_on = clock.due_on if clock else None
    late = clock.late if clock and dates[-1] is None else 0
    stop = _stop(agreement, instalment, payment, opened, accounts)
    held = over(instalment.pk, pauses)
    if held and opened is not None and dates[-1] is None:
        stop = _suspended(agreement, payment, held, stop)
    kept = held if payment and dates[-1] is None and not _asked(payment) else None
    late, steps = max(0, late), _steps(dates)
    return Track(agreement, instalment, payment, dates, stop, due_on, late, back, steps, kept)


def _suspended(agreement: Any, payment: Any, held: Suspension, stop: Stop) -> Stop:
    """The organisation must act, unless the public accountant was asked to pay before."""
    if payment is not None and _asked(payment):
        on = in_words(held.starts_on)
        words = f"{stop.what} ; le paiement est suspendu depuis le {on}, après cette demande"
        return stop._replace(what=words)
    organisation = agreement.decision.application.organisation
    return Stop(organisation.name, f"doit : {held.reason}", held.starts_on)


def opened_on(agreement: Agreement, instalment: Instalment) -> date | None:
    """When the event that releases the instalment happened."""
    if agreement.signed_at is None:
        return None
    if instalment.release in BY_EVIDENCE:
        return in_paris(instalment.released_at).date() if instalment.released_at else None
    kind = RELEASED_BY.get(Instalment.Release(instalment.release))
    if kind is None:
        return in_paris(agreement.signed_at).date()
    report = _report(agreement, kind)
    if report is None or report.state != Report.State.ACCEPTED or report.checked_at is None:
        return None
    return in_paris(report.checked_at).date()


def _report(agreement: Any, kind: str) -> Report | None:
    return next((row for row in agreement.all_reports if row.kind == kind), None)


def _dates(agreement: Agreement, opened: date | None, payment: Any) -> tuple[date | None, ...]:
    signed = in_paris(agreement.signed_at).date() if agreement.signed_at else None
    granted = in_paris(agreement.decision.decided_at).date()
    certified = asked = paid = None
    if payment is not None:
        certified = in_paris(payment.reserved_at).date()
        said = {row.step: row.happened_on for row in payment.said}
        asked = said.get(ChorusTrace.Step.REQUEST) or _ordered_on(payment)
        if payment.state == Payment.State.PAID:
            paid = said.get(ChorusTrace.Step.PAID) or in_paris(payment.settled_at).date()
            asked = asked or paid
    return granted, signed, opened, certified, asked, paid


def _ordered_on(payment: Any) -> date | None:
    return in_paris(payment.ordered[0].file.made_at).date() if payment.ordered else None


def _stop(
    agreement: Any,
    instalment: Instalment,
    payment: Any,
    opened: date | None,
    accounts: dict[int, Stop],
) -> Stop:
    organisation = agreement.decision.application.organisation
    if agreement.signed_at is None:
        return _before_signature(agreement, organisation)
    if opened is None:
        return _before_event(agreement, instalment, organisation)
    if payment is None:
        return Stop(DESK, "doit certifier que le service est fait", opened)
    if payment.state == Payment.State.PAID:
        return Stop("Personne", "l'échéance est payée", in_paris(payment.settled_at).date())
    if way_of(agreement) is Way.ACCOUNTANT:
        return _at_the_accountant(payment)
    return _at_the_bank(agreement, payment, accounts.get(organisation.pk))


def _before_signature(agreement: Any, organisation: Organisation) -> Stop:
    if agreement.sent_at is None:
        since = in_paris(agreement.decision.decided_at).date()
        return Stop(DESK, "prépare la convention à signer", since)
    signed = {row.organisation_id for row in agreement.all_signatures}
    since = in_paris(agreement.sent_at).date()
    if organisation.pk not in signed:
        return Stop(organisation.name, "doit signer la convention", since)
    last = in_paris(agreement.all_signatures[-1].signed_at).date()
    return Stop(payer_of(agreement).name, "doit signer la convention", last)


def _before_event(agreement: Any, instalment: Instalment, organisation: Organisation) -> Stop:
    if instalment.release in BY_EVIDENCE:
        since = in_paris(agreement.signed_at).date()
        waited = instalment.paper_label or instalment.get_release_display()
        return Stop(organisation.name, f"doit montrer ce qui ouvre l'échéance ({waited})", since)
    kind = RELEASED_BY[Instalment.Release(instalment.release)]
    report, name = _report(agreement, kind), Report.Kind(kind).label
    if report is not None and report.state == Report.State.FILED:
        since = in_paris(report.filed_at).date() if report.filed_at else None
        return Stop(DESK, f"doit contrôler le {name}", since)
    since = in_paris(agreement.signed_at).date()
    return Stop(organisation.name, f"doit rendre le {name}", since)


def _at_the_accountant(payment: Any) -> Stop:
    asked = _asked(payment)
    if asked is None:
        since = in_paris(payment.reserved_at).date()
        return Stop(PAYER, "doit demander le paiement au comptable public", since)
    return Stop(ACCOUNTANT, f"doit payer (demande {asked.number})", asked.happened_on)


def _asked(payment: Any) -> ChorusTrace | None:
    """What the public accountant was asked, in Chorus."""
    return next((t for t in payment.said if t.step == ChorusTrace.Step.REQUEST), None)


def _at_the_bank(agreement: Agreement, payment: Any, account: Stop | None) -> Stop:
    payer = payer_of(agreement).name
    if payment.ordered:
        file: PaymentFile = payment.ordered[0].file
        since = in_paris(file.made_at).date()
        return Stop(payer, f"doit envoyer le fichier de virements {file.number}", since)
    if account is not None:
        return account
    since = in_paris(payment.reserved_at).date()
    return Stop(payer, "doit préparer le virement", since)


def _steps(dates: tuple[date | None, ...]) -> list[dict[str, str]]:
    """For the picture: done up to the first stage that is not reached."""
    reached = next((place for place, on in enumerate(dates) if on is None), len(dates))
    states = ["done"] * reached + ["current"] + ["todo"] * len(dates)
    return [
        {"label": label, "url": "", "state": state}
        for label, state in zip(SHORT, states, strict=False)
    ]
