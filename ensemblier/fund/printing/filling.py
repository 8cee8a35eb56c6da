"""A file put on a funder's form: figures, texts cut to their place, both sides of the budget."""

from __future__ import annotations

from typing import Any, NamedTuple

from ensemblier.base.pages.formats import day, euros, whole
from ensemblier.engines import budget
from ensemblier.engines.printing_lines import UNITS, Amounts, Printed, cut, rounded, table
from ensemblier.fund.applications import topup
from ensemblier.fund.applications.content import asked_amounts, budget_lines
from ensemblier.fund.applications.models import Application, Certainty
from ensemblier.fund.printing.blocks import Block, Form

NBSP = "\u00a0"


class Table(NamedTuple):
    """One side of the budget in print: cash and its total, then in kind, then everything."""

    title: str
    rows: list[Printed]
    cash: Printed
    in_kind: list[Printed]
    total: Printed

    def lines(self) -> list[tuple[Printed, str]]:
        """Every line in the order of the paper, each with its kind: line, heading or total."""
        kinds = {True: "heading", False: "line"}
        found = [(row, kinds[row.is_heading]) for row in self.rows]
        found.append((self.cash, "total"))
        found += [(row, kinds[row.is_heading]) for row in self.in_kind]
        return [*found, (self.total, "total")]


class Filled(NamedTuple):
    """The form ready to print. `cuts` names the texts that were too long for their place."""

    form: Form
    parts: list[tuple[Block, Any]]
    cuts: list[str]
    gap: int


def fill(form: Form, application: Application) -> Filled:
    """Put the file on the form."""
    values, cuts = figures(application), []
    parts: list[tuple[Block, Any]] = []

    def fitted(name: str, label: str, most: int) -> str:
        text, was_cut = cut(values[name] or "—", most)
        if was_cut:
            cuts.append(f"« {label} » : {most} signes sur {len(values[name])}")
        return text

    for block in form.blocks:
        if block.kind == "facts":
            rows = [(label, fitted(name, label, most)) for label, name, most in block.lines]
            parts.append((block, rows))
        elif block.kind == "text":
            parts.append((block, fitted(block.text, block.title, block.most)))
        else:
            parts.append((block, side_of(block, amounts(application, block.side), form.unit)))
    sums = budget.totals(budget_lines(application), asked_amounts(application))
    return Filled(form, parts, cuts, sums.gap or sums.in_kind_gap)


def amounts(application: Application, side: str) -> Amounts:
    """Code -> the lines of the budget on that side; what is asked of the fund is one of them. A
    resource that was refused is not printed: it pays nothing."""
    found: dict[str, list[tuple[str, int]]] = {}
    for line in application.lines.all():
        if line.side == side and line.certainty != Certainty.REFUSED:
            found.setdefault(line.code, []).append((line.payer or line.label, line.amount_cents))
    asked = sum(part.amount_cents for part in application.asked.all())
    if side == budget.RESOURCE and asked:
        found.setdefault(budget.FUND_CODE, []).append(("Fonds de soutien", asked))
    return found


def side_of(block: Block, found: Amounts, unit: int) -> Table:
    """The printed rows of one side: cash, then contributions in kind under their heading."""
    total, *lines = table(block.total, block.rows, block.in_kind, found, unit)
    cash, kind = [place for place, line in enumerate(lines) if line.depth == 1]
    rows = [line._replace(depth=line.depth - 2) for line in lines[cash + 1 : kind]]
    in_kind = [line._replace(depth=line.depth - 1) for line in lines[kind:]]
    in_kind[0] = in_kind[0]._replace(label=block.in_kind_title)
    return Table(
        block.title,
        rows,
        lines[cash]._replace(label=block.total, depth=0),
        in_kind,
        total._replace(label="Total général, contributions en nature comprises"),
    )


def figures(application: Application) -> dict[str, str]:
    """Every figure and text that a template may show, in words."""
    sums = budget.totals(budget_lines(application), asked_amounts(application))
    home = application.organisation
    years = sorted({part.year for part in application.asked.all()})
    region = sum(
        line.amount_cents
        for line in application.lines.all()
        if line.code == "74R" and line.certainty != Certainty.REFUSED
    )
    share = percent(sums)
    asked = f"{whole(rounded(sums.asked, 100))}{NBSP}€"
    return {
        "organisation": home.name,
        "siret": home.siret_spaced or home.rna,
        "numero": application.number,
        "appel": application.call.title,
        "titre": application.title,
        "debut": day(application.starts_on) if application.starts_on else "",
        "annees": ", ".join(map(str, years)),
        "commune": str(application.commune or ""),
        "personnes": whole(application.people_count) if application.people_count else "",
        "cout": euros(sums.charges),
        "demande": euros(sums.asked),
        "taux": share,
        "region": euros(region),
        "manque": euros(topup.of(application).missing_cents),
        "resume": application.summary,
        "besoins": application.needs,
        "participation": application.participation_how,
        "territoire": application.territory_note,
        "avenir": application.model_path,
        "qualite": application.quality,
        "sollicitee": f"La subvention sollicitée de {asked} représente {share} du total des "
        "produits du projet, hors contributions en nature.",
    }


def percent(sums: budget.Totals) -> str:
    """The part of the cash products that is asked, to the hundredth, rounded half up."""
    total = sums.resources + sums.asked
    return budget.percent(rounded(sums.asked * budget.WHOLE, total)) if total else f"0{NBSP}%"


def amount(units: int, unit: int) -> str:
    """As printed on the form: euros without cents, cents, or thousands of euros."""
    if unit == UNITS["centime"]:
        return euros(units)
    return f"{whole(units)}{NBSP}{'€' if unit == UNITS['euro'] else 'k€'}"
