"""Who may read a stored file: whoever the concept that owns it says, once it is scanned."""

from ensemblier.base.files.models import ScanState, StoredFile
from ensemblier.base.files.serving import serve_rule
from ensemblier.base.people.access import HIDDEN, Actor, Answer


def may_read(actor: Actor, stored: StoredFile) -> Answer:
    """The rule of the file's purpose; before the scan's result, only its uploader."""
    rule = serve_rule.get(stored.purpose)
    answer: Answer = rule(actor, stored) if rule else HIDDEN
    if not answer.allowed:
        return answer
    if stored.scan == ScanState.REFUSED:
        return Answer(False, "Ce fichier a été refusé au contrôle. Déposez-en un autre.")
    if stored.scan == ScanState.PENDING and stored.uploaded_by_id != actor.user.pk:
        return Answer(False, "Ce fichier est en cours de contrôle. Revenez dans quelques minutes.")
    return answer
