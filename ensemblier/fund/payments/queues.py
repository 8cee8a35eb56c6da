"""What waits for the payer, in a bounded number of queries, and what bars each line."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q, QuerySet

from ensemblier.base.journal.models import Event
from ensemblier.base.people.access import YES, Actor, Answer
from ensemblier.fund.agreements.access import in_sight
from ensemblier.fund.agreements.models import Agreement, Instalment
from ensemblier.fund.agreements.releasing import BY_EVIDENCE
from ensemblier.fund.applications.models import Application
from ensemblier.fund.monitoring.models import Report
from ensemblier.fund.payments import access
from ensemblier.fund.payments.actions import RELEASED_BY
from ensemblier.fund.payments.models import Payment
from ensemblier.fund.review.access import DESK_ACTIONS, OWN_FILE, RECUSED, belongs_to_applicant
from ensemblier.fund.review.models import ComplementRequest, Interest, Review

PATH = "instalment__agreement__decision__application"
RESERVED = Payment.State.RESERVED


def with_everything(rows: QuerySet[Payment]) -> QuerySet[Payment]:
    """Payments with all that their pages and rules look at."""
    return rows.select_related(
        f"{PATH}__organisation", f"{PATH}__department", f"{PATH}__call__owner", "reservation"
    )


def in_sight_of(actor: Actor) -> QuerySet[Payment]:
    seen = Application.objects.filter(in_sight(actor))
    return with_everything(Payment.objects.filter(**{f"{PATH}__in": seen}))


def with_something(
    agreements: QuerySet[Agreement],
) -> tuple[QuerySet[Agreement], QuerySet[Agreement]]:
    """Of these agreements, those with an instalment to pay, and those with one to certify."""
    waits = Payment.objects.filter(instalment__agreement=OuterRef("pk"), state=RESERVED)
    opened = Instalment.objects.filter(is_open(), agreement=OuterRef("pk"))
    return agreements.filter(Exists(waits)), agreements.filter(Exists(opened))


def is_open() -> Q:
    """Of an instalment of a signed agreement: what releases it happened, as where.opened_on says of
    one, and no payment of it stands."""
    over = (Payment.State.VOIDED, Payment.State.RETURNED)
    stands = Payment.objects.filter(instalment=OuterRef("pk")).exclude(state__in=over)
    found = Q(release=Instalment.Release.SIGNATURE)
    found |= Q(release__in=list(BY_EVIDENCE), released_at__isnull=False)
    for release, kind in RELEASED_BY.items():
        accepted = Report.objects.filter(
            agreement=OuterRef("agreement"),
            kind=kind,
            state=Report.State.ACCEPTED,
            checked_at__isnull=False,
        )
        found |= Q(Exists(accepted), release=release)
    return found & ~Exists(stands)


def hindrances(actor: Actor, payments: Sequence[Payment]) -> dict[int, Answer]:
    """Why this person may not settle each of these; absent when they may.

    The rule is access.may_settle, asked for many rows at once in five queries.
    """
    files = {_application(payment).pk for payment in payments}
    if not files:
        return {}
    worked = _worked_on(actor, files)
    declared = Interest.objects.filter(application__in=files, user=actor.user.pk, recused=True)
    recused = set(declared.values_list("application_id", flat=True))
    signed = access.signed_for_the_state(actor, {row.instalment.agreement_id for row in payments})
    answers = {row.pk: _answer(actor, row, worked, recused, signed) for row in payments}
    return {pk: answer for pk, answer in answers.items() if not answer.allowed}


def return_hindrances(actor: Actor, payments: Sequence[Payment]) -> dict[int, Answer]:
    """Why this person may not note that each of these came back; absent when they may.

    The rule is access.may_return, asked for many rows at once.
    """
    files = {_application(payment).pk for payment in payments}
    declared = Interest.objects.filter(application__in=files, user=actor.user.pk, recused=True)
    recused = set(declared.values_list("application_id", flat=True)) if files else set()
    answers = {}
    for payment in payments:
        application = _application(payment)
        if not access.pays_for(actor, payment.instalment.agreement):
            answers[payment.pk] = access.NOT_PAYER
        elif belongs_to_applicant(actor, application):
            answers[payment.pk] = OWN_FILE
        elif application.pk in recused:
            answers[payment.pk] = RECUSED
    return answers


def _application(payment: Payment) -> Application:
    return payment.instalment.agreement.decision.application


def _worked_on(actor: Actor, files: set[int]) -> set[int]:
    """The files on which this person did something of the instruction."""
    subjects = [f"application:{pk}" for pk in files]
    events = Event.objects.filter(
        subject__in=subjects, actor_id=actor.user.pk, action__in=DESK_ACTIONS
    )
    worked = {
        int(subject.partition(":")[2]) for subject in events.values_list("subject", flat=True)
    }
    reviews = Review.objects.filter(application__in=files, reviewer=actor.user.pk)
    asked = ComplementRequest.objects.filter(application__in=files, asked_by=actor.user.pk)
    worked |= set(reviews.values_list("application_id", flat=True))
    return worked | set(asked.values_list("application_id", flat=True))


def _answer(
    actor: Actor, payment: Payment, worked: set[int], recused: set[int], signed: set[int]
) -> Answer:
    agreement = payment.instalment.agreement
    application = _application(payment)
    if not access.pays_for(actor, agreement):
        return access.NOT_PAYER
    if actor.user.pk in (payment.reserved_by_id, agreement.decision.signatory_id):
        return access.CERTIFIED
    if agreement.pk in signed:
        return access.CERTIFIED
    if belongs_to_applicant(actor, application):
        return OWN_FILE
    if application.pk in recused:
        return RECUSED
    return access.INSTRUCTED if application.pk in worked else YES
