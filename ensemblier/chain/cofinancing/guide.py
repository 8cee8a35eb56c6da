"""The guided form of a rule: the usual rules as plain rows, written as TOML and read back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import groupby

from ensemblier.engines.cofinancing.person import written
from ensemblier.engines.cofinancing.scheme import REFUSE, PersonRule, Scheme

PERSON_RULES = ("free", "full", "percent", "fixed", "table")
# What the guide may limit a scheme to, as the text writes it.
SCOPES = {"product": "products", "tier": "tiers"}


@dataclass(frozen=True)
class PayerRow:
    """Who pays at a step. Rows of one step share it by weight; alone without weight: the rest."""

    step: int
    name: str
    weight: int | None = None
    unit_cap: int | None = None
    household_cap: int | None = None
    per: str = "month"


@dataclass(frozen=True)
class EnvelopeRow:
    """Money a payer has, and when."""

    payer: str
    cents: int
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class MoneyRow:
    """What a payer's money is in law."""

    name: str
    nature: str = "grant"
    basis: str = ""


@dataclass(frozen=True)
class Guide:
    """What the guided form holds. `table` gives a percent, or cents a unit, by size or tier;
    `percent` and `unit_cents` are the same without a table."""

    name: str
    rule: str = "percent"
    percent: str = ""
    unit_cents: int | None = None
    by: str = "size"
    unit: str = "percent"
    table: tuple[tuple[str, str | int], ...] = ()
    first: date | None = None
    last: date | None = None
    products: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    payers: tuple[PayerRow, ...] = ()
    envelopes: tuple[EnvelopeRow, ...] = ()
    exhausted: str = ""
    money: tuple[MoneyRow, ...] = ()


class CannotWrite(ValueError):
    """The rows do not make a rule; the message says which one, in French."""


def write(guide: Guide) -> str:
    """The rule as TOML; raises CannotWrite."""
    blocks = [_top(guide), _person(guide)]
    rows = sorted(guide.payers, key=lambda row: row.step)
    blocks += [_step(rank, list(group)) for rank, group in groupby(rows, lambda row: row.step)]
    blocks += [_envelope(row) for row in guide.envelopes]
    if guide.exhausted:
        blocks.append(f"[exhausted]\nthen = {quoted(guide.exhausted)}")
    for row in guide.money:
        basis = f"\nlegal_basis = {quoted(row.basis)}" if row.basis else ""
        blocks.append(f"[[payer]]\nname = {quoted(row.name)}\nnature = {quoted(row.nature)}{basis}")
    return "\n\n".join(blocks) + "\n"


def quoted(text: str) -> str:
    """A text between quotes, as TOML writes it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def renamed(text: str, name: str) -> str:
    """A rule under another name: its first line says it."""
    first, _, rest = text.partition("\n")
    assert first.startswith("name = "), "a rule opens with its name"
    return f"name = {quoted(name)}\n{rest}"


def _top(guide: Guide) -> str:
    lines = [f"name = {quoted(guide.name)}"]
    if guide.first or guide.last:
        lines.append(f"valid = {{ {', '.join(_days(guide.first, guide.last))} }}")
    scope = {"products": guide.products, "tiers": guide.tiers}
    if any(scope.values()):
        lines.append("\n[scope]")
        lines += [f"{key} = [{_list(values)}]" for key, values in scope.items() if values]
    return "\n".join(lines)


def _days(first: date | None, last: date | None) -> list[str]:
    days = (("from", first), ("until", last))
    return [f"{key} = {day.isoformat()}" for key, day in days if day]


def _list(values: Iterable[str]) -> str:
    return ", ".join(quoted(value) for value in values)


def _person(guide: Guide) -> str:
    lines = ["[person]", f"rule = {quoted(guide.rule)}"]
    if guide.rule == "percent":
        if not guide.percent:
            raise CannotWrite("Dites quel pourcentage du prix la personne paie.")
        lines.append(f"percent = {quoted(guide.percent)}")
    elif guide.rule == "fixed":
        if guide.unit_cents is None:
            raise CannotWrite("Dites combien la personne paie par unité.")
        lines.append(f"cents_per_unit = {guide.unit_cents}")
    elif guide.rule == "table":
        if not guide.table:
            raise CannotWrite("Remplissez au moins une ligne du barème.")
        keys = [key for key, _ in guide.table]
        if len(set(keys)) < len(keys):
            raise CannotWrite("Une taille ou une tranche est écrite deux fois dans le barème.")
        rows = (f"{quoted(key)} = {_value(value)}" for key, value in guide.table)
        lines += [f"by = {quoted(guide.by)}", f"{guide.unit} = {{ {', '.join(rows)} }}"]
    return "\n".join(lines)


def _value(value: str | int) -> str:
    return str(value) if isinstance(value, int) else quoted(value)


def _step(rank: int, rows: list[PayerRow]) -> str:
    if len(rows) == 1 and rows[0].weight is None:
        row = rows[0]
        caps = "".join(f"\n{cap}" for cap in _caps(row))
        return f'[[step]]\nkind = "rest"\npayer = {quoted(row.name)}{caps}'
    for row in rows:
        if row.weight is None:
            raise CannotWrite(
                f"À l'étape {rank}, ils sont plusieurs\u00a0: donnez le nombre de parts de "
                f"{row.name}, ou mettez-le à une autre étape."
            )
    payers = "\n".join(
        f"  {{ {', '.join([f'name = {quoted(r.name)}', f'weight = {r.weight}', *_caps(r)])} }},"
        for r in rows
    )
    return f'[[step]]\nkind = "share"\npayers = [\n{payers}\n]'


def _caps(row: PayerRow) -> list[str]:
    caps = []
    if row.unit_cap is not None:
        caps.append(f"cap_per_unit = {row.unit_cap}")
    if row.household_cap is not None:
        per = f"cents = {row.household_cap}, per = {quoted(row.per)}"
        caps.append(f"cap_per_household = {{ {per} }}")
    return caps


def _envelope(row: EnvelopeRow) -> str:
    days = "".join(f"\n{day}" for day in _days(row.first, row.last))
    return f"[[envelope]]\npayer = {quoted(row.payer)}\ncents = {row.cents}{days}"


def read(rule: Scheme) -> Guide | None:
    """The rows that would write this rule; None when it says more than the guide can."""
    person = rule.person
    beyond = (
        person.rule not in PERSON_RULES,
        rule.surcharge is not None,
        not rule.farm_goods,
        set(rule.scope) - set(SCOPES),
        any(step.kind == "match" or step.up_to_percent is not None for step in rule.steps),
        any(step.up_to_cents is not None for step in rule.steps),
        any(envelope.fed for envelope in rule.envelopes),
        any(cents.denominator != 1 for cents in person.unit_cents.values()),
    )
    if any(beyond):
        return None
    return Guide(
        name=rule.name,
        first=rule.valid.first,
        last=rule.valid.last,
        products=tuple(sorted(rule.scope.get("product", ()))),
        tiers=tuple(sorted(rule.scope.get("tier", ()))),
        payers=tuple(_payer_rows(rule)),
        envelopes=tuple(
            EnvelopeRow(e.payer, e.cents, e.window.first, e.window.last) for e in rule.envelopes
        ),
        exhausted="" if rule.exhausted == REFUSE else rule.exhausted,
        money=tuple(MoneyRow(k, p.nature, p.legal_basis) for k, p in rule.payments.items()),
        **_person_read(person),
    )


def _person_read(person: PersonRule) -> Mapping[str, object]:
    """What the person pays, as the fields of the guide."""
    if person.rule == "percent":
        return {"rule": "percent", "percent": _decimal(person.percents[""])}
    if person.rule == "fixed":
        return {"rule": "fixed", "unit_cents": int(person.unit_cents[""])}
    if person.rule != "table":
        return {"rule": person.rule}
    rows: tuple[tuple[str, str | int], ...]
    if person.percents:
        rows = tuple((key, _decimal(value)) for key, value in person.percents.items())
        return {"rule": "table", "by": person.by, "unit": "percent", "table": rows}
    rows = tuple((key, int(value)) for key, value in person.unit_cents.items())
    return {"rule": "table", "by": person.by, "unit": "cents_per_unit", "table": rows}


def _payer_rows(rule: Scheme) -> Iterable[PayerRow]:
    for rank, step in enumerate(rule.steps, 1):
        for payer in step.payers:
            cap = payer.cap_per_household
            yield PayerRow(
                rank,
                payer.name,
                payer.weight if step.kind == "share" else None,
                payer.cap_per_unit,
                cap.cents if cap else None,
                cap.per if cap else "month",
            )


def _decimal(value: Fraction) -> str:
    return written(value).replace(",", ".")
