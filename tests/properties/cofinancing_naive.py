"""The norm of co-financing a second time, naively: every figure is recomputed from the history.

Written apart from the engine, on plain dictionaries and Fractions, for the tests to compare.
"""

import re
from datetime import date
from decimal import Decimal
from fractions import Fraction as F
from math import floor

SCOPE = {"products": "product", "structures": "structure", "communes": "commune", "tiers": "tier"}


class No(Exception):
    pass


def split_naively(scheme, rows):
    """`scheme`: the TOML as a dictionary; `rows`: dictionaries of cells. Yields (row, result);
    a result is a list of (payer, cents, step), or None when the line is refused."""
    history = []  # what every accepted line did
    seen = set()
    for row in sorted(rows, key=lambda r: (r["sold_on"], r["line_id"])):
        try:
            if row["line_id"] in seen:
                raise No
            seen.add(row["line_id"])
            done = undo(row, history) if row.get("undoes") else share(scheme, row, history)
            history.append(done)
            yield row, done["parts"]
        except No:
            yield row, None


def undo(row, history):
    found = [d for d in history if d["id"] == row["undoes"] and not d["undoing"]]
    if not row["line_id"] or not found or found[0]["undone"]:
        raise No
    found[0]["undone"] = True
    parts = [(payer, -cents, step) for payer, cents, step in found[0]["parts"]]
    return {"id": row["line_id"], "undoing": True, "undone": False, "parts": parts}


def alive(history):
    return [d for d in history if not d["undoing"] and not d["undone"]]


def inside(day, table):
    return not (
        (table.get("from") and day < table["from"]) or (table.get("until") and day > table["until"])
    )


def values(scheme, row):
    if not row["line_id"] or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", row["sold_on"]):
        raise No
    try:
        day = date.fromisoformat(row["sold_on"])
    except ValueError:
        raise No from None
    if not re.fullmatch(r"[0-9]+(\.[0-9]{1,3})?", row["quantity"]):
        raise No
    if not re.fullmatch(r"[0-9]+", row["price_cents"]) or not Decimal(row["quantity"]) > 0:
        raise No
    concerned(scheme, row, day)
    return day, F(row["quantity"]), int(row["price_cents"])


def concerned(scheme, row, day):
    if not inside(day, scheme.get("valid", {})):
        raise No
    for key, allowed in scheme.get("scope", {}).items():
        if row[SCOPE[key]] not in allowed:
            raise No
    payers = [p for step in scheme["step"] for p in step.get("payers", [step])]
    if any("cap_per_household" in p for p in payers) and not row["household"]:
        raise No


def person(rule, row, quantity, price):
    if rule["rule"] in ("free", "full"):
        return price if rule["rule"] == "full" else 0
    percent, unit = rule.get("percent"), rule.get("cents_per_unit")
    if rule["rule"] == "table":
        table = percent or unit
        if row[rule["by"]] not in table:
            raise No
        percent, unit = (
            (table[row[rule["by"]]], None) if percent else (None, table[row[rule["by"]]])
        )
    exact = F(percent) / 100 * price if percent is not None else F(unit) * quantity
    return min(price, floor(exact + F(1, 2)))


def period(per, day):
    return {"month": (day.year, day.month), "year": day.year, "scheme": 0}[per]


def share(scheme, row, history):
    day, quantity, price = values(scheme, row)
    done = {"id": row["line_id"], "undoing": False, "undone": False, "parts": [], "day": day}
    done |= {"household": row["household"], "assigned": {}, "rests": {}, "paid": [], "drawn": []}
    first = person(scheme["person"], row, quantity, price)
    done["parts"].append(("person", first, 0))
    left = price - first
    for number, step in enumerate(scheme["step"], 1):
        if step["kind"] == "share":
            names = step["payers"]
            given = assign(number, names, left, history)
            done["rests"][number], done["assigned"][number] = left, given
        else:
            names, given = [{**step, "name": step["payer"]}], [left]
        for payer, cents in zip(names, given, strict=True):
            paid = cut(scheme, payer, cents, number, done, quantity, history)
            done["paid"].append((number, payer["name"], paid))
            done["parts"].append((payer["name"], paid, number))
            left -= paid
    if left:
        then = scheme.get("exhausted", {}).get("then", "refuse")
        if then == "refuse" or draw(scheme, then, left, done, history) < left:
            raise No
        done["parts"].append((then, left, 0))
    done["parts"] = [part for part in done["parts"] if part[1]]
    return done


def assign(number, payers, rest, history):
    weights = [F(p["weight"]) for p in payers]
    wants = []
    for place, weight in enumerate(weights):
        due = sum((d["rests"].get(number, 0) * weight / sum(weights) for d in alive(history)), F(0))
        got = sum(d["assigned"][number][place] for d in alive(history) if number in d["assigned"])
        wants.append(due + rest * weight / sum(weights) - got)
    given = [max(0, floor(want)) for want in wants]
    places = range(len(given))
    while sum(given) < rest:
        given[max(places, key=lambda i: (wants[i] - given[i], -i))] += 1
    while sum(given) > rest:
        given[min((i for i in places if given[i]), key=lambda i: (wants[i] - given[i], -i))] -= 1
    return given


def cut(scheme, payer, cents, number, done, quantity, history):
    if "cap_per_unit" in payer:
        cents = min(cents, floor(payer["cap_per_unit"] * quantity))
    if "cap_per_household" in payer:
        cap = payer["cap_per_household"]
        before = sum(
            paid
            for d in alive(history)
            if d["household"] == done["household"]
            and period(cap["per"], d["day"]) == period(cap["per"], done["day"])
            for step, name, paid in d["paid"]
            if (step, name) == (number, payer["name"])
        )
        cents = min(cents, max(0, cap["cents"] - before))
    return draw(scheme, payer["name"], cents, done, history)


def draw(scheme, name, cents, done, history):
    envelopes = [(i, e) for i, e in enumerate(scheme.get("envelope", [])) if e["payer"] == name]
    if not envelopes:
        return cents
    total = 0
    for place, envelope in envelopes:
        if inside(done["day"], envelope):
            spent = sum(c for d in [*alive(history), done] for i, c in d["drawn"] if i == place)
            part = min(cents - total, envelope["cents"] - spent)
            done["drawn"].append((place, part))
            total += part
    return total
