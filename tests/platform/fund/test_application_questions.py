"""The questions and papers that a call adds to the file: asked, answered, joined, kept."""

import pytest
from django.utils import timezone

from ensemblier.fund.applications import actions, answers, content
from ensemblier.fund.applications.models import Answer, Application
from ensemblier.fund.calls.models import Paper, Question
from tests import factories_fund as make
from tests.factories_applications import (  # noqa: F401
    HTMX,
    draft,
    files_apart,
    ready,
    rows,
    step,
    text,
)
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db
PAGE = {"version": 1, "page": "a"}


def save(row: Application, name: str, **values) -> Application:
    return actions.save_step(
        application=row, step=name, values=values, version=row.version, actor=row.created_by
    )


def gaps_of(row: Application, name: str) -> list[str]:
    return [gap.sentence.replace("\u00a0", " ") for gap in actions.gaps(row) if gap.step == name]


def call_that_asks(**fields):
    """A call with two questions, the second on a condition, and two papers of its own."""
    now = timezone.now()
    call = make.call_open_now(published=False, **fields)
    ask = {"call": call, "required": True}
    Question.objects.create(
        position=1, code="outre-mer", label="Agissez-vous outre-mer ?", kind="choice",
        options=["oui", "non"], **ask,
    )  # fmt: skip
    Question.objects.create(
        position=2, code="version", label="Combien d'îles ?", kind="number",
        shown_when_code="outre-mer", shown_when_value="oui", **ask,
    )  # fmt: skip
    Question.objects.create(
        position=3, code="plan", label="Votre plan d'approvisionnement", kind="file", **ask
    )
    Paper.objects.create(call=call, position=90, kind="quote", label="devis du camion")
    Paper.objects.create(call=call, position=91, kind="other", label="lettre du maire")
    type(call).objects.filter(pk=call.pk).update(published_at=now)
    call.refresh_from_db()
    return call


def test_questions_are_asked_on_their_condition(client):
    row = make.complete(of=call_that_asks(), now=timezone.now())
    sign_in(client, row.created_by)
    page = text(client.get(step(row, "questions")))
    assert "Agissez-vous outre-mer ?" in page
    assert "Seulement si, à « Agissez-vous outre-mer ? », vous répondez « oui »." in page
    assert gaps_of(row, "questions") == [
        "Répondez à la question « Agissez-vous outre-mer ? »",
        "Répondez à la question « Votre plan d'approvisionnement »",
    ]
    client.post(step(row, "questions"), {"q-outre-mer": "oui", **PAGE, "version": row.version})
    row.refresh_from_db()
    assert "Répondez à la question « Combien d'îles ? »" in gaps_of(row, "questions")
    client.post(step(row, "questions"), {"q-outre-mer": "non", **PAGE, "version": row.version})
    row.refresh_from_db()
    assert "Combien d'îles" not in " ".join(gaps_of(row, "questions"))


def test_a_question_of_the_call_never_takes_the_place_of_the_version(client):
    """One question has the code « version »: two tabs are still told apart."""
    row = make.complete(of=call_that_asks(), now=timezone.now())
    sign_in(client, row.created_by)
    old = {**PAGE, "version": row.version}
    client.post(step(row, "questions"), {**old, "q-outre-mer": "oui", "q-version": "3"})
    other = client.post(step(row, "questions"), {**old, "page": "b", "q-outre-mer": "non"})
    assert other.status_code == 409
    assert Answer.objects.get(question__code="version").number == 3


def test_a_number_that_is_none_is_told_and_the_saved_one_kept(client):
    row = make.complete(of=call_that_asks(), now=timezone.now())
    save(row, "questions", answers={"outre-mer": "oui", "version": "3"})
    sign_in(client, row.created_by)
    sent = {"q-outre-mer": "oui", "q-version": "trois", **PAGE, "version": row.version}
    response = client.post(step(row, "questions"), sent)
    assert response.status_code == 422
    assert "« trois » n'est pas un nombre." in text(response)
    assert answers.read(Application.objects.get(pk=row.pk))["version"] == "3"


@pytest.mark.parametrize(
    ("given", "wrong"),
    [({"outre-mer": "peut-être"}, "n'est pas dans la liste"), ({"version": "x"}, "pas un nombre")],
)
def test_an_answer_the_question_cannot_hold_is_refused(given, wrong):
    row = make.draft(of=call_that_asks(), now=timezone.now())
    with pytest.raises(actions.InvalidStep, match=wrong):
        save(row, "questions", answers=given)


def test_papers_of_the_call_are_listed_asked_and_joined(client, draft):
    row = make.complete(of=call_that_asks(), now=timezone.now())
    sign_in(client, row.created_by)
    page = text(client.get(step(row, "pieces")))
    assert "Devis du camion" in page
    assert gaps_of(row, "pieces") == [
        "L'appel demande une pièce : « devis du camion ».",
        "L'appel demande une pièce : « lettre du maire ».",
    ]
    for kind, about in (("quote", ""), ("other", "lettre du maire")):
        actions.attach(
            application=row, kind=kind, about=about, checked=make.paper(), actor=row.created_by
        )
    assert gaps_of(Application.objects.get(pk=row.pk), "pieces") == []


def test_a_file_answers_its_question_and_leaves_with_its_paper():
    row = make.complete(of=call_that_asks(), now=timezone.now())
    question = row.call.questions.get(code="plan")
    paper = actions.attach(
        application=row, kind="other", about=question.label, question=question,
        checked=make.paper("plan.pdf"), actor=row.created_by,
    )  # fmt: skip
    assert answers.read(row)["plan"] == "plan.pdf"
    actions.detach(attachment=paper, actor=row.created_by)
    assert "plan" not in answers.read(Application.objects.get(pk=row.pk))


def test_the_receipt_holds_only_the_answers_that_were_asked_and_who_signed():
    row = make.complete(of=call_that_asks(), now=timezone.now())
    row = save(row, "questions", answers={"outre-mer": "non", "version": "3"})
    frozen = content.whole_content(row)
    assert frozen["steps"]["questions"] == {"answers": {"outre-mer": "non"}}
    sent = make.filed()
    assert sent.commitments_signed_by == sent.created_by
    assert sent.receipt.content["commitments"]["signed_by"] == str(sent.created_by)


# What the report asks to be able to say
