"""The form of an amendment: a draft opened again shows all that was typed, indicators, annexes."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import lxml.html
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ensemblier.base.files.models import StoredFile
from ensemblier.fund.agreements import actions, amending, content
from ensemblier.fund.agreements.amending import Changes, Papers
from ensemblier.fund.agreements.models import Amendment, Annex, Indicator
from ensemblier.fund.agreements.showing import changes_of
from tests import factories_fund as fund
from tests import factories_money as money
from tests.factories_people import sign_in
from tests.hostile_files import pdf

pytestmark = pytest.mark.django_db
LATER = money.NOW + timedelta(days=30)


@pytest.fixture
def case(db) -> SimpleNamespace:
    """Signed, with one indicator."""
    case = money.signed()
    case.indicator = Indicator.objects.create(
        agreement=case.agreement,
        position=1,
        label="Foyers",
        unit="foyers",
        baseline=Decimal(0),
        target=Decimal(40),
        source="registre",
        measured_by="l'association",
    )
    return case


def fields_of(page: bytes) -> dict[str, Any]:
    """What a browser would send for the form that has the reasons."""
    forms = lxml.html.fromstring(page.decode()).forms
    form = next(f for f in forms if "reasons" in f.fields)
    return {name: value for name, value in form.form_values() if name != "csrfmiddlewaretoken"}


def errors_of(answer: Any) -> str:
    """What the summary of faults says."""
    body = lxml.html.fromstring(answer.content.decode())
    return " | ".join(each.text_content() for each in body.xpath("//*[contains(@class,'error')]"))


def everything(case: SimpleNamespace) -> dict[str, Any]:
    """All that the form can change, typed."""
    first, last = case.instalments
    school = fund.organisation("Lycée agricole", kind="public")
    return {
        "reasons": "Deux quartiers de plus.",
        "starts_on": "2027-06-02",
        "ends_on": "2028-06-30",
        "envelope_1": case.envelope.pk,
        "class_1": "engineering",
        "change_1": "3 000",
        f"old_{first.pk}_amount": "12 000",
        f"old_{first.pk}_due": "2027-07-01",
        f"old_{last.pk}_amount": "",
        f"old_{last.pk}_due": "2028-06-01",
        "new_1_amount": "11 000",
        "new_1_due": "2028-07-01",
        "new_1_release": "paper",
        "new_1_paper": "Liste des foyers",
        f"target_{case.indicator.pk}": "55",
        "new_label": "Repas",
        "new_unit": "repas",
        "new_baseline": "0",
        "new_target": "900,5",
        "new_source": "cahier",
        "new_measured_by": "la cuisine",
        "article_title": "Logo",
        "article_body": "Le logo est affiché.",
        "join_siret": school.siret,
        "join_amount": "500",
        "join_due": "2027-12-01",
    }


def posted(client: Client, case: SimpleNamespace, data: dict[str, Any]) -> Any:
    sign_in(client, case.desk)
    path = reverse("agreements:amend", args=[case.agreement.number])
    return client.post(path, {"version": 0, "key": str(uuid4())} | data)


def test_a_draft_opened_again_and_saved_as_it_is_changes_nothing(client, case) -> None:
    answer = posted(client, case, everything(case))
    assert answer.status_code == 302, errors_of(answer)
    draft = Amendment.objects.get()
    kept, lines = draft.content, list(draft.lines.values_list("envelope", "way", "amount_cents"))
    assert set(kept) == {"starts_on", "ends_on", "schedule", "targets", "joins", "articles"}
    path = reverse("agreements:amend", args=[case.agreement.number])
    with CaptureQueriesContext(connection) as asked:
        page = client.get(path)
    assert len(asked) <= 20  # a draft with everything; the page of the world is under 15
    again = fields_of(page.content)
    assert again["new_1_paper"] == "Liste des foyers" and again["new_target"] == "900,5"
    assert client.post(path, again).status_code == 302
    draft.refresh_from_db()
    assert draft.version == 2
    assert draft.content == kept
    assert list(draft.lines.values_list("envelope", "way", "amount_cents")) == lines


def test_an_indicator_is_added_and_changed_by_the_signature(client, case) -> None:
    posted(client, case, everything(case))
    draft = amending.send(amendment=Amendment.objects.get(), actor=case.desk, now=LATER)
    amending.complete(draft, actor=case.signatory, now=LATER, key=uuid4())
    case.indicator.refresh_from_db()
    added = Indicator.objects.get(joined_by=draft)
    assert case.indicator.target == 55
    assert (added.label, added.target, added.measured_by) == (
        "Repas",
        Decimal("900.5"),
        "la cuisine",
    )


def test_half_an_indicator_is_refused_and_what_was_typed_stays(client, case) -> None:
    answer = posted(client, case, {"reasons": "Mieux mesurer.", "new_label": "Repas"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "Un indicateur se dit en entier" in page
    assert fields_of(answer.content)["new_label"] == "Repas"
    assert not Amendment.objects.exists()


def test_an_annex_counts_once_the_amendment_is_signed(client, case) -> None:
    data = {
        "reasons": "Un plan.",
        "annex_title": "Plan",
        "annex_file": SimpleUploadedFile("plan.pdf", pdf(), "application/pdf"),
    }
    answer = posted(client, case, data)
    assert answer.status_code == 302, errors_of(answer)
    draft = Amendment.objects.get()
    assert [c.title for c in changes_of(draft)] == ["Annexes ajoutées"]
    assert content.annexes_of(case.agreement) == []
    draft = amending.send(amendment=draft, actor=case.desk, now=LATER)
    amending.complete(draft, actor=case.signatory, now=LATER, key=uuid4())
    assert [row.title for row in content.annexes_of(case.agreement)] == ["Plan"]


def test_an_annex_is_given_up_with_its_file_and_an_empty_amendment_is_refused(case) -> None:
    def write(papers: Papers, version: int = 0, reasons: str = "Un plan.") -> Amendment:
        return amending.prepare(
            key=key,
            agreement=case.agreement,
            reasons=reasons,
            changes=Changes(),
            papers=papers,
            version=version,
            actor=case.desk,
            now=LATER,
        )

    key = uuid4()
    draft = write(Papers(added=[("Plan", fund.paper("plan.pdf"))]))
    annex = Annex.objects.get()
    # Written again without a word of it: the annex stays.
    assert write(Papers(), draft.version, "Un plan lisible.").annexes.get() == annex
    with pytest.raises(amending.AmendmentRefused, match="au moins une chose"):
        write(Papers(given_up=[annex.pk]), draft.version + 1)
    assert Annex.objects.get() == annex and StoredFile.objects.filter(pk=annex.file_id).exists()
    other = Papers(added=[("Carte", fund.paper("carte.pdf"))], given_up=[annex.pk])
    write(other, draft.version + 1)
    assert Annex.objects.get().title == "Carte"
    assert not StoredFile.objects.filter(pk=annex.file_id).exists()


def test_one_amendment_at_a_time_is_said_before_typing(client, case) -> None:
    posted(client, case, {"reasons": "Plus tard.", "ends_on": "2028-06-30"})
    amending.send(amendment=Amendment.objects.get(), actor=case.desk, now=LATER)
    page = client.get(reverse("agreements:amend", args=[case.agreement.number])).content.decode()
    assert "attend des signatures" in page and 'name="reasons"' not in page
    assert actions.Agreement.objects.get().ends_on == date(2027, 12, 31)


def test_two_amounts_for_one_expense_are_refused_and_what_was_typed_stays(client, case) -> None:
    twice = {
        f"{name}_{rank}": value
        for rank, cents in ((1, "3 000"), (2, "-1 000"))
        for name, value in (
            ("envelope", case.envelope.pk),
            ("class", "engineering"),
            ("change", cents),
        )
    }
    answer = posted(client, case, everything(case) | twice)
    assert answer.status_code == 422
    assert "Ingénierie change deux fois" in errors_of(answer)
    assert "Deux quartiers de plus." in answer.content.decode()
    assert not Amendment.objects.exists()
