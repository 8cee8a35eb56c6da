"""Who decides: a signatory of the territory who never instructed the file."""

from ensemblier.base.people.access import HIDDEN, YES, Actor, Answer
from ensemblier.base.people.models import Role
from ensemblier.fund.applications.models import Application
from ensemblier.fund.review import access as review

READERS = (Role.SIGNATORY, Role.PROGRAMME, Role.AUDITOR)
INSTRUCTED = Answer(
    False,
    "Vous avez instruit ce dossier : qui instruit ne décide pas. Un autre signataire doit "
    "prendre la décision.",
)


def may_open_inbox(actor: Actor) -> Answer:
    return YES if actor.has(*READERS) else HIDDEN


def may_decide(actor: Actor, application: Application) -> Answer:
    """The competent signatory, with four eyes; the state of the file is the action's business."""
    if not review.may_read(actor, application).allowed:
        return HIDDEN
    if not actor.covers(application.department, Role.SIGNATORY):
        return Answer(False, "Seul un signataire compétent sur ce territoire peut décider.")
    if review.belongs_to_applicant(actor, application):
        return review.OWN_FILE
    return INSTRUCTED if review.has_instructed(actor.user, application) else YES


def may_read_letter(actor: Actor, application: Application) -> Answer:
    """The organisation that asked, and whoever reads the file at the desk."""
    if application.organisation_id in actor.organisations(*review.MEMBERS):
        return YES
    return review.may_read(actor, application)
