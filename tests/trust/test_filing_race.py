"""Many hands at once on one file: one filing, one receipt, no number twice, no text lost."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection

from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications import actions
from ensemblier.fund.applications.models import Application, Receipt
from tests import factories_fund as make

pytestmark = [pytest.mark.trust, pytest.mark.django_db(transaction=True)]
HANDS = 6


def at_once(call, arguments) -> list:
    """Run the call once for each argument, on as many connections; refusals are answers too."""

    def run(argument):
        try:
            return call(argument)
        except Refusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(HANDS) as pool:
        return list(pool.map(run, arguments))


@pytest.fixture
def ready(settings, tmp_path) -> Application:
    settings.MEDIA_ROOT = tmp_path
    return make.complete()


def test_one_key_sent_six_times_files_once(ready):
    key = uuid4()

    def file(_):
        row = Application.objects.get(pk=ready.pk)
        return actions.file(application=row, actor=row.created_by, now=make.NOW, key=key)

    receipts = at_once(file, range(HANDS))
    assert {receipt.pk for receipt in receipts} == {Receipt.objects.get().pk}


def test_six_keys_at_once_file_once_and_the_others_are_told(ready):
    def file(_):
        row = Application.objects.get(pk=ready.pk)
        return actions.file(application=row, actor=row.created_by, now=make.NOW, key=uuid4())

    answers = at_once(file, range(HANDS))
    assert sum(isinstance(answer, Receipt) for answer in answers) == 1
    assert sum(isinstance(answer, actions.MoveRefused) for answer in answers) == HANDS - 1


def test_six_pages_saved_at_once_keep_one_text_and_show_it_to_the_others(ready):
    version = ready.version

    def save(rank):
        row = Application.objects.get(pk=ready.pk)
        return actions.save_step(
            application=row,
            step="projet",
            values={"title": f"Titre {rank}"},
            version=version,
            actor=row.created_by,
            page=f"onglet {rank}",
        )

    answers = at_once(save, range(HANDS))
    stale = [answer for answer in answers if isinstance(answer, actions.StaleVersion)]
    ready.refresh_from_db()
    assert len(stale) == HANDS - 1
    assert {answer.saved["title"] for answer in stale} == {ready.title}


def test_drafts_started_at_once_have_numbers_of_their_own():
    call, by = make.call(), make.organisation()
    actor = make.user("applicant", by)

    def start(rank):
        return actions.start(
            actor=actor, organisation=by, call=call, title=f"Projet {rank}", now=make.NOW
        )

    made = at_once(start, range(HANDS))
    assert {row.number for row in made} == {f"2027-{rank:05d}" for rank in range(1, HANDS + 1)}
