"""The rows of the live spreadsheet: each recipe of `recipes.py` said as a formula."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ensemblier.engines.economics.cellnames import Cell, Formula, Sheet, at, block, rounded
from ensemblier.engines.economics.compiling import Line, aid_figure
from ensemblier.engines.economics.outcome import Outcome
from ensemblier.engines.economics.plan import Plan, Post, Volume
from ensemblier.engines.economics.quantities import season_from, sold_name
from ensemblier.engines.economics.recipes import (
    ONE,
    AsPaid,
    AtOnce,
    Capital,
    Each,
    Flat,
    Interest,
    Later,
    Loan,
    Never,
    Once,
    PerUnit,
    Recipe,
    Spread,
    Steps,
)
from ensemblier.engines.economics.terms import MONTHS, YEAR, YEARS
from ensemblier.engines.insertion import FULL_WEEK
from ensemblier.engines.law.insertion import ACI_POST_AID, EI_POST_AID

INDEX_ROWS = {"": 2, "general": 3, "wages": 4, "food": 5}
YEAR_VALUES = 5  # first of the five columns that hold a price or a yearly amount
FIRST = YEAR_VALUES + YEARS
SIDES = {"charge": "charge", "resource": "ressource"}


class Cells(Protocol):
    """What gives the cell of a hypothesis."""

    def cell(self, item: str, key: str, scale: int, default: int) -> str: ...


class VolumeRows:
    """One row by volume and by sale: quantities in units, by month."""

    def __init__(self, plan: Plan, inputs: Cells) -> None:
        self.plan, self.inputs = plan, inputs
        self.sheet = Sheet("Volumes", frozen=2)
        self.sheet.add("volume", "unité", *plan.year_names, *plan.month_names)
        self.first = 2 + YEARS
        self.rows: dict[str, int] = {}
        known = {volume.id: volume for volume in plan.volumes}
        for volume in plan.volumes:
            self.add(volume, known)
        for sale in plan.sales:
            share = inputs.cell(sale.id, "share", 100, sale.share)
            self.derive(sold_name(sale.id), "vendu", sale.volume, f"{share}/10000", (0, MONTHS - 1))

    def add(self, volume: Volume, known: dict[str, Volume]) -> None:
        if volume.id in self.rows:
            return
        if volume.of:
            self.add(known[volume.of], known)
            rate = f"{self.rate(volume)}/{ONE}"
            self.derive(volume.id, volume.unit, volume.of, rate, (volume.first, volume.last))
        else:
            self.seasonal(volume)

    def rate(self, volume: Volume) -> str:
        cell = self.inputs.cell
        rate = cell(volume.id, "rate", ONE, volume.rate)
        yields = cell(volume.id, "yield", 100, volume.yields)
        loss = cell(volume.id, "loss", 100, volume.loss)
        return rounded(f"{rate}*{yields}*(10000-{loss})/100000000")

    def derive(self, name: str, unit: str, of: str, rate: str, span: tuple[int, int]) -> None:
        cells: list[Cell] = [name, unit, *([None] * YEARS)]
        for month in range(MONTHS):
            inside = span[0] <= month <= span[1]
            here = rounded(f"{self.milli(of, month)}*{rate}")
            cells.append(Formula(f"{here}/1000") if inside else 0)
        self.rows[name] = self.sheet.add(*cells)

    def seasonal(self, volume: Volume) -> None:
        """Year totals first, then months on the running total of the weights."""
        row, cell = len(self.sheet.rows) + 1, self.inputs.cell
        factors = [str(ONE)]
        rises = volume.growth or (0,) * (YEARS - 1)
        one_rise = (volume.id, "growth") in getattr(self.inputs, "where", {})
        for year, rise in enumerate(rises, 1):
            key = "growth" if one_rise else f"growth {year}"
            factors.append(
                rounded(f"{factors[-1]}*(10000+{cell(volume.id, key, 100, rise)})/10000")
            )
        yearly = cell(volume.id, "yearly", 1_000, volume.yearly)
        totals = [Formula(rounded(f"{yearly}*{factor}/{ONE}")) for factor in factors]
        weights = self.weights(volume)
        whole = "+".join(weights)
        cells: list[Cell] = [volume.id, volume.unit, *totals]
        for month in range(MONTHS):
            year, rank = divmod(month, YEAR)
            if not volume.first <= month <= volume.last:
                cells.append(0)
                continue
            total = at("Volumes", 2 + year, row)
            after = rounded(f"{total}*({'+'.join(weights[: rank + 1])})/({whole})")
            before = rounded(f"{total}*({'+'.join(weights[:rank]) or 0})/({whole})")
            cells.append(Formula(f"({after}-{before})/1000"))
        self.rows[volume.id] = self.sheet.add(*cells)

    def weights(self, volume: Volume) -> list[str]:
        """The weights of twelve months from the first of the plan: their cells when there are."""
        where = getattr(self.inputs, "where", {})
        if (volume.id, "season 1") not in where:
            return [str(weight) for weight in season_from(volume, self.plan.start)]
        return [
            where[volume.id, f"season {(self.plan.start + month) % YEAR + 1}"]
            for month in range(YEAR)
        ]

    def milli(self, name: str, month: int) -> str:
        """Thousandths of unit, as the engine counts them."""
        return rounded(f"{at('Volumes', self.first + month, self.rows[name])}*1000")


class LineRows:
    """One row by line: what counts on one sheet, what is paid on the next, loans apart.

    Columns: id, label, side and code, side alone, base, five years, sixty months, five sums.
    """

    first, years = FIRST, FIRST + MONTHS

    def __init__(self, outcome: Outcome, inputs: Cells, volumes: VolumeRows) -> None:
        self.outcome, self.plan = outcome, outcome.plan
        self.inputs, self.volumes = inputs, volumes
        self.lines, self.payments = Sheet("Lignes"), Sheet("Paiements")
        self.loans = Sheet("Emprunts")
        self.loans.add("emprunt", "centimes", "mensualité", "", *self.plan.month_names)
        head = ("ligne", "libellé", "compte", "côté", "base")
        for sheet in (self.lines, self.payments):
            sheet.add(*head, *self.plan.year_names, *self.plan.month_names, *self.plan.year_names)
        self.posts = {post.id: post for post in self.plan.posts}
        self.codes: list[tuple[str, str, bool]] = []
        self.loan_rows: dict[str, int] = {}
        self.counted: list[tuple[Line, int]] = []
        for line in outcome.lines:
            self.add(line)

    def add(self, line: Line) -> None:
        side = SIDES[line.side]
        shown = side if not line.in_kind else f"{side} en nature"
        target = self.lines if line.counts else self.payments
        row = len(target.rows) + 1
        base, years, months = self.months_of(line, target.name, row)
        sums: list[Cell] = [
            Formula(
                "SUM("
                + block(target.name, FIRST + YEAR * y, row, FIRST + YEAR * y + YEAR - 1, row)
                + ")"
            )
            for y in range(YEARS)
        ]
        head: list[Cell] = [line.id, line.label, f"{side} {line.code}", shown, base]
        target.add(*head, *years, *months, *sums)
        if line.counts:
            self.codes.append((side, line.code, line.in_kind))
            self.counted.append((line, row))
            if not isinstance(line.timing, Never):
                self.payments.add(*head, *([None] * YEARS), *self.paid(line, row))

    def cents(self, keep: Callable[[Line], bool], year: int) -> str:
        """What the lines kept add up to in a year, in whole cents; contributions in kind apart."""
        cells = [
            at("Lignes", self.years + year, row)
            for line, row in self.counted
            if not line.in_kind and keep(line)
        ]
        return rounded(f"100*({'+'.join(cells)})") if cells else "0"

    def paid(self, line: Line, row: int) -> list[Cell]:
        """When the months of a line of the other sheet are paid."""
        cells: list[Cell] = [0] * MONTHS
        timing = line.timing
        if isinstance(timing, Later):
            for month in range(timing.months, MONTHS):
                cells[month] = Formula(at("Lignes", FIRST + month - timing.months, row))
        elif isinstance(timing, AtOnce):
            sums: dict[int, str] = {}
            for year in range(YEARS):
                due = timing.paid_in(year)
                if due < MONTHS:
                    one = at("Lignes", self.years + year, row)
                    sums[due] = f"{sums[due]}+{one}" if due in sums else one
            for month, text in sums.items():
                cells[month] = Formula(text)
        elif isinstance(timing, AsPaid) and timing.recipe.month < MONTHS:
            cells[timing.recipe.month] = Formula(f"{at('Lignes', 4, row)}/100")
        return cells

    def months_of(self, line: Line, sheet: str, row: int) -> tuple[Cell, list[Cell], list[Cell]]:
        """Base, five values of the year, sixty months in euros."""
        recipe = line.recipe
        if isinstance(recipe, Interest | Capital):
            return None, [None] * YEARS, self.loan_months(line, recipe.loan, recipe)
        base = Formula(self.base(line, recipe))
        one = recipe.one if isinstance(recipe, Steps) else recipe
        index = "" if isinstance(one, Once | Spread) else one.index
        years: list[Cell] = [
            Formula(rounded(f"{at(sheet, 4, row)}*{at('Indices', 1 + y, INDEX_ROWS[index])}/{ONE}"))
            for y in range(YEARS)
        ]
        month_text = self.writer(line.driver, recipe, sheet, row)
        months: list[Cell] = []
        for month in range(MONTHS):
            text = month_text(month)
            months.append(Formula(f"{text}/100") if text else 0)
        return base, years, months

    def writer(self, item: str, recipe: Recipe, sheet: str, row: int) -> Callable[[int], str]:
        """From a month to the formula in cents, "" when it is zero whatever is typed."""
        base = at(sheet, 4, row)

        def value(month: int) -> str:
            return at(sheet, YEAR_VALUES + month // YEAR, row)

        def one(month: int) -> str:
            if isinstance(recipe, Once):
                return base if month == recipe.month else ""
            if isinstance(recipe, Spread):
                return spread(base, month - recipe.first, recipe.months)
            if isinstance(recipe, Steps):
                milli = self.volumes.milli(recipe.volume, month)
                wanted = f"-INT(-{milli}/{self.capacity(item)})"
                unit = yearly(recipe.one, month, value(month))
                return f"MAX({recipe.least};{wanted})*{unit}" if unit else ""
            if isinstance(recipe, PerUnit) and month in recipe.span:
                milli = self.volumes.milli(recipe.volume, month)
                return rounded(f"{milli}*{value(month)}/100000")
            return yearly(recipe, month, value(month))

        return one

    def capacity(self, item: str) -> str:
        """Of a post, training and absences off; or the load of a round."""
        cell = self.inputs.cell
        post = self.posts.get(item)
        if post is None:
            load = next(each.load for each in self.plan.rounds if each.id == item)
            return cell(item, "load", 1_000, load)
        full = cell(item, "capacity", 1_000, post.capacity)
        training = cell(item, "training", 100, post.training)
        absence = cell(item, "absence", 100, post.absence)
        replaced = cell(item, "replaced", 100, post.replaced)
        trained = rounded(f"{full}*(10000-{training})/10000")
        return rounded(f"{trained}*(100000000-{absence}*(10000-{replaced}))/100000000")

    def base(self, line: Line, recipe: Recipe) -> str:
        """Cents or hundredths of a cent, before any index, from the hypotheses."""
        cell, item = self.inputs.cell, line.driver
        if line.kind in ("wage", "aid"):
            post = self.posts[item]
            return self.wage(post) if line.kind == "wage" else self.aid(post)
        if line.kind == "round":
            return self.round_base(item, recipe)
        if line.kind == "in_kind" and isinstance(recipe, Flat):
            return self.in_kind_base(item)
        if line.kind in ("wear", "bought"):
            return cell(item, "price", 100, line.whole)
        if line.kind == "drawn":
            return cell(item, "loan", 100, line.whole)
        if isinstance(recipe, PerUnit):
            return cell(item, "price", 10_000, recipe.price)
        if isinstance(recipe, Flat):
            return cell(item, "yearly", 100, recipe.yearly)
        return cell(item, "once", 100, line.whole)

    def wage(self, post: Post) -> str:
        cell = self.inputs.cell
        monthly = cell(post.id, "monthly", 100, post.monthly)
        absence = cell(post.id, "absence", 100, post.absence)
        replaced = cell(post.id, "replaced", 100, post.replaced)
        turnover = cell(post.id, "turnover", 100, post.turnover)
        hiring = cell(post.id, "hiring", 100, post.hiring)
        whole = f"12*{monthly}*(100000000+{absence}*{replaced})+10000*{turnover}*{hiring}"
        one = rounded(f"({whole})/100000000")
        if post.volume:
            return one
        return rounded(f"{one}*{cell(post.id, 'number', 1_000, post.number)}/1000")

    def aid(self, post: Post) -> str:
        cell = self.inputs.cell
        if post.aid_yearly:
            one = cell(post.id, "aid_yearly", 100, post.aid_yearly)
        else:
            figures = ACI_POST_AID if post.aid == "ACI" else EI_POST_AID
            law = aid_figure(figures, self.plan).value
            hours = cell(post.id, "hours", 60, post.hours)
            absence = cell(post.id, "absence", 100, post.absence)
            full = rounded(f"{law}*{hours}/{FULL_WEEK}")
            one = rounded(f"{full}*(10000-{absence})/10000")
        if post.volume:
            return one
        return rounded(f"{one}*{cell(post.id, 'number', 1_000, post.number)}/1000")

    def round_base(self, item: str, recipe: Recipe) -> str:
        each = next(row for row in self.plan.rounds if row.id == item)
        km = self.inputs.cell(item, "km", 1_000, each.km)
        price = self.inputs.cell(item, "price", 10_000, each.price)
        if isinstance(recipe, Steps) and isinstance(recipe.one, Each):
            return rounded(f"{km}*{price}/100000")
        yearly = self.inputs.cell(item, "yearly", 1_000, each.yearly)
        return rounded(f"{yearly}*{km}*{price}/100000000")

    def in_kind_base(self, item: str) -> str:
        gift = next(each for each in self.plan.in_kinds if each.id == item)
        if gift.yearly:
            return self.inputs.cell(item, "yearly", 100, gift.yearly)
        hours = self.inputs.cell(item, "hours", 1_000, gift.hours)
        return rounded(f"{hours}*12*{self.inputs.cell(item, 'price', 10_000, gift.price)}/100000")

    def loan_months(self, line: Line, loan: Loan, recipe: Interest | Capital) -> list[Cell]:
        row = self.loan_rows.get(line.driver) or self.loan(line.driver, loan)
        shift = 0 if isinstance(recipe, Interest) else 1
        cells: list[Cell] = [0] * MONTHS
        for month in range(loan.month + 1, min(MONTHS, loan.month + 1 + loan.term)):
            cells[month] = Formula(f"{at('Emprunts', 4 + month, row + shift)}/100")
        return cells

    def loan(self, item: str, loan: Loan) -> int:
        """Three rows of cents: interest, capital paid back, what is left."""
        row = len(self.loans.rows) + 1
        self.loan_rows[item] = row
        rate = self.inputs.cell(item, "rate", 100, loan.rate)
        total = self.inputs.cell(item, "loan", 100, loan.cents)
        monthly = f"({rate}/120000)"
        payment = Formula(
            f"IF({rate}=0;{rounded(f'{total}/{loan.term}')};"
            f"{rounded(f'{total}*{monthly}/(1-(1+{monthly})^-{loan.term})')})"
        )
        interest: list[Cell] = [0] * MONTHS
        capital: list[Cell] = [0] * MONTHS
        left: list[Cell] = [0] * MONTHS
        if loan.month < MONTHS:
            left[loan.month] = Formula(total)
        for month in range(loan.month + 1, min(MONTHS, loan.month + 1 + loan.term)):
            before = at("Emprunts", 4 + month - 1, row + 2)
            here = at("Emprunts", 4 + month, row)
            interest[month] = Formula(rounded(f"{before}*{rate}/120000"))
            last = month == loan.month + loan.term
            paid = f"MIN({before};{at('Emprunts', 2, row)}-{here})"
            capital[month] = Formula(before if last else paid)
            left[month] = Formula(f"{before}-{at('Emprunts', 4 + month, row + 1)}")
        self.loans.add(item, "intérêts", payment, None, *interest)
        self.loans.add(item, "capital remboursé", None, None, *capital)
        self.loans.add(item, "reste dû", None, None, *left)
        return row


def yearly(recipe: Recipe, month: int, value: str) -> str:
    """The month of a yearly or monthly amount."""
    if not isinstance(recipe, Flat | Each) or month not in recipe.span:
        return ""
    return running_part(value, month % YEAR, YEAR) if isinstance(recipe, Flat) else value


def spread(base: str, rank: int, months: int) -> str:
    return running_part(base, rank, months) if 0 <= rank < months else ""


def running_part(total: str, rank: int, whole: int) -> str:
    """What one of `whole` equal parts gets, by the running total."""
    after = rounded(f"{total}*{rank + 1}/{whole}")
    return f"({after}-{rounded(f'{total}*{rank}/{whole}')})"
