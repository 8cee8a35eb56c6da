"""Who certifies, who pays: never the same person, never the one who decided or instructed."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F, Q

from ensemblier.base.files.models import StoredFile
from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer, reaches
from ensemblier.base.people.models import Organisation, Role
from ensemblier.fund.agreements.access import (
    may_prepare,
    may_read_agreement,
    may_read_file,
)
from ensemblier.fund.agreements.models import (
    Agreement,
    Instalment,
    PartyPayment,
    RecoveryStage,
    Signature,
)
from ensemblier.fund.applications.models import Application
from ensemblier.fund.payments.models import (
    BankAccount,
    BankReport,
    ChorusImport,
    ChorusTrace,
    Payment,
    PaymentFile,
    PaymentOrder,
)
from ensemblier.fund.payments.ways import PUBLIC, acts_for, payer_of
from ensemblier.fund.review.access import (
    OWN_FILE,
    RECUSED,
    belongs_to_applicant,
    has_instructed,
    is_recused,
)

READERS = (Role.PAYER, Role.PROGRAMME, Role.INSTRUCTOR, Role.SIGNATORY, Role.AUDITOR)
DECIDED = Answer(False, "Vous avez décidé de ce dossier : une autre personne certifie.")
DECIDED_PAYS = Answer(False, "Vous avez décidé ou signé : une autre personne paie.")
CERTIFIED = Answer(False, "Vous avez certifié ou décidé : une autre personne paie.")
INSTRUCTED = Answer(False, "Vous avez instruit ce dossier : une autre personne paie.")
NOT_OWN_PAYER = Answer(False, "Seul un agent payeur de ce financeur fait ses virements.")
ENTERED = Answer(False, "Vous avez saisi ce compte : une autre personne le confirme.")
CALLED_BACK = Answer(False, "Vous avez demandé l'annulation : une autre personne la confirme.")
NOT_PARTY_PAYER = Answer(False, "Seul un agent payeur de ce cofinanceur paie ce qu'il doit.")
SIGNED = Answer(False, "Vous avez signé cette convention : une autre personne paie.")
TWO_PEOPLE = (DECIDED, DECIDED_PAYS, CERTIFIED, INSTRUCTED, SIGNED, ENTERED, CALLED_BACK)
DESK_ONLY = Answer(False, "Seul le service instructeur certifie.")
NOT_PAYER = Answer(
    False, "Seul un agent payeur de ce financeur, sur ce territoire, peut payer ou annuler."
)


def may_list(actor: Actor) -> Answer:
    return YES if actor.has(*READERS) else HIDDEN


def may_certify(actor: Actor, instalment: Instalment) -> Answer:
    """The desk, apart from whoever decided."""
    decision = instalment.agreement.decision
    answer = may_prepare(actor, decision)
    if not answer.allowed:
        return answer
    if has_decided(actor, instalment.agreement):
        return DECIDED
    return RECUSED if is_recused(actor.user, decision.application) else YES


def has_decided(actor: Actor, agreement: Agreement) -> bool:
    """Took the decision, or signed the agreement or an amendment for the State."""
    decided = actor.user.pk == agreement.decision.signatory_id
    return decided or bool(signed_for_the_state(actor, [agreement.pk]))


def signed_for_the_state(actor: Actor, agreements: Iterable[int]) -> set[int]:
    """Those of these agreements on which this person's consent is the grantor's."""
    rows = Signature.objects.filter(
        agreement__in=agreements,
        signed_by=actor.user.pk,
        means=Signature.Means.CONSENT,
        organisation=F("agreement__decision__application__call__owner"),
    )
    return set(rows.values_list("agreement_id", flat=True))


def pays_for(actor: Actor, agreement: Agreement) -> bool:
    """Holds a payer's mandate of this agreement's funder, on this territory."""
    place = agreement.decision.application.department
    payer = payer_of(agreement)
    return any(
        acts_for(mandate, payer) and reaches(mandate, place)
        for mandate in actor.mandates
        if mandate.role == Role.PAYER
    )


def may_settle(actor: Actor, payment: Payment) -> Answer:
    """A payer of the territory who neither instructed, nor certified, nor decided."""
    agreement = payment.instalment.agreement
    if not may_read_agreement(actor, agreement).allowed:
        return HIDDEN
    if not pays_for(actor, agreement):
        return NOT_PAYER
    if actor.user.pk == payment.reserved_by_id or has_decided(actor, agreement):
        return CERTIFIED
    return _free_of(actor, agreement)


def _free_of(actor: Actor, agreement: Agreement) -> Answer:
    """No tie with the organisation, no declared interest, no part in the instruction."""
    application = agreement.decision.application
    if belongs_to_applicant(actor, application):
        return OWN_FILE
    if is_recused(actor.user, application):
        return RECUSED
    return INSTRUCTED if has_instructed(actor.user, application) else YES


def may_refund(actor: Actor, agreement: Agreement) -> Answer:
    """A payer of the territory records what came back."""
    if not may_read_agreement(actor, agreement).allowed:
        return HIDDEN
    if not pays_for(actor, agreement):
        return Answer(False, "Seul un agent payeur de ce territoire enregistre un reversement.")
    application = agreement.decision.application
    if belongs_to_applicant(actor, application):
        return OWN_FILE
    return RECUSED if is_recused(actor.user, application) else YES


def may_hand_back(actor: Actor, agreement: Agreement) -> Answer:
    """Money leaves: a payer, apart from whoever instructed, decided or signed."""
    answer = may_refund(actor, agreement)
    if not answer.allowed:
        return answer
    return DECIDED_PAYS if has_decided(actor, agreement) else _free_of(actor, agreement)


def may_return(actor: Actor, payment: Payment) -> Answer:
    return may_refund(actor, payment.instalment.agreement)


def may_close(actor: Actor, agreement: Agreement) -> Answer:
    answer = may_prepare(actor, agreement.decision)
    if answer.allowed and is_recused(actor.user, agreement.decision.application):
        return RECUSED
    return answer


def may_open_lines(actor: Actor, agreement: Agreement) -> Answer:
    """The desk, apart from whoever decided: lines paid by a grant are not certified one by one."""
    answer = may_close(actor, agreement)
    return DECIDED if answer.allowed and has_decided(actor, agreement) else answer


def may_record_chorus(actor: Actor, agreement: Agreement) -> Answer:
    """A payer of the territory, who has no tie with the organisation, notes what Chorus says."""
    return may_refund(actor, agreement)


def may_undo_trace(actor: Actor, trace: ChorusTrace) -> Answer:
    return may_record_chorus(actor, trace.agreement)


def may_certify_many(actor: Actor) -> Answer:
    """The desk; each line is checked again by the action."""
    if actor.has(Role.PROGRAMME, Role.INSTRUCTOR):
        return YES
    return DESK_ONLY if may_list(actor).allowed else HIDDEN


def may_see_where(actor: Actor, application: Application) -> Answer:
    """Whoever reads the file once it is granted: its organisation, the desk, payers."""
    return may_read_file(actor, application)


def may_import_chorus(actor: Actor) -> Answer:
    """Payers of public money; what each line touches is checked again, line by line."""
    if any(m.role == Role.PAYER and m.organisation.kind in PUBLIC for m in actor.mandates):
        return YES
    if actor.has(*READERS):
        return Answer(False, "Seul un agent payeur de l'État lit les extraits de Chorus.")
    return HIDDEN


def imports_in_sight(actor: Actor) -> Q:
    """Those one read oneself; all of them for national payers, the programme and auditors."""
    national = any(
        m.role == Role.PAYER
        and m.organisation.kind in PUBLIC
        and m.region_id is None
        and m.department_id is None
        for m in actor.mandates
    )
    if national or actor.has(Role.PROGRAMME, Role.AUDITOR):
        return Q()
    return Q(read_by=actor.user.pk)


def may_see_import(actor: Actor, batch: ChorusImport) -> Answer:
    if not (actor.has(Role.PROGRAMME, Role.AUDITOR) or may_import_chorus(actor).allowed):
        return HIDDEN
    seen = ChorusImport.objects.filter(imports_in_sight(actor), pk=batch.pk)
    return YES if seen.exists() else HIDDEN


def may_work_on_import(actor: Actor, batch: ChorusImport) -> Answer:
    if not may_see_import(actor, batch).allowed:
        return HIDDEN
    return may_import_chorus(actor)


def may_open_files(actor: Actor) -> Answer:
    """Payers of the funders that pay by themselves, the programme and auditors."""
    if actor.has(Role.PAYER, Role.PROGRAMME, Role.AUDITOR):
        return YES
    return HIDDEN


def files_in_sight(actor: Actor) -> Q:
    if actor.has(Role.PROGRAMME, Role.AUDITOR):
        return Q()
    return Q(payer__in=actor.organisations(Role.PAYER))


def may_see_file(actor: Actor, file: PaymentFile) -> Answer:
    if actor.has(Role.PROGRAMME, Role.AUDITOR):
        return YES
    return YES if file.payer_id in actor.organisations(Role.PAYER) else HIDDEN


def may_pay_by_file(actor: Actor, payer: Organisation) -> Answer:
    """Makes the files of a funder: its own payers."""
    if payer.pk in actor.organisations(Role.PAYER) and payer.kind not in PUBLIC:
        return YES
    if not actor.has(Role.PAYER):
        return HIDDEN
    return NOT_OWN_PAYER


def may_handle_file(actor: Actor, file: PaymentFile) -> Answer:
    if not may_see_file(actor, file).allowed:
        return HIDDEN
    answer = may_pay_by_file(actor, file.payer)
    return answer if answer.allowed else NOT_OWN_PAYER


def pays_share(actor: Actor, share: PartyPayment) -> bool:
    """Holds a payer's mandate of the party that owes it."""
    return any(
        acts_for(mandate, share.party.organisation)
        for mandate in actor.mandates
        if mandate.role == Role.PAYER
    )


def may_take_back(actor: Actor, order: PaymentOrder) -> Answer:
    """A payer of its funder notes that an order came back; each kind has its own act."""
    return may_handle_file(actor, order.file)


def may_see_bank_report(actor: Actor, report: BankReport) -> Answer:
    """The payers of its funder, the programme and auditors."""
    if actor.has(Role.PROGRAMME, Role.AUDITOR):
        return YES
    return YES if report.payer_id in actor.organisations(Role.PAYER) else HIDDEN


def may_apply_bank_report(actor: Actor, report: BankReport) -> Answer:
    if not may_see_bank_report(actor, report).allowed:
        return HIDDEN
    answer = may_pay_by_file(actor, report.payer)
    return answer if answer.allowed else NOT_OWN_PAYER


def may_see_accounts(actor: Actor, organisation: Organisation) -> Answer:
    """Its members, payers, the programme and auditors: masked, always."""
    if organisation.pk in actor.organisations(*Role):
        return YES
    if actor.has(Role.PROGRAMME, Role.AUDITOR) or checks_accounts_of(actor, organisation):
        return YES
    return HIDDEN


def checks_accounts_of(actor: Actor, organisation: Organisation) -> bool:
    """A payer who may have to pay this organisation."""
    place = organisation.commune.department if organisation.commune_id else None
    paid = Q(decision__application__organisation=organisation)
    for mandate in actor.mandates:
        if mandate.role != Role.PAYER:
            continue
        if mandate.organisation.kind in PUBLIC and reaches(mandate, place):
            return True
        owned = Q(decision__application__call__owner=mandate.organisation_id) | Q(
            parties__organisation=mandate.organisation_id
        )
        if Agreement.objects.filter(paid & owned).exists():
            return True
    return False


def may_enter_account(actor: Actor, organisation: Organisation) -> Answer:
    """The legal representative; for a funder's own account, one of its payers."""
    if actor.has(Role.REPRESENTATIVE, Role.PAYER, organisation=organisation):
        return YES
    if may_see_accounts(actor, organisation).allowed:
        return Answer(False, "Seul le représentant légal saisit le compte bancaire : demandez-lui.")
    return HIDDEN


def may_confirm_account(actor: Actor, account: BankAccount) -> Answer:
    """Another person: a payer of its funder, without a mandate in the organisation it pays."""
    organisation = account.organisation
    if not may_see_accounts(actor, organisation).allowed:
        return HIDDEN
    if actor.user.pk == account.entered_by_id:
        return ENTERED
    if organisation.pk in actor.organisations(Role.PAYER):
        return YES
    if not checks_accounts_of(actor, organisation):
        return Answer(False, "Seul un agent payeur confirme un compte bancaire.")
    return OWN_FILE if organisation.pk in actor.organisations(*Role) else YES


def may_stop_account(actor: Actor, account: BankAccount) -> Answer:
    """« Ce n'est pas moi »: any member of the organisation, or a payer, at once and alone."""
    organisation = account.organisation
    if not may_see_accounts(actor, organisation).allowed:
        return HIDDEN
    if organisation.pk in actor.organisations(*Role) or checks_accounts_of(actor, organisation):
        return YES
    return Answer(False, "Seuls l'organisation et un agent payeur arrêtent un compte bancaire.")


def may_reveal_account(actor: Actor, account: BankAccount) -> Answer:
    """The whole number: payers only, each time noted with its reason."""
    organisation = account.organisation
    if not may_see_accounts(actor, organisation).allowed:
        return HIDDEN
    if organisation.pk in actor.organisations(Role.PAYER):
        return YES
    if checks_accounts_of(actor, organisation):
        return YES
    return Answer(False, "Seul un agent payeur affiche un IBAN en entier.")


def may_read_account_paper(actor: Actor, stored: StoredFile) -> Answer:
    """The RIB bears the whole number: whoever deposited it, and payers."""
    account = BankAccount.objects.filter(paper=stored).select_related("organisation").first()
    if account is None or actor.is_anonymous:
        return HIDDEN
    if actor.user.pk == account.entered_by_id:
        return YES
    return may_reveal_account(actor, account)


def may_give_back(actor: Actor, stage: RecoveryStage) -> Answer:
    """A payer notes that money of a recovery came back."""
    return may_refund(actor, stage.recovery.agreement)
