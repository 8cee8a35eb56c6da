"""Reading files: mine with the next thing to do, the whole file, and who may open what."""

import pytest
from django.urls import reverse
from django.utils import timezone

from ensemblier.base.people.models import Role
from ensemblier.fund.applications.models import Application, State
from tests import factories_fund as make
from tests.factories_applications import draft, files_apart, ready, send, step, text  # noqa: F401
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db


def test_my_files_say_what_to_do_next(client, draft):
    sign_in(client, draft.created_by)
    page = text(client.get(reverse("applications:mine")))
    assert "choses à compléter. D'abord : " in page
    assert "L'appel ferme le" in page
    full = make.complete(make.draft(of=draft.call, by=draft.organisation, now=timezone.now()))
    page = text(client.get(reverse("applications:mine")))
    assert step(full, "envoi") in page
    make.filed(full, now=timezone.now())
    page = text(client.get(reverse("applications:mine")))
    assert "Le service de l'État va lire votre dossier." in page


def test_my_files_cost_the_same_whatever_their_number(client, django_assert_max_num_queries):
    by = make.organisation()
    actor = make.user(Role.REPRESENTATIVE, by)
    call = make.call_open_now()
    for _ in range(6):
        make.draft(of=call, by=by, actor=actor, now=timezone.now())
    sign_in(client, actor)
    with django_assert_max_num_queries(16):
        assert client.get(reverse("applications:mine")).status_code == 200


def test_nothing_of_mine_is_empty_and_kind(client):
    sign_in(client, make.user())
    assert "rattaché à aucune organisation" in text(client.get(reverse("applications:mine")))


# Who reads, who writes


def readers(row: Application) -> dict:
    region = row.department.region
    head = make.organisation(kind="network")
    row.organisation.head = head
    row.organisation.save()
    return {
        "applicant": make.user(Role.APPLICANT, row.organisation),
        "representative": make.user(Role.REPRESENTATIVE, row.organisation),
        "instructor": make.user(Role.INSTRUCTOR, department=row.department),
        "instructor of the region": make.user(Role.INSTRUCTOR, region=region),
        "instructor elsewhere": make.user(Role.INSTRUCTOR, department=make.place("25").department),
        "programme": make.user(Role.PROGRAMME),
        "signatory": make.user(Role.SIGNATORY),
        "auditor": make.user(Role.AUDITOR),
        "network head": make.user(Role.NETWORK_HEAD, head),
        "other network head": make.user(Role.NETWORK_HEAD, make.organisation()),
        "other applicant": make.user(Role.APPLICANT, make.organisation()),
        "payer": make.user(Role.PAYER),
        "support": make.user(Role.SUPPORT),
        "juror": make.user(Role.JUROR),
        "nobody": make.user(),
    }


OWNERS = {"applicant", "representative"}
CONCERNED = {
    "instructor",
    "instructor of the region",
    "programme",
    "signatory",
    "auditor",
    "network head",
}


def test_a_sent_file_is_read_by_those_concerned_only(client):
    row = make.filed(of=make.call_open_now(), now=timezone.now())
    for name, person in readers(row).items():
        sign_in(client, person)
        expected = 200 if name in OWNERS | CONCERNED else 404
        for page in ("detail", "receipt"):
            status = client.get(reverse(f"applications:{page}", args=[row.number])).status_code
            assert status == expected, (name, page)


def test_a_draft_is_read_and_written_by_its_organisation_only(client, draft):
    for name, person in readers(draft).items():
        sign_in(client, person)
        expected = 200 if name in OWNERS else 404
        for address in (
            reverse("applications:detail", args=[draft.number]),
            step(draft, "projet"),
            step(draft, "pieces"),
            reverse("applications:withdraw", args=[draft.number]),
        ):
            assert client.get(address).status_code == expected, (name, address)


def test_a_sent_file_is_changed_by_nobody(client):
    row = make.filed(of=make.call_open_now(), now=timezone.now())
    for name, person in readers(row).items():
        sign_in(client, person)
        expected = 403 if name in OWNERS | CONCERNED else 404
        posted = client.post(step(row, "projet"), {"title": "Volé", "version": row.version})
        assert posted.status_code == expected, name
    row.refresh_from_db()
    assert row.title == "Paniers solidaires"


def test_only_the_organisation_sends_or_withdraws(client, ready):
    made = readers(ready)
    for name, person in made.items():
        if name in OWNERS:
            continue
        sign_in(client, person)
        assert send(client, ready).status_code == 404, name
        gone = client.post(reverse("applications:withdraw", args=[ready.number]), {"reason": "x"})
        assert gone.status_code == 404, name
    ready.refresh_from_db()
    assert ready.state == State.DRAFT
    sign_in(client, made["representative"])
    client.post(reverse("applications:withdraw", args=[ready.number]), {"reason": "Abandon"})
    ready.refresh_from_db()
    assert ready.state == State.WITHDRAWN


def test_the_whole_file_costs_fifteen_queries_at_most(client, django_assert_max_num_queries):
    row = make.filed(of=make.call_open_now(), now=timezone.now())
    sign_in(client, make.user(Role.PROGRAMME))
    address = reverse("applications:detail", args=[row.number])
    client.get(address)  # the first page of a session also notes its hour
    with django_assert_max_num_queries(15):
        page = text(client.get(address))
    for words in (
        row.number,
        "Le projet coûte 50 000 €.",
        "a déposé le dossier",
        "oriente les familles",
        "Subvention demandée à ce fonds",
        "statuts".capitalize(),
    ):
        assert words in page


def test_the_reasons_of_the_desk_stay_with_the_desk(client):
    from ensemblier.fund.applications.moves import move

    row = make.filed(of=make.call_open_now(), now=timezone.now())
    desk = make.user(Role.PROGRAMME)
    move(application=row, verb="take", actor=desk, reason="secret du bureau")
    sign_in(client, row.created_by)
    page = text(client.get(reverse("applications:detail", args=[row.number])))
    assert "a pris le dossier en instruction" in page
    assert "secret du bureau" not in page
