"""Who certifies, who pays: never the same person, and never the one who decided."""

from __future__ import annotations

from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.base.people.models import Role
from ensemblier.fund.agreements.access import may_prepare, may_read_agreement
from ensemblier.fund.agreements.models import Agreement, Instalment
from ensemblier.fund.payments.models import Payment
from ensemblier.fund.review.access import OWN_FILE, belongs_to_applicant, has_instructed

READERS = (Role.PAYER, Role.PROGRAMME, Role.INSTRUCTOR, Role.SIGNATORY, Role.AUDITOR)


def may_list(actor: Actor) -> Answer:
    return YES if actor.has(*READERS) else HIDDEN


def may_certify(actor: Actor, instalment: Instalment) -> Answer:
    """The desk, apart from whoever decided."""
    decision = instalment.agreement.decision
    answer = may_prepare(actor, decision)
    if answer.allowed and actor.user.pk == decision.signatory_id:
        return Answer(False, "Vous avez décidé de ce dossier : une autre personne certifie.")
    return answer


def may_settle(actor: Actor, payment: Payment) -> Answer:
    """A payer of the territory who neither instructed, nor certified, nor decided."""
    agreement = payment.instalment.agreement
    decision = agreement.decision
    if not may_read_agreement(actor, agreement).allowed:
        return HIDDEN
    if not actor.covers(decision.application.department, Role.PAYER):
        return Answer(False, "Seul un agent payeur de ce territoire peut payer ou annuler.")
    if actor.user.pk in (payment.reserved_by_id, decision.signatory_id):
        return Answer(False, "Vous avez certifié ou décidé : une autre personne paie.")
    if belongs_to_applicant(actor, decision.application):
        return OWN_FILE
    if has_instructed(actor.user, decision.application):
        return Answer(False, "Vous avez instruit ce dossier : une autre personne paie.")
    return YES


def may_refund(actor: Actor, agreement: Agreement) -> Answer:
    """A payer of the territory records what came back."""
    if not may_read_agreement(actor, agreement).allowed:
        return HIDDEN
    application = agreement.decision.application
    if not actor.covers(application.department, Role.PAYER):
        return Answer(False, "Seul un agent payeur de ce territoire enregistre un reversement.")
    return OWN_FILE if belongs_to_applicant(actor, application) else YES


def may_close(actor: Actor, agreement: Agreement) -> Answer:
    return may_prepare(actor, agreement.decision)
