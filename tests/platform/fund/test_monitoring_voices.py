"""Evaluation in three voices, people counted and never named; end sheets and the library."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from ensemblier.base.people.models import Role
from ensemblier.fund.monitoring import evaluating, sheets, voices
from ensemblier.fund.monitoring.models import EndSheet, Evaluation, Mark
from tests import factories_fund as fund
from tests import factories_money as money
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db
LATER = money.NOW + timedelta(days=270)


def opened(case=None):
    case = case or money.signed()
    case.evaluation = evaluating.open_evaluation(
        agreement=case.agreement, actor=case.representative, now=LATER
    )
    return case


def count(case, **counts: int):
    return evaluating.count_voices(
        evaluation=case.evaluation,
        method="Une réunion, avec des cartes.",
        asked_on=None,
        words="On se sent chez nous.",
        changed="",
        counts={("eats_better", "after", answer): people for answer, people in counts.items()},
        actor=case.representative,
        now=LATER,
    )


def asked(case) -> voices.Asked:
    (found,) = voices.answers(case.evaluation.counts.all())
    return found


def test_small_counts_are_hidden_with_what_would_give_them_back() -> None:
    case = opened()
    count(case, yes=40, partly=14, no=3, unknown=12)
    found = asked(case)
    assert found.total == 69
    shown = dict(found.answers)
    assert shown["non"] is None
    assert sum(people is None for people in shown.values()) == 2
    assert "le reste est caché" in found.sentence


def test_a_whole_question_under_eleven_says_nothing() -> None:
    case = opened()
    count(case, yes=4, no=3)
    assert asked(case).sentence == "Trop peu de réponses pour les montrer."


def test_before_and_after_are_counted_apart() -> None:
    case = opened()
    counts = {("enough", "before", "often"): 30, ("enough", "after", "all_liked"): 25}
    evaluating.count_voices(
        evaluation=case.evaluation,
        method="",
        asked_on=None,
        words="",
        changed="",
        counts=counts,
        actor=case.representative,
        now=LATER,
    )
    found = voices.answers(case.evaluation.counts.all())
    assert [(row.moment, row.total) for row in found] == [("before", 30), ("after", 25)]


def test_an_answer_that_nobody_was_asked_is_refused() -> None:
    case = opened()
    with pytest.raises(evaluating.EvaluationRefused, match="questions posées"):
        count(case, maybe=12)


def test_nobody_writes_for_the_other() -> None:
    case = opened()
    criterion = case.application.call.criteria.first()
    marks = {(criterion.pk, ""): ("yes", "Vu sur place.")}
    fields = {"evaluation": case.evaluation, "marks": marks, "now": LATER}
    for voice, person in (("visit", case.representative), ("carrier", case.desk)):
        with pytest.raises(evaluating.NotYourVoice):
            evaluating.write_marks(voice=voice, actor=person, **fields)
    evaluating.write_marks(voice="visit", actor=case.desk, **fields)
    evaluating.write_marks(voice="carrier", actor=case.representative, **fields)
    evaluating.write_marks(voice="carrier", actor=case.representative, **fields)
    assert Mark.objects.count() == 2
    with pytest.raises(evaluating.NotYourVoice):
        evaluating.end_evaluation(evaluation=case.evaluation, actor=case.representative, now=LATER)


def test_it_does_not_end_without_the_people() -> None:
    case = opened()
    with pytest.raises(evaluating.EvaluationRefused, match="rien écrit"):
        evaluating.end_evaluation(evaluation=case.evaluation, actor=case.desk, now=LATER)
    criterion = case.application.call.criteria.first()
    evaluating.write_marks(
        evaluation=case.evaluation,
        voice="carrier",
        marks={(criterion.pk, ""): ("partly", "La moitié.")},
        actor=case.representative,
        now=LATER,
    )
    with pytest.raises(evaluating.EvaluationRefused, match="entendues"):
        evaluating.end_evaluation(evaluation=case.evaluation, actor=case.desk, now=LATER)
    count(case, yes=20)
    evaluating.end_evaluation(evaluation=case.evaluation, actor=case.desk, now=LATER)
    assert Evaluation.objects.get().state == Evaluation.State.DONE
    with pytest.raises(evaluating.EvaluationRefused, match="terminée"):
        count(case, yes=21)


def test_the_pages_of_an_evaluation(client: Client) -> None:
    case = opened()
    sign_in(client, case.representative)
    number = [case.agreement.number]
    url = reverse("monitoring:people", args=number)
    typed = {"method": "Une réunion", "n_eats_better_after_yes": "20"}
    bad = client.post(url, {**typed, "n_eats_better_after_no": "trois"})
    assert bad.status_code == 422 and "Une réunion" in bad.content.decode()
    assert client.post(url, typed).status_code == 302
    assert client.get(reverse("monitoring:marks", args=number)).status_code == 200
    assert client.post(reverse("monitoring:marks", args=number), {"level_0": "yes"}).url
    page = client.get(reverse("monitoring:evaluation", args=number)).content.decode()
    assert "Grâce au projet, mangez-vous mieux" in page
    sign_in(client, case.payer)
    page = client.get(reverse("monitoring:evaluation", args=number))
    assert page.status_code == 200
    assert client.post(url, typed).status_code in (403, 404)


# End sheets


def drafted(case=None):
    case = case or money.reported()
    case.sheet = sheets.draft_sheet(agreement=case.agreement, actor=case.representative, now=LATER)
    return case


def written(case) -> EndSheet:
    fields = {name: "Un texte." for name in sheets.NEEDED}
    return sheets.save_sheet(
        sheet=case.sheet,
        fields=fields,
        version=case.sheet.version,
        actor=case.representative,
        now=LATER,
    )


def publish(case) -> EndSheet:
    return sheets.publish_sheet(sheet=case.sheet, agreed=True, actor=case.representative, now=LATER)


def test_a_sheet_is_drafted_from_the_file() -> None:
    case = drafted()
    sheet = case.sheet
    assert sheet.title == case.application.title
    assert sheet.carrier == case.application.organisation.name
    assert sheet.action == case.report.narrative
    assert "200 personnes" in sheet.public
    assert [d.pk for d in sheet.departments.all()] == [case.application.department_id]
    again = sheets.draft_sheet(agreement=case.agreement, actor=case.representative, now=LATER)
    assert again.pk == sheet.pk


def test_it_waits_for_a_report_and_belongs_to_the_carrier() -> None:
    case = money.signed()
    with pytest.raises(sheets.SheetRefused, match="bilan"):
        sheets.draft_sheet(agreement=case.agreement, actor=case.representative, now=LATER)
    with pytest.raises(sheets.NotYourSheet):
        sheets.draft_sheet(agreement=case.agreement, actor=case.desk, now=LATER)


def test_it_appears_on_consent_and_leaves_on_demand(client: Client) -> None:
    case = drafted()
    case.sheet = written(case)
    page, library = reverse("library:supported", args=[case.sheet.slug]), reverse("library:list")
    assert client.get(page).status_code == 404
    applicant = fund.user(Role.APPLICANT, case.application.organisation)
    with pytest.raises(sheets.NotYourSheet, match="représentant légal"):
        sheets.publish_sheet(sheet=case.sheet, agreed=True, actor=applicant, now=LATER)
    with pytest.raises(sheets.SheetRefused, match="accord"):
        sheets.publish_sheet(sheet=case.sheet, agreed=False, actor=case.representative, now=LATER)
    sheet = publish(case)
    assert (sheet.consent_by, sheet.consent_at) == (case.representative, LATER)
    assert sheet.consent_text == sheets.CONSENT
    assert "Fiche issue d'un projet soutenu" in client.get(page).content.decode().replace(
        "&#x27;", "'"
    )
    assert sheet.title in client.get(library).content.decode()
    sheets.withdraw_sheet(sheet=sheet, reason="", actor=applicant, now=LATER)
    assert client.get(page).status_code == 404
    assert "projets soutenus" not in client.get(library).content.decode()
    assert EndSheet.objects.get().consent_by == case.representative


def test_a_change_asks_for_a_new_consent() -> None:
    case = drafted()
    case.sheet = written(case)
    case.sheet = publish(case)
    case.sheet = written(case)
    assert case.sheet.state == EndSheet.State.DRAFT
    with pytest.raises(sheets.StaleSheet):
        sheets.save_sheet(
            sheet=case.sheet, fields={}, version=1, actor=case.representative, now=LATER
        )


def test_the_programme_withdraws_with_a_reason() -> None:
    case = drafted()
    case.sheet = written(case)
    case.sheet = publish(case)
    officer = fund.user(Role.PROGRAMME)
    with pytest.raises(sheets.SheetRefused, match="pourquoi"):
        sheets.withdraw_sheet(sheet=case.sheet, reason="", actor=officer, now=LATER)
    with pytest.raises(sheets.NotYourSheet):
        sheets.withdraw_sheet(sheet=case.sheet, reason="x", actor=case.desk, now=LATER)
    found = sheets.withdraw_sheet(sheet=case.sheet, reason="Nom cité", actor=officer, now=LATER)
    assert found.state == EndSheet.State.WITHDRAWN


def test_the_page_of_a_sheet(client: Client) -> None:
    case = money.reported()
    sign_in(client, case.representative)
    number = [case.agreement.number]
    assert client.post(reverse("monitoring:draft_sheet", args=number)).status_code == 302
    sheet = EndSheet.objects.get()
    url = reverse("monitoring:save_sheet", args=number)
    typed = {"version": sheet.version, "title": "Notre titre", "carrier": "Nous"}
    typed |= {name: "Un texte." for name in sheets.NEEDED}
    bad = client.post(url, {**typed, "web_links": "javascript:alert(1)"})
    assert bad.status_code == 422 and "Notre titre" in bad.content.decode()
    assert client.post(url, {**typed, "web_links": "https://exemple.fr/"}).status_code == 302
    stale = client.post(url, {**typed, "title": "Autre onglet"})
    assert stale.status_code == 409 and "Autre onglet" in stale.content.decode()
    assert client.post(reverse("monitoring:publish_sheet", args=number), {"agreed": "on"}).url
    page = client.get(reverse("monitoring:sheet", args=number)).content.decode()
    assert "Voir la fiche dans la bibliothèque" in page
    client.post(reverse("monitoring:withdraw_sheet", args=number), {"reason": ""})
    assert EndSheet.objects.get().state == EndSheet.State.WITHDRAWN
