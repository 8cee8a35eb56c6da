"""Checks a sharing apart from its engine: all is done again, with the standard library only.

The certificate: a refused lot breaks a named limit, or no group of jurors was owed it."""

import csv
import json
import re
import tomllib
from fractions import Fraction
from hashlib import sha256
from itertools import accumulate, combinations
from math import lcm
from types import SimpleNamespace as Record
from typing import Any

UNIT, FORMAT = 10**9, "ensemblier/partage/1"  # amounts in billionths, so that decimals fit


def number(cell: Any) -> int:
    return int(Fraction(str(cell or 0).lower().translate({44: ".", 101: "?"})) * UNIT)  # no "1e9"


def read_pb(text: str) -> Any:
    tables = []
    for part in re.split(r"(?im)^\s*(?:meta|projects|votes)\s*$", text)[1:]:
        rows = [[cell.strip() for cell in r] for r in csv.reader(part.splitlines(), delimiter=";")]
        head, *rows = [row for row in rows if row not in ([], [""])]
        tables.append([dict(zip(head, row, strict=False)) for row in rows])
    meta = dict(list(row.values())[:2] for row in tables[0])
    is_rated = meta["vote_type"] in ("scoring", "cumulative")
    lots = [{"id": row["project_id"], "cost_cents": row["cost"]} for row in tables[1]]
    rules, ballots = {"tie_order": sorted(lot["id"] for lot in lots)}, []
    for row in tables[2]:
        names = [name.strip() for name in row.get("vote", "").split(",") if name]
        points = row["points"].split(",") if is_rated else ["1"] * len(names)
        votes = dict(zip(names, points, strict=False)).items()  # a name counts once
        ballots.append({"college": "votants", "votes": votes})
    data: Any = {"lot": lots, "envelope_cents": meta["budget"], "ballot": ballots, "rules": rules}
    return data | {"college": [{"name": "votants", "share": 1}]}


def read(source: bytes, is_pb: bool, rule: Any) -> Any:
    """The vote as numbers under a rule: lots, and classes of equal ballots, by place."""
    data = (read_pb if is_pb else tomllib.loads)(source.decode("utf-8-sig"))
    v = Record(**{"ceiling": [], "floor": []} | data, is_pb=is_pb, jurors=[], limits=[], merged={})
    v.rule = rule | {key.removesuffix("_cents"): value for key, value in v.rules.items()}
    v.cost, v.support = [number(lot["cost_cents"]) for lot in v.lot], [[] for _ in v.lot]
    v.size, place = {c["name"]: 0 for c in v.college}, {lot["id"]: n for n, lot in enumerate(v.lot)}
    for ballot in v.ballot:
        v.size[ballot["college"]] += (count := ballot.get("count", 1))
        words = [] if is_pb else [word.partition("=")[::2] for word in ballot["votes"].split()]
        marks = [(name, points or 1) for name, points in words if int(points or 1)]
        key = ballot["college"], tuple(ballot["votes"] if is_pb else marks)
        v.merged[key] = v.merged.get(key, 0) + count
    for (college, marks), count in v.merged.items():
        v.jurors.append((college, {}))
        for position, (name, points) in enumerate(marks):
            worth = {"cost": v.cost[place[name]], "cardinality": UNIT, "points": number(points)}
            if u := worth.get(v.rule["utility"], (len(marks) - 1 - position) * UNIT):
                v.jurors[-1][1][place[name]] = u
                v.support[place[name]].append((len(v.jurors) - 1, u, count))
    v.worth = [sum(u * count for _, u, count in each) for each in v.support]
    v.kinds = [{u for _, u, _ in each} for each in v.support]
    ties = [
        not is_pb and (c, -sum(n for *_, n in s)) for c, s in zip(v.cost, v.support, strict=True)
    ]
    v.rank = list(zip(ties, map(v.rules["tie_order"].index, place), strict=True))
    for c in v.ceiling:
        uses = [lot.get("uses", {}).get(c["use"], 0) for lot in v.lot]
        v.limits.append((c["name"], c["cap_cents"] if "cap_cents" in c else c["cap_lots"], uses))
    for some in [s for n in range(len(v.floor)) for s in combinations(v.floor, n + 1)]:
        groups, least = {f["group"] for f in some}, sum(f["least_cents"] for f in some)
        uses = [0 if groups & set(lot.get("groups", ())) else lot["cost_cents"] for lot in v.lot]
        v.limits.append((" + ".join(f["name"] for f in some), v.envelope_cents - least, uses))
    all_shares = sum(c["share"] for c in v.college)
    v.part = {c["name"]: Fraction(c["share"], all_shares * v.size[c["name"]]) for c in v.college}
    return v


def broken(v: Any, n: int, left: Any) -> Any:
    pairs = zip(v.limits, left, strict=True)
    return next(((name, room, uses[n]) for (name, _, uses), room in pairs if uses[n] > room), ())


def price(v: Any, n: int, r: Any) -> Any:
    """rho x r.one: supporters pay the least of rho x utility and of what they hold; or None."""
    need, slope, rich = v.cost[n] * r.one, v.worth[n], v.support[n]
    while slope and not broken(v, n, r.left):
        least = {u: -(-need * u // slope) for u in v.kinds[n]}
        short = [entry for entry in rich if r.held[entry[0]] < least[entry[1]]]
        if not short:
            return Fraction(need, slope)
        rich = [entry for entry in rich if r.held[entry[0]] >= least[entry[1]]]
        need -= sum(r.held[k] * count for k, _, count in short)
        slope -= sum(u * count for _, u, count in short)
    return None


def run(v: Any, lots: Any, money: int, left: Any) -> Any:
    """Purchases in turn, the cheapest first; what jurors hold is in whole numbers of 1 / one."""
    one = lcm(*(part.denominator for part in v.part.values()))
    held = [int(money * v.part[college] * one) for college, _ in v.jurors]
    r = Record(money=money, one=one, held=held, left=left, won={}, easy=True)
    least = {n: v.cost[n] / v.worth[n] for n in lots if v.worth[n]}
    while least:
        found: list[Any] = []
        for n in sorted(least, key=least.__getitem__):
            if found and least[n] > float(min(found)[0] / r.one) * (1 + 1e-9):
                break
            if (rho := price(v, n, r)) is None:
                del least[n]
                continue
            least[n] = float(rho / r.one)
            found.append((rho, v.rank[n], n))
        if found:
            buy(v, r, min(found)[2], *min(found)[0].as_integer_ratio())
            del least[min(found)[2]]
    return r


def buy(v: Any, r: Any, n: int, need: int, slope: int) -> None:
    r.one, r.held, paid = r.one * slope, [held * slope for held in r.held], dict.fromkeys(v.size, 0)
    for k, u, count in v.support[n]:
        r.easy &= r.held[k] >= need * u
        paid[v.jurors[k][0]] += min(r.held[k], need * u) * count
        r.held[k] -= min(r.held[k], need * u)
    r.left = [room - limit[2][n] for limit, room in zip(v.limits, r.left, strict=True)]
    r.won[n] = Fraction(need, r.one), {c: Fraction(p, r.one * UNIT) for c, p in paid.items()}


def raised(v: Any, lots: Any, money: int, left: Any) -> Any:
    """The run kept, the raises, why no further, the envelope not kept, the lots that still fit."""
    r, raises, step = None, -1, number(v.rule.get("step", 1)) * sum(v.size.values())
    more: Any = 1 // (step >= UNIT)  # a step that raises nothing would never end
    while True:
        further = run(v, lots, money + (raises + 1) * step, left)
        spare = money - sum(v.cost[n] for n in further.won)
        if spare < 0:
            return r, raises, "infeasible", further.money, more
        r, raises, rest = further, raises + 1, [n for n in lots if n not in further.won]
        pairs = ((n, r.held[k] * v.worth[n], u * r.one) for n in rest for k, u, _ in v.support[n])
        more = [n for n in rest if v.worth[n] and v.cost[n] <= spare and not broken(v, n, r.left)]
        word = "stable" if r.easy and all(v.cost[n] * u <= held for n, held, u in pairs) else ""
        word = "exhaustive" if v.rule.get("stop") == "exhaustive" and not more else word
        if word := "none" if v.rule["completion"] == "none" else word:
            return r, raises, word, r.money + step, more


def why(v: Any, r: Any, n: int, money: int) -> list[Any]:
    """Why a lot is refused, and what supporters still hold; ArithmeticError if it was owed."""
    held = Fraction(sum(r.held[k] * count for k, _, count in v.support[n]), r.one * UNIT)
    if limit := broken(v, n, r.left):
        return ["ceiling", "« {} » ne laisse que {} et il en faut {}".format(*limit), held]
    given = [(v.part[v.jurors[k][0]] * money, v.jurors[k][1], u * c) for k, u, c in v.support[n]]
    group = sorted((sum(map(u.get, {*r.won, n} & u.keys())) / p, w) for p, u, w in given if p)
    owed = accumulate(worth for _, worth in group)
    if any(has * v.cost[n] <= due for (has, _), due in zip(group, owed, strict=True)):
        raise ArithmeticError(f"un groupe de jurés a droit au lot {v.lot[n]['id']}")
    text = "il coûte {:.2f} et ses soutiens ne réunissent plus que {:.2f}"
    return ["support", text.format(v.cost[n] / UNIT, float(held)), held]


def share(v: Any, body: Any) -> None:
    money, left, funded = number(v.envelope_cents), [cap for _, cap, _ in v.limits], set[str]()
    ids, project = [lot["id"] for lot in v.lot], [lot.get("project") or lot["id"] for lot in v.lot]
    for phase in sorted({lot.get("phase", 1) for lot in v.lot}):
        lots = [n for n, lot in enumerate(v.lot) if lot.get("phase", 1) == phase]
        opened = [n for n in lots if not body["stages"] or project[n] in funded]
        r, raises, stopped, further, more = raised(v, opened, money, left)
        spent, bought = sum(v.cost[n] for n in r.won), len(r.won)
        for n in sorted(opened, key=lambda n: (-v.worth[n] / Fraction(v.cost[n] or 1), v.rank[n])):
            is_left = v.rule["completion"] == "add1u" and n not in r.won and (v.is_pb or v.worth[n])
            if is_left and v.cost[n] <= money - spent and not broken(v, n, r.left):
                spent += v.cost[n]
                buy(v, r, n, 0, 1)
        body["payments"] += [[ids[n], *paid] for n, paid in r.won.items()]
        kind, stop = v.rule["completion"], v.rule.get("stop") if stopped != "none" else None
        seen: Any = [Fraction(further, UNIT), len(more), len(r.won) - bought]
        uses = [stop, stop == "exhaustive", kind == "add1u"]
        seen = [each if used else None for each, used in zip(seen, uses, strict=True)]
        body["stages"].append([phase, raises, stopped, Fraction(spent, UNIT), *seen])
        for n in (n for n in lots if n not in r.won):
            no = ["phase", "son projet n'a rien obtenu à la phase précédente", 0]
            body["refused"].append([ids[n], *(why(v, r, n, money) if n in opened else no)])
        money, left, funded = money - spent, r.left, funded | {project[n] for n in r.won}


def verdict(source: bytes, is_pb: bool, said: Any) -> tuple[list[str], list[Any]]:
    """What of a result is false, and why each lot is refused."""
    v = read(source, is_pb, said["rule"])
    names = ["utility", "completion", *(["step", "stop"] if v.rule["completion"] != "none" else [])]
    body: Any = {"rule": {k: v.rule[k] for k in names}, "payments": [], "stages": [], "refused": []}
    share(v, body)
    order = [payment[0] for payment in body["payments"]]
    body |= {"order": order, "winners": sorted(order), "format": FORMAT}
    body["input"] = sha256(source).hexdigest()
    text = json.dumps(body, default=str, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    body = json.loads(text) | {"digest": sha256(text.encode()).hexdigest()}
    return [key for key in sorted(body | said) if body.get(key) != said.get(key)], body["refused"]
