"""Pages of decisions: what is left, the form, the letter."""

import re
from uuid import uuid4

import pytest
from django.urls import reverse

from ensemblier.base.ledger.actions import post, reserve
from ensemblier.base.people.models import Role
from ensemblier.fund.decisions.figures import standings
from ensemblier.fund.decisions.models import Award, Decision
from tests import factories_fund as fund
from tests import factories_review as cases
from tests.factories_people import sign_in
from tests.platform.fund.test_decisions import NOW, proposed  # noqa: F401

pytestmark = pytest.mark.django_db


def test_the_chart_of_an_envelope_comes_from_the_books():
    case = proposed(cents=100_000_00)
    waiting = cases.proposed(fund.filed(of=case.application.call))
    decision = cases.decide(case.application, awards=[(case.envelope, "engineering", 20_000_00)])

    def parts():
        (row,) = standings([case.envelope])
        assert sum(part.value for part in row.chart.parts) == 100_000_00
        return row.asked, [part.value for part in row.chart.parts]

    assert parts() == (30_000_00, [0, 0, 20_000_00, 80_000_00])
    (award,) = decision.awards.all()
    day = NOW.date()
    post(key=uuid4(), reservation=award.reservation, day=day, actor=None)
    assert parts() == (30_000_00, [0, 20_000_00, 0, 80_000_00])
    payee = fund.programmes.open_account(code="payee:1", name="Association", kind="payee")
    held = reserve(
        key=uuid4(),
        debit=decision.account,
        credit=payee,
        amount_cents=5_000_00,
        day=day,
        reason="Échéance 1",
        actor=None,
    )
    post(key=uuid4(), reservation=held, day=day, actor=None)
    assert parts() == (30_000_00, [5_000_00, 15_000_00, 0, 80_000_00])
    cases.decide(waiting.application, outcome="refused", awards=[])
    assert parts()[0] == 0


# Pages


def typed(case, **changes):
    asked = {row.expense_class: row.pk for row in case.application.asked.all()}
    return {
        "key": str(uuid4()),
        "version": case.application.version,
        "outcome": "funded",
        "reasons": "Motifs longuement pesés.",
        f"award_{asked['engineering']}": "12 000,50",
        f"envelope_{asked['engineering']}": case.envelope.pk,
    } | changes


def test_the_page_is_prefilled_then_decides(client):
    case = proposed()
    sign_in(client, cases.signatory())
    inbox = client.get(reverse("decisions:inbox")).content.decode()
    assert case.application.number in inbox and "25\u00a0000\u00a0€" in inbox
    address = reverse("decisions:decide", args=[case.application.number])
    text = client.get(address).content.decode()
    typed_amounts = re.sub(r"(?<=\d)\s(?=\d)", "", text)
    # 25 000 proposed of 30 000 asked, shared 2 for 1.
    assert 'value="16667"' in typed_amounts and 'value="8333"' in typed_amounts
    assert "Projet solide" in text
    answer = client.post(address, typed(case))
    assert answer.status_code == 302
    assert Award.objects.get().amount_cents == 12_000_50
    letter = client.get(answer["Location"]).content.decode()
    assert "12\u00a0000,50\u00a0€" in letter and "Délais et voies de recours" in letter
    assert client.get(address).status_code == 302


def test_a_double_click_decides_once_and_a_reused_key_is_a_conflict(client):
    case = proposed()
    sign_in(client, cases.signatory())
    address = reverse("decisions:decide", args=[case.application.number])
    form = typed(case)
    first, second = client.post(address, form), client.post(address, form)
    assert first["Location"] == second["Location"] and first.status_code == 302
    assert Decision.objects.count() == 1
    changed = client.post(address, form | {"reasons": "Autres motifs."})
    assert changed.status_code == 409 and "Autres motifs." in changed.content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reasons": ""}, "Remplissez « Motifs »"),
        ({"outcome": ""}, "Choisissez une réponse"),
        ({"award": "douze mille"}, "n'est pas un montant"),
        ({"award": "20 000,01"}, "au plus ce qui est demandé"),
    ],
)
def test_a_wrong_form_says_why_and_keeps_what_was_typed(client, changes, words):
    case = proposed()
    sign_in(client, cases.signatory())
    form = typed(case)
    name = next(key for key in form if key.startswith("award_"))
    form |= {name if key == "award" else key: value for key, value in changes.items()}
    address = reverse("decisions:decide", args=[case.application.number])
    text = client.post(address, form).content.decode().replace("&#x27;", "'")
    assert words in text.replace("\u00a0", " ")
    assert form[name].replace("&", "&amp;") in text
    assert not Decision.objects.exists()


def test_the_letter_is_for_the_organisation_and_the_desk(client):
    case = proposed()
    address = reverse("decisions:letter", args=[case.application.number])
    sign_in(client, case.application.created_by, strong=False)
    assert client.get(address).status_code == 404
    cases.decide(case.application)
    assert client.get(address).status_code == 200
    sign_in(client, fund.user(Role.APPLICANT, fund.organisation()), strong=False)
    assert client.get(address).status_code == 404
    sign_in(client, fund.user(Role.SUPPORT))
    assert client.get(address).status_code == 404


def test_the_inbox_has_bounded_queries(client, django_assert_max_num_queries):
    case = proposed()
    for _ in range(3):
        cases.proposed(fund.filed(of=case.application.call))
    sign_in(client, cases.signatory())
    client.get(reverse("decisions:inbox"))
    with django_assert_max_num_queries(14):
        client.get(reverse("decisions:inbox"))
