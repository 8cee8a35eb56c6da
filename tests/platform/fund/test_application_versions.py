"""Versions of a file, what changed between two, and starting from a former one."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from ensemblier.base.people.models import Role
from ensemblier.fund.applications import actions, changes, copying, snapshots
from ensemblier.fund.applications.models import Attachment, Snapshot
from tests import factories_fund as make
from tests.factories_applications import draft, files_apart, ready, text  # noqa: F401
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db


def page(name: str, row) -> str:
    return reverse(f"applications:{name}", args=[row.number])


def test_filing_keeps_a_version_of_what_was_sent(ready):
    row = make.filed(ready, now=timezone.now())
    kept = Snapshot.objects.get()
    assert (kept.number, kept.reason) == (1, "filed")
    assert (kept.content, kept.digest) == (row.receipt.content, row.receipt.digest)


def test_a_version_is_kept_when_asked_and_only_if_something_changed(client, ready):
    sign_in(client, ready.created_by)
    client.post(page("versions", ready), {"note": "Avant le bureau"})
    again = client.post(page("versions", ready), {"note": "Encore"})
    assert again.status_code == 422 and "Rien n'a changé" in text(again)
    assert Snapshot.objects.get().note == "Avant le bureau"


def test_the_difference_is_said_in_french(client, ready):
    now = timezone.now()
    snapshots.keep_version(application=ready, note="", actor=ready.created_by, now=now)
    lines = [dict(row) for row in make.LINES]
    lines[1]["amount_cents"] += 3_000_00
    lines[3:] = [{"side": "resource", "code": "74C", "payer": "Ville", "amount_cents": 1_000_00}]
    facts = {"application": ready, "actor": ready.created_by}
    actions.set_budget_lines(lines=lines, version=ready.version, **facts)
    actions.save_step(step="publics", values={"people_count": 200}, version=ready.version, **facts)
    sign_in(client, ready.created_by)
    said = text(client.get(page("versions", ready) + "?de=1&a=maintenant"))
    assert "32 000 €" in said and "35 000 €" in said and "+3 000 €" in said
    assert "Département" in said and "−8 000 €" in said and "(retiré)" in said
    assert "Ville" in said and "+1 000 €" in said and "(ajouté)" in said
    assert "+20" in said
    assert client.get(page("versions", ready) + "?de=9&a=1").status_code == 404


def test_two_rows_of_the_same_name_are_told_apart():
    row = {"name": "CCAS", "sector": "social", "since": None, "role": ""}
    before = {"steps": {"partenaires": {"partners": [row]}}}
    after = {"steps": {"partenaires": {"partners": [row, {**row, "role": "oriente"}]}}}
    found = changes.pages(before, after)
    assert [(c.kind, c.what) for c in found[0].changes] == [("ajouté", "Partenaires : CCAS")]
    assert changes.pages(after, after) == []


def test_the_desk_sees_versions_sent_and_not_those_kept_for_oneself(client, ready):
    now = timezone.now()
    snapshots.keep_version(application=ready, note="zibeline", actor=ready.created_by, now=now)
    row = make.filed(ready, now=now)
    sign_in(client, make.user(Role.INSTRUCTOR, department=row.department))
    said = text(client.get(page("versions", row)))
    assert "zibeline" not in said and "2 : dépôt" in said
    assert client.get(page("versions", row) + "?de=1").status_code == 404
    assert client.post(page("versions", row), {"note": "x"}).status_code == 403
    assert Snapshot.objects.count() == 2


def former(ready):
    row = make.filed(ready, now=timezone.now())
    now = timezone.now()
    call = make.call(
        opens_at=now - timedelta(days=1),
        closes_at=now + timedelta(days=40),
        first_year=2028,
        last_year=2029,
    )
    return row, call


def test_a_former_file_is_copied_with_what_to_check(client, ready):
    row, call = former(ready)
    sign_in(client, row.created_by)
    address = reverse("applications:copy", args=[call.slug])
    response = client.post(address, {"source": row.pk, "title": ""})
    made = type(row).objects.exclude(pk=row.pk).get()
    assert response["Location"] == page("carryover", made)
    assert (made.title, made.summary, made.state) == (row.title, row.summary, "draft")
    assert {part.year for part in made.asked.all()} == {2028}
    assert {line.year for line in made.path.all()} == {2028, 2032}
    assert {line.certainty for line in made.lines.all()} == {"", "asked"}
    assert not made.accepts_commitments
    said = text(client.get(page("carryover", made)))
    assert "revenues à « demandé »" in said
    assert "derniers comptes approuvés" in said and "dernier exercice" in said
    kinds = {paper.kind for paper in made.attachments.all()}
    assert Attachment.Kind.ACCOUNTS not in kinds and Attachment.Kind.STATUTES in kinds
    own = made.attachments.first().file
    assert own.pk != row.attachments.first().file_id and own.path.is_file()
    client.post(page("carryover", made), {"done": ["0", "2", "zz"]})
    made.carryover.refresh_from_db()
    assert [n for n, check in enumerate(made.carryover.checks) if check["done"]] == [0, 2]
    since = text(client.get(page("versions", made) + "?de=an-dernier&a=maintenant"))
    assert "Ce qui a changé depuis l" in since and "acquis" in since


def test_an_old_paper_is_not_copied_and_the_reason_is_given(ready):
    row, call = former(ready)
    later = timezone.now() + timedelta(days=420)
    type(call).objects.filter(pk=call.pk)  # frozen: another call, open later
    call = make.call(opens_at=later - timedelta(days=1), closes_at=later + timedelta(days=40))
    made = copying.copy_file(source=row, call=call, title="", actor=row.created_by, now=later)
    assert any("elle a plus de 12 mois" in line for line in made.left)
    kinds = {paper.kind for paper in made.application.attachments.all()}
    assert "bank_details" not in kinds and "statutes" in kinds


def test_nobody_copies_the_file_of_another_organisation(client, ready):
    row, call = former(ready)
    stranger = make.user(Role.REPRESENTATIVE, make.organisation())
    with pytest.raises(copying.NothingToCopy):
        copying.copy_file(source=row, call=call, title="", actor=stranger, now=timezone.now())
    sign_in(client, stranger)
    address = reverse("applications:copy", args=[call.slug])
    assert client.post(address, {"source": row.pk}).status_code == 422
    assert row.title not in text(client.get(address))
