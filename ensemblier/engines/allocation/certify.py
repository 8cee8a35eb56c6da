"""Checks a sharing apart from its engine: `python certify.py FICHIER RESULT.json` (.pb or .toml).

Standard library, whole numbers. Raises, purchases, limits and refusals are done again from ballots;
a result that differs anywhere is false. The certificate: a refused lot breaks a named limit, or no
group of jurors was owed it."""

import csv
import json
import re
import sys
import tomllib
from collections import Counter
from fractions import Fraction
from hashlib import sha256
from itertools import accumulate, combinations
from math import lcm
from pathlib import Path
from types import SimpleNamespace as Record
from typing import Any

UNIT = 10**9  # amounts and points are whole billionths, so that decimals fit


def number(cell: Any) -> int:
    return int(Fraction(str(cell or 0).replace(",", ".")) * UNIT)


def read_pb(text: str) -> Any:
    """A Pabulib file as if it were one of ours. A name given twice in a ballot counts once."""
    tables = []
    for part in re.split(r"(?im)^\s*(?:meta|projects|votes)\s*$", text)[1:]:
        rows = [[cell.strip() for cell in r] for r in csv.reader(part.splitlines(), delimiter=";")]
        head, *rows = [row for row in rows if row not in ([], [""])]
        tables.append([dict(zip(head, row, strict=False)) for row in rows])
    meta = dict(list(row.values())[:2] for row in tables[0])
    lots = [{"id": row["project_id"], "cost_cents": row["cost"]} for row in tables[1]]
    data: Any = {"lot": lots, "envelope_cents": meta["budget"], "ballot": []}
    for row in tables[2]:
        names = [name.strip() for name in row.get("vote", "").split(",") if name]
        rated = meta["vote_type"] in ("scoring", "cumulative")
        points = row["points"].split(",") if rated else ["1"] * len(names)
        marks = dict(zip(names, points, strict=False)).items()
        data["ballot"].append({"college": "votants", "votes": marks})
    rules = {"tie_order": sorted(lot["id"] for lot in lots)}
    return data | {"college": [{"name": "votants", "share": 1}], "rules": rules}


def read(source: bytes, is_pb: bool, rule: Any) -> Any:
    """The vote as numbers under a rule: lots, and classes of equal ballots, by place."""
    data = (read_pb if is_pb else tomllib.loads)(source.decode("utf-8-sig"))
    v = Record(**{"ceiling": [], "floor": []} | data, is_pb=is_pb, rule=rule, jurors=[], limits=[])
    v.cost, v.support = [number(lot["cost_cents"]) for lot in v.lot], [[] for _ in v.lot]
    v.size, place = {c["name"]: 0 for c in v.college}, {lot["id"]: n for n, lot in enumerate(v.lot)}
    merged: Any = Counter()
    for ballot in v.ballot:
        v.size[ballot["college"]] += ballot.get("count", 1)
        words = [] if is_pb else [word.partition("=")[::2] for word in ballot["votes"].split()]
        marks = [(name, points or 1) for name, points in words if int(points or 1)]
        merged[ballot["college"], tuple(ballot["votes"] if is_pb else marks)] += ballot.get(
            "count", 1
        )
    for (college, marks), count in merged.items():
        v.jurors.append((college, {}))
        for position, (name, points) in enumerate(marks):
            worth = {"cost": v.cost[place[name]], "cardinality": UNIT, "points": number(points)}
            if u := worth.get(rule["utility"], (len(marks) - 1 - position) * UNIT):
                v.jurors[-1][1][place[name]] = u
                v.support[place[name]].append((len(v.jurors) - 1, u, count))
    v.worth = [sum(u * count for _, u, count in each) for each in v.support]
    ties = [(c, -sum(n for _, _, n in s)) for c, s in zip(v.cost, v.support, strict=True)]
    order = v.rules["tie_order"].index
    v.rank = [(not is_pb and ties[n], order(lot["id"])) for n, lot in enumerate(v.lot)]
    for c in v.ceiling:
        uses = [lot.get("uses", {}).get(c["use"], 0) for lot in v.lot]
        v.limits.append((c["name"], c["cap_cents"] if "cap_cents" in c else c["cap_lots"], uses))
    for some in [s for n in range(len(v.floor)) for s in combinations(v.floor, n + 1)]:
        groups, least = {f["group"] for f in some}, sum(f["least_cents"] for f in some)
        uses = [0 if groups & set(lot.get("groups", ())) else lot["cost_cents"] for lot in v.lot]
        v.limits.append((" + ".join(f["name"] for f in some), v.envelope_cents - least, uses))
    weight = sum(c["share"] for c in v.college)
    v.part = {c["name"]: Fraction(c["share"], weight * v.size[c["name"]]) for c in v.college}
    return v


def broken(v: Any, n: int, left: Any) -> Any:
    pairs = zip(v.limits, left, strict=True)
    return next(((name, room, uses[n]) for (name, _, uses), room in pairs if uses[n] > room), ())


def price(v: Any, n: int, r: Any) -> Any:
    """rho x r.one: supporters pay the least of rho x utility and of what they hold; or None."""
    need, slope, rich = v.cost[n] * r.one, v.worth[n], v.support[n]
    while slope and not broken(v, n, r.left):
        least = {u: -(-need * u // slope) for u in {u for _, u, _ in rich}}
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
    r = Record(one=one, held=held, left=left, won={}, easy=True)
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
    """Pay for a lot; without a need, it completes what is bought and no college pays."""
    r.one, r.held, paid = r.one * slope, [held * slope for held in r.held], dict.fromkeys(v.size, 0)
    for k, u, count in v.support[n]:
        r.easy &= r.held[k] >= need * u
        paid[v.jurors[k][0]] += min(r.held[k], need * u) * count
        r.held[k] -= min(r.held[k], need * u)
    r.left = [room - limit[2][n] for limit, room in zip(v.limits, r.left, strict=True)]
    r.won[n] = Fraction(need, r.one), {c: Fraction(p, r.one * UNIT) for c, p in paid.items()}


def raised(v: Any, lots: Any, money: int, left: Any) -> Any:
    """The run that a phase keeps, after how many raises, and why no further."""
    r, raises, step = None, -1, number(v.rule["step"]) * sum(v.size.values())
    while True:
        further = run(v, lots, money + (raises + 1) * step, left)
        spare = money - sum(v.cost[n] for n in further.won)
        if spare < 0:
            return r, raises, "infeasible"
        r, raises, rest = further, raises + 1, [n for n in lots if n not in further.won]
        pairs = ((n, r.held[k] * v.worth[n], u * r.one) for n in rest for k, u, _ in v.support[n])
        more = [n for n in rest if v.worth[n] and v.cost[n] <= spare and not broken(v, n, r.left)]
        word = "stable" if r.easy and all(v.cost[n] * u <= held for n, held, u in pairs) else ""
        word = "exhaustive" if v.rule["stop"] == "exhaustive" and not more else word
        if word or v.rule["completion"] == "none":
            return r, raises, word if v.rule["completion"] != "none" else "none"


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
    """What RESULT.json must say of the vote."""
    money, left, funded = number(v.envelope_cents), [cap for _, cap, _ in v.limits], set[str]()
    ids, project = [lot["id"] for lot in v.lot], [lot.get("project") or lot["id"] for lot in v.lot]
    for phase in sorted({lot.get("phase", 1) for lot in v.lot}):
        lots = [n for n, lot in enumerate(v.lot) if lot.get("phase", 1) == phase]
        opened = [n for n in lots if not body["stages"] or project[n] in funded]
        r, raises, stopped = raised(v, opened, money, left)
        spent = sum(v.cost[n] for n in r.won)
        for n in sorted(opened, key=lambda n: (-v.worth[n] / Fraction(v.cost[n] or 1), v.rank[n])):
            is_left = v.rule["completion"] == "add1u" and n not in r.won and (v.is_pb or v.worth[n])
            if is_left and v.cost[n] <= money - spent and not broken(v, n, r.left):
                spent += v.cost[n]
                buy(v, r, n, 0, 1)
        body["payments"] += [[ids[n], *paid] for n, paid in r.won.items()]
        body["stages"].append([phase, raises, stopped, Fraction(spent, UNIT)])
        for n in (n for n in lots if n not in r.won):
            no = ["phase", "son projet n'a rien obtenu à la phase précédente", 0]
            body["refused"].append([ids[n], *(why(v, r, n, money) if n in opened else no)])
        money, left, funded = money - spent, r.left, funded | {project[n] for n in r.won}


def verdict(source: bytes, is_pb: bool, said: Any) -> tuple[list[str], list[Any]]:
    """What of a result is false, and why each lot is refused."""
    v = read(source, is_pb, said["rule"])
    body: Any = {"format": "ensemblier/partage/1", "input": sha256(source).hexdigest()}
    fixed = {key.removesuffix("_cents"): value for key, value in v.rules.items()}
    rule = {k: fixed.get(k, v.rule[k]) for k in ("utility", "completion", "step", "stop")}
    share(v, body := body | {"rule": rule, "payments": [], "stages": [], "refused": []})
    body["order"] = [payment[0] for payment in body["payments"]]
    body["winners"] = sorted(body["order"])
    text = json.dumps(body, default=str, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    body = json.loads(text) | {"digest": sha256(text.encode()).hexdigest()}
    return [key for key in sorted(body | said) if body.get(key) != said.get(key)], body["refused"]


def main(arguments: list[str]) -> int:
    try:
        source, text = (Path(name).read_bytes() for name in arguments)
        false, refused = verdict(source, arguments[0].lower().endswith(".pb"), json.loads(text))
    except Exception as error:  # whatever the files hold, an answer and no traceback
        false, refused = [f"un des fichiers ne se lit pas ({error!r:.200})"], []
    print(*(f"{lot} refusé : {text}." for lot, _, text, _ in refused), sep="\n")
    print(f"RÉSULTAT REFUSÉ : {', '.join(false)}" if false else "Résultat certifié.")
    return 1 if false else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
