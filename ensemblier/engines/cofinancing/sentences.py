"""A scheme told in French sentences, made from the rule itself so that they never drift from it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from ensemblier.engines.cofinancing.person import written
from ensemblier.engines.cofinancing.reasons import parts_of
from ensemblier.engines.cofinancing.scheme import (
    REFUSE,
    Envelope,
    Payer,
    PersonRule,
    Scheme,
    Step,
    Window,
)
from ensemblier.engines.money import euros

PER = {
    "week": "par semaine",
    "month": "par mois",
    "year": "par an",
    "scheme": "sur toute la durée du dispositif",
}
BY = {"size": "selon la taille du foyer", "tier": "selon la tranche"}
INSIDE = {
    "product": "produits",
    "structure": "structures",
    "commune": "communes",
    "tier": "tranches",
    "family": "familles de produits",
    "labels": "labels",
}
NATURES = {
    "grant": "une subvention",
    "complement": "un complément de prix, soumis à la TVA comme le prix",
    "gift": "un don",
    "own": "son argent propre",
}
BASES = {
    "not_economic": "activité non économique",
    "farm_de_minimis": "de minimis agricole",
    "sieg_mandate": "mandat de service d'intérêt économique général",
    "general_de_minimis": "de minimis général",
    "exempted": "régime notifié ou exempté",
}


def sentences(scheme: Scheme) -> list[str]:
    """The whole scheme, one sentence a rule, in the order in which they apply."""
    told = [f"{scheme.name}.", *_scope(scheme), person_sentence(scheme.person)]
    if scheme.surcharge:
        told.append(_surcharge(scheme))
    told += [step_sentence(step, rank) for rank, step in enumerate(scheme.steps, 1)]
    told += [envelope_sentence(envelope) for envelope in scheme.envelopes]
    if scheme.person.rule != "full":
        told.append(_exhausted(scheme.exhausted))
    for name, payment in scheme.payments.items():
        basis = f" (base : {BASES[payment.legal_basis]})" if payment.legal_basis else ""
        told.append(f"Ce que paie {name} est {NATURES[payment.nature]}{basis}.")
    return told


def _scope(scheme: Scheme) -> list[str]:
    told = []
    if scheme.valid.first or scheme.valid.last:
        told.append(f"Il vaut {_window(scheme.valid)}.")
    for column, values in scheme.scope.items():
        told.append(f"Il concerne les {INSIDE[column]} : {', '.join(sorted(values))}.")
    return told


def _window(window: Window) -> str:
    first = window.first and window.first.strftime("%d/%m/%Y")
    last = window.last and window.last.strftime("%d/%m/%Y")
    if first and last:
        return f"du {first} au {last}"
    return f"à partir du {first}" if first else f"jusqu'au {last}" if last else "sans date"


def _cents(exact: Fraction) -> str:
    """An amount that may hold parts of a cent."""
    if exact.denominator == 1:
        return euros(exact.numerator)
    return f"{written(exact / 100)}\u00a0€"


def _table(values: Mapping[str, str], by: str) -> str:
    if "" in values:
        return values[""]
    told = ", ".join(f"{key} : {value}" for key, value in values.items())
    return f"{BY[by]} ({told})"


def person_sentence(rule: PersonRule) -> str:
    """What the person pays."""
    percents = {key: f"{written(value)} % du prix" for key, value in rule.percents.items()}
    cents = {key: f"{_cents(value)} par unité" for key, value in rule.unit_cents.items()}
    if rule.rule == "free":
        return "La personne ne paie rien."
    if rule.rule == "full":
        return "La personne paie le prix entier."
    if rule.rule == "credit":
        amounts = {key: euros(value) for key, value in rule.credit.items()}
        kept = " ; ce qui n'est pas dépensé se garde" if rule.carry else ""
        return (
            f"La personne ne paie rien tant que son foyer n'a pas utilisé son crédit "
            f"{PER[rule.per]} : {_table(amounts, rule.by)}{kept}. Au-delà, elle paie."
        )
    if rule.rule in ("cost", "producer"):
        what = "le prix coûtant" if rule.rule == "cost" else "le prix du producteur"
        if rule.coefficients == {"": Fraction(1)}:
            return f"La personne paie {what}."
        times = {key: written(value) for key, value in rule.coefficients.items()}
        factor = "" if "" in times else "un coefficient "
        return f"La personne paie {what} multiplié par {factor}{_table(times, rule.by)}."
    if rule.rule == "rest":
        return f"La personne paie ce qui reste, au plus {_table(percents or cents, rule.by)}."
    return f"La personne paie {_table(percents or cents, rule.by)}."


def _surcharge(scheme: Scheme) -> str:
    assert scheme.surcharge is not None
    told = f"Ce que la personne donne en plus va à : {scheme.surcharge.pot}"
    if scheme.surcharge.percent:
        tiers = ", ".join(sorted(scheme.surcharge.tiers))
        told += f" ; les tranches {tiers} paient {written(scheme.surcharge.percent)} % de plus"
    return f"{told}."


def step_sentence(step: Step, rank: int) -> str:
    """Who takes on what is left, at this step."""
    limits = "".join(
        f", au plus {part}"
        for part in (
            f"{written(step.up_to_percent)} % du prix" if step.up_to_percent is not None else "",
            f"{euros(step.up_to_cents)} par unité" if step.up_to_cents is not None else "",
        )
        if part
    )
    if step.kind == "rest":
        return f"{rank}. {_payer(step.payers[0])} prend ce qui reste{limits}."
    if step.kind == "match":
        percent = "" if step.match_percent == 100 else f"{written(step.match_percent)} % de "
        return (
            f"{rank}. {_payer(step.payers[0])} ajoute {percent}ce que paie {step.matched}{limits}."
        )
    whole = sum(payer.weight for payer in step.payers)
    parts = " ; ".join(f"{_payer(p)}, {parts_of(p.weight, whole)}" for p in step.payers)
    return f"{rank}. Ce qui reste est partagé{limits} : {parts}."


def _payer(payer: Payer) -> str:
    caps = []
    if payer.cap_per_unit is not None:
        caps.append(f"{euros(payer.cap_per_unit)} par unité")
    if payer.cap_per_household is not None:
        cap = payer.cap_per_household
        caps.append(f"{euros(cap.cents)} par foyer et {PER[cap.per].removeprefix('par ')}")
    return f"{payer.name} (au plus {' et '.join(caps)})" if caps else payer.name


def envelope_sentence(envelope: Envelope) -> str:
    """What a payer has, and when."""
    dates = "" if envelope.window == Window() else f", {_window(envelope.window)}"
    if envelope.fed:
        more = f" et commence avec {euros(envelope.cents)}" if envelope.cents else ""
        return f"{envelope.payer} est une cagnotte : elle reçoit ce qui est donné{more}{dates}."
    return f"{envelope.payer} a une enveloppe de {euros(envelope.cents)}{dates}."


def _exhausted(then: str) -> str:
    if then == REFUSE:
        return (
            "Si personne ne paie tout ce qui reste, la vente est refusée à l'avance : rien n'est "
            "réclamé à la personne."
        )
    return f"Si une enveloppe finit, {then} paie ce qui reste : jamais la personne."
