"""Deciding on a proposed file: funds are reserved in the same transaction, exactly once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction

from ensemblier.base.journal.actions import record
from ensemblier.base.ledger import actions as ledger
from ensemblier.base.ledger.models import Account, AccountKind
from ensemblier.base.pages.formats import euros, in_paris
from ensemblier.base.refusal import Refusal
from ensemblier.fund.allocation.actions import hold_to
from ensemblier.fund.applications.models import Application, State
from ensemblier.fund.applications.moves import MoveRefused
from ensemblier.fund.decisions import access, rules
from ensemblier.fund.decisions.delegations import hold_under_ceiling
from ensemblier.fund.decisions.models import (
    Award,
    Decision,
    DecisionDraft,
    Scenario,
    WithdrawnDecision,
)
from ensemblier.fund.decisions.notifying import tell
from ensemblier.fund.decisions.ranking import keep_ranking
from ensemblier.fund.programme.delegation import hold_under_ceilings
from ensemblier.fund.programme.models import Envelope
from ensemblier.fund.review.actions import (
    actor_on,
    content_of,
    locked,
    require,
)

# (envelope, class of expenses, cents)
Grant = tuple[Envelope, str, int]
KEY_REUSED = (
    "Ce formulaire a déjà servi pour une autre décision. Ouvrez de nouveau le dossier et vérifiez "
    "ce qui est enregistré."
)


class NotYours(Refusal):
    """This person may not decide on this file (role, territory, or four eyes)."""


class NoReasons(Refusal):
    """A decision says why."""


class BadAward(Refusal):
    """What is granted goes beyond the request, the call or its envelopes."""


class StaleApplication(Refusal):
    """The file changed since the page was opened."""


class KeyReused(Refusal):
    """The key of this request already served for another decision."""

    status = 409


class EnvelopeExhausted(Refusal):
    """An envelope has less left than is granted. Nothing was decided."""

    def __init__(self, envelope: Envelope, left_cents: int, asked_cents: int) -> None:
        super().__init__(
            f"Il reste {euros(left_cents)} dans l'enveloppe «\u00a0{envelope}\u00a0», et vous y "
            f"prenez {euros(asked_cents)}. Rien n'est décidé\u00a0: réduisez le montant, ou "
            "attendez que l'enveloppe soit complétée.",
            field="awards",
        )
        self.envelope = envelope
        self.left_cents = left_cents


@transaction.atomic
def decide(
    *,
    key: UUID,
    application: Application,
    actor: Any,
    outcome: str,
    awards: Sequence[Grant],
    reasons: str,
    now: datetime,
    version: int,
    conditions: str = "",
    ways: Sequence[str] = (),
    scenario: Scenario | None = None,
    notify: bool = True,
    departure: str = "",
) -> Decision:
    """Fund or refuse a proposed file, and tell the organisation unless `notify` is false.

    The same request sent twice gives the same decision. Two signatories at once get one winner:
    the file is locked first, then the envelopes, in the order of their accounts.
    """
    fresh = locked(application)
    known = _known(key, fresh, actor, outcome, awards, reasons)
    if known is not None:
        return known
    _check_request(fresh, actor, outcome, awards, reasons, now, version)
    _hold_to_the_jury(fresh, actor, awards, departure, now)
    decision = write(
        Decision(
            application=fresh,
            number=number_of(fresh),
            outcome=outcome,
            reasons=reasons.strip(),
            conditions=conditions.strip(),
            ways=list(ways),
            signatory=actor,
            decided_at=now,
            scenario=scenario,
            key=key,
            account=grant_account(fresh) if awards else None,
        )
    )
    _reserve(decision, awards)
    log(decision)
    DecisionDraft.objects.filter(application=fresh).delete()
    if notify:
        tell(decision, fresh, actor=actor, now=now)
        application.state, application.version = fresh.state, fresh.version
    return decision


def number_of(application: Application) -> str:
    """D-2027-00012; D-2027-00012-2 when a first one was withdrawn."""
    before = WithdrawnDecision.objects.filter(application=application).count()
    return f"D-{application.number}" + (f"-{before + 1}" if before else "")


def write(decision: Decision) -> Decision:
    """Two files decided at once with one key: the second is refused, not broken."""
    try:
        with transaction.atomic():
            decision.save(force_insert=True)
    except IntegrityError as error:
        raise KeyReused(KEY_REUSED) from error
    return decision


def _check_request(
    fresh: Application,
    actor: Any,
    outcome: str,
    awards: Sequence[Grant],
    reasons: str,
    now: datetime,
    version: int,
) -> None:
    """The right person, with reasons and amounts that hold, on the file as it stands."""
    require(access.may_decide(actor_on(actor, in_paris(now).date()), fresh), NotYours)
    if not reasons.strip():
        raise NoReasons("Une décision se motive : écrivez les motifs.", field="reasons")
    _check_awards(fresh, outcome, awards)
    _check_ceiling(fresh, actor, awards, now)
    if fresh.version != version:
        raise StaleApplication(
            f"Ce dossier a changé pendant que vous le lisiez : il est maintenant "
            f"«\u00a0{fresh.get_state_display()}\u00a0». Relisez-le, puis décidez."
        )
    if fresh.state != State.PROPOSED or Decision.objects.filter(application=fresh).exists():
        raise MoveRefused(
            f"Ce dossier est maintenant « {fresh.get_state_display()} », ou une décision signée "
            "attend déjà d'être notifiée. Rechargez la page pour voir où il en est."
        )


def _check_ceiling(
    application: Application, actor: Any, awards: Sequence[Grant], now: datetime
) -> None:
    person = actor_on(actor, in_paris(now).date())
    total = sum(cents for _, _, cents in awards)
    hold_under_ceiling(person, application.department, total, doing="vous accordez", field="awards")


def grant_account(application: Application) -> Account:
    """The account that holds what is granted to a file until it is paid."""
    return ledger.open_account(
        code=f"grant:{application.pk}",
        name=f"Subvention du dossier {application.number}",
        kind=AccountKind.AGREEMENT,
        floor_zero=True,
    )


def _hold_to_the_jury(
    application: Application, actor: Any, awards: Sequence[Grant], departure: str, now: datetime
) -> None:
    """The same as the jury's result, or with a reason that stays beside it."""
    hold_to(
        application=application,
        granted_cents=sum(cents for _, _, cents in awards),
        departure=departure,
        decision=number_of(application),
        signatory=actor,
        now=now,
    )


def _known(
    key: UUID,
    application: Application,
    actor: Any,
    outcome: str,
    awards: Sequence[Grant],
    reasons: str,
) -> Decision | None:
    """What this key already decided, None when it is new."""
    known = Decision.objects.filter(key=key).first()
    if known is not None:
        return _same_or_refuse(known, application, actor, outcome, awards, reasons)
    if WithdrawnDecision.objects.filter(key=key).exists():
        raise KeyReused(KEY_REUSED)
    return None


def _same_or_refuse(
    known: Decision,
    application: Application,
    actor: Any,
    outcome: str,
    awards: Sequence[Grant],
    reasons: str,
) -> Decision:
    kept = sorted(known.awards.values_list("envelope_id", "expense_class", "amount_cents"))
    sent = sorted((envelope.pk, name, cents) for envelope, name, cents in awards)
    before = (known.application_id, known.signatory_id, known.outcome, known.reasons, kept)
    if before != (application.pk, actor.pk, outcome, reasons.strip(), sent):
        raise KeyReused(KEY_REUSED)
    return known


def _check_awards(application: Application, outcome: str, awards: Sequence[Grant]) -> None:
    if outcome not in Decision.Outcome.values:
        raise BadAward("Choisissez d'accorder ou de refuser.", field="outcome")
    if outcome == Decision.Outcome.REFUSED:
        if awards:
            raise BadAward("Un refus n'accorde aucun montant : videz les montants.", field="awards")
        return
    granted = [rules.Granted(e.pk, e.year, name, cents) for e, name, cents in awards]
    asked = [
        rules.AskedFor(a.expense_class, a.get_expense_class_display(), a.year, a.amount_cents)
        for a in application.asked.all()
    ]
    envelopes = application.call.envelopes.values_list("pk", flat=True)
    if fault := rules.fault_of(granted, asked, envelopes):
        raise BadAward(fault, field="awards")
    _check_places(application, awards)


def _check_places(application: Application, awards: Sequence[Grant]) -> None:
    """Each envelope takes this territory and this class of expenses."""
    for envelope, expense_class, _ in awards:
        if envelope.accepts(application.department, expense_class):
            continue
        if not envelope.expense_class or envelope.expense_class == expense_class:
            what = "un autre territoire"
        else:
            what = "une autre sorte de dépense"
        raise BadAward(
            f"L'enveloppe «\u00a0{envelope}\u00a0» est réservée à {what}. Choisissez-en une autre.",
            field="awards",
        )


def _reserve(decision: Decision, awards: Sequence[Grant]) -> None:
    if not awards:
        return
    assert decision.account is not None
    ordered = sorted(awards, key=lambda award: (award[0].account_id, award[1]))
    wanted: Counter[Envelope] = Counter()
    for envelope, _, cents in awards:
        wanted[envelope] += cents
    hold_under_ceilings(wanted)
    ledger.lock(*{envelope.account for envelope, _, _ in ordered}, decision.account)
    taken: Counter[int] = Counter()
    for rank, (envelope, expense_class, cents) in enumerate(ordered):
        try:
            reservation = ledger.reserve(
                key=uuid5(decision.key, f"award:{rank}"),
                debit=envelope.account,
                credit=decision.account,
                amount_cents=cents,
                day=in_paris(decision.decided_at).date(),
                reason=f"Décision {decision.number}",
                reference=f"application:{decision.application_id}",
                actor=decision.signatory,
            )
        except ledger.EnvelopeExhausted as refusal:
            before = taken[envelope.pk]
            whole = sum(amount for other, _, amount in awards if other.pk == envelope.pk)
            raise EnvelopeExhausted(envelope, refusal.left_cents + before, whole) from refusal
        taken[envelope.pk] += cents
        Award.objects.create(
            decision=decision,
            envelope=envelope,
            expense_class=expense_class,
            amount_cents=cents,
            reservation=reservation,
        )


def log(decision: Decision) -> None:
    """All that the decision rests on, so that it can be told again from the journal alone."""
    application = decision.application
    given = application.reviews.current()
    awards = decision.awards.values_list("envelope_id", "expense_class", "amount_cents")
    record(
        actor=decision.signatory,
        action="decision.made",
        subject=f"application:{application.pk}",
        reason=decision.reasons,
        data={
            "decision": decision.number,
            "outcome": decision.outcome,
            "application": application.number,
            "call": application.call.slug,
            "application_version": application.version,
            "conditions": decision.conditions,
            "ways": decision.ways,
            "scenario": decision.scenario_id,
            "ranking": keep_ranking(application.call, decision.signatory),
            "awards": [list(award) for award in awards],
            "opinions": [{**content_of(r), "reviewer": r.reviewer_id} for r in given],
        },
    )
