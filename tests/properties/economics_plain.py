"""A second model of a plan, in plain Python, written from the document of the format alone.

It reads the TOML itself, works with fractions of euros and imports nothing of the engine but the
law's amounts. Slow and flat on purpose: what the engine gives must be this, to the cent.
"""

import math
import tomllib
from collections import defaultdict
from fractions import Fraction

from ensemblier.engines.law.insertion import ACI_POST_AID, EI_POST_AID

COSTS = {
    "food": ("60", "food"),
    "seeds": ("60", "general"),
    "packing": ("60", "general"),
    "sorting": ("61", "general"),
    "biowaste": ("61", "general"),
    "energy": ("60", "general"),
    "supplies": ("60", "general"),
    "transport": ("62", "general"),
    "storage": ("61", "general"),
    "premises": ("61", "general"),
    "upkeep": ("61", "general"),
    "insurance": ("61", "general"),
    "activity": ("62", "general"),
    "training": ("62", "general"),
    "engineering": ("62", "general"),
    "evaluation": ("62", "general"),
    "fees": ("62", "general"),
    "audit": ("62", "general"),
    "tax": ("63", "wages"),
    "shared": ("CI", "general"),
    "other": ("65", "general"),
}
CENT = Fraction(1, 100)
MONTHS = range(60)


def nearest(value, step):
    """To the nearest multiple of `step`, halves up."""
    return math.floor(value / step + Fraction(1, 2)) * step


def cents(value):
    return nearest(value, CENT)


def number(value):
    return Fraction(str(value))


def month_of(text):
    year, month = text.split("-")
    return int(year) * 12 + int(month) - 1


class Plain:
    """Amounts in euros, as fractions. `charges` and `resources`: code -> sixty months."""

    def __init__(self, text):
        self.data = tomllib.loads(text, parse_float=str)
        self.start = month_of(self.data["start"])
        self.charges, self.resources = defaultdict(list), defaultdict(list)
        self.flows = [Fraction(0)] * 60
        self.index = {
            name: self.grown([number(self.data.get(key, 0))] * 4)
            for name, key in (
                ("general", "inflation"),
                ("wages", "wage_rise"),
                ("food", "food_rise"),
            )
        }
        self.index[""] = [Fraction(1)] * 5
        self.quantity = {}
        for row in self.data.get("volume", []):
            self.volume(row)
        for table in ("sale", "cost", "round", "post", "equipment", "in_kind", "resource"):
            for row in self.data.get(table, []):
                getattr(self, table)(row)

    def grown(self, percents):
        found = [Fraction(1)]
        for percent in percents:
            found.append(nearest(found[-1] * (1 + percent / 100), Fraction(1, 10**6)))
        return found

    def active(self, row, last="last"):
        first = max(0, month_of(row["first"]) - self.start) if "first" in row else 0
        end = month_of(row[last]) - self.start if last in row else 59
        return first, min(end, 59)

    def volume(self, row):
        if row["id"] in self.quantity:
            return
        first, last = self.active(row)
        milli = Fraction(1, 1000)
        if "of" in row:
            origin = next(each for each in self.data["volume"] if each["id"] == row["of"])
            self.volume(origin)
            rate = number(row.get("rate", 1)) * number(row.get("yield", 100)) / 100
            rate = nearest(rate * (1 - number(row.get("loss", 0)) / 100), Fraction(1, 10**6))
            made = [nearest(q * rate, milli) for q in self.quantity[row["of"]]]
        else:
            rises = row.get("growth", 0)
            rises = rises if isinstance(rises, list) else [rises] * 4
            growth = self.grown([number(rise) for rise in rises])
            weights = [row.get("season", [1] * 12)[(self.start + m) % 12] for m in range(12)]
            made = []
            for year in range(5):
                total = nearest(number(row["yearly"]) * growth[year], milli)
                so_far, given = 0, Fraction(0)
                for weight in weights:
                    so_far += weight
                    reached = nearest(total * so_far / sum(weights), milli)
                    made.append(reached - given)
                    given = reached
        self.quantity[row["id"]] = [q if first <= m <= last else 0 for m, q in enumerate(made)]

    def by_unit(self, quantities, price, index, span):
        found = []
        for month, quantity in enumerate(quantities):
            of_year = nearest(price * self.index[index][month // 12], Fraction(1, 10_000))
            found.append(cents(quantity * of_year) if span[0] <= month <= span[1] else Fraction(0))
        return found

    def by_year(self, yearly, index, span):
        found = []
        for month in MONTHS:
            total = cents(yearly * self.index[index][month // 12])
            part = cents(total * (month % 12 + 1) / 12) - cents(total * (month % 12) / 12)
            found.append(part if span[0] <= month <= span[1] else Fraction(0))
        return found

    def once(self, amount, month):
        return [amount if m == month else Fraction(0) for m in MONTHS]

    def spread(self, total, first, months):
        found = []
        for month in MONTHS:
            rank = month - first
            inside = 0 <= rank < months
            part = cents(total * (rank + 1) / months) - cents(total * rank / months)
            found.append(part if inside else Fraction(0))
        return found

    def pay(self, months, sign, wait=0):
        for month, amount in enumerate(months):
            if month + wait < 60:
                self.flows[month + wait] += sign * amount

    def sale(self, row):
        share = number(row.get("share", 100)) / 100
        sold = [nearest(q * share, Fraction(1, 1000)) for q in self.quantity[row["volume"]]]
        months = self.by_unit(sold, number(row["price"]), row.get("index", ""), self.active(row))
        self.resources[row.get("code", "70")].append(months)
        self.pay(months, 1, row.get("delay", 0))

    def cost(self, row):
        code, index = COSTS[row["kind"]]
        index, span = row.get("index") or index, self.active(row)
        if "volume" in row:
            price = number(row["price"])
            months = self.by_unit(self.quantity[row["volume"]], price, index, span)
        elif "yearly" in row:
            months = self.by_year(number(row["yearly"]), index, span)
        else:
            months = self.once(number(row["once"]), span[0])
        self.charges[row.get("code", code)].append(months)
        self.pay(months, -1, row.get("delay", 0))

    def round(self, row):
        span, one = self.active(row), number(row["km"]) * number(row["price"])
        if "volume" in row:
            months = []
            for month in MONTHS:
                count = math.ceil(self.quantity[row["volume"]][month] / number(row["load"]))
                each = cents(cents(one) * self.index["general"][month // 12])
                months.append(count * each if span[0] <= month <= span[1] else Fraction(0))
        else:
            months = self.by_year(cents(one * number(row["yearly"])), "general", span)
        self.charges[row.get("code", "62")].append(months)
        self.pay(months, -1, row.get("delay", 1))

    def post(self, row):
        absence = number(row.get("absence", 0)) / 100
        pay = 12 * number(row["monthly"]) * (1 + absence * number(row.get("replaced", 0)) / 100)
        pay += number(row.get("turnover", 0)) / 100 * number(row.get("hiring", 0))
        months = self.of_posts(row, cents(pay), "wages", self.active(row))
        self.charges["64"].append(months)
        self.pay(months, -1)
        if not row.get("aid"):
            return
        if "aid_yearly" in row:
            aid = number(row["aid_yearly"])
        else:
            law = (ACI_POST_AID if row["aid"] == "ACI" else EI_POST_AID)[0].value
            full = cents(Fraction(law, 100) * number(row.get("hours", 35)) / 35)
            aid = cents(full * (1 - absence))
        last = min(self.active(row)[1], self.active(row, "aid_last")[1])
        months = self.of_posts(row, aid, "", (self.active(row)[0], last))
        self.resources["74A"].append(months)
        self.pay(months, 1, 1)

    def of_posts(self, row, yearly, index, span):
        if "volume" not in row:
            return self.by_year(cents(yearly * number(row.get("number", 1))), index, span)
        one, found = self.by_year(yearly, index, span), []
        there = 1 - number(row.get("training", 0)) / 100
        done = nearest(number(row["capacity"]) * there, Fraction(1, 1000))
        away = number(row.get("absence", 0)) * (1 - number(row.get("replaced", 0)) / 100) / 100
        done = nearest(done * (1 - away), Fraction(1, 1000))
        for month in MONTHS:
            wanted = math.ceil(self.quantity[row["volume"]][month] / done)
            found.append(max(number(row.get("number", 1)), wanted) * one[month])
        return found

    def equipment(self, row):
        first, price = self.active(row)[0], number(row["price"])
        self.charges["68"].append(self.spread(price, first, row["life"]))
        self.pay(self.once(price, first), -1)
        if not row.get("loan"):
            return
        left, rate = number(row["loan"]), number(row.get("rate", 0)) / 1200
        term, interests, capitals = row["term"], [Fraction(0)] * 60, [Fraction(0)] * 60
        self.pay(self.once(left, first), 1)
        each = cents(left * rate / (1 - (1 + rate) ** -term) if rate else left / term)
        for rank in range(1, term + 1):
            interest = cents(left * rate)
            capital = left if rank == term else min(left, each - interest)
            left -= capital
            if first + rank < 60:
                interests[first + rank], capitals[first + rank] = interest, capital
        self.charges["66"].append(interests)
        self.pay(interests, -1)
        self.pay(capitals, -1)

    def in_kind(self, row):
        span = self.active(row)
        if "volume" in row:
            months = self.by_unit(self.quantity[row["volume"]], number(row["price"]), "", span)
        elif "yearly" in row:
            months = self.by_year(number(row["yearly"]), "", span)
        else:
            months = self.by_year(cents(12 * number(row["hours"]) * number(row["price"])), "", span)
        self.charges[row.get("charge", "864")].append(months)
        self.resources[row.get("resource", "870")].append(months)

    def resource(self, row):
        span, wait = self.active(row), row.get("delay", 2)
        if "volume" in row:
            months = self.by_unit(self.quantity[row["volume"]], number(row["price"]), "", span)
            self.pay(months, 1, wait)
        elif "once" in row:
            amount = number(row["once"])
            months = self.once(amount, span[0])
            self.pay(months, 1, wait)
            if row.get("spread"):
                months = self.spread(amount, span[0], row["spread"])
        else:
            months = self.by_year(number(row["yearly"]), "", span)
            if row.get("payment", "yearly") == "monthly":
                self.pay(months, 1, wait)
            else:
                for year in range(5):
                    due = max(12 * year, span[0]) + wait
                    if due < 60:
                        self.flows[due] += sum(months[12 * year : 12 * year + 12])
        self.resources[row.get("code", "74E")].append(months)

    def cash(self):
        """Euros in the bank at the end of each month."""
        here, found = number(self.data.get("opening_cash", 0)), []
        for flow in self.flows:
            here += flow
            found.append(here)
        return found

    def years(self, side):
        """code -> five years, in euros."""
        return {
            code: [sum(sum(row[12 * y : 12 * y + 12]) for row in rows) for y in range(5)]
            for code, rows in side.items()
        }
