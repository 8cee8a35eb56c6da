"""The pages of files: filling, two tabs, the budget that balances, papers, sending, reading."""

import io
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from ensemblier.base.files.limits import MAX_BYTES
from ensemblier.base.notices.models import Message
from ensemblier.base.people.models import Role
from ensemblier.fund.applications import actions
from ensemblier.fund.applications.models import Receipt, State
from ensemblier.fund.applications.rules import NAMES
from tests import factories_fund as make
from tests.factories_applications import (  # noqa: F401
    HTMX,
    draft,
    files_apart,
    ready,
    rows,
    send,
    step,
    text,
)
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db


def test_every_page_of_the_form_opens(client, draft):
    sign_in(client, draft.created_by)
    assert client.get(step(draft, "questions"))["Location"] == step(draft, "pieces")
    for name, title in NAMES.items():
        if name == "questions":
            continue
        response = client.get(step(draft, name))
        assert response.status_code == 200, name
        assert f"<h1>{title}</h1>" in text(response)
    assert client.get(f"/dossiers/{draft.number}/inconnu/").status_code == 404


def test_a_page_is_saved_and_leads_to_the_next(client, draft):
    sign_in(client, draft.created_by)
    sent = {**make.STEPS["projet"], "title": "Paniers d'Audruicq", "version": 1, "page": "a"}
    response = client.post(step(draft, "projet"), sent)
    assert response.status_code == 302
    assert response["Location"] == step(draft, "publics")
    draft.refresh_from_db()
    assert draft.title == "Paniers d'Audruicq"
    assert draft.links == ["production", "distribution"]
    assert "récoltés à moins de 30 km" in text(client.get(step(draft, "projet")))


def test_autosave_answers_with_the_hour_and_the_new_version(client, draft):
    sign_in(client, draft.created_by)
    sent = {"title": "Titre", "summary": "Premiers mots", "version": 1, "page": "a"}
    response = client.post(step(draft, "projet"), sent, headers=HTMX)
    assert response.status_code == 200
    assert "Enregistré à" in text(response)
    assert "Rien n'est perdu si vous fermez cette page." in text(response)
    assert 'id="id_version" value="2"' in text(response)
    draft.refresh_from_db()
    assert draft.summary == "Premiers mots"


def test_what_is_right_is_saved_even_when_something_is_wrong(client, draft):
    sign_in(client, draft.created_by)
    sent = {"needs": "Des légumes", "people_count": "beaucoup", "version": 1, "page": "a"}
    response = client.post(step(draft, "publics"), sent)
    assert response.status_code == 422
    assert "beaucoup" in text(response)
    assert "Écrivez un nombre entier" in text(response)
    draft.refresh_from_db()
    assert draft.needs == "Des légumes"
    quiet = client.post(step(draft, "publics"), {**sent, "version": 2}, headers=HTMX)
    assert "sauf" in text(quiet)


def test_two_tabs_show_both_texts_and_lose_nothing(client, draft):
    sign_in(client, draft.created_by)
    address = step(draft, "publics")
    client.post(address, {"needs": "Texte du premier", "version": 1, "page": "un"})
    quiet = client.post(
        address, {"needs": "Texte du second", "version": 1, "page": "deux"}, headers=HTMX
    )
    assert "modifiée ailleurs" in text(quiet)
    second = client.post(address, {"needs": "Texte du second", "version": 1, "page": "deux"})
    assert second.status_code == 409
    assert "Texte du premier" in text(second)
    assert "Texte du second" in text(second)
    draft.refresh_from_db()
    assert draft.needs == "Texte du premier"
    assert '<input type="hidden" name="version" value="2">' in text(second)
    chosen = client.post(address, {"needs": "Texte du second", "version": 2, "page": "trois"})
    assert chosen.status_code == 302
    draft.refresh_from_db()
    assert draft.needs == "Texte du second"


def test_partners_are_added_line_by_line_without_script(client, draft):
    sign_in(client, draft.created_by)
    one = {"name": "CCAS", "sector": "social", "role": ""}
    sent = rows("partners", one, {"name": "", "sector": "", "role": ""})
    response = client.post(
        step(draft, "partenaires"), {**sent, "version": 1, "page": "a", "then": "partners"}
    )
    assert response["Location"].endswith("?ajouter=partners#partners")
    assert draft.partners.get().name == "CCAS"
    table = text(client.get(response["Location"])).split('id="partners"')[1].split("</table>")[0]
    assert table.count("<tr>") == 4  # head, one, two blank


def test_a_wrong_line_is_told_and_nothing_saved_is_lost(client, draft):
    sign_in(client, draft.created_by)
    draft.partners.create(name="Mairie", sector="local_authority")
    sent = rows("partners", {"name": "CCAS", "sector": "", "role": ""})
    response = client.post(step(draft, "partenaires"), {**sent, "version": 1, "page": "a"})
    assert response.status_code == 422
    assert "Choisissez son secteur" in text(response)
    assert draft.partners.get().name == "Mairie"


def budget_of(charge: str, resource: str) -> dict:
    return {
        **rows("charges", {"code": "64", "label": "", "amount_cents": charge}),
        **rows(
            "resources",
            {
                "code": "70",
                "payer": "",
                "label": "",
                "certainty": "firm",
                "amount_cents": resource,
            },
        ),
        "page": "a",
    }


def test_the_budget_says_what_lacks_and_balances_itself(client, draft):
    sign_in(client, draft.created_by)
    sent = {**budget_of("10 000", "8 800"), "version": 1}
    quiet = client.post(step(draft, "budget"), sent, headers=HTMX)
    assert "Il manque 1 200 € pour équilibrer" in text(quiet)
    assert "Demander ce montant au fonds" in text(quiet)
    page = text(client.get(step(draft, "budget")))
    assert "Il manque 1 200 € pour équilibrer" in page
    balance = {**budget_of("10 000", "8 700"), "version": 2, "then": "balance"}
    assert client.post(step(draft, "budget"), balance)["Location"] == step(draft, "budget")
    asked = draft.asked.get()
    assert (asked.expense_class, asked.year, asked.amount_cents) == (
        "engineering",
        2027,
        1_300_00,  # what was typed when the button was pressed is saved first
    )
    assert "Le budget est équilibré." in text(client.get(step(draft, "demande")))
    assert 'role="img"' in text(client.get(step(draft, "demande")))


def test_the_button_is_absent_when_the_fund_cannot_take_the_gap(client, draft):
    sign_in(client, draft.created_by)
    client.post(step(draft, "budget"), {**budget_of("10 000", "1 000"), "version": 1})
    page = text(client.get(step(draft, "budget")))
    assert "Il manque 9 000 €" in page
    assert "Demander ce montant au fonds" not in page
    sent = {**budget_of("10 000", "1 000"), "version": 2, "then": "balance"}
    refused = client.post(step(draft, "budget"), sent, follow=True)
    assert "dans les limites de l'appel" in text(refused)


def test_a_line_saved_by_autosave_is_still_there_at_the_next_one(client, draft):
    """The page keeps counting it as a spare row, since it was blank when the page opened."""
    sign_in(client, draft.created_by)
    for version, resource in ((1, "8 800"), (2, "8 700"), (3, "8 700")):
        sent = {**budget_of("10 000", resource), "version": version}
        client.post(step(draft, "budget"), sent, headers=HTMX)
    assert dict(draft.lines.values_list("code", "amount_cents")) == {
        "64": 10_000_00,
        "70": 8_700_00,
    }


def test_cents_are_refused_in_the_budget_and_kept_on_the_page(client, draft):
    sign_in(client, draft.created_by)
    response = client.post(step(draft, "budget"), {**budget_of("10,50", "8"), "version": 1})
    assert response.status_code == 422
    assert "a des centimes" in text(response)
    assert "10,50" in text(response)
    assert not draft.lines.exists()


def test_asked_amounts_are_saved_by_class_and_year(client, draft):
    sign_in(client, draft.created_by)
    sent = {"engineering-2027": "1 000", "operation-2028": "500", "version": 1, "page": "a"}
    client.post(step(draft, "demande"), sent)
    assert set(draft.asked.values_list("expense_class", "year", "amount_cents")) == {
        ("engineering", 2027, 1_000_00),
        ("operation", 2028, 500_00),
    }


def test_an_amount_that_cannot_be_read_keeps_the_one_saved(client, ready):
    sign_in(client, ready.created_by)
    sent = {"engineering-2027": "vingt mille", "operation-2027": "9 000", "page": "a"}
    response = client.post(step(ready, "demande"), {**sent, "version": ready.version})
    assert response.status_code == 422
    amounts = dict(ready.asked.values_list("expense_class", "amount_cents"))
    assert amounts == {"engineering": 20_000_00, "operation": 9_000_00}


def test_a_paper_too_large_is_refused_and_the_choice_kept(client, draft):
    sign_in(client, draft.created_by)
    big = SimpleUploadedFile("gros.pdf", b"%PDF-1.4" + b"0" * (3 * MAX_BYTES))
    response = client.post(step(draft, "pieces"), {"kind": "accounts", "file": big})
    assert response.status_code == 422
    assert "60 Mo" in text(response)
    assert '<option value="accounts" selected>' in text(response)
    assert not draft.attachments.exists()


def test_a_paper_is_joined_read_and_taken_out(client, draft):
    sign_in(client, draft.created_by)
    picture = SimpleUploadedFile("rib.png", png())
    response = client.post(step(draft, "pieces"), {"kind": "bank_details", "file": picture})
    assert response.status_code == 302
    paper = draft.attachments.get()
    download = reverse("downloads:download", args=[paper.file.name])
    got = client.get(download)
    assert b"".join(got.streaming_content).startswith(b"\x89PNG")
    sign_in(client, make.user(Role.APPLICANT, make.organisation()))
    assert client.get(download).status_code == 404
    sign_in(client, draft.created_by)
    client.post(reverse("applications:remove_paper", args=[draft.number, paper.pk]))
    assert not draft.attachments.exists()


def png() -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(kept, "PNG")
    return kept.getvalue()


def test_the_last_page_lists_what_is_missing(client, draft):
    sign_in(client, draft.created_by)
    page = text(client.get(step(draft, "envoi")))
    assert "Donnez un titre" not in page
    assert "Décrivez le projet en deux phrases au moins." in page
    assert "Déposer le dossier" not in page
    assert step(draft, "budget") in page


def test_sending_leads_to_the_receipt(client, ready):
    sign_in(client, ready.created_by)
    assert "Votre dossier est complet." in text(client.get(step(ready, "envoi")))
    response = send(client, ready)
    assert response["Location"] == reverse("applications:receipt", args=[ready.number])
    receipt = Receipt.objects.get(application=ready)
    page = text(client.get(response["Location"]))
    assert ready.number in page
    assert receipt.digest in page
    assert "(heure de Paris)" in page
    assert Message.objects.filter(about=f"application:{ready.pk}").count() == 1


def test_a_double_click_sends_once_and_shows_the_same_receipt(client, ready):
    sign_in(client, ready.created_by)
    key = str(uuid4())
    first, second = send(client, ready, key=key), send(client, ready, key=key)
    assert first["Location"] == second["Location"]
    assert Receipt.objects.count() == Message.objects.count() == 1
    other = send(client, ready)
    assert other["Location"] == reverse("applications:detail", args=[ready.number])


def test_without_the_commitments_nothing_is_sent(client, ready):
    sign_in(client, ready.created_by)
    actions.save_step(
        application=ready,
        step="envoi",
        values={"accepts_commitments": False},
        version=ready.version,
        actor=ready.created_by,
    )
    response = client.post(
        reverse("applications:file", args=[ready.number]),
        {"key": str(uuid4()), "version": ready.version},
        follow=True,
    )
    assert "n'est pas complet" in text(response)
    ready.refresh_from_db()
    assert ready.state == State.DRAFT


def test_a_file_changed_since_it_was_read_again_is_not_sent(client, ready):
    sign_in(client, ready.created_by)
    response = send(client, ready, version=ready.version - 1)
    assert response["Location"] == step(ready, "envoi")
    assert not Receipt.objects.exists()
