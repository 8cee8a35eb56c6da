"""M8: no act of the fund is outside the tables of four eyes. A new one without a place here fails.

An act is a function of a fund module that takes a keyword-only `actor`.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import ensemblier
from tests.trust import test_four_eyes

pytestmark = pytest.mark.trust
ROOT = Path(ensemblier.__file__).parent / "fund"

# Acts that walk in test_four_eyes.py, under the names they have there.
WALKED = {
    "applications/actions.py:file": ("file",),
    "review/actions.py:take": ("take",),
    "review/actions.py:join": ("opine",),
    "review/actions.py:save_scores": ("opine",),
    "review/actions.py:give_opinion": ("opine",),
    "review/actions.py:propose": ("propose",),
    "decisions/actions.py:decide": ("decide",),
    "decisions/notifying.py:notify": ("notify",),
    "agreements/actions.py:prepare": ("prepare",),
    "agreements/actions.py:send": ("send",),
    "agreements/actions.py:sign": ("sign_organisation", "sign_state"),
    "payments/actions.py:certify": ("certify",),
    "payments/actions.py:void": ("void",),
    "payments/actions.py:pay": ("pay",),
    "payments/actions.py:refund": ("refund",),
    "payments/actions.py:close": ("close",),
}
# Acts on money and decisions that do not walk there. Each module asks its own question of access
# inside the act (`require`, `actor_on`, `refuse`): checked below by reading it; and the lines of
# test_four_eyes_lines.py try most of them as every role, then as one person who holds them all.
BESIDE = {
    "agreements/actions.py", "agreements/amending.py",
    "agreements/recovering.py", "agreements/releasing.py", "agreements/signing.py",
    "agreements/wording.py", "allocation/actions.py",
    "decisions/contradictory.py", "decisions/delegations.py", "decisions/drafting.py",
    "decisions/notifying.py", "decisions/sharing.py", "frameworks/answering.py",
    "frameworks/shaping.py", "frameworks/spending.py", "jury/actions.py", "jury/expenses.py",
    "jury/scoring.py", "jury/voting.py", "monitoring/actions.py",
    "monitoring/reopening.py",
    "payments/actions.py", "payments/bank_reports.py", "payments/bank_undo.py",
    "payments/banking.py", "payments/cofunding.py", "payments/chorus.py",
    "payments/imports.py", "payments/lines.py",
    "payments/orders.py", "payments/recoveries.py", "payments/returns.py",
    "programme/delegation.py", "publication/actions.py", "review/actions.py",
    "review/unanswered.py",
}  # fmt: skip
# Acts that neither judge a file nor move money: who may is the access table's matter.
ELSEWHERE = {
    "agreements/aid.py": "what the organisation declares on its honour",
    "agreements/applying.py": "the hand of amending.py, which asks",
    "agreements/articles.py": "words of an agreement, before it is sent",
    "agreements/content.py": "what an agreement holds, before it is sent",
    "agreements/withdrawing.py": "the hand of payments/recoveries.py, which asks",
    "payments/remainders.py": "the hand of payments/actions.py close, which asks",
    "agreements/parties.py": "who takes part, before it is sent",
    "applications": "the organisation's own file",
    "calls": "rules of a call, the same for all files",
    "decisions/letters.py": "words of the letters, the same for all files",
    "intake": "drafts made under a mandate; the organisation files",
    "jury/cards.py": "words and pictures of a project, before the vote",
    "jury/interests.py": "declares a link: takes rights away",
    "monitoring/evaluating.py": "what people say of a project",
    "monitoring/funds.py": "what the organisation says of its funds",
    "monitoring/invoices.py": "what the organisation declares",
    "monitoring/sheets.py": "an experience sheet, with consent",
    "printing": "prints",
    "programme/actions.py": "envelopes, before any file",
    "review/bulk.py": "calls the acts above, one by one",
    "review/desk.py": "who follows a file",
    "review/experts.py": "invitations",
    "review/interests.py": "declares a link: takes rights away",
    "review/revising.py": "opinions, as `opine`",
    "review/thread.py": "messages",
    "review/visits.py": "notes of a visit",
    "frameworks/access.py": "asks, does nothing",
    "boards": "reads",
}
ASKS = (
    "require(",
    "actor_on(",
    "refuse(",
    ".has(",
    "desk_on(",
    "_officer(",
    "_mine(",
    "may_",
    "NotYour",
    "NotYours",
)


def acts() -> dict[str, set[str]]:
    """module -> its public functions with a keyword-only `actor`."""
    found: dict[str, set[str]] = {}
    for path in sorted(ROOT.rglob("*.py")):
        name = str(path.relative_to(ROOT))
        for node in ast.parse(path.read_text()).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            if "actor" in {arg.arg for arg in node.args.kwonlyargs}:
                found.setdefault(name, set()).add(node.name)
    return found


def place_of(module: str, act: str) -> str:
    if f"{module}:{act}" in WALKED:
        return "walked"
    if module in BESIDE:
        return "beside"
    if module in ELSEWHERE or module.partition("/")[0] in ELSEWHERE:
        return "elsewhere"
    return ""


def test_every_act_of_the_fund_has_its_place() -> None:
    lost = [f"{m}:{act}" for m, names in acts().items() for act in names if not place_of(m, act)]
    assert lost == []


def test_what_is_said_to_walk_walks() -> None:
    found = acts()
    for name, steps in WALKED.items():
        module, _, act = name.partition(":")
        assert act in found[module], name
        assert set(steps) <= set(test_four_eyes.ACTIONS), name
    walked = {step for steps in WALKED.values() for step in steps}
    assert walked == set(test_four_eyes.ACTIONS)


@pytest.mark.parametrize("module", sorted(name for name in BESIDE if (ROOT / name).exists()))
def test_an_act_on_money_asks_who_by_itself(module: str) -> None:
    """In the act, not only in the guard of its page."""
    source = (ROOT / module).read_text()
    assert any(mark in source for mark in ASKS), module


def test_an_act_without_a_place_would_be_told() -> None:
    """Negative control."""
    assert place_of("payments/shortcuts.py", "pay_twice") == ""
    assert place_of("payments/actions.py", "pay") == "walked"
