"""The seven mishaps of the foundation: each gets a clear French answer, and loses nothing."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client
from django.urls import reverse

from ensemblier.base.files.limits import MAX_BYTES
from ensemblier.base.ledger.queries import balance
from ensemblier.base.people.models import Organisation
from ensemblier.fund.applications.models import Application, Receipt, State
from ensemblier.fund.decisions.models import Decision
from tests import factories_fund as fund
from tests import factories_review as cases
from tests.factories_people import sign_in

pytestmark = pytest.mark.trust
REFUSED = (200, 409, 422)


@pytest.fixture(autouse=True)
def during_the_call(settings: Any, tmp_path: Any) -> Any:
    settings.MEDIA_ROOT = tmp_path
    with time_machine.travel(fund.NOW, tick=True):
        yield


def words(response: Any) -> str:
    return response.content.decode().replace("\u00a0", " ").replace("&#x27;", "'")


def step(row: Application, name: str) -> str:
    return reverse("applications:step", args=[row.number, name])


def rows(name: str, *filled: dict[str, str]) -> dict[str, str]:
    sent = {f"{name}-TOTAL_FORMS": str(len(filled)), f"{name}-INITIAL_FORMS": "0"}
    for rank, row in enumerate(filled):
        sent |= {f"{name}-{rank}-{key}": value for key, value in row.items()}
    return sent


def test_an_unbalanced_budget_says_how_much_lacks_and_keeps_the_lines(db: None) -> None:
    draft = fund.draft()
    client = sign_in(Client(), draft.created_by)
    income = {"code": "70", "payer": "", "label": "", "certainty": "firm", "amount_cents": "8 800"}
    sent = {
        **rows("charges", {"code": "64", "label": "Deux postes", "amount_cents": "10 000"}),
        **rows("resources", income),
        "page": "a",
        "version": "1",
    }
    client.post(step(draft, "budget"), sent)
    page = words(client.get(step(draft, "budget")))
    assert "Il manque 1 200 € pour équilibrer" in page
    assert "Deux postes" in page and "10 000" in page and "8 800" in page
    filing = {"key": str(uuid4()), "version": "2", "accepts_commitments": "on"}
    response = client.post(reverse("applications:file", args=[draft.number]), filing, follow=True)
    assert "1 200 €" in words(response)
    draft.refresh_from_db()
    assert draft.state == State.DRAFT
    assert draft.lines.count() == 2


@pytest.mark.parametrize(
    ("siret", "told"),
    [("7328293200007", "celui-ci en compte 13"), ("73282932000075", "SIRET")],
)
def test_a_wrong_siret_is_told_and_what_was_typed_stays(db: None, siret: str, told: str) -> None:
    client = sign_in(Client(), fund.user())
    typed = {"siret": siret, "name": "Épicerie du canal", "kind": "association"}
    before = Organisation.objects.count()
    response = client.post(reverse("people:organisation_create"), typed)
    page = words(response)
    assert response.status_code in REFUSED
    assert told in page and 'aria-invalid="true"' in page
    assert f'value="{siret}"' in page and 'value="Épicerie du canal"' in page
    assert Organisation.objects.count() == before


def test_an_upload_of_60_megabytes_is_told_with_the_limit(db: None) -> None:
    draft = fund.draft()
    client = sign_in(Client(), draft.created_by)
    big = SimpleUploadedFile("gros.pdf", b"%PDF-1.4" + b"0" * (3 * MAX_BYTES))
    response = client.post(step(draft, "pieces"), {"kind": "accounts", "file": big})
    assert response.status_code in (413, 422)
    page = words(response)
    assert "60 Mo" in page and "20 Mo" in page
    assert '<option value="accounts" selected>' in page
    assert not draft.attachments.exists()


def test_a_closed_call_says_since_when_and_keeps_the_draft(db: None) -> None:
    draft = fund.complete()
    with time_machine.travel(fund.CLOSES, tick=True):
        client = sign_in(Client(), draft.created_by)
        filing = {"key": str(uuid4()), "version": draft.version, "accepts_commitments": "on"}
        address = reverse("applications:file", args=[draft.number])
        page = words(client.post(address, filing, follow=True))
    assert "Cet appel a fermé le" in page
    assert "Ce que vous avez écrit reste enregistré." in page
    draft.refresh_from_db()
    assert (draft.state, draft.summary) == (State.DRAFT, fund.STEPS["projet"]["summary"])


def test_a_double_click_files_once_and_shows_the_same_receipt(db: None) -> None:
    draft = fund.complete()
    client = sign_in(Client(), draft.created_by)
    filing = {"key": str(uuid4()), "version": draft.version, "accepts_commitments": "on"}
    address = reverse("applications:file", args=[draft.number])
    first, second = client.post(address, filing), client.post(address, filing)
    assert first["Location"] == second["Location"]
    assert "accusé" in words(client.get(second["Location"])).lower()
    assert Receipt.objects.count() == 1


def test_a_session_that_ends_over_a_half_typed_form_gives_it_back(db: None) -> None:
    draft = fund.draft()
    client = sign_in(Client(), draft.created_by)
    client.get(step(draft, "publics"))
    client.cookies.pop("sessionid")
    typed = {"needs": "Des mots à ne pas perdre", "version": "1", "page": "a"}
    sent_away = client.post(step(draft, "publics"), typed)
    assert sent_away["Location"].startswith(reverse("account_login"))
    client.force_login(draft.created_by)
    page = words(client.get(step(draft, "publics")))
    assert "Votre session avait expiré" in page
    assert "Des mots à ne pas perdre" in page


def test_a_form_older_than_the_session_is_told_and_shown(db: None) -> None:
    """The token of the page is out of date: the answer shows what was typed."""
    draft = fund.draft()
    client = sign_in(Client(enforce_csrf_checks=True), draft.created_by)
    typed = {"needs": "Des mots à ne pas perdre", "version": "1", "page": "a"}
    response = client.post(step(draft, "publics"), typed, headers={"Origin": "http://testserver"})
    assert response.status_code == 403
    assert "Des mots à ne pas perdre" in words(response)


def decide_at_once(case: Any, envelope: Any, gate: threading.Barrier) -> str:
    """One officer, through the site, on a connection of their own."""
    try:
        client = sign_in(Client(), case.signatory)
        asked = case.application.asked.get(expense_class="engineering")
        form = {
            "key": str(uuid4()),
            "version": case.application.version,
            "outcome": "funded",
            "reasons": "Motifs longuement pesés.",
            f"award_{asked.pk}": "20 000",
            f"envelope_{asked.pk}": envelope.pk,
        }
        gate.wait()
        response = client.post(reverse("decisions:decide", args=[case.application.number]), form)
        return "won" if response.status_code == 302 else words(response)
    finally:
        connections.close_all()


def test_two_officers_on_the_last_euro_have_one_winner(transactional_db: None) -> None:
    envelope = fund.envelope(20_000_00)
    call = fund.call(envelopes=[envelope])
    files = [cases.proposed(fund.filed(of=call)) for _ in range(2)]
    for case in files:
        case.signatory = cases.signatory()
    gate = threading.Barrier(2, timeout=60)
    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(decide_at_once, case, envelope, gate) for case in files]
        answers = [each.result() for each in done]
    assert sorted(answer == "won" for answer in answers) == [False, True]
    told = next(answer for answer in answers if answer != "won")
    assert "Il reste 0 €" in told
    assert "Motifs longuement pesés." in told and "20 000" in told  # nothing typed is lost
    assert Decision.objects.count() == 1
    assert balance(envelope.account).available == 0
    states = sorted(Application.objects.values_list("state", flat=True))
    assert states == [State.FUNDED, State.PROPOSED]
