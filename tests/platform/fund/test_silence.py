"""Silence, letters, decisions taken back, delegations, and people heard before a measure."""

import json
from datetime import date, timedelta

import pikepdf
import pytest
from django.urls import reverse

from ensemblier.base.journal.models import Event
from ensemblier.base.ledger.queries import balance
from ensemblier.base.notices.models import Message
from ensemblier.base.people.models import Mandate, Role
from ensemblier.fund.applications.models import Application
from ensemblier.fund.decisions import (
    actions,
    contradictory,
    delegations,
    letter_pdf,
    letters,
    notifying,
    silence,
)
from ensemblier.fund.decisions.models import Decision, Notice, WithdrawnDecision
from ensemblier.fund.review import actions as review
from ensemblier.fund.review.models import ComplementRequest
from tests import factories_fund as fund
from tests import factories_review as cases
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db
NOW = cases.NOW


def proposed(cents: int = 100_000_00):
    envelope = fund.envelope(cents)
    case = cases.proposed(fund.filed(of=fund.call(envelopes=[envelope])))
    case.envelope = envelope
    return case


def held(case, **fields):
    return cases.decide(
        case.application,
        awards=[(case.envelope, "engineering", 20_000_00)],
        notify=False,
        **fields,
    )


# Told once, or taken back before


def test_a_held_decision_keeps_the_money_and_says_nothing():
    case = proposed()
    decision = held(case)
    assert balance(case.envelope.account).reserved == 20_000_00
    assert Application.objects.get().state == "proposed"
    assert not Message.objects.filter(template__startswith="decisions/").exists()
    notifying.notify(decision=decision, actor=cases.signatory(), now=NOW)
    assert Application.objects.get().state == "funded"
    assert Message.objects.filter(template="decisions/emails/funded.txt").exists()
    with pytest.raises(notifying.AlreadyTold):
        notifying.notify(decision=decision, actor=cases.signatory(), now=NOW)
    with pytest.raises(notifying.AlreadyTold, match="ne se retire plus"):
        notifying.withdraw(decision=decision, why="Erreur", actor=cases.signatory(), now=NOW)


def test_taken_back_before_it_is_told_then_decided_again():
    case = proposed()
    decision = held(case)
    with pytest.raises(notifying.NoReason):
        notifying.withdraw(decision=decision, why=" ", actor=cases.signatory(), now=NOW)
    with pytest.raises(notifying.NotYours):
        notifying.withdraw(decision=decision, why="Erreur", actor=case.desk, now=NOW)
    notifying.withdraw(decision=decision, why="Montant faux", actor=cases.signatory(), now=NOW)
    assert balance(case.envelope.account).available == 100_000_00
    kept = WithdrawnDecision.objects.get()
    assert kept.content["awards"] == [[case.envelope.pk, "engineering", 20_000_00]]
    with pytest.raises(actions.KeyReused):
        held(case, key=kept.key)
    again = held(case)
    assert again.number == f"D-{case.application.number}-2"
    assert balance(case.envelope.account).reserved == 20_000_00


def test_whoever_signed_a_held_decision_no_longer_instructs():
    case = proposed()
    person = cases.signatory()
    fund.give(person, Role.PROGRAMME)
    cases.decide(
        case.application,
        person,
        awards=[(case.envelope, "engineering", 1_000_00)],
        notify=False,
    )
    review.send_back(
        application=case.application, reason="Revoir", actor=cases.signatory(), now=NOW
    )
    with pytest.raises(review.NotYours, match="qui décide n'instruit pas"):
        review.join(application=case.application, actor=person, now=NOW)


# Letters


def test_the_letter_is_tagged_frozen_and_says_everything(client):
    case = proposed()
    decision = held(case, conditions="Ouvrir avant l'été.", ways=["Une autre voie"])
    told = notifying.notify(decision=decision, actor=cases.signatory(), now=NOW)
    letter = told.letter
    with pikepdf.open(letter.path) as pdf:
        assert pdf.Root.MarkInfo.Marked and "/StructTreeRoot" in pdf.Root
        assert str(pdf.Root.Lang).startswith("fr")
        assert str(pdf.docinfo.Title) == "Votre demande d'aide est acceptée en partie"
    said = json.dumps(
        letter_pdf.decision_facts(told, letters.words_of("partial"), NOW), ensure_ascii=False
    )
    for words in ("20 000 €", "Ouvrir avant l'été.", "Une autre voie", "tribunal administratif"):
        assert words in said.replace("\u00a0", " "), words
    event = Event.objects.get(action="decision.notify")
    assert event.data["sha256"] == letter.sha256 and event.data["template"] == 0
    # New words change no letter that left.
    letters.rewrite(kind="partial", body="Bonjour.", version=0, actor=fund.user(), now=NOW)
    sign_in(client, case.application.created_by, strong=False)
    page = client.get(reverse("decisions:letter", args=[case.application.number]))
    assert letter.sha256 in page.content.decode()
    answer = client.get(reverse("downloads:download", args=[letter.name]))
    assert b"".join(answer.streaming_content) == letter.path.read_bytes()
    sign_in(client, fund.user(Role.APPLICANT, fund.organisation()), strong=False)
    assert client.get(reverse("downloads:download", args=[letter.name])).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        "{projet.__class__}",
        "{{ settings.SECRET_KEY }}",
        "{% load pages %}",
        "{inconnu}",
        "une { seule",
        "  ",
    ],
)
def test_a_template_names_only_its_blanks(body):
    with pytest.raises(letters.BadTemplate):
        letters.rewrite(kind="grant", body=body, version=0, actor=fund.user(), now=NOW)


def test_a_value_is_never_read_as_a_template_nor_as_code():
    facts = {"projet": "{organisation} #include('x') $1+1$ *gras*", "organisation": "secret"}
    assert letters.fill("Le {projet}.", facts) == [f"Le {facts['projet']}."]
    case = proposed()
    title = '{montant} #panic("lu") = Titre'
    Application.objects.update(title=title)
    case.application.refresh_from_db()
    # Read as code, `#panic` would stop the letter.
    told = cases.decide(case.application, awards=[(case.envelope, "engineering", 1_000_00)])
    facts = letter_pdf.decision_facts(told, letters.words_of("partial"), NOW)
    assert title in " ".join(facts["paragraphs"])


def test_two_people_who_write_the_same_letter_do_not_overwrite():
    letters.rewrite(kind="grant", body="Un.", version=0, actor=fund.user(), now=NOW)
    with pytest.raises(letters.BadTemplate, match="vient de modifier"):
        letters.rewrite(kind="grant", body="Deux.", version=0, actor=fund.user(), now=NOW)
    assert letters.words_of("grant").body == "Un."


# Delegations


def test_a_delegation_stops_at_its_ceiling_and_its_dates():
    case = proposed()
    person = cases.signatory()
    mandate = Mandate.objects.get(user=person)
    officer = fund.user(Role.PROGRAMME)
    given = {
        "mandate": mandate,
        "act": "Arrêté d'exemple n° 12",
        "starts": date(2027, 1, 1),
        "ends": date(2027, 12, 31),
        "now": NOW,
    }
    with pytest.raises(delegations.BadDelegation, match="est le vôtre"):
        delegations.delegate(ceiling_cents=None, actor=person, **given)
    delegations.delegate(ceiling_cents=19_999_99, actor=officer, **given)
    awards = [(case.envelope, "engineering", 20_000_00)]
    with pytest.raises(delegations.AboveCeiling, match="19\u00a0999,99"):
        cases.decide(case.application, person, awards=awards)
    delegations.delegate(ceiling_cents=20_000_00, actor=officer, **given)
    with pytest.raises(actions.NotYours, match="pas en vigueur"):
        cases.decide(case.application, person, awards=awards, now=NOW + timedelta(days=365))
    assert cases.decide(case.application, person, awards=awards).pk


# Silence


def test_silence_warns_first_then_refuses_and_tells():
    """Filed on 12 May 2027: refused from 12 July; the desk is warned from 27 June."""
    case = cases.given()
    number = case.application.number

    def watch(days: int):
        return silence.watch(now=NOW + timedelta(days=days))

    assert watch(40) == (0, 0)
    assert watch(46) == (1, 0)
    assert watch(47) == (0, 0)
    warned = Message.objects.get(template="decisions/emails/silence_near.txt")
    assert warned.to == case.desk.email and "12\u00a0juillet\u00a02027" in warned.body
    assert watch(60) == (0, 0)
    assert watch(62) == (0, 1)
    decision = Decision.objects.get()
    assert decision.is_implicit and decision.signatory is None and decision.letter is not None
    assert Application.objects.get(number=number).state == "refused"
    told = Message.objects.filter(template="decisions/emails/implicit.txt").first()
    assert "vaut refus" in told.body and "demander les motifs" in told.body
    # A written decision may replace it.
    notifying.withdraw(decision=decision, why="Examen repris", actor=cases.signatory(), now=NOW)
    assert Application.objects.get(number=number).state == "in_review"


def test_a_refusal_taken_back_is_not_born_again_the_next_night():
    """The desk takes its time to answer in writing: nothing is refused meanwhile, nor said so."""
    case = cases.given()
    for days in (46, 62):
        silence.watch(now=NOW + timedelta(days=days))
    notifying.withdraw(
        decision=Decision.objects.get(), why="Examen repris", actor=cases.signatory(), now=NOW
    )
    for days in (63, 120):
        assert silence.watch(now=NOW + timedelta(days=days)) == (0, 0)
    assert not Decision.objects.exists()
    application = Application.objects.get(pk=case.application.pk)
    assert application.state == "in_review"
    assert silence.clock_of(application, (NOW + timedelta(days=63)).date()) is None


def test_nobody_is_refused_by_silence_without_a_warning():
    """A file found long after its date: the desk has fifteen days from its warning."""
    cases.given()
    late = NOW + timedelta(days=300)
    assert silence.watch(now=late) == (1, 0)
    assert silence.watch(now=late + timedelta(days=14)) == (0, 0)
    assert not Decision.objects.exists()
    assert silence.watch(now=late + timedelta(days=15)) == (0, 1)


def test_a_date_that_complements_moved_is_warned_about_again():
    """Warned for 12 July; ten days of complements: warned again, then refused from 22 July."""
    case = cases.given()
    assert silence.watch(now=NOW + timedelta(days=46)) == (1, 0)
    ComplementRequest.objects.create(
        application=case.application,
        asked_by=case.desk,
        asked_at=NOW + timedelta(days=47),
        message="Joignez vos statuts.",
        due_on=(NOW + timedelta(days=60)).date(),
        answered_at=NOW + timedelta(days=57),
    )
    assert silence.watch(now=NOW + timedelta(days=80)) == (1, 0)
    assert not Decision.objects.exists()
    assert silence.watch(now=NOW + timedelta(days=94)) == (0, 0)
    assert silence.watch(now=NOW + timedelta(days=95)) == (0, 1)


def test_a_call_may_say_that_silence_refuses_nothing():
    from ensemblier.fund.calls.models import Call

    call = fund.call(published=False)
    Call.objects.filter(pk=call.pk).update(has_silence_rule=False)
    call.refresh_from_db()
    fund.calls.publish(call=call, actor=None, now=call.opens_at - timedelta(days=1))
    cases.given(fund.filed(of=call))
    assert silence.watch(now=NOW + timedelta(days=300)) == (0, 0)


# Notice and reply


def test_heard_before_a_measure(client):
    case = proposed()
    about = "agreement:7"
    day = NOW.date()
    with pytest.raises(contradictory.NotHeard, match="envoyez d'abord"):
        contradictory.require_heard(about, day)
    fields = {
        "application": case.application,
        "about": about,
        "title": "Dépenses non justifiées",
        "grounds": "Le bilan ne justifie pas 2 000 €. Un reversement est envisagé.",
        "actor": case.desk,
        "now": NOW,
    }
    with pytest.raises(contradictory.BadNotice, match="temps de répondre"):
        contradictory.send_notice(due_on=day, **fields)
    with pytest.raises(contradictory.NotYours):
        stranger = fields | {"actor": fund.user(Role.PAYER)}
        contradictory.send_notice(due_on=day + timedelta(days=15), **stranger)
    notice = contradictory.send_notice(due_on=day + timedelta(days=15), **fields)
    with pikepdf.open(notice.letter.path) as pdf:
        assert "/StructTreeRoot" in pdf.Root
    with pytest.raises(contradictory.NotHeard, match="attendez sa réponse"):
        contradictory.require_heard(about, day)
    assert contradictory.is_heard(about, day + timedelta(days=16))
    page = reverse("decisions:notice", args=[notice.pk])
    sign_in(client, fund.user(Role.APPLICANT, fund.organisation()), strong=False)
    assert client.get(page).status_code == 404
    sign_in(client, case.application.created_by, strong=False)
    assert "Remplissez" in client.post(page, {"reply": " "}).content.decode()
    assert client.post(page, {"reply": "Les factures sont jointes."}).status_code == 302
    assert Notice.objects.get().replied_by == case.application.created_by
    contradictory.require_heard(about, day)
    again = client.post(page, {"reply": "Autre chose."}).content.decode()
    assert "ne change plus" in again
    assert Message.objects.filter(template="decisions/emails/notice_reply.txt").exists()
