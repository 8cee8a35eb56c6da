"""The content of a file in words and charts: for reading it, and for comparing two versions."""

from __future__ import annotations

from typing import Any

from ensemblier.base.journal.models import Event
from ensemblier.base.pages.charts import Column, ColumnChart, Part, StackedBar
from ensemblier.base.pages.formats import euros, in_paris
from ensemblier.base.people.models import User
from ensemblier.engines import budget
from ensemblier.fund.applications import topup
from ensemblier.fund.applications.answers import given
from ensemblier.fund.applications.commitments import COMMITMENTS
from ensemblier.fund.applications.content import asked_amounts, budget_lines
from ensemblier.fund.applications.grid_forms import DIMENSIONS
from ensemblier.fund.applications.models import (
    Application,
    Certainty,
    Effect,
    Nature,
    PublicKind,
    Sector,
    State,
)
from ensemblier.fund.applications.path import by_year, sentence
from ensemblier.fund.applications.report import stage_rule
from ensemblier.fund.applications.rules import NAMES
from ensemblier.fund.applications.saving import LISTS
from ensemblier.fund.applications.wording import in_words
from ensemblier.fund.programme.models import ExpenseClass

BADGES = {
    State.DRAFT: "draft",
    State.FILED: "info",
    State.IN_REVIEW: "info",
    State.INCOMPLETE: "wait",
    State.PROPOSED: "info",
    State.FUNDED: "done",
    State.REFUSED: "stop",
    State.AGREED: "done",
    State.CLOSED: "done",
    State.WITHDRAWN: "draft",
    State.ABANDONED: "stop",
}
DONE = {
    "application.start": "a commencé le dossier",
    "application.save": "a rempli « {step} »",
    "application.attach": "a joint une pièce",
    "application.detach": "a retiré une pièce",
    "application.file": "a déposé le dossier",
    "application.withdraw": "a retiré le dossier",
    "application.take": "a pris le dossier en instruction",
    "application.ask_complements": "a demandé des compléments",
    "application.abandon": "a classé le dossier sans réponse",
    "application.reopen": "a rouvert le dossier",
    "application.answer_complements": "a répondu à la demande de compléments",
    "application.propose": "a proposé le dossier à la décision",
    "application.send_back": "a renvoyé le dossier à l'instruction",
    "application.fund": "a accordé une subvention",
    "application.refuse": "n'a pas retenu le dossier",
    "application.agree": "a signé la convention",
    "application.close": "a clos le dossier",
}
# The reasons that the organisation reads here; those of the instruction stay with the desk.
TOLD = {
    "application.withdraw",
    "application.ask_complements",
    "application.abandon",
    "application.refuse",
}


def who_pays(application: Application) -> StackedBar | None:
    """Who pays the cash charges, each payer one part, with what is still to be found."""
    sums = budget.totals(budget_lines(application), asked_amounts(application))
    if not sums.charges:
        return None
    parts = [Part("Demandé au fonds", sums.asked, "leaf")]
    own: dict[str, int] = {}
    for line in application.lines.all():
        counts = line.side == budget.RESOURCE and line.certainty != Certainty.REFUSED
        if counts and not line.code.startswith("87"):
            name = line.payer or line.label
            own[name] = own.get(name, 0) + line.amount_cents
    kinds = ("moss", "sky", "slate")
    ranked = sorted(own.items(), key=lambda item: -item[1])
    for rank, (name, cents) in enumerate(ranked[:5]):
        parts.append(Part(name, cents, kinds[rank % 3]))
    if rest := sum(cents for _, cents in ranked[5:]):
        parts.append(Part("Autres ressources", rest, "slate"))
    if sums.gap > 0:
        parts.append(Part("Reste à trouver", sums.gap, "honey"))
    share = budget.percent(sums.rate_bp // 100 * 100) if sums.asked else ""
    sentence = f"Le projet coûte {euros(sums.charges)}."
    if sums.asked:
        sentence += f" Le fonds en paierait {euros(sums.asked)}, soit environ {share}."
    return StackedBar([part for part in parts if part.value], sentence)


def asked_by_class(application: Application) -> tuple[list[int], list[tuple[str, list[int], int]]]:
    """The years, and for each class of expenses its amount in each year and its total."""
    rows = list(application.asked.all())
    years = sorted({row.year for row in rows})
    names = dict(ExpenseClass.choices)
    found = []
    for name in dict.fromkeys(row.expense_class for row in rows):
        mine = {row.year: row.amount_cents for row in rows if row.expense_class == name}
        found.append((names[name], [mine.get(year, 0) for year in years], sum(mine.values())))
    return years, found


def history(application: Application) -> list[dict[str, Any]]:
    """Who did what, oldest first; two queries."""
    events = list(Event.objects.filter(subject=f"application:{application.pk}", action__in=DONE))
    people = User.objects.in_bulk({event.actor_id for event in events if event.actor_id})
    return [
        {
            "at": event.at,
            "who": people.get(event.actor_id) or "Ensemblier",
            "what": DONE[event.action].format(
                step=NAMES.get(event.data.get("step"), "le dossier").lower()
            ),
            "why": event.reason if event.action in TOLD else "",
        }
        for event in events
    ]


# The words of the states, in the order of a `Share`.
SURE = ("acquis", "promis", "demandés", "refusés")


def top_up(application: Application) -> dict[str, Any]:
    """What is missing once every other resource is placed: figures, picture, rows, who is next."""
    found = topup.of(application)
    share, names = found.share, dict(Effect.choices)
    parts = [
        Part("Acquis", share.firm, "leaf"),
        Part("Promis", share.promised, "moss"),
        Part("Demandé à d'autres", share.asked, "sky"),
        Part("Ce qui manque", found.missing_cents, "honey"),
    ]
    return {
        "found": found,
        "under": max(0, -found.over_cents),
        "sentence": found.sentence(),
        "chart": StackedBar([part for part in parts if part.value], found.sentence()),
        "rows": [
            (
                names.get(row.effect, "Sans effet utile nommé"),
                ", ".join(
                    f"{euros(cents)} {word}"
                    for cents, word in zip(row.share, SURE, strict=True)
                    if cents
                ),
                ", ".join(row.payers),
            )
            for row in found.by_effect
        ],
        "next": [(names[row.effect], row.name, row.source) for row in found.who_next],
    }


def ecosystem(application: Application) -> list[tuple[str, list[Any]]]:
    """The eight links of the local ecosystem, each with whom; food aid only when it is there."""
    rows = list(application.partners.all())
    return [
        (label, [row for row in rows if row.sector == sector])
        for sector, label in Sector.choices
        if sector != Sector.FOOD_AID or any(row.sector == sector for row in rows)
    ]


def path_chart(application: Application) -> ColumnChart | None:
    """Each year: what the fund pays, and all the rest; two columns of figures fit a phone."""
    years = by_year(application.path.all())
    if not years:
        return None
    columns = []
    for year, amounts in years.items():
        fund = amounts.get(Nature.FUND, 0)
        columns.append(Column(str(year), (fund, sum(amounts.values()) - fund)))
    series = ("Ce fonds", "Tout le reste")
    return ColumnChart(columns, sentence(years), series, heading="Année")


def path_table(application: Application) -> tuple[list[int], list[tuple[str, list[Any]]]]:
    """The years, and each nature with its amount in each year."""
    years = by_year(application.path.all())
    used = {nature for amounts in years.values() for nature in amounts}
    return list(years), [
        (label, [(year, amounts.get(nature, 0)) for year, amounts in years.items()])
        for nature, label in Nature.choices
        if nature in used
    ]


def publics(application: Application) -> list[tuple[str, int | None]]:
    """Each public of the project, with its number."""
    return [
        (label, getattr(application, f"people_{kind}"))
        for kind, label in PublicKind.choices
        if kind in application.publics
    ]


def stage_note(application: Application) -> str:
    """What the report's rule says of the stage, when the project is older than it allows."""
    rule, start = stage_rule(), application.starts_on
    filed = application.filed_at or application.saved_at
    if start is None or not application.stage:
        return ""
    end = start.replace(year=start.year + rule.years, day=min(start.day, 28))
    if in_paris(filed).date() < end:
        return ""
    return f"À vérifier : le projet a plus de {rule.years} ans. {rule.sentence} ({rule.source})"


def content_of(application: Application) -> dict[str, Any]:
    """Everything a reader is shown of the project: one mapping for each page that shows it."""
    path_years, path_rows = path_table(application)
    named = {name: in_words(name, getattr(application, name)) for name in LISTS}
    return named | {
        "publics": publics(application),
        "stage_note": stage_note(application),
        "ecosystem": ecosystem(application),
        "path_chart": path_chart(application),
        "path_years": path_years,
        "path_rows": path_rows,
        "dimensions": [
            (label, getattr(application, name))
            for name, (label, _) in DIMENSIONS.items()
            if getattr(application, name)
        ],
        "answers": given(application),
        "commitments": COMMITMENTS,
        "top_up": top_up(application),
    }
