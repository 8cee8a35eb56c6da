"""Decisions: within the envelopes, by someone else than who instructed, exactly once."""

from uuid import uuid4

import pytest
from django.urls import reverse

from ensemblier.base.journal.models import Event
from ensemblier.base.ledger.models import Transfer
from ensemblier.base.ledger.queries import balance
from ensemblier.base.notices.models import Message
from ensemblier.base.people.models import Role
from ensemblier.fund.applications.models import MOVES, Application, State
from ensemblier.fund.applications.moves import MoveRefused
from ensemblier.fund.decisions import actions, rules
from ensemblier.fund.decisions.models import Award, Decision
from ensemblier.fund.review import actions as review
from tests import factories_fund as fund
from tests import factories_review as cases
from tests.factories_people import sign_in

pytestmark = pytest.mark.django_db
NOW = cases.NOW


def proposed(cents: int = 1_000_000_00, **fields):
    """A proposed file of a call paid by one envelope of 2027."""
    envelope = fund.envelope(cents)
    case = cases.proposed(fund.filed(of=fund.call(envelopes=[envelope]), **fields))
    case.envelope = envelope
    return case


def test_funding_reserves_each_award_and_tells_the_applicant():
    case = proposed()
    awards = [(case.envelope, "engineering", 20_000_00), (case.envelope, "operation", 5_000_00)]
    decision = cases.decide(case.application, awards=awards)
    assert Application.objects.get().state == "funded"
    assert balance(case.envelope.account).available == 1_000_000_00 - 25_000_00
    assert balance(case.envelope.account).reserved == 25_000_00
    assert {a.reservation.credit_id for a in decision.awards.all()} == {decision.account_id}
    letter = Message.objects.get(template="decisions/emails/funded.txt")
    assert letter.to == case.application.filed_by.email
    assert "25\u00a0000\u00a0€" in letter.body
    assert "deux mois" in letter.body and "tribunal administratif" in letter.body
    assert "Le projet répond aux six critères." in letter.body


def test_refusing_says_why_and_takes_nothing():
    case = proposed()
    with pytest.raises(actions.BadAward):
        cases.decide(case.application, outcome="refused")
    with pytest.raises(actions.NoReasons):
        cases.decide(case.application, outcome="refused", awards=[], reasons="  ")
    cases.decide(case.application, outcome="refused", awards=[])
    assert Application.objects.get().state == "refused"
    assert balance(case.envelope.account).available == 1_000_000_00
    letter = Message.objects.get(template="decisions/emails/refused.txt")
    assert "Recours gracieux" in letter.body and "d'autres financeurs" in letter.body


def test_an_exhausted_envelope_decides_nothing():
    case = proposed(cents=20_000_00)
    awards = [(case.envelope, "engineering", 20_000_00), (case.envelope, "operation", 1)]
    with pytest.raises(actions.EnvelopeExhausted) as refusal:
        cases.decide(case.application, awards=awards)
    assert refusal.value.left_cents == 20_000_00
    assert "Il reste 20\u00a0000\u00a0€" in refusal.value.message
    assert "20\u00a0000,01\u00a0€" in refusal.value.message
    assert not Decision.objects.exists() and not Award.objects.exists()
    assert Application.objects.get().state == "proposed"
    assert balance(case.envelope.account).reserved == 0
    # The last euro itself is there to be granted.
    cases.decide(case.application, awards=awards[:1])
    assert balance(case.envelope.account).available == 0


def test_the_same_request_twice_decides_once():
    case = proposed()
    signatory, key, version = cases.signatory(), uuid4(), case.application.version
    first = cases.decide(case.application, signatory, key=key, version=version)
    before = (Transfer.objects.count(), Message.objects.count(), Event.objects.count())
    again = cases.decide(case.application, signatory, key=key, version=version)
    assert again.pk == first.pk
    assert (Transfer.objects.count(), Message.objects.count(), Event.objects.count()) == before
    other = [(case.envelope, "engineering", 19_000_00)]
    with pytest.raises(actions.KeyReused):
        cases.decide(case.application, signatory, key=key, version=version, awards=other)
    with pytest.raises(actions.KeyReused):
        cases.decide(case.application, key=key, version=version)
    # Negative control: with another key it is a second request, refused by the state.
    with pytest.raises((MoveRefused, actions.StaleApplication)):
        cases.decide(case.application, signatory, version=version)


def test_what_is_granted_stays_within_what_is_asked_and_the_call():
    case = proposed()
    elsewhere = fund.envelope(of=case.envelope.programme, strand="national")
    late = fund.envelope(of=case.envelope.programme, year=2028)
    fund.calls.set_envelopes(
        actor=None, call=case.application.call, envelopes=[case.envelope, late]
    )
    refused = {
        "au plus": [(case.envelope, "engineering", 20_000_01)],
        "ne demande rien": [(case.envelope, "investment", 1_00)],
        "en 2028": [(late, "engineering", 1_00)],
        "pas ouverte": [(elsewhere, "engineering", 1_00)],
        "deux fois": [(case.envelope, "engineering", 1_00)] * 2,
        "zéro": [(case.envelope, "engineering", 0)],
        "au moins un montant": [],
    }
    for words, awards in refused.items():
        with pytest.raises(actions.BadAward, match=words):
            cases.decide(case.application, awards=awards)
    assert Application.objects.get().state == "proposed"


def test_a_regional_envelope_pays_for_its_region_only():
    region = fund.place("63").department.region
    envelope = fund.envelope(region=region)
    case = cases.proposed(fund.filed(of=fund.call(envelopes=[envelope])))
    with pytest.raises(actions.BadAward, match="autre territoire"):
        cases.decide(case.application, awards=[(envelope, "engineering", 1_00)])


def test_a_file_that_changed_is_read_again():
    case = proposed()
    with pytest.raises(actions.StaleApplication, match="Relisez-le"):
        cases.decide(case.application, version=case.application.version - 1)


# Four eyes

EVERY = {
    "applicant": lambda f: f.created_by,
    "instructor": lambda f: cases.desk(f),
    "programme": lambda f: fund.user(Role.PROGRAMME),
    "signatory": lambda f: cases.signatory(),
    "signatory elsewhere": lambda f: fund.user(
        Role.SIGNATORY, department=fund.place("63").department
    ),
    "payer": lambda f: fund.user(Role.PAYER),
    "auditor": lambda f: fund.user(Role.AUDITOR),
    "support": lambda f: fund.user(Role.SUPPORT),
    "juror": lambda f: fund.user(Role.JUROR),
    "network head": lambda f: fund.user(Role.NETWORK_HEAD, f.organisation.head),
    "nobody": lambda f: fund.user(),
}
MAY = {
    "take": {"instructor", "programme"},
    "join": {"instructor", "programme", "network head"},
    "ask_complements": {"instructor", "programme"},
    "answer_complements": {"applicant"},
    "propose": {"instructor", "programme"},
    "send_back": {"signatory"},
    "fund": {"signatory"},
    "refuse": {"signatory"},
}


def at(verb):
    """A file in the state from which the verb starts."""
    head = fund.organisation("Réseau", kind="network")
    file = fund.filed(by=fund.organisation(head=head))
    if verb == "take":
        return file
    if verb in ("join", "ask_complements"):
        cases.taken(file)
    elif verb == "propose":
        cases.given(file)
    elif verb == "answer_complements":
        case = cases.taken(file)
        review.ask_complements(
            application=file, due_on=fund.CLOSES.date(), message="?", actor=case.desk, now=NOW
        )
    else:
        cases.proposed(file)
    file.refresh_from_db()
    return file


def attempt(verb, file, actor):
    common = {"application": file, "actor": actor, "now": NOW}
    if verb in ("fund", "refuse"):
        awards = {} if verb == "fund" else {"awards": [], "outcome": "refused"}
        return cases.decide(file, actor, **awards)
    extra = {
        "ask_complements": {"due_on": fund.CLOSES.date(), "message": "Le RIB"},
        "answer_complements": {"answer": "Voici."},
        "send_back": {"reason": "À revoir."},
    }
    return getattr(review, verb)(**common, **extra.get(verb, {}))


@pytest.mark.parametrize("role", EVERY)
@pytest.mark.parametrize("verb", MAY)
def test_who_may_do_what(verb, role):
    file = at(verb)
    actor = EVERY[role](file)
    if role in MAY[verb]:
        attempt(verb, file, actor)
        return
    with pytest.raises((review.NotYours, actions.NotYours)):
        attempt(verb, file, actor)
    file.refresh_from_db()
    assert (State(file.state), verb) in MOVES or verb == "join"


def all_roles(file):
    """One person with every role at once."""
    person = fund.user()
    for role in (Role.INSTRUCTOR, Role.PROGRAMME, Role.SIGNATORY, Role.PAYER, Role.AUDITOR):
        fund.give(person, role)
    fund.give(person, Role.SUPPORT)
    return person


INSTRUCTING = {
    "took it": lambda f, who: cases.taken(f, by=who),
    "opened an opinion": lambda f, who: (
        cases.taken(f),
        review.join(application=f, actor=who, now=NOW),
    ),
    "asked for complements": lambda f, who: (
        cases.taken(f),
        review.ask_complements(
            application=f, due_on=fund.CLOSES.date(), message="?", actor=who, now=NOW
        ),
        review.answer_complements(application=f, answer="!", actor=f.created_by, now=NOW),
    ),
    "proposed it": lambda f, who: (
        cases.given(f),
        review.propose(application=f, actor=who, now=NOW),
    ),
}


@pytest.mark.parametrize("how", [*INSTRUCTING, "nothing"])
def test_whoever_instructed_in_any_way_never_decides(client, how):
    file = fund.filed()
    who = all_roles(file)
    if how != "nothing":
        INSTRUCTING[how](file, who)
    finish_proposal(file)
    sign_in(client, who)
    answer = client.get(reverse("decisions:decide", args=[file.number]))
    if how == "nothing":  # negative control: every role at once is no obstacle by itself
        assert answer.status_code == 200
        cases.decide(file, who)
        return
    assert answer.status_code == 403 and "qui instruit ne décide pas" in answer.content.decode()
    with pytest.raises(actions.NotYours, match="qui instruit ne décide pas"):
        cases.decide(file, who)
    assert not Decision.objects.exists()


def finish_proposal(file):
    """Whatever was done, bring the file to the signatory with others' hands."""
    file.refresh_from_db()
    if file.state == "filed":
        cases.proposed(file)
    elif file.state == "in_review":
        other = cases.desk(file)
        opinion = review.join(application=file, actor=other, now=NOW)
        draft = cases.saved(opinion)
        review.give_opinion(review=draft, version=draft.version, actor=other, now=NOW)
        review.propose(application=file, actor=other, now=NOW)
    file.refresh_from_db()


def test_a_signatory_does_not_decide_for_their_own_organisation():
    case = proposed()
    signatory = cases.signatory()
    fund.give(signatory, Role.NETWORK_HEAD, case.application.organisation)
    with pytest.raises(actions.NotYours, match="vous avez un mandat"):
        cases.decide(case.application, signatory)


def test_whoever_decided_never_instructs_the_same_file():
    case = proposed()
    signatory = cases.signatory()
    fund.give(signatory, Role.INSTRUCTOR)
    cases.decide(case.application, signatory)
    # As if the file came back under instruction, which no move allows today.
    Application.objects.update(state="in_review")
    with pytest.raises(review.NotYours, match="qui décide n'instruit pas"):
        review.join(application=case.application, actor=signatory, now=NOW)


# What is kept


def test_the_decision_is_told_again_from_the_journal_alone():
    case = proposed()
    decision = cases.decide(case.application)
    told = Event.objects.get(action="decision.made")
    assert told.actor_id == decision.signatory_id and told.reason == decision.reasons
    assert told.data["call"] == case.application.call.slug
    assert told.data["awards"] == [[case.envelope.pk, "engineering", 20_000_00]]
    (opinion,) = told.data["opinions"]
    assert opinion["reviewer"] == case.desk.pk
    kept = [(s["criterion"], s["value"], s["weight"], s["reason"]) for s in opinion["scores"]]
    shown = case.review.scores.order_by("criterion__position").values_list(
        "criterion__code", "value", "criterion__weight", "reason"
    )
    assert kept == list(shown)


# Rules


@pytest.mark.parametrize(
    ("asked", "total", "result"),
    [
        ([20_000_00, 10_000_00], None, [20_000_00, 10_000_00]),
        ([20_000_00, 10_000_00], 30_000_00, [20_000_00, 10_000_00]),
        ([20_000_00, 10_000_00], 15_000_00, [10_000_00, 5_000_00]),
        ([10_000_00] * 3, 10_000_00, [3_334_00, 3_333_00, 3_333_00]),
        ([10_000_00, 20_000_00], 10_000_50, [3_333_50, 6_667_00]),
        ([], 5_00, []),
    ],
)
def test_the_proposal_is_shared_between_the_lines(asked, total, result):
    assert rules.prefilled(asked, total) == result
    if total and asked:
        assert sum(result) == min(total, sum(asked))


def test_payments_go_to_the_oldest_envelope_first():
    assert rules.spread(15, [10, 10]) == [10, 5]
    assert rules.spread(0, [10]) == [0]
