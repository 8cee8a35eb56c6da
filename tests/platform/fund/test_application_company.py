"""Several people on one file: what each seat opens and nothing else, comments, who is there."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from ensemblier.base.journal.models import Event, RefusedAttempt
from ensemblier.base.notices.models import Message
from ensemblier.base.people.models import Role
from ensemblier.fund.applications import actions, comments, seats
from ensemblier.fund.applications.access import NotYours
from ensemblier.fund.applications.models import Comment, Presence, Seat, SeatInvitation
from tests import factories_fund as make
from tests.factories_applications import draft, files_apart, ready, step, text  # noqa: F401
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db
CANARY = "zibelineinvitee"


def page(name: str, row, *more) -> str:
    return reverse(f"applications:{name}", args=[row.number, *more])


def seat(row, role: str, user=None) -> Seat:
    person = user or make.user()
    return seats.seat_at(
        application=row, user=person, role=role, actor=row.created_by, now=timezone.now()
    )


def link_in(message: Message) -> str:
    return re.search(r"/(rejoindre|confirmer)-un-dossier/\S+", message.body)[0]


def test_an_invitation_by_e_mail_gives_one_seat_once(client, draft):
    sign_in(client, draft.created_by)
    sent = {"email": "Partenaire@Exemple.fr", "role": "editor"}
    assert client.post(page("people", draft), sent).status_code == 302
    link = link_in(Message.objects.get(to="partenaire@exemple.fr"))
    wrong, right = make.user(), make.user()
    type(right).objects.filter(pk=right.pk).update(email="partenaire@exemple.fr")
    right.refresh_from_db()
    sign_in(client, wrong)
    client.post(link)
    assert not Seat.objects.exists()
    sign_in(client, right)
    assert draft.title in text(client.get(link))
    assert client.post(link)["Location"] == page("detail", draft)
    assert Seat.objects.get().role == "editor"
    assert client.get(link).status_code == 410
    assert client.get(step(draft, "budget")).status_code == 200
    assert Event.objects.filter(action="seat.accept").count() == 1


def test_an_invitation_expires_and_can_be_withdrawn(client, draft):
    now = timezone.now()
    facts = {"application": draft, "role": "reader", "actor": draft.created_by}
    seats.invite(email="a@exemple.fr", now=now - timedelta(days=15), **facts)
    seats.invite(email="b@exemple.fr", now=now, **facts)
    old, new = (link_in(row) for row in Message.objects.order_by("pk"))
    assert "a expiré" in text(client.get(old))
    sign_in(client, draft.created_by)
    client.post(page("seat_withdraw", draft, SeatInvitation.objects.last().pk))
    assert "a été annulée" in text(client.get(new))


@pytest.mark.parametrize(
    "email, role, said",
    [
        ("pas une adresse", "editor", "adresse"),
        ("x@exemple.fr", "chef", "choix"),
        ("double@exemple.fr", "reader", "déjà invitée"),
    ],
)
def test_a_wrong_invitation_says_why_and_keeps_what_was_typed(client, draft, email, role, said):
    now = timezone.now()
    seats.invite(
        application=draft, email="double@exemple.fr", role="reader", actor=draft.created_by, now=now
    )
    sign_in(client, draft.created_by)
    response = client.post(page("people", draft), {"email": email, "role": role})
    assert response.status_code == 422
    assert said in text(response).lower() and email in text(response)


# Role -> reads, comments, writes.
TABLE = {"reader": (200, 403, 403), "commenter": (200, 302, 403), "editor": (200, 302, 200)}


@pytest.mark.parametrize("role", TABLE)
def test_what_each_seat_allows(client, draft, role):
    person = seat(draft, role).user
    sign_in(client, person)
    reads, says, writes = TABLE[role]
    assert client.get(page("detail", draft)).status_code == reads
    sent = {"step": "budget", "body": "Le loyer manque."}
    first = client.post(page("comments", draft), sent)
    assert first.status_code == says or (first.status_code == 422 and says == 403)
    assert Comment.objects.exists() is (says == 302)
    assert client.get(step(draft, "projet")).status_code == writes
    saved = client.post(step(draft, "projet"), {"title": "Changé", "version": draft.version})
    draft.refresh_from_db()
    assert (draft.title == "Changé") is (role == "editor"), saved.status_code
    # Never: send, withdraw, invite, change one's own seat.
    for name in ("withdraw", "file"):
        assert client.post(page(name, draft)).status_code == 403
    client.post(page("people", draft), {"email": "ami@exemple.fr", "role": "editor"})
    assert not SeatInvitation.objects.exists()
    client.post(page("seat", draft, Seat.objects.get().pk), {"role": "editor"})
    assert Seat.objects.get().role == role


def test_a_seat_opens_this_file_and_nothing_else(client, draft):
    other = make.draft(of=draft.call, by=draft.organisation, title=CANARY, now=timezone.now())
    person = seat(draft, "editor").user
    sign_in(client, person)
    for name in ("detail", "people", "comments", "versions", "receipt", "withdraw"):
        assert client.get(page(name, other)).status_code == 404, name
    assert client.get(step(other, "projet")).status_code == 404
    assert (
        client.get(reverse("people:organisation", args=[draft.organisation_id])).status_code == 404
    )
    assert client.get(f"/instruction/{draft.number}/").status_code == 404
    for address in (
        "/dossiers/",
        page("detail", draft),
        page("people", draft),
        "/tableau-de-bord/",
    ):
        assert CANARY not in text(client.get(address)), address
    assert draft.title in text(client.get("/dossiers/"))


def test_a_seat_removed_stops_the_next_save_even_under_way(client, draft):
    row = seat(draft, "editor")
    version = draft.version
    sign_in(client, draft.created_by)
    client.post(page("seat", draft, row.pk), {})
    assert not Seat.objects.exists()
    sign_in(client, row.user)
    assert client.get(page("detail", draft)).status_code == 404
    assert client.post(step(draft, "projet"), {"title": "Trop tard"}).status_code == 404
    # The guard passed before the seat went: the action asks again.
    with pytest.raises(NotYours, match="place a été retirée"):
        actions.save_step(
            application=draft,
            step="projet",
            values={"title": "Trop tard"},
            version=version,
            actor=row.user,
        )
    with pytest.raises(NotYours):
        actions.attach(application=draft, kind="other", checked=make.paper(), actor=row.user)
    draft.refresh_from_db()
    assert draft.title != "Trop tard"
    with pytest.raises(NotYours):
        comments.comment(
            application=draft, step="projet", body="?", actor=row.user, now=timezone.now()
        )


def test_one_may_leave_by_oneself(client, draft):
    row = seat(draft, "reader")
    sign_in(client, row.user)
    assert client.post(page("seat", draft, row.pk), {})["Location"] == "/dossiers/"
    assert not Seat.objects.exists()


def test_who_is_on_the_page_and_who_saved_last(client, draft):
    person = seat(draft, "editor").user
    seats.note_presence(application=draft, user=person, step="projet", now=timezone.now())
    sign_in(client, draft.created_by)
    client.post(step(draft, "projet"), {"title": "Paniers", "version": draft.version})
    said = text(client.post(page("presence", draft, "projet")))
    assert f"<strong>{person}</strong> écrit sur cette page" in said
    assert f"Dernier changement de cette page : {draft.created_by}" in said
    Presence.objects.filter(user=person).update(seen_at=timezone.now() - timedelta(minutes=5))
    assert str(person) not in text(client.post(page("presence", draft, "projet")))
    assert client.post(page("presence", draft, "ailleurs")).status_code == 404


def test_a_thread_is_answered_settled_and_shared(client, draft):
    person = seat(draft, "commenter").user
    sign_in(client, person)
    client.post(page("comments", draft), {"step": "budget", "body": "Le loyer manque."})
    first = Comment.objects.get()
    assert Message.objects.filter(
        to=draft.created_by.email, subject__contains="commentaire"
    ).exists()
    sign_in(client, draft.created_by)
    client.post(page("comment", draft, first.pk), {"body": "Ajouté en 61."})
    assert [row.body for row in first.replies.all()] == ["Ajouté en 61."]
    client.post(page("comment", draft, first.pk), {"verb": "resolve"})
    assert "Réglé par" in text(client.get(page("comments", draft)))
    client.post(page("comment", draft, first.pk), {"verb": "reopen"})
    first.refresh_from_db()
    assert first.resolved_at is None and first.resolved_by is None
    sign_in(client, person)
    client.post(page("comment", draft, first.pk), {"verb": "share"})
    first.refresh_from_db()
    assert first.shared_at is None, "a commenter does not decide what the service reads"
    assert RefusedAttempt.objects.exists()
    assert client.post(page("comment", draft, first.pk), {"body": " "}).status_code == 302
    assert first.replies.count() == 1


def test_the_desk_reads_only_what_is_shared(client, ready):
    row = make.filed(ready, now=timezone.now())
    kept = comments.comment(
        application=row, step="budget", body=CANARY, actor=row.created_by, now=timezone.now()
    )
    desk = make.user(Role.INSTRUCTOR, department=row.department)
    sign_in(client, desk)
    assert CANARY not in text(client.get(page("detail", row)))
    assert client.get(page("comments", row)).status_code == 403
    comments.share(comment=kept, actor=row.created_by, now=timezone.now())
    assert CANARY in text(client.get(page("detail", row)))
    comments.unshare(comment=kept, actor=row.created_by, now=timezone.now())
    assert CANARY not in text(client.get(page("detail", row)))


def test_the_same_person_has_one_seat(draft):
    row = seat(draft, "reader")
    with pytest.raises(seats.BadSeat, match="déjà une place"):
        seat(draft, "editor", row.user)


def test_addresses_and_presences_are_forgotten(draft):
    now = timezone.now()
    seats.invite(
        application=draft,
        email="a@exemple.fr",
        role="reader",
        actor=draft.created_by,
        now=now - timedelta(days=400),
    )
    seats.note_presence(
        application=draft, user=draft.created_by, step="projet", now=now - timedelta(days=2)
    )
    assert seats.purge_invitations(now) == 1
    assert seats.purge_presences(now) == 1
