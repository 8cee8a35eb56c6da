"""Who decides: a signatory of the territory who never instructed the file."""

from __future__ import annotations

from ensemblier.base.files.models import StoredFile
from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.base.people.models import Role
from ensemblier.fund.applications.models import Application
from ensemblier.fund.calls.models import Call
from ensemblier.fund.decisions.delegations import NOT_IN_FORCE, power_of
from ensemblier.fund.decisions.models import Decision, DecisionDraft, Notice
from ensemblier.fund.review import access as review

READERS = (Role.SIGNATORY, Role.PROGRAMME, Role.AUDITOR)
INSTRUCTED = Answer(
    False,
    "Vous avez instruit ce dossier : qui instruit ne décide pas. Un autre signataire doit "
    "prendre la décision.",
)

ONLY_SIGNATORY = Answer(False, "Seul un signataire signe les projets de décision.")
NO_POWER = Answer(False, NOT_IN_FORCE)
PREPARED = Answer(
    False,
    "Vous avez préparé cette décision : qui prépare ne signe pas. Un autre signataire doit la "
    "prendre.",
)
WHOLE_FILE = ("application__organisation", "application__department", "application__call")
NOTICE_FILE = WHOLE_FILE


def may_open_inbox(actor: Actor) -> Answer:
    return YES if actor.has(*READERS) else HIDDEN


def may_decide(actor: Actor, application: Application) -> Answer:
    """The competent signatory, with four eyes; the state of the file is the action's business."""
    if not review.may_read(actor, application).allowed:
        return HIDDEN
    if not actor.covers(application.department, Role.SIGNATORY):
        return Answer(False, "Seul un signataire compétent sur ce territoire peut décider.")
    if not power_of(actor, application.department).signs:
        return NO_POWER
    if review.belongs_to_applicant(actor, application):
        return review.OWN_FILE
    if review.is_recused(actor.user, application):
        return review.RECUSED
    if has_prepared(actor, application):
        return PREPARED
    return INSTRUCTED if review.has_instructed(actor.user, application) else YES


def has_prepared(actor: Actor, application: Application) -> bool:
    return DecisionDraft.objects.filter(application=application, prepared_by=actor.user.pk).exists()


def may_notify(actor: Actor, application: Application) -> Answer:
    """Send the letter: the competent signatory, or the desk of the territory."""
    if not review.may_read(actor, application).allowed:
        return HIDDEN
    desk = actor.has(Role.PROGRAMME) or actor.covers(application.department, Role.INSTRUCTOR)
    if not (desk or actor.covers(application.department, Role.SIGNATORY)):
        return Answer(False, "Seuls le signataire et le service instructeur envoient la lettre.")
    return _apart(actor, application)


def may_withdraw(actor: Actor, application: Application) -> Answer:
    """Take a decision back: a competent signatory."""
    if not review.may_read(actor, application).allowed:
        return HIDDEN
    if not actor.covers(application.department, Role.SIGNATORY):
        return Answer(False, "Seul un signataire compétent retire une décision.")
    if not power_of(actor, application.department).signs:
        return NO_POWER
    return _apart(actor, application)


def _apart(actor: Actor, application: Application) -> Answer:
    if review.belongs_to_applicant(actor, application):
        return review.OWN_FILE
    return review.RECUSED if review.is_recused(actor.user, application) else YES


def may_read_letter(actor: Actor, application: Application) -> Answer:
    """The organisation, once the letter has left; whoever reads the file at the desk, before."""
    if application.organisation_id in actor.organisations(*review.MEMBERS):
        told = Decision.objects.filter(application=application, notified_at__isnull=False)
        if told.exists():
            return YES
    return review.may_read(actor, application)


def may_read_letter_file(actor: Actor, stored: StoredFile) -> Answer:
    """Whoever reads the decision reads its letter."""
    decision = Decision.objects.filter(letter=stored).select_related(*WHOLE_FILE).first()
    return may_read_letter(actor, decision.application) if decision else HIDDEN


def may_share(actor: Actor) -> Answer:
    """See the scenarios of a call: those who prepare and those who decide."""
    return YES if actor.has(Role.PROGRAMME, Role.SIGNATORY, Role.AUDITOR) else HIDDEN


def may_compare(actor: Actor, call: Call) -> Answer:
    """Scenarios look at the whole envelope: they take a national mandate, or the programme."""
    if not may_share(actor).allowed or call.published_at is None:
        return HIDDEN
    if actor.has(Role.PROGRAMME, Role.AUDITOR) or _is_national(actor):
        return YES
    return Answer(
        False,
        "Les scénarios portent sur toute l'enveloppe : ils sont ouverts au responsable du "
        "programme et aux signataires nationaux.",
    )


def may_prepare(actor: Actor, call: Call) -> Answer:
    """Write scenarios and prepare decisions: the programme officer."""
    answer = may_compare(actor, call)
    if answer.allowed and not actor.has(Role.PROGRAMME):
        return Answer(False, "Le responsable du programme prépare les scénarios et les décisions.")
    return answer


def _is_national(actor: Actor) -> bool:
    return any(
        m.role == Role.SIGNATORY and m.region_id is None and m.department_id is None
        for m in actor.mandates
    )


def may_write_letters(actor: Actor) -> Answer:
    """The programme officer writes the words; those who sign and check read them."""
    if actor.has(Role.PROGRAMME):
        return YES
    if actor.has(Role.SIGNATORY, Role.AUDITOR, Role.INSTRUCTOR):
        return Answer(False, "Le responsable du programme écrit les modèles de lettres.")
    return HIDDEN


def may_delegate(actor: Actor) -> Answer:
    """Record a delegation of signature: the programme officer."""
    if actor.has(Role.PROGRAMME):
        return YES
    if actor.has(Role.SIGNATORY, Role.AUDITOR):
        return Answer(False, "Le responsable du programme enregistre les délégations.")
    return HIDDEN


def may_read_notice(actor: Actor, notice: Notice) -> Answer:
    """The organisation and the desk of the file."""
    application = notice.application
    if application.organisation_id in actor.organisations(*review.MEMBERS):
        return YES
    return review.may_read(actor, application)


def may_reply(actor: Actor, application: Application) -> Answer:
    """Whoever has a mandate for the organisation."""
    if application.organisation_id in actor.organisations(*review.MEMBERS):
        return YES
    return Answer(False, "Seule l'organisation concernée répond à cette demande.")


def may_send_notice(actor: Actor, application: Application) -> Answer:
    """Ask for observations: the desk of the territory, or its signatory."""
    return may_notify(actor, application)


def may_read_notice_file(actor: Actor, stored: StoredFile) -> Answer:
    notice = Notice.objects.filter(letter=stored).select_related(*NOTICE_FILE).first()
    return may_read_notice(actor, notice) if notice else HIDDEN
