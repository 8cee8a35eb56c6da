"""Help under a recorded mandate: begun, confirmed, sent, ended; it opens nothing else."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from ensemblier.base.journal.models import Event
from ensemblier.base.notices.models import Message
from ensemblier.base.people.models import Mandate, Organisation, Role
from ensemblier.fund.applications import actions, helping
from ensemblier.fund.applications.models import HelpMandate, Seat, State
from tests import factories_fund as make
from tests.factories_applications import files_apart, send, step, text  # noqa: F401
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db


def typed(**fields) -> dict:
    return {
        "title": "Jardin du quartier",
        "name": "Les Voisins du jardin",
        "siret": "",
        "rna": "W621234567",
        "representative": "Une présidente",
        "email": "presidente@exemple.fr",
        "quality": "officer",
        "proof": "statement",
        "statement": "Accord donné au bureau du 3 mai, devant la trésorière.",
        "given_on": timezone.localdate().isoformat(),
        **fields,
    }


def begun(client) -> HelpMandate:
    call = make.call_open_now()
    helper = make.user(Role.INSTRUCTOR, department=make.place().department)
    sign_in(client, helper)
    response = client.post(reverse("applications:help_begin", args=[call.slug]), typed())
    assert response.status_code == 302, text(response)
    return HelpMandate.objects.get()


def page(name: str, row) -> str:
    return reverse(f"applications:{name}", args=[row.number])


def finished(mandate: HelpMandate):
    row = mandate.application
    for name, values in make.STEPS.items():
        row = actions.save_step(
            application=row, step=name, values=values, version=row.version, actor=mandate.helper
        )
    place = make.place()
    row = actions.save_step(
        application=row,
        step="territoire",
        values={"commune": place},
        version=row.version,
        actor=mandate.helper,
    )
    common = {"actor": mandate.helper}
    row = actions.set_budget_lines(application=row, lines=make.LINES, version=row.version, **common)
    row = actions.set_asked(application=row, amounts=make.AMOUNTS, version=row.version, **common)
    for kind in ("statutes", "accounts", "bank_details"):
        actions.attach(application=row, kind=kind, checked=make.paper(), **common)
    row.refresh_from_db()
    return row


def test_a_file_typed_for_an_association_is_confirmed_then_sent(client):
    mandate = begun(client)
    row = finished(mandate)
    assert f"Saisi par {mandate.helper}" in text(client.get(step(row, "budget")))
    refused = send(client, row)
    row.refresh_from_db()
    assert refused.status_code == 302 and row.state == State.DRAFT
    assert "n'a pas encore confirmé" in text(client.get(step(row, "envoi")))
    client.post(page("help_ask", row))
    message = Message.objects.get(to="presidente@exemple.fr")
    link = re.search(r"/confirmer-un-dossier/\S+", message.body)[0]
    client.logout()
    said = text(client.get(link))
    assert "Jardin du quartier" in said or row.title in said
    seen = re.search(r'name="seen" value="(\w+)"', said)[1]
    assert client.post(link, {"seen": seen}).status_code == 422
    assert "Merci" in text(client.post(link, {"seen": seen, "agrees": "on"}))
    assert client.get(link).status_code == 410
    sign_in(client, mandate.helper)
    # One word changes: the confirmation falls.
    old = row.summary
    for text_now, state in ((old + " Autre.", State.DRAFT), (old, State.FILED)):
        row = actions.save_step(
            application=row,
            step="projet",
            values={"summary": text_now},
            version=row.version,
            actor=mandate.helper,
        )
        send(client, row)
        row.refresh_from_db()
        assert row.state == state
    assert row.receipt.content["help"]["representative"] == "Une présidente"
    events = set(Event.objects.filter(action__startswith="help.").values_list("action", flat=True))
    assert events == {"help.begin", "help.ask", "help.confirm"}
    # Who typed it does not instruct it.
    answer = client.post(reverse("review:take", args=[row.number]))
    row.refresh_from_db()
    assert answer.status_code in (302, 403, 404) and row.state == State.FILED


def test_it_opens_this_file_and_no_other(client):
    mandate = begun(client)
    home = mandate.application.organisation
    assert not Mandate.objects.filter(organisation=home).exists()
    other = make.draft(of=mandate.application.call, by=home, title="zibeline", now=timezone.now())
    assert client.get(page("detail", other)).status_code == 404
    assert "zibeline" not in text(client.get("/dossiers/"))
    assert (
        client.post(
            page("people", mandate.application), {"email": "a@exemple.fr", "role": "editor"}
        ).status_code
        != 302
        or not mandate.application.seat_invitations.exists()
    )
    assert client.post(page("withdraw", mandate.application)).status_code == 403


def test_the_paper_signed_confirms_too(client, django_user_model):
    mandate = begun(client)
    finished(mandate)
    empty = client.post(page("help_paper", mandate.application), {})
    assert empty.status_code == 422
    done = helping.confirm_by_paper(
        mandate=mandate, paper=make.paper(), actor=mandate.helper, now=timezone.now()
    )
    assert helping.is_confirmed(done) and done.confirmed_way == "paper"
    with pytest.raises(Exception, match="Seule la personne qui saisit"):
        helping.confirm_by_paper(
            mandate=mandate, paper=make.paper(), actor=make.user(), now=timezone.now()
        )


def test_a_known_representative_is_told_is_the_one_who_confirms_and_ends_it(client):
    home = make.organisation(rna="W621234567", siret="")
    boss = make.user(Role.REPRESENTATIVE, home)
    mandate = begun(client)
    row = mandate.application
    assert row.organisation == home and Organisation.objects.filter(rna="W621234567").count() == 1
    assert Message.objects.filter(to=boss.email, subject__contains="saisi au nom").exists()
    assert helping.confirmer(mandate, timezone.now()) == boss.email
    sign_in(client, boss)
    assert client.get(page("detail", row)).status_code == 200
    client.post(page("help_end", row))
    mandate.refresh_from_db()
    assert mandate.ended_by == boss and not Seat.objects.exists()
    sign_in(client, mandate.helper)
    assert client.get(page("detail", row)).status_code == 404
    with pytest.raises(actions.NotEditable if False else Exception, match="place a été retirée"):
        actions.save_step(
            application=row, step="projet", values={"title": "x"}, version=1, actor=mandate.helper
        )


@pytest.mark.parametrize(
    "fields, said",
    [
        ({"proof": "paper"}, "Joignez le mandat signé"),
        ({"statement": " "}, "Écrivez ce qui a été dit"),
        ({"rna": ""}, "SIRET"),
        ({"rna": "W62"}, "RNA"),
        ({"given_on": "2099-01-01"}, "avenir"),
        ({"representative": ""}, "Représentant"),
    ],
)
def test_a_mandate_without_proof_is_refused_and_what_was_typed_stays(client, fields, said):
    call = make.call_open_now()
    sign_in(client, make.user(Role.SUPPORT))
    response = client.post(reverse("applications:help_begin", args=[call.slug]), typed(**fields))
    assert response.status_code == 422 and said in text(response)
    assert "Jardin du quartier" in text(response)
    assert not HelpMandate.objects.exists() and not Seat.objects.exists()


def test_an_ordinary_member_does_not_type_for_others(client):
    call = make.call_open_now()
    sign_in(client, make.user(Role.APPLICANT, make.organisation()))
    address = reverse("applications:help_begin", args=[call.slug])
    assert client.get(address).status_code == 403
    assert client.post(address, typed()).status_code == 403
    assert not HelpMandate.objects.exists()


def test_the_link_expires(client):
    mandate = begun(client)
    sent = helping.ask_confirmation(
        mandate=mandate, actor=mandate.helper, now=timezone.now() - timedelta(days=15)
    )
    assert helping.why_over(sent, timezone.now()).startswith("Ce lien a expiré")
