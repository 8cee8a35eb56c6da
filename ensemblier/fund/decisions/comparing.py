"""Scenarios side by side: what each gives by region, zoning, class and year, and to whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from ensemblier.base.pages.charts import Column, ColumnChart
from ensemblier.base.pages.formats import euros
from ensemblier.engines.scenarios import Outcome
from ensemblier.fund.calls.models import Call
from ensemblier.fund.decisions.candidates import ZONES, Field, File
from ensemblier.fund.decisions.models import Scenario
from ensemblier.fund.decisions.sharing import outcome_of, rule_of
from ensemblier.fund.programme.models import ExpenseClass
from ensemblier.fund.review.scoring import on_hundred

MOST = 4
SHOWN = 20  # files that change most from one scenario to another
CLASSES = {value: str(label).capitalize() for value, label in ExpenseClass.choices}


class Cell(NamedTuple):
    """What one scenario gives in one place."""

    cents: int
    files: int
    scenario: str


class Line(NamedTuple):
    """One region, zoning, class or year, with a cell for each scenario."""

    label: str
    asked: int
    cells: list[Cell]


class Summary(NamedTuple):
    """One scenario in a few figures."""

    scenario: Scenario
    sentence: str
    spent: int
    left: int
    whole: int
    part: int
    none: int
    by_hand: int


class Move(NamedTuple):
    """A file that gets more or less from one scenario to the other."""

    file: File
    score: str
    amounts: list[int]
    change: int
    names: list[str]

    @property
    def named(self) -> Iterable[tuple[str, int]]:
        return zip(self.names, self.amounts, strict=True)


@dataclass(frozen=True)
class Comparison:
    """Up to four scenarios of one call on the same files and envelopes."""

    call: Call
    field: Field
    scenarios: Sequence[Scenario]
    outcomes: Sequence[Outcome]

    @cached_property
    def totals(self) -> list[dict[str, int]]:
        """What each file gets in each scenario."""
        return [outcome.totals for outcome in self.outcomes]

    @cached_property
    def amounts(self) -> list[tuple[File, list[int]]]:
        """Each file with what it gets in each scenario."""
        totals = self.totals
        return [
            (file, [got[number] for got in totals]) for number, file in self.field.files.items()
        ]

    @cached_property
    def names(self) -> list[str]:
        return [scenario.name for scenario in self.scenarios]

    def _line(self, label: str, asked: int, cents: list[int], files: list[int]) -> Line:
        cells = zip(cents, files, self.names, strict=True)
        return Line(label, asked, [Cell(*cell) for cell in cells])

    @cached_property
    def summaries(self) -> list[Summary]:
        return [
            self._summary(scenario, outcome, totals)
            for scenario, outcome, totals in zip(
                self.scenarios, self.outcomes, self.totals, strict=True
            )
        ]

    def _summary(self, scenario: Scenario, outcome: Outcome, totals: dict[str, int]) -> Summary:
        files = self.field.files
        got = [(cents, files[number].asked) for number, cents in totals.items() if cents]
        whole = sum([cents == asked for cents, asked in got])
        return Summary(
            scenario=scenario,
            sentence=rule_of(scenario).sentence(),
            spent=outcome.spent,
            left=outcome.kept,
            whole=whole,
            part=len(got) - whole,
            none=len(files) - len(got),
            by_hand=len(scenario.lines.all()),
        )

    @cached_property
    def regions(self) -> list[Line]:
        rows = self._by_file(lambda file: (file.region,))
        return sorted(rows, key=lambda row: (-row.asked, row.label))

    @cached_property
    def zonings(self) -> list[Line]:
        """A file in two zonings counts in both."""
        rows = {row.label: row for row in self._by_file(lambda file: file.zones)}
        return [rows[name] for name in ZONES if name in rows]

    @cached_property
    def strands(self) -> list[Line]:
        """One line: a call has one strand."""
        label = str(self.call.get_strand_display()).capitalize()
        return self._by_file(lambda file: (label,))

    def _by_file(self, places: Callable[[File], Iterable[str]]) -> list[Line]:
        none = [0] * len(self.scenarios)
        asked: dict[str, int] = defaultdict(int)
        cents: dict[str, list[int]] = defaultdict(none.copy)
        counts: dict[str, list[int]] = defaultdict(none.copy)
        for file, got in self.amounts:
            for place in places(file):
                asked[place] += file.asked
                sums, files = cents[place], counts[place]
                for rank, amount in enumerate(got):
                    if amount:
                        sums[rank] += amount
                        files[rank] += 1
        return [self._line(name, whole, cents[name], counts[name]) for name, whole in asked.items()]

    @cached_property
    def classes(self) -> list[Line]:
        order = {name: rank for rank, name in enumerate(self.field.terms.order)}
        rows = sorted(self._by_part(0), key=lambda row: order.get(row.label, len(order)))
        return [row._replace(label=CLASSES.get(row.label, row.label)) for row in rows]

    @cached_property
    def years(self) -> list[Line]:
        return sorted(self._by_part(1))

    def _by_part(self, column: int) -> list[Line]:
        """By class (column 0) or by year (column 1) of the requests."""
        asked: dict[str | int, int] = defaultdict(int)
        for file in self.field.files.values():
            for ask in file.candidate.asks:
                asked[ask[column]] += ask.cents
        cents = [dict.fromkeys(asked, 0) for _ in self.outcomes]
        files = [dict.fromkeys(asked, 0) for _ in self.outcomes]
        for outcome, sums, counts in zip(self.outcomes, cents, files, strict=True):
            for parts in outcome.awards.values():
                if not parts:
                    continue
                for part in parts:
                    sums[part[1 + column]] += part.cents
                for place in {part[1 + column] for part in parts}:
                    counts[place] += 1
        return [
            self._line(str(name), whole, [row[name] for row in cents], [row[name] for row in files])
            for name, whole in asked.items()
        ]

    @cached_property
    def moves(self) -> list[Move]:
        """The files for which the choice matters most; `change` is from the first to the last."""
        found = []
        for file, amounts in self.amounts:
            spread = max(amounts, default=0) - min(amounts, default=0)
            if spread:
                found.append((spread, file.number, file, amounts))
        found.sort(key=lambda row: (-row[0], row[1]))
        names = self.names
        return [
            Move(file, on_hundred(file.candidate.score), amounts, amounts[-1] - amounts[0], names)
            for _, _, file, amounts in found[:SHOWN]
        ]

    @cached_property
    def winners(self) -> list[tuple[str, int, int]]:
        """Against the first scenario: how many files get more, and how many less."""
        first = self.totals[0] if self.totals else {}
        return [
            (
                scenario.name,
                sum([cents > first[number] for number, cents in totals.items()]),
                sum([cents < first[number] for number, cents in totals.items()]),
            )
            for scenario, totals in zip(self.scenarios[1:], self.totals[1:], strict=True)
        ]

    @cached_property
    def chart(self) -> ColumnChart:
        best = max(self.summaries, key=lambda row: row.whole + row.part, default=None)
        sentence = "Ce que chaque scénario donne à chaque région."
        if best:
            sentence += (
                f" « {best.scenario.name} » sert le plus de dossiers : {best.whole + best.part} "
                f"sur {len(self.field.files)}, pour {euros(best.spent)}."
            )
        return ColumnChart(
            columns=[
                Column(row.label, tuple(cell.cents for cell in row.cells)) for row in self.regions
            ],
            sentence=sentence,
            series=tuple(scenario.name for scenario in self.scenarios),
            heading="Région",
        )

    def rows(self) -> Iterator[list[str | int]]:
        """Every file with every scenario, for the exports: amounts in whole cents divided later."""
        for rank, row in enumerate(self.field.line_up.order, 1):
            number, file = row.number, self.field.files[row.number]
            yield [
                rank,
                number,
                file.organisation,
                file.title,
                file.region,
                file.department,
                ", ".join(file.zones),
                on_hundred(file.candidate.score),
                file.asked,
                *(totals[number] for totals in self.totals),
            ]


def compare(call: Call, scenarios: Sequence[Scenario], field: Field) -> Comparison:
    kept = list(scenarios)[:MOST]
    return Comparison(call, field, kept, [outcome_of(scenario, field) for scenario in kept])
