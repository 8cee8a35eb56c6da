"""The content of a file in words and charts: for reading it, and for comparing two versions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ensemblier.base.journal.models import Event
from ensemblier.base.pages.charts import Part, StackedBar
from ensemblier.base.pages.formats import euros
from ensemblier.base.people.models import User
from ensemblier.engines import budget
from ensemblier.fund.applications.content import asked_amounts, budget_lines
from ensemblier.fund.applications.models import Application, Partner, State, UsefulEffect
from ensemblier.fund.applications.rules import NAMES
from ensemblier.fund.applications.screens import FORMS, choices_of
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
    "application.answer_complements": "a répondu à la demande de compléments",
    "application.propose": "a proposé le dossier à la décision",
    "application.send_back": "a renvoyé le dossier à l'instruction",
    "application.fund": "a accordé une subvention",
    "application.refuse": "n'a pas retenu le dossier",
    "application.agree": "a signé la convention",
    "application.close": "a clos le dossier",
}
# The reasons that the organisation reads here; those of the instruction stay with the desk.
TOLD = {"application.withdraw", "application.ask_complements", "application.refuse"}


def who_pays(application: Application) -> StackedBar | None:
    """Who pays the cash charges, each payer one part, with what is still to be found."""
    sums = budget.totals(budget_lines(application), asked_amounts(application))
    if not sums.charges:
        return None
    parts = [Part("Demandé au fonds", sums.asked, "leaf")]
    own: dict[str, int] = {}
    for line in application.lines.all():
        if line.side == budget.RESOURCE and not line.code.startswith("87"):
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


def differences(
    step: str, yours: dict[str, Any], saved: dict[str, Any]
) -> list[tuple[str, str, str]]:
    """What two contents of one page do not share: label, yours, saved."""
    return [
        (label_of(step, name), in_words(name, yours[name]), in_words(name, saved.get(name)))
        for name in yours
        if yours[name] != saved.get(name)
    ]


def label_of(step: str, name: str) -> str:
    field = FORMS[step].base_fields.get(name) if step in FORMS else None
    rows = {
        "partners": "Partenaires",
        "effects": "Effets utiles",
        "lines": "Lignes du budget",
        "asked": "Montants demandés",
    }
    return str(field.label) if field else rows.get(name, NAMES[step])


def in_words(name: str, value: Any) -> str:
    if value in (None, "", []):
        return "(rien)"
    if name == "partners":
        return lines_of(value, ("name", "sector", "role"), {"sector": Partner.Sector})
    if name == "effects":
        words = {"effect": UsefulEffect.Effect}
        return lines_of(value, ("effect", "explanation", "funder"), words)
    if name == "lines":
        return lines_of(value, ("code", "label", "payer", "amount_cents"), {})
    if name == "asked":
        return lines_of(value, ("expense_class", "year", "amount_cents"), {
            "expense_class": ExpenseClass,
        })  # fmt: skip
    words = choices_of(name)
    values = value if isinstance(value, list) else [value]
    shown = ", ".join(words.get(item, str(item)) for item in values)
    return shown[:1].upper() + shown[1:]


def lines_of(rows: Iterable[dict[str, Any]], names: tuple[str, ...], words: dict[str, Any]) -> str:
    """One line a row."""

    def cell(row: dict[str, Any], name: str) -> str:
        if name == "amount_cents":
            return euros(row[name])
        return str(words[name](row[name]).label) if name in words and row[name] else str(row[name])

    return "\n".join(
        " · ".join(text for name in names if (text := cell(row, name))) for row in rows
    )
