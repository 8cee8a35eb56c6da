"""A jury from its call to its minutes: frozen colleges, replayable lots, secret votes, expenses."""

from __future__ import annotations

import hashlib
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from ensemblier.base.journal.models import Event
from ensemblier.base.ledger.queries import balance
from ensemblier.base.ledger.verify import verify
from ensemblier.base.notices.models import Message
from ensemblier.base.people.access import HIDDEN
from ensemblier.base.people.models import Role
from ensemblier.fund.calls.actions import CallFrozen, CallRefused
from ensemblier.fund.calls.colleges import set_colleges, weights
from ensemblier.fund.calls.models import College
from ensemblier.fund.calls.rules import seal
from ensemblier.fund.calls.sealed import rules_of
from ensemblier.fund.jury import access, actions, cards, expenses, rules, scoring, voting
from ensemblier.fund.jury.models import Ballot, Seat, Tally, Voter
from ensemblier.fund.review.actions import actor_on
from ensemblier.fund.review.models import Interest
from tests import factories_fund as fund
from tests import factories_jury as juries
from tests import factories_review as cases

pytestmark = pytest.mark.django_db
NOW = juries.NOW


def test_the_shares_of_the_colleges_are_frozen_with_the_call():
    """Part of the seal once published; before, their effect on 100 000 € is shown."""
    plain = fund.call()
    assert "colleges" not in rules_of(plain)  # the seals of calls without a jury never change
    call = juries.call()
    assert seal(rules_of(call)) == call.grid_digest
    assert [row["share_bp"] for row in rules_of(call)["colleges"]] == [4_000, 3_000, 3_000]
    with pytest.raises(CallFrozen):
        set_colleges(actor=None, call=call, colleges=juries.colleges())
    with pytest.raises(DatabaseError), transaction.atomic():
        call.colleges.update(share_bp=1)
    draft = fund.call(published=False)
    too_much = [*juries.colleges()[:2]]
    with pytest.raises(CallRefused, match="100 %"):
        set_colleges(actor=None, call=draft, colleges=too_much)
    shown = weights(juries.colleges(seats=8))
    assert [(row.cents, row.per_seat_cents) for row in shown] == [
        (40_000_00, 5_000_00), (30_000_00, 3_750_00), (30_000_00, 3_750_00)
    ]  # fmt: skip


def test_anyone_replays_the_draw_from_the_minutes():
    world = juries.gathered()
    jury = world.jury
    for lots in jury.draws.select_related("college"):
        numbers = jury.volunteers.filter(college=lots.college).values_list("number", flat=True)
        # Written out again, without the platform's own function.
        order = sorted(
            numbers, key=lambda n: hashlib.sha256(f"{lots.seed}:{n}".encode()).hexdigest()
        )
        assert lots.numbers == order[:3]
        drawn = jury.seats.filter(college=lots.college).order_by("rank")
        assert [row.state for row in drawn] == ["sitting", "sitting", "reserve"]
        of_number = dict(jury.volunteers.values_list("user_id", "number"))
        assert [of_number[row.user_id] for row in drawn] == lots.numbers
    event = Event.objects.filter(action="jury.draw").first()
    assert event.data["seed"] == juries.SEED
    closed = Event.objects.get(action="jury.close_volunteers").data["digest"]
    rows = jury.volunteers.values_list("college__kind", "number")
    assert closed == rules.list_digest(rows)
    assert closed != rules.list_digest(list(rows)[1:])
    with pytest.raises(actions.BadDraw, match="ne se refait pas"):
        actions.draw(jury=jury, seed="autre", source="moi", actor=world.office, now=NOW)
    with pytest.raises(actions.BadDraw, match="close"):
        college = world.call.colleges.first()
        actions.volunteer(jury=jury, college=college, user=fund.user(), actor=world.office, now=NOW)
    with pytest.raises(actions.NotYours):
        actions.draw(jury=jury, seed="x", source="y", actor=world.chair, now=NOW)


def test_a_seed_chosen_before_the_list_is_closed_is_refused():
    world = juries.gathered()
    other = juries.call()
    jury = actions.gather(
        call=other, chair=world.chair, envelope=other.envelopes.get(), actor=world.office, now=NOW
    )
    with pytest.raises(actions.BadDraw, match="la graine se choisit après"):
        actions.draw(jury=jury, seed="x", source="y", actor=world.office, now=NOW)


def test_a_reserve_takes_the_seat_of_who_leaves():
    world = juries.gathered()
    gone = juries.seats(world.jury, "people")[0]
    heir = actions.replace(seat=gone, reason="Déménagement", actor=world.office, now=NOW)
    assert heir is not None
    assert (heir.state, heir.rank) == (Seat.State.SITTING, 3)
    second = juries.seats(world.jury, "people")[0]
    assert actions.replace(seat=second, reason="Maladie", actor=world.office, now=NOW) is None


def test_the_vote_from_opening_to_the_count():
    """Two colleges vote by cards; the count is hidden before the close, and merged after."""
    world = juries.sitting()
    sitting, poll = world.sitting, world.poll
    voters = [s.user for kind in ("associations", "people") for s in juries.seats(world.jury, kind)]
    assert Voter.objects.filter(poll=poll, way="").count() == 4
    for person in voters[:3]:
        juries.declared(sitting, person)
    first = juries.voted(world, voters[0], {1: "5", 2: "N"})
    juries.voted(world, voters[1], {1: "2", 2: "I"})
    with pytest.raises(actions.NoQuorum, match="personnes concernées"):
        voting.close_poll(sitting=sitting, actor=world.chair, now=NOW)
    juries.voted(world, voters[2], {1: "N", 2: "3"})
    with pytest.raises(actions.NoQuorum, match="0 jurés ont noté"):
        voting.close_poll(sitting=sitting, actor=world.chair, now=NOW)
    juries.scored(world)
    assert voting.is_counted(sitting=sitting, receipt=rules.spaced(first).lower())
    assert not voting.is_counted(sitting=sitting, receipt=voting.new_receipt())
    # The same page sent twice is one ballot; another receipt is a second vote, refused.
    again = voting.cast(
        sitting=sitting, choices={1: "1", 2: "1"}, receipt=first, actor=voters[0], now=NOW
    )
    assert (again, Ballot.objects.count()) == (first, 3)
    with pytest.raises(actions.NotYours, match="déjà voté"):
        juries.voted(world, voters[0], {1: "5", 2: "N"})
    chair = actor_on(world.chair, NOW.date())
    assert "clos" in access.may_see_result(chair, sitting).reason
    closed = voting.close_poll(sitting=sitting, actor=world.chair, now=NOW)
    assert access.may_see_result(chair, sitting).allowed
    rows = Ballot.objects.filter(poll=poll).values_list("college_id", "points")
    assert closed.digest == rules.ballots_digest(rows)
    assert sorted(str(points) for _, points in rows) == ["{'1': 2}", "{'1': 5}", "{'2': 3}"]
    counts = Tally.objects.filter(poll=poll, number=2).values_list(
        "college__kind", "against", "unsure"
    )
    assert list(counts) == [("associations", 1, 1), ("people", 0, 0)]
    with pytest.raises(voting.BadBallot, match="n'est pas ouvert"):
        juries.voted(world, voters[3], {1: "5", 2: "N"})


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({1: "5"}, "Il manque votre choix pour : 2"),
        ({1: "5", 2: "N", 3: "N"}, "n'est pas à l'ordre du jour"),
        ({1: "6", 2: "N"}, "n'est pas lisible"),
    ],
)
def test_a_ballot_that_does_not_fit_is_refused(choices, words):
    world = juries.sitting()
    person = juries.seats(world.jury, "people")[0].user
    with pytest.raises(voting.BadBallot, match=words):
        juries.voted(world, person, choices)
    assert not Ballot.objects.exists()


def test_a_recused_juror_casts_no_vote_and_sees_no_score():
    """Enforced by the server, whatever the page showed; the ballot then looks like any other."""
    world = juries.sitting()
    cards_juror = juries.seats(world.jury, "people")[0].user
    scorer, colleague = (seat.user for seat in juries.seats(world.jury, "institutions"))
    juries.declared(world.sitting, cards_juror, scorer, linked=[1])
    juries.declared(world.sitting, colleague)
    assert Interest.objects.get(user=cards_juror, application=world.files[0]).recused
    with pytest.raises(voting.NoVote, match="lien"):
        juries.voted(world, cards_juror, {1: "5", 2: "4"})
    juries.voted(world, cards_juror, {2: "4"})
    assert Ballot.objects.get().points == {"2": 4}
    item, other = world.sitting.items.select_related("application__call", "sitting__jury")
    grades = {c.pk: 3 for c in world.call.criteria.all()}
    with pytest.raises(actions.NotYours, match="lien"):
        scoring.score(item=item, values=grades, actor=scorer, now=NOW)
    scoring.score(item=item, values=grades, actor=colleague, now=NOW)
    scoring.score(item=other, values=grades, actor=scorer, now=NOW)
    sees = {
        who: access.may_see_scores(actor_on(user, NOW.date()), item).allowed
        for who, user in (("scorer", scorer), ("colleague", colleague), ("chair", world.chair))
    }
    assert sees == {"scorer": False, "colleague": True, "chair": True}
    # Another wrong way: a new "no link" does not undo a recusal.
    juries.declared(world.sitting, scorer)
    assert Interest.objects.get(user=scorer, application=world.files[0]).recused


def test_who_instructed_or_asks_stays_away_without_declaring():
    world = juries.sitting()
    person = juries.seats(world.jury, "people")[0].user
    fund.give(person, Role.APPLICANT, world.files[1].organisation)
    juries.declared(world.sitting, person)
    assert voting.barred_from(sitting=world.sitting, user=person, now=NOW) == {2}
    with pytest.raises(voting.NoVote):
        juries.voted(world, person, {1: "5", 2: "5"})
    # Asked of the whole agenda at once or file by file, for every way to be barred: the same.
    desk = cases.taken(world.files[0]).desk
    for user in (person, desk, world.files[1].created_by, world.office, fund.user()):
        actor = actor_on(user, NOW.date())
        items = list(world.sitting.items.select_related("application"))
        one_by_one = {
            row.number for row in items if not access.is_barred(actor, row.application).allowed
        }
        assert access.barred_among(actor, items) == one_by_one
    assert access.barred_among(actor_on(desk, NOW.date()), items) == {1}


def test_a_helper_reads_and_never_votes():
    world = juries.sitting()
    helper = fund.user()
    actions.add_helper(jury=world.jury, user=helper, actor=world.office, now=NOW)
    actor = actor_on(helper, NOW.date())
    assert access.may_read_cards(actor, world.sitting).allowed
    assert access.may_read_voting_pages(actor, world.sitting).allowed
    assert "Seule la personne" in access.may_vote(actor, world.sitting).reason or (
        "seule la personne" in access.may_vote(actor, world.sitting).reason
    )
    with pytest.raises(actions.NotYours, match="seule la personne vote"):
        juries.voted(world, helper, {1: "5", 2: "N"})
    juror = juries.seats(world.jury, "people")[0].user
    with pytest.raises(actions.NotYours, match="siège"):
        actions.add_helper(jury=world.jury, user=juror, actor=world.office, now=NOW)


def test_paper_cards_are_scanned_back_once_each():
    world = juries.sitting()
    sitting = world.sitting
    seat, other = juries.seats(world.jury, "people")
    slips = voting.print_slips(
        sitting=sitting, counts={seat.college_id: 2}, actor=world.office, now=NOW
    )
    start = voting.poll_code(world.poll)
    codes = [f"{start}.1.4", f"{start}.2.N", f"T.{slips[0][1]}"]
    packet = rules.read_packet(codes, start)
    with pytest.raises(voting.BadBallot, match="autant que de jurés"):
        voting.count_paper(sitting=sitting, packet=packet, actor=world.office, now=NOW)
    voting.sign_for_paper(sitting=sitting, seat=seat, actor=world.chair, now=NOW)
    assert voting.count_paper(sitting=sitting, packet=packet, actor=world.office, now=NOW)
    assert not voting.count_paper(sitting=sitting, packet=packet, actor=world.office, now=NOW)
    assert Ballot.objects.get().points == {"1": 4}
    assert voting.is_counted(sitting=sitting, receipt=slips[0][1])
    with pytest.raises(actions.NotYours, match="déjà voté"):
        juries.declared(sitting, other.user)
        juries.voted(world, seat.user, {1: "5", 2: "N"})
    forged = rules.read_packet([f"{start}.1.5", "T." + "A" * 16], start)
    with pytest.raises(voting.BadBallot, match="n'est pas de ce scrutin"):
        voting.count_paper(sitting=sitting, packet=forged, actor=world.office, now=NOW)
    # Paper bears no name: it cannot keep a recused juror away from a file.
    third = juries.seats(world.jury, "associations")[0]
    juries.declared(sitting, third.user, linked=[1])
    with pytest.raises(voting.NoVote, match="vote à l'écran"):
        voting.sign_for_paper(sitting=sitting, seat=third, actor=world.chair, now=NOW)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["J1.1.4"], "talon"),
        (["J2.1.4"], "n'est pas une carte"),
        (["bonjour"], "n'est pas une carte"),
        (["J1.1.4", "J1.1.N"], "Deux cartes"),
        (["T." + "A" * 16, "T." + "B" * 16], "Deux talons"),
    ],
)
def test_an_envelope_that_is_not_one_of_ours_says_so(lines, words):
    with pytest.raises(rules.BadCode, match=words):
        rules.read_packet(lines, "J1")


def test_expenses_are_planned_then_paid_in_advance_by_another_person():
    world = juries.sitting(files=1, opened=False)
    payer = fund.user(Role.PAYER)
    seat = juries.seats(world.jury, "people")[0]
    envelope = world.jury.envelope
    before = balance(envelope.account).available
    key = uuid4()
    plan = {"seat": seat, "sitting": world.sitting, "kind": "childcare", "amount_cents": 45_50}
    row = expenses.plan(key=key, actor=world.office, now=NOW, **plan)
    assert expenses.plan(key=key, actor=world.office, now=NOW, **plan) == row
    assert balance(envelope.account).available == before - 45_50
    with pytest.raises(actions.NotYours, match="deux personnes"):
        expenses.pay(key=uuid4(), expense=row, actor=world.office, now=NOW)
    pay = uuid4()
    for _ in range(2):
        row = expenses.pay(key=pay, expense=row, actor=payer, now=NOW)
    assert row.state == "paid"
    assert balance(expenses.juror_account(seat)).available == 45_50
    with pytest.raises(expenses.BadExpense, match="déjà"):
        expenses.pay(key=uuid4(), expense=row, actor=payer, now=NOW)
    spare = expenses.plan(key=uuid4(), actor=world.office, now=NOW, **plan)
    expenses.cancel(key=uuid4(), expense=spare, reason="Absente", actor=world.office, now=NOW)
    assert balance(envelope.account).available == before - 45_50
    assert verify().faults == []


def test_a_card_is_short_and_freezes_when_the_vote_opens():
    world = juries.sitting(files=1, opened=False)
    file = world.files[0]

    def write(**changes):
        words = juries.WORDS._replace(**changes)
        return cards.write_card(
            jury=world.jury, application=file, language="fr", words=words,
            pictures=juries.PICTURES, actor=world.office, now=NOW,
        )  # fmt: skip

    with pytest.raises(cards.BadCard, match="Gardez-en 10"):
        write(sentences=["Une phrase."] * 11)
    with pytest.raises(cards.BadCard, match="16 mots"):
        write(sentences=["mot " * 16])
    with pytest.raises(cards.BadCard, match="trois questions"):
        write(questions=["Une seule ?"])
    write(sentences=["Une phrase."] * 10)
    with pytest.raises(cards.NotReviewed, match="pas encore ses mots"):
        cards.review_language(
            language="ar", readers=3, note="Lu", jury=world.jury, actor=world.office, now=NOW
        )
    assert cards.open_languages() == ["fr"]
    cards.review_language(
        language="en", readers=2, note="Lu à voix haute", jury=world.jury, actor=world.office,
        now=NOW,
    )  # fmt: skip
    assert cards.open_languages() == ["fr", "en"]
    actions.open_poll(sitting=world.sitting, actor=world.chair, now=NOW)
    with pytest.raises(cards.BadCard, match="ne change plus"):
        write()


def test_a_college_that_scores_gives_whole_points_with_the_public_weights():
    """Three criteria of weights 3, 2 and 1, out of 4: (4·3 + 2·2 + 0·1) / (6·4) of 5 points."""
    assert scoring.utility([(4, 4, 3), (2, 4, 2), (0, 4, 1)]) == 3  # 16/24 of 5 is 3.33
    assert scoring.utility([(4, 4, 3), (4, 4, 2), (4, 4, 1)]) == 5
    assert scoring.utility([(0, 4, 3), (0, 4, 2)]) == 0
    assert scoring.utility([]) == 0
    assert scoring.utility([(1, 2, 1), (3, 6, 1)]) == 2  # two scales: a half each


def test_small_colleges_are_published_merged():
    assert rules.merged({1: 9, 2: 8, 3: 12}) == [((1,), 9), ((2,), 8), ((3,), 12)]
    assert rules.merged({1: 9, 2: 7, 3: 12}) == [((1, 2), 16), ((3,), 12)]
    assert rules.merged({1: 3, 2: 2, 3: 12}) == [((1, 2, 3), 17)]
    assert rules.merged({1: 3, 2: 5, 3: 12}) == [((1, 2), 8), ((3,), 12)]
    assert rules.merged({1: 3}) == [((1,), 3)]


def test_only_institutions_may_sign_their_scores():
    call = fund.call(published=False)
    rows = juries.colleges()
    rows[2].way = College.Way.SCORES
    with pytest.raises(CallRefused, match="institutions"):
        set_colleges(actor=None, call=call, colleges=rows)


def test_those_who_sit_are_told_of_the_next_sitting_and_no_one_else():
    world = juries.sitting(files=1, opened=False)
    sitting = set(
        Seat.objects.filter(jury=world.jury, state=Seat.State.SITTING).values_list(
            "user__email", flat=True
        )
    )
    told = Message.objects.filter(template="jury/emails/called.txt")
    assert {row.to for row in told} == sitting and sitting
    assert all(f"/jury/seances/{world.sitting.pk}/projets/" in row.body for row in told)
    past = world.files[0].filed_at.date().replace(year=2020)
    actions.call_sitting(
        jury=world.jury, held_on=past, place="", agenda=world.files, actor=world.office, now=NOW
    )
    assert told.count() == len(sitting)  # what is over is not announced


def test_only_payers_of_the_funder_of_the_call_pay_its_jurors_or_see_its_jury():
    """A foundation's payer, invited to pay that foundation's own grants, has no part in it."""
    world = juries.sitting(files=1, opened=False)
    seat = juries.seats(world.jury, "people")[0]
    foundation = fund.organisation("Fondation des Tables ouvertes", kind="foundation")
    stranger = fund.user(Role.PAYER, foundation)
    row = expenses.plan(
        key=uuid4(), seat=seat, sitting=world.sitting, kind="travel", amount_cents=12_00,
        actor=world.office, now=NOW,
    )  # fmt: skip
    with pytest.raises(actions.NotYours):
        expenses.pay(key=uuid4(), expense=row, actor=stranger, now=NOW)
    assert balance(expenses.juror_account(seat)).available == 0
    person = actor_on(stranger, NOW.date())
    assert access.may_see(person, world.jury) == HIDDEN
    assert access.may_see_costs(person, world.sitting) == HIDDEN
    assert list(access.seen_by(person)) == []
    of_the_state = actor_on(fund.user(Role.PAYER), NOW.date())
    assert list(access.seen_by(of_the_state)) == [world.jury]
