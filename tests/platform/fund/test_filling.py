"""The complete draft of the factories is, row for row, what the actions write."""

import pytest
from django.forms import model_to_dict

from ensemblier.base.files.models import StoredFile
from ensemblier.base.journal.models import Event
from ensemblier.fund.applications import content
from ensemblier.fund.applications.models import Attachment
from ensemblier.fund.applications.tables import ALL
from tests import factories_fund as fund

pytestmark = pytest.mark.django_db
OF_ITS_OWN = {"id", "number", "organisation", "created_by", "title", "commitments_signed_by"}


def rows_of(application):
    """All that hangs from a draft, without what names it."""
    subject = f"application:{application.pk}"
    own = {"id", "application"}
    kept = {
        table.name: [
            {k: v for k, v in model_to_dict(row).items() if k not in own}
            for row in table.model._default_manager.filter(application=application)
        ]
        for table in ALL
    }
    files = StoredFile.objects.filter(about=subject)
    return {
        "fields": {k: v for k, v in model_to_dict(application).items() if k not in OF_ITS_OWN},
        "content": content.whole_content(application)
        | dict.fromkeys(("number", "title", "organisation")),
        "rows": kept,
        "papers": list(Attachment.objects.filter(application=application).values_list("kind")),
        "files": [(f.original_name, f.scan, f.purpose, f.path.read_bytes()) for f in files],
        "owners": {(f.uploaded_by_id, f.organisation_id) for f in files}
        == {(application.created_by_id, application.organisation_id)},
        "events": [
            (e.action, sorted(e.data), e.data.get("step"), e.data.get("version"))
            for e in Event.objects.filter(subject=subject)
        ],
        "actors": set(Event.objects.filter(subject=subject).values_list("actor_id", flat=True))
        == {application.created_by_id},
    }


def test_a_complete_draft_is_what_the_actions_write():
    call = fund.call()
    quick, slow = fund.draft(of=call), fund.draft(of=call)
    found, wanted = rows_of(fund.complete(quick)), rows_of(fund.completed_by_actions(slow))
    assert len(wanted["events"]) > 10 and len(wanted["rows"]["lines"]) == len(fund.LINES)
    assert found == wanted


def test_a_draft_that_holds_something_is_completed_by_the_actions():
    draft = fund.draft()
    save = fund.applications.save_step
    values = {"territory_note": "Un canton."}
    draft = save(
        application=draft, step="territoire", values=values, version=1, actor=draft.created_by
    )
    before = draft.version
    assert fund.complete(draft).version > before
    assert draft.territory_note == fund.STEPS["territoire"]["territory_note"]
