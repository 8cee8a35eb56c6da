"""What fills the database is counted by account and by day, and refused in French."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from ensemblier.base.files.actions import store
from ensemblier.base.files.models import StoredFile
from ensemblier.base.journal import ceilings
from ensemblier.base.journal.actions import record
from ensemblier.base.people.actions import create_organisation
from ensemblier.base.people.models import Organisation
from ensemblier.web.books.words import ACTIONS
from tests.factories_fund import paper
from tests.factories_people import a_siret, make_user, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def low(monkeypatch):
    monkeypatch.setattr(
        ceilings, "A_DAY", {name: (2, what) for name, (_, what) in ceilings.A_DAY.items()}
    )


def register(actor, rank):
    return create_organisation(
        name=f"Jardin {rank}", kind="association", siret=a_siret(5_000_000 + rank), actor=actor
    )


def test_the_third_of_two_is_refused_and_leaves_nothing(low):
    actor = make_user()
    for rank in range(2):
        register(actor, rank)
    with pytest.raises(ceilings.CeilingReached, match="limite de 2 organisations inscrites"):
        register(actor, 2)
    assert Organisation.objects.count() == 2
    assert register(make_user(), 3)  # somebody else
    assert register(None, 4)  # the system


def test_a_day_later_it_is_possible_again(low):
    actor = make_user()
    now = timezone.now()
    with time_machine.travel(now - timedelta(hours=25)):
        register(actor, 0)
        register(actor, 1)
    assert register(actor, 2)


def test_files_sent_are_counted_and_files_written_by_the_site_are_not(low, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    actor = make_user()

    def keep(**more):
        return store(checked=paper(), purpose="x", about="x:1", actor=actor, **more)

    for _ in range(3):
        keep(counted=False)
    keep()
    keep()
    with pytest.raises(ceilings.CeilingReached, match="fichiers envoyés"):
        keep()
    assert StoredFile.objects.count() == 5
    assert len([p for p in tmp_path.rglob("*") if p.is_file()]) == 5  # no bytes left behind


def test_the_page_says_it_and_keeps_what_was_typed(low, client):
    actor = make_user()
    for rank in range(2):
        register(actor, rank)
    answer = sign_in(client, actor).post(
        "/organisations/nouvelle/",
        {"siret": a_siret(5_000_009), "name": "Jardin de trop", "kind": "association"},
    )
    text = answer.content.decode()
    assert "Recommencez demain" in text
    assert "Jardin de trop" in text


def test_each_ceiling_is_far_from_one_and_has_words():
    for action, (most, what) in ceilings.A_DAY.items():
        assert action in ACTIONS
        assert 5 <= most <= 300
        assert what
    with pytest.raises(KeyError):
        ceilings.keep_under(record(actor=None, action="call.create", subject="call:1"))
