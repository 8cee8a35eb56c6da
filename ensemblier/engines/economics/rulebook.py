"""Every rule of the economic model, in the order in which they are told."""

from __future__ import annotations

from ensemblier.engines.economics import money_rules, rules
from ensemblier.engines.economics.outcome import Outcome
from ensemblier.engines.economics.rules import Broken

RULES = (
    rules.aci_receipts,
    rules.aci_limit,
    rules.separate_accounts,
    rules.gifts_to_companies,
    money_rules.agreements,
    money_rules.auditor,
    money_rules.over_compensation,
    money_rules.investment_last,
    money_rules.farm_contracts,
    money_rules.vat_on_complements,
    money_rules.aid_counters,
)


def broken_rules(outcome: Outcome) -> tuple[Broken, ...]:
    """What the plan breaks, rule after rule."""
    return tuple(broken for rule in RULES for broken in rule(outcome))
