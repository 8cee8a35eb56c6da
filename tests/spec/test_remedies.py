"""Remedies and silence, date by date, as an officer would count them."""

from datetime import date

import pytest

from ensemblier.engines.law.dated import NotYetInForce
from ensemblier.engines.law.remedies import (
    COURT_OF,
    Wait,
    court_due,
    court_of,
    reply_due,
    silence_months,
    silence_of,
)

FILED = date(2027, 3, 10)


def test_two_months_for_the_court_one_more_from_overseas():
    assert court_due(date(2027, 3, 10)) == date(2027, 5, 10)
    assert court_due(date(2026, 12, 31)) == date(2027, 2, 28)
    assert court_due(date(2027, 3, 10), overseas=True) == date(2027, 6, 10)


def test_silence_refuses_a_request_of_money_after_two_months():
    clock = silence_of(FILED, [], day=FILED)
    assert (clock.due_on, clock.stopped_days) == (date(2027, 5, 10), 0)
    assert "L. 231-4" in clock.source


def test_a_state_grant_to_investment_has_eight_months():
    clock = silence_of(FILED, [], investment=True, day=FILED)
    assert clock.due_on == date(2027, 11, 10)
    assert "2018-514" in clock.source
    with pytest.raises(NotYetInForce):
        silence_months(date(2018, 9, 30), investment=True)


def test_papers_asked_for_stop_the_clock():
    """Asked on 1 April for the 16th and answered on the 11th: ten days more."""
    wait = Wait(date(2027, 4, 1), date(2027, 4, 11))
    assert silence_of(FILED, [wait], day=date(2027, 5, 1)).due_on == date(2027, 5, 20)
    # Still awaited on the 6th: five days so far.
    assert silence_of(FILED, [wait], day=date(2027, 4, 6)).due_on == date(2027, 5, 15)
    # Asked after the refusal was born: too late to push it back.
    late = Wait(date(2027, 5, 10), date(2027, 5, 30))
    assert silence_of(FILED, [late], day=date(2027, 6, 1)).due_on == date(2027, 5, 10)
    # The first wait carries the second one in.
    both = [late, wait]
    assert silence_of(FILED, both, day=date(2027, 6, 30)).due_on == date(2027, 6, 9)


def test_every_department_has_one_court_and_forty_two_courts_sit():
    """101 departments and seven collectivities, none twice."""
    assert len(COURT_OF) == 96 + 5 + 6
    assert len(set(COURT_OF.values())) == 42
    assert court_of("62") == "tribunal administratif de Lille"
    assert court_of("34") == "tribunal administratif de Montpellier"
    assert court_of("45") == "tribunal administratif d'Orléans"
    assert court_of("60") == "tribunal administratif d'Amiens"
    assert court_of("973") == "tribunal administratif de la Guyane"
    assert court_of("999") == ""


def test_fifteen_days_to_answer_is_ours_and_says_so():
    assert reply_due(date(2027, 3, 10)) == date(2027, 3, 25)
