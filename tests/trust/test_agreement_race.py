"""Tills and the desk draw on one agreement at once: never more than was granted."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from ensemblier.base.ledger.actions import EnvelopeExhausted
from ensemblier.base.ledger.verify import verify
from ensemblier.base.refusal import Refusal
from ensemblier.chain.distribution.models import SaleLine
from ensemblier.fund.payments.actions import PaymentRefused
from ensemblier.fund.payments.models import Payment
from tests.platform import test_agreement_lines as world

pytestmark = [pytest.mark.trust, pytest.mark.django_db(transaction=True)]


def answer(act) -> object:
    try:
        return act()
    except Refusal as refusal:
        return refusal
    finally:
        connection.close()


def test_tills_and_the_desk_at_once_never_exceed_the_grant() -> None:
    """20 000 €: three instalments of 9 000, 6 000 and 5 000 against four lines of 4 200 each."""
    case = world.world()
    acts = [lambda: world.sell(case, 6_000_00)] * 4
    acts[1:1] = [lambda rank=rank: world.certify(case, rank) for rank in range(3)]
    with ThreadPoolExecutor(len(acts)) as pool:
        answers = list(pool.map(answer, acts))
    world.check(case)
    won = [each for each in answers if isinstance(each, SaleLine | Payment)]
    lost = [each for each in answers if isinstance(each, EnvelopeExhausted | PaymentRefused)]
    assert won
    assert lost
    assert len(won) + len(lost) == len(acts)
    assert verify().faults == []
