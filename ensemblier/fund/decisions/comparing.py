"""Scenarios side by side: what each gives by region, zoning, class and year, and to whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from ensemblier.base.pages.charts import Column, ColumnChart
from ensemblier.base.pages.formats import euros
from ensemblier.engines.scenarios import Outcome, ranked
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
    ready: int
    by_hand: int


class Move(NamedTuple):
    """A file that gets more or less from one scenario to the other."""

    file: File
    score: str
    amounts: list[int]
    change: int


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
        return [
            {number: sum(part.cents for part in parts) for number, parts in out.awards.items()}
            for out in self.outcomes
        ]

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
        whole = sum(1 for n, cents in totals.items() if cents and cents == files[n].asked)
        part = sum(1 for n, cents in totals.items() if 0 < cents < files[n].asked)
        return Summary(
            scenario=scenario,
            sentence=rule_of(scenario).sentence(),
            spent=sum(totals.values()),
            left=outcome.kept,
            whole=whole,
            part=part,
            none=len(files) - whole - part,
            ready=sum(file.state == "proposed" for file in files.values()),
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
        return self._by_file(lambda file: (self.call.get_strand_display().capitalize(),))

    def _by_file(self, places: Callable[[File], Iterable[str]]) -> list[Line]:
        asked: dict[str, int] = defaultdict(int)
        cents: dict[str, list[int]] = defaultdict(lambda: [0] * len(self.scenarios))
        counts: dict[str, list[int]] = defaultdict(lambda: [0] * len(self.scenarios))
        for number, file in self.field.files.items():
            got = [totals[number] for totals in self.totals]
            for place in places(file):
                asked[place] += file.asked
                for rank, amount in enumerate(got):
                    if amount:
                        cents[place][rank] += amount
                        counts[place][rank] += 1
        return [
            Line(name, whole, [Cell(*cell) for cell in zip(cents[name], counts[name], strict=True)])
            for name, whole in asked.items()
        ]

    @cached_property
    def classes(self) -> list[Line]:
        rows = self._by_part(lambda name, year: name)
        order = {name: rank for rank, name in enumerate(self.field.terms.order)}
        return [
            row._replace(label=CLASSES.get(row.label, row.label))
            for row in sorted(rows, key=lambda row: order.get(row.label, len(order)))
        ]

    @cached_property
    def years(self) -> list[Line]:
        return sorted(self._by_part(lambda name, year: str(year)))

    def _by_part(self, place_of: Callable[[str, int], str]) -> list[Line]:
        asked: dict[str, int] = defaultdict(int)
        for file in self.field.files.values():
            for ask in file.candidate.asks:
                asked[place_of(ask.expense_class, ask.year)] += ask.cents
        cents = [defaultdict[str, int](int) for _ in self.outcomes]
        files = [defaultdict[str, set[str]](set) for _ in self.outcomes]
        for rank, outcome in enumerate(self.outcomes):
            for number, parts in outcome.awards.items():
                for part in parts:
                    place = place_of(part.expense_class, part.year)
                    cents[rank][place] += part.cents
                    files[rank][place].add(number)
        return [
            Line(
                name,
                whole,
                [Cell(c[name], len(f[name])) for c, f in zip(cents, files, strict=True)],
            )
            for name, whole in asked.items()
        ]

    @cached_property
    def moves(self) -> list[Move]:
        """The files for which the choice matters most; `change` is from the first to the last."""
        found = []
        for number, file in self.field.files.items():
            amounts = [totals[number] for totals in self.totals]
            spread = max(amounts, default=0) - min(amounts, default=0)
            if spread:
                found.append((spread, number, file, amounts))
        found.sort(key=lambda row: (-row[0], row[1]))
        return [
            Move(file, on_hundred(file.candidate.score), amounts, amounts[-1] - amounts[0])
            for _, _, file, amounts in found[:SHOWN]
        ]

    @cached_property
    def winners(self) -> list[tuple[str, int, int]]:
        """Against the first scenario: how many files get more, and how many less."""
        first = self.totals[0] if self.totals else {}
        return [
            (
                scenario.name,
                sum(cents > first[number] for number, cents in totals.items()),
                sum(cents < first[number] for number, cents in totals.items()),
            )
            for scenario, totals in zip(self.scenarios[1:], self.totals[1:], strict=True)
        ]

    @property
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
        order = {row.number: rank for rank, row in enumerate(ranked(self.field.candidates), 1)}
        for number, file in sorted(self.field.files.items(), key=lambda item: order[item[0]]):
            yield [
                order[number],
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
