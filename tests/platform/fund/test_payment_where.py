"""Where the money is: who must act at each stage, the clock of sixty days, what blocks."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from ensemblier.base.people.models import Role
from ensemblier.fund.agreements.models import Agreement
from ensemblier.fund.payments import chorus
from ensemblier.fund.payments.chorus import Step
from ensemblier.fund.payments.where import STAGES, tracks, with_the_way
from tests import factories_fund as fund
from tests import factories_money as money
from tests import factories_payments as bank
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db
NOW, LATER = bank.NOW, bank.LATER


def note(case: SimpleNamespace, step: str, number: str = "") -> None:
    chorus.record_step(
        key=uuid4(),
        agreement=case.agreement,
        payment=case.payment,
        step=step,
        number=number,
        happened_on=NOW.date(),
        actor=case.payer,
        now=LATER,
    )


def way(case: SimpleNamespace, now=LATER):
    rows = Agreement.objects.filter(pk=case.agreement.pk)
    return tracks(with_the_way(rows), now)


def test_the_applicant_sees_who_must_act_at_each_stage() -> None:
    case = money.prepared()
    told = [way(case)[0].stop]
    case.agreement = money.agreements.send(agreement=case.agreement, actor=case.desk, now=NOW)
    told.append(way(case)[0].stop)
    for home, who in (
        (case.application.organisation, case.representative),
        (case.application.call.owner, case.signatory),
    ):
        case.agreement = money.agreements.sign(
            agreement=case.agreement, organisation=home, actor=who, now=NOW, key=uuid4()
        )
        told.append(way(case)[0].stop)
    case.instalments = list(case.agreement.instalments.all())
    told.append(way(case)[1].stop)
    money.certified(case)
    told.append(way(case)[0].stop)
    note(case, Step.REQUEST, "10001")
    told.append(way(case)[0].stop)
    note(case, Step.PAID)
    told.append(way(case)[0].stop)
    organisation = case.application.organisation.name
    assert [f"{stop.who} {stop.what}" for stop in told] == [
        "Le service instructeur prépare la convention à signer",
        f"{organisation} doit signer la convention",
        "Direction générale de la cohésion sociale doit signer la convention",
        "Le service instructeur doit certifier que le service est fait",
        f"{organisation} doit rendre le bilan final",
        "L'agent payeur doit demander le paiement au comptable public",
        "Le comptable public doit payer (demande 10001)",
        "Personne l'échéance est payée",
    ]
    assert [label for label, _, words in way(case)[0].rows if words == "fait"] == list(STAGES)


def test_the_clock_runs_sixty_days_from_the_opening_and_lateness_is_said() -> None:
    case = money.signed()
    track = way(case)[0]
    assert track.due_on == NOW.date() + timedelta(days=60)
    assert track.late_days == 0
    assert way(case, NOW + timedelta(days=60))[0].late_days == 0
    assert way(case, NOW + timedelta(days=61))[0].late_days == 1
    assert way(case, NOW + timedelta(days=500))[1].due_on is None
    money.paid(case)
    assert way(case, NOW + timedelta(days=500))[0].late_days == 0


def test_a_bank_account_that_lacks_is_what_blocks() -> None:
    funder = fund.organisation("Fondation", kind="foundation")
    case = money.granted(case=money.review.proposed(fund.filed(of=fund.call(owner=funder))))
    money.certified(money.signed(case))
    organisation = case.application.organisation
    assert way(case)[0].stop.what.startswith("doit enregistrer son compte")
    account = bank.entered(organisation)
    assert way(case)[0].stop.what == "doit confirmer le compte bancaire"
    payer = fund.user(Role.PAYER, funder)
    bank.banking.confirm_account(account=account, actor=payer, now=NOW)
    assert "délai contre la fraude" in way(case, NOW)[0].stop.what
    assert way(case, LATER)[0].stop.what == "doit préparer le virement"


def test_the_page_of_the_applicant(client: Client) -> None:
    case = money.certified()
    sign_in(client, case.representative)
    page = client.get(reverse("payments:where", args=[case.application.number])).content.decode()
    assert "doit demander le paiement" in page
    assert "doit rendre le bilan final" in page
    stranger = fund.user(Role.REPRESENTATIVE, fund.organisation())
    sign_in(client, stranger)
    url = reverse("payments:where", args=[case.application.number])
    assert client.get(url).status_code == 404
