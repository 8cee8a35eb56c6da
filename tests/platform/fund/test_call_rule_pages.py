"""The pages that write the rules of a call, publish it, and speak of it afterwards."""

import hashlib
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from ensemblier.base.people.models import Role
from ensemblier.fund.calls.models import Call
from tests import factories_fund as make
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db


def text(response) -> str:
    page = response.content.decode()
    return page.replace("\u00a0", " ").replace("&#x27;", "'").replace("&quot;", '"')


def page(name: str, call: Call, *more: str) -> str:
    return reverse(f"calls:{name}", args=[call.slug, *more])


@pytest.fixture
def officer(client):
    sign_in(client, make.user(Role.PROGRAMME))
    return client


def test_a_call_starts_from_a_template(officer):
    envelope = make.envelope()
    shown = text(officer.get(reverse("calls:new") + "?modele=pna"))
    assert "70 % du coût" in shown
    assert 'value="70"' in shown
    assert "est une hypothèse" in shown
    assert officer.get(reverse("calls:new") + "?modele=../etc").status_code == 200
    sent = {
        "programme": envelope.programme_id,
        "kind_template": "local",
        "strand": "local",
        "title": "Filières",
        "description": "x",
        "zone": "Europe/Paris",
        "opens_at": "2027-05-01T08:00",
        "closes_at": "2027-06-30T12:00",
        "first_year": "2027",
        "last_year": "2028",
        "max_rate_bp": "80",
        "watch": ["qpv"],
    }
    wrong = officer.post(reverse("calls:new"), {**sent, "strand": "national"})
    assert wrong.status_code == 422
    assert "autre volet" in text(wrong)
    officer.post(reverse("calls:new"), sent)
    call = Call.objects.get()
    assert (call.kind_template, call.watch, call.has_silence_rule) == ("local", ["qpv"], False)
    assert call.questions.count() == 6


def test_questions_are_written_without_a_script(officer):
    call = make.call(published=False)
    sent = {"label": "Quel axe ?", "kind": "choice", "options": "PAT\n\nZone blanche\n"}
    officer.post(page("question_new", call), {**sent, "required": "on"})
    axis = call.questions.get()
    assert axis.options == ["PAT", "Zone blanche"]
    form = text(officer.get(page("question_new", call)))
    assert "si la réponse à « Quel axe ? » est « Zone blanche »" in form
    officer.post(
        page("question_new", call),
        {"label": "Quel PAT ?", "kind": "text", "shown_when": "quel-axe:0"},
    )
    second = call.questions.get(code="quel-pat")
    assert (second.shown_when_code, second.shown_when_value) == ("quel-axe", "PAT")
    listed = text(officer.get(page("questions", call)))
    assert "Si vous répondez « PAT » à « Quel axe ? »" in listed
    refused = officer.post(page("question_move", call, "quel-pat"), {"vers": "haut"}, follow=True)
    assert "ne vient pas avant elle" in text(refused)
    assert "PAT" in text(officer.get(page("question", call, "quel-axe")))
    officer.post(page("question", call, "quel-pat"), {"label": "Lequel ?", "kind": "text"})
    officer.post(page("question_move", call, "quel-pat"), {"vers": "haut"})
    assert [row.label for row in call.questions.all()] == ["Lequel ?", "Quel axe ?"]
    officer.post(page("question_remove", call, "quel-pat"))
    assert call.questions.count() == 1
    assert officer.get(page("question", call, "absente")).status_code == 404


def test_a_wrong_question_stays_on_the_page(officer):
    call = make.call(published=False)
    answer = officer.post(
        page("question_new", call), {"label": "Un seul", "kind": "choice", "options": "seul"}
    )
    assert answer.status_code == 422
    assert "de 2 à 30 choix" in text(answer)
    assert "Un seul" in text(answer)


def test_grid_papers_and_desks_are_written(officer):
    call = make.call(published=False)
    rows = list(call.criteria.all())
    sent = {"new-label": "Écologie", "new-weight": "2", "new-scale": "4", "new-levels": ""}
    for row in rows:
        sent |= {
            f"c{row.pk}-label": row.label,
            f"c{row.pk}-weight": "1",
            f"c{row.pk}-scale": "4",
            f"c{row.pk}-levels": "\n".join(row.levels),
        }
    wrong = officer.post(page("grid", call), {**sent, "new-levels": "un\ndeux"})
    assert wrong.status_code == 422
    assert "5 mots" in text(wrong)
    officer.post(page("grid", call), {**sent, f"c{rows[0].pk}-gone": "on"})
    assert [row.label for row in call.criteria.all()][-1] == "Écologie"
    assert call.criteria.count() == 6
    sent = {"p0-label": "Devis", "p0-kind": "other", "p0-required": "on"}
    sent |= {f"p{rank}-kind": "other" for rank in range(1, 5)}
    officer.post(page("papers", call), sent)
    assert [(row.label, row.required) for row in call.papers.all()] == [("Devis", True)]
    service = make.state()
    officer.post(page("desks", call), {"desk-national": str(service.pk)})
    assert call.desks.get().organisation == service
    assert "Les autres régions" in text(officer.get(page("detail", call)))


def test_the_preview_shows_the_questions_and_saves_nothing(officer, django_assert_max_num_queries):
    call = make.call(published=False, kind_template="local")
    with django_assert_max_num_queries(18):  # three of them make the GET read-only on PostgreSQL
        shown = text(officer.get(page("preview", call)))
    assert "À quel axe votre projet répond-il d'abord ?" in shown
    assert "Si vous répondez « Zone blanche »" in shown
    assert "disabled" in shown
    sign_in(officer, make.user(Role.INSTRUCTOR))
    assert officer.get(page("preview", call)).status_code == 404


def test_publishing_warns_lists_and_asks(officer):
    now = timezone.now()
    call = make.call(published=False, opens_at=now, closes_at=now + timedelta(days=20))
    shown = text(officer.get(page("publish", call)))
    assert "Ce qui sera gelé" in shown
    assert "moins de 30 jours" not in shown  # said as a number of days
    assert "20 jours" in shown or "19 jours" in shown
    assert "ni les QPV" in shown
    refused = officer.post(page("publish", call), {"is_sure": "on"})
    assert refused.status_code == 422
    assert "moins de 30 jours" in text(refused)
    officer.post(page("publish", call), {"is_sure": "on", "short_reason": "Fin de gestion."})
    call.refresh_from_db()
    assert call.published_at
    public = text(officer.get(page("detail", call)))
    assert "Fin de gestion." in public
    assert call.grid_digest in public


def test_a_call_not_ready_says_what_is_missing(officer):
    call = make.call(published=False, envelopes=[])
    assert "Rattachez l'appel à une enveloppe" in text(officer.get(page("publish", call)))
    answer = officer.post(page("publish", call), {"is_sure": "on"})
    assert answer.status_code == 422


def test_anyone_checks_the_seal(client):
    call = make.call()
    answer = client.get(page("rules", call))
    assert answer["Content-Type"] == "application/json"
    assert hashlib.sha256(answer.content).hexdigest() == call.grid_digest
    assert client.get(page("rules", make.call(published=False))).status_code == 404


def test_a_notice_is_public_and_the_rules_have_no_page(officer, client):
    call = make.call()
    officer.post(page("notice", call), {"text": "Précision sur le RIB."})
    assert "Précision sur le RIB." in text(client.get(page("detail", call)))
    assert officer.get(page("notice", make.call(published=False))).status_code == 404
    for name in ("grid", "papers", "desks", "questions", "question_new"):
        assert officer.get(page(name, call)).status_code == 404


def test_a_call_is_copied_through_the_page(officer):
    call = make.call(kind_template="local")
    shown = text(officer.get(page("copy", call)))
    assert call.title in shown
    officer.post(
        page("copy", call),
        {
            "title": "Filières 2028",
            "opens_at": "2028-05-01T08:00",
            "closes_at": "2028-06-30T23:59",
            "first_year": "2028",
            "last_year": "2029",
        },
    )
    new = Call.objects.get(slug="filieres-2028")
    assert new.questions.count() == call.questions.count()
    wrong = officer.post(page("copy", call), {"title": "x"})
    assert wrong.status_code == 422
