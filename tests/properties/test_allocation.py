"""Random sharings: kernel, specification and checker agree; no altered result is certified."""

import importlib.util
import json
import random
import sys
from dataclasses import replace
from fractions import Fraction

import pytest

from ensemblier.engines import allocation
from ensemblier.engines.allocation import BadProblem, engine, fast, kernel, rounds
from ensemblier.engines.allocation.outcome import digest
from ensemblier.engines.allocation.sharing import share
from ensemblier.engines.allocation.vote import numbers_of
from tests.properties.allocation_cases import large, small


def compare(seed):
    """The three engines on one sharing; the result, or None when the sharing is refused."""
    problem = small(seed)
    try:
        expected = engine.allocate_exactly(problem)
    except BadProblem:
        return None
    found = allocation.allocate(problem)
    assert found == expected, seed
    text = allocation.toml_of(problem)
    assert allocation.read_problem(text.encode(), False, {}) == problem, seed
    body = json.loads(allocation.written(allocation.result_of(problem, found, text.encode())))
    assert allocation.verdict(text.encode(), False, body) == ([], body["refused"]), seed
    check_sums(problem, found)
    return found


def check_sums(problem, result):
    """What colleges pay adds up to the cost of each lot; the envelope and each limit hold."""
    costs = {lot.id: lot.cost for lot in problem.lots}
    for each in result.purchases:
        assert sum(each.by_college) == (0 if each.completed else costs[each.lot])
    assert sum(costs[name] for name in result.order) == result.spent <= problem.envelope
    numbers, won = numbers_of(problem), set(result.order)
    for limit in numbers.limits:
        used = sum(use for n, use in limit.uses.items() if problem.lots[n].id in won)
        assert used <= limit.cap or not used


def test_kernel_specification_and_checker_agree(monkeypatch):
    settled = []
    settle = rounds.ExactRun.settle
    monkeypatch.setattr(rounds.ExactRun, "settle", lambda run: settled.append(1) or settle(run))
    results = [result for seed in range(150) if (result := compare(seed))]
    whys = {each.why for result in results for each in result.refusals}
    stops = {stage.stopped for result in results for stage in result.stages}
    assert len(results) > 140
    assert whys == {"ceiling", "support", "phase"}
    assert stops == {"none", "exhaustive", "infeasible", "stable"}
    assert any(each.completed for result in results for each in result.purchases)
    # The cases are hard enough for rounds that floating point cannot settle.
    assert len(settled) > 20


@pytest.mark.slow
def test_ten_thousand_random_sharings():
    assert sum(compare(seed) is not None for seed in range(1_000, 11_000)) > 9_900


def test_without_numba_the_same_results(monkeypatch):
    """The kernel as it is when numba is not installed."""
    monkeypatch.setitem(sys.modules, "numba", None)
    spec = importlib.util.spec_from_file_location("kernel_plain", kernel.__file__)
    plain = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(plain)
    assert plain.compiled() is None
    monkeypatch.setattr(kernel, "compiled", lambda: plain.advance)
    problems = [*(small(seed) for seed in range(20)), large(3, 30, 24, 5)]
    plainly = [allocation.allocate(problem) for problem in problems]
    monkeypatch.undo()
    assert kernel.compiled() is not plain.advance
    assert plainly == [allocation.allocate(problem) for problem in problems]


def test_numbers_too_large_for_floats_are_shared_exactly():
    problem = small(5)
    factor = 10**14
    grown = replace(
        problem,
        envelope=problem.envelope * factor,
        lots=tuple(replace(lot, cost=lot.cost * factor, uses={}) for lot in problem.lots),
        ceilings=(),
        floors=(),
    ).with_rules(step=factor)
    assert not fast.fits_floats(numbers_of(grown), range(len(grown.lots)), grown.envelope)
    shrunk = replace(
        problem,
        lots=tuple(replace(lot, uses={}) for lot in problem.lots),
        ceilings=(),
        floors=(),
    ).with_rules(step=1)
    assert allocation.allocate(grown).order == allocation.allocate(shrunk).order


def alterations(body, dice):
    """A result changed somewhere, its digest made good again."""
    body = json.loads(json.dumps(body))
    dice.choice(CHANGES)(body, dice)
    return body | {"digest": digest(body)}


def swap(rows, dice):
    if len(rows) > 1:
        a, b = dice.sample(range(len(rows)), 2)
        rows[a], rows[b] = rows[b], rows[a]


def move_money(body, dice):
    """A cent from one college to another: the sum stays right."""
    paid = dice.choice(body["payments"])[2]
    giver, taker = dice.sample(sorted(paid), 2)
    paid[giver] = str(Fraction(paid[giver]) - 1)
    paid[taker] = str(Fraction(paid[taker]) + 1)


def fund_instead(body, dice):
    """A refused lot in the place of a winner, everywhere."""
    won, lost = dice.choice(body["order"]), dice.choice(body["refused"])[0]
    text = json.dumps(body).replace(f'"{won}"', '"?"').replace(f'"{lost}"', f'"{won}"')
    body.update(json.loads(text.replace('"?"', f'"{lost}"')))
    body["winners"] = sorted(body["order"])


def change_rule(body, dice):
    key = dice.choice(sorted(body["rule"]))
    other = {
        "utility": ["cost", "cardinality", "points", "borda"],
        "completion": ["none", "add1", "add1u"],
        "stop": ["exhaustive", "infeasible"],
        "step": [0, -1, 1, 5, 1000],
    }[key]
    body["rule"][key] = dice.choice([value for value in other if value != body["rule"][key]])


CHANGES = (
    change_rule,
    move_money,
    fund_instead,
    lambda body, dice: body["winners"].pop(dice.randrange(len(body["winners"]))),
    lambda body, dice: body["winners"].append(dice.choice(body["refused"])[0]),
    lambda body, dice: swap(body["order"], dice),
    lambda body, dice: swap(body["payments"], dice),
    lambda body, dice: swap(body["winners"], dice),
    lambda body, dice: swap(body["refused"], dice),
    lambda body, dice: body["payments"].pop(),
    lambda body, dice: dice.choice(body["payments"]).__setitem__(1, "1/7"),
    lambda body, dice: dice.choice(body["refused"]).__setitem__(1, dice.choice("abc")),
    lambda body, dice: dice.choice(body["refused"]).__setitem__(2, "il est trop cher"),
    lambda body, dice: dice.choice(body["refused"]).__setitem__(3, "0"),
    lambda body, dice: body["refused"].pop(),
    lambda body, dice: body["stages"][0].__setitem__(dice.randrange(7), dice.choice((9, "x"))),
    lambda body, dice: body.pop(dice.choice(sorted(body))),
    lambda body, dice: body.update(note="rien"),
    lambda body, dice: body.update(input="0" * 64),
    lambda body, dice: body.update(format="ensemblier/partage/2"),
)


def altered(count):
    """How many of `count` altered results are refused, on sharings with something to alter."""
    dice, refused, done, seed = random.Random(11), 0, 0, 0
    while done < count:
        seed += 1
        problem = large(seed, 24, 14, 4)
        source = allocation.toml_of(problem).encode()
        result = allocation.allocate(problem)
        body = json.loads(allocation.written(allocation.result_of(problem, result, source)))
        assert allocation.verdict(source, False, body)[0] == []
        if len(body["order"]) < 2 or not body["refused"]:
            continue
        for _ in range(25):
            false = alterations(body, dice)
            if false == body:  # two equal rows swapped
                continue
            done += 1
            refused += is_refused(source, false)
    return refused, done


def is_refused(source, body):
    """The checker's answer, a file that it cannot read included."""
    try:
        return bool(allocation.verdict(source, False, body)[0])
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return True


def test_altered_results_are_refused():
    refused, done = altered(200)
    assert refused == done >= 200


@pytest.mark.slow
def test_a_thousand_altered_results_are_refused():
    refused, done = altered(1_000)
    assert refused == done >= 1_000


def test_an_amount_said_to_be_enough_is_enough():
    said = 0
    for seed in range(4):
        problem = large(seed, 60, 40, 4)
        told = allocation.explain(problem, allocation.allocate(problem))
        assert set(told) == {lot.id for lot in problem.lots}
        numbers = numbers_of(problem)
        for place, lot in enumerate(problem.lots):
            if told[lot.id].enough:
                said += 1
                cheaper = allocation.explain.__globals__["at_cost"](
                    numbers, place, told[lot.id].enough
                )
                assert lot.id in share(cheaper, fast.share_phase).order
    assert said > 3


def test_drawing_jurors_again_is_the_same_for_everybody_and_moves_results():
    problem = large(2, 40, 24, 3)
    first = allocation.fragility(problem, 20, "tirage")
    assert first == allocation.fragility(problem, 20, "tirage")
    assert first != allocation.fragility(problem, 20, "autre")
    assert set(first) == {lot.id for lot in problem.lots}
    assert 0 < max(first.values()) <= 20
    assert any(0 < times < 20 for times in first.values())


def test_other_shares_change_the_result_and_the_same_ones_do_not():
    problem = large(2, 40, 24, 3)
    assert allocation.with_shares(problem, {}) == problem
    heavier = allocation.allocate(allocation.with_shares(problem, {"concernés": 400}))
    assert set(heavier.order) - set(allocation.allocate(problem).order)
