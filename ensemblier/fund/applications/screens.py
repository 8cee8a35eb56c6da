"""One page of the file on the screen: its form, its rows, and how they are saved."""

from __future__ import annotations

from typing import Any

from django.forms import BaseFormSet, formset_factory
from django.forms.utils import ErrorDict
from django.http import QueryDict

from ensemblier.base.pages.formats import in_paris
from ensemblier.base.territory.models import ZoningKind
from ensemblier.base.territory.rules import zonings_of
from ensemblier.engines import budget
from ensemblier.fund.applications import answers, forms, grid_forms, row_forms
from ensemblier.fund.applications.content import FIELDS, read_step
from ensemblier.fund.applications.forms import StepForm
from ensemblier.fund.applications.models import Application, Effect
from ensemblier.fund.applications.path import from_budget
from ensemblier.fund.applications.row_forms import RowForm
from ensemblier.fund.applications.saving import save_step, set_asked, set_budget_lines
from ensemblier.fund.programme.models import ExpenseClass

FORMS: dict[str, type[StepForm]] = {
    "projet": forms.ProjectForm,
    "publics": grid_forms.PublicsForm,
    "territoire": forms.TerritoryForm,
    "modele": grid_forms.ModelForm,
    "questions": grid_forms.QuestionsForm,
}
ROWS: dict[str, dict[str, type[RowForm]]] = {
    "publics": {"means": row_forms.MeansForm},
    "territoire": {"frames": row_forms.FrameForm},
    "partenaires": {
        "partners": row_forms.PartnerForm,
        "group_members": row_forms.MemberForm,
        "poolings": row_forms.PoolingForm,
    },
    "modele": {"effects": row_forms.EffectForm},
    "budget": {"charges": row_forms.LineForm, "resources": row_forms.ResourceForm},
}
SIDES = {"charges": "charge", "resources": "resource"}
PATH_YEARS = 5
MOST_ROWS = 60


class Screen:
    """The forms of one page, blank, filled from the file, or holding what was typed."""

    def __init__(
        self, application: Application, step: str, *, typed: QueryDict | None = None, more: str = ""
    ) -> None:
        self.application, self.step, self.typed = application, step, typed
        self.saved = read_step(application, step)
        self.form = self._form()
        self.rows = {name: self._rows(name, row, more) for name, row in self._kinds().items()}

    def spare_errors(self) -> None:
        """Show what was typed without a word of reproach."""
        self.form._errors = ErrorDict()
        for rows in self.rows.values():
            for form in rows.forms:
                form._errors = ErrorDict()

    def is_valid(self) -> bool:
        return all([self.form.is_valid(), *(rows.is_valid() for rows in self.sent_rows().values())])

    def sent_rows(self) -> dict[str, BaseFormSet]:
        """The tables that came with the page: one left out keeps what is saved."""
        return {
            name: rows for name, rows in self.rows.items() if rows.is_bound or self.typed is None
        }

    def faults(self) -> list[str]:
        """Messages of the rows, for the summary."""
        return [
            f"Ligne {rank} : {message}"
            for rows in self.sent_rows().values()
            for rank, form in enumerate(rows.forms, start=1)
            for messages in form.errors.values()
            for message in messages
        ]

    def save(self, *, actor: Any, version: int, page: str) -> Application:
        """Save what is right, even when something else on the page is wrong."""
        common = {
            "application": self.application,
            "version": version,
            "actor": actor,
            "page": page,
        }
        self.is_valid()
        if self.step == "budget":
            return (
                set_budget_lines(lines=self._lines(), **common)
                if self.is_valid()
                else (self.application)
            )
        if self.step == "demande":
            return set_asked(amounts=self._amounts(), **common)
        values = self.form.values() if self.step in FORMS else {}
        for name, rows in self.sent_rows().items():
            if rows.is_valid():
                values[name] = typed_rows(rows)
        return save_step(step=self.step, values=values, **common)

    def _form(self) -> Any:
        if self.step == "demande":
            return self._asked_form()
        initial = {name: self.saved[name] for name in FIELDS.get(self.step, ())}
        options: dict[str, Any] = {}
        if self.step == "territoire":
            options = {"districts": self._districts()}
        elif self.step == "modele":
            options = {"years": path_years(self.application)}
            initial |= self._path()
        elif self.step == "questions":
            asked = answers.questions(self.application)
            options = {"asked": asked}
            initial = initial_answers(asked, self.saved["answers"])
        return FORMS.get(self.step, forms.NoForm)(self.typed, initial=initial, **options)

    def _path(self) -> dict[str, int]:
        """The amounts of the five years; before any is written, what the budget already says."""
        rows = self.saved["path"] or from_budget(self.application)
        return {f"{row['nature']}-{row['year']}": row["amount_cents"] for row in rows}

    def _asked_form(self) -> grid_forms.AskedForm:
        call = self.application.call
        names = dict(ExpenseClass.choices)
        initial = {
            f"{part['expense_class']}-{part['year']}": part["amount_cents"]
            for part in self.saved["asked"]
        }
        classes = [(row.expense_class, names[row.expense_class]) for row in call.expenses.all()]
        return grid_forms.AskedForm(self.typed, initial=initial, classes=classes, years=call.years)

    def _districts(self) -> list[tuple[str, str]]:
        commune = self.application.commune
        if commune is None:
            return []
        day = in_paris(self.application.saved_at).date()
        found = [
            (zone.code, f"{zone.label} ({zone.code})")
            for zone in zonings_of(commune, day)
            if zone.kind == ZoningKind.QPV
        ]
        known = {code for code, _ in found}
        return found + [(code, code) for code in self.saved["qpv_codes"] if code not in known]

    def _kinds(self) -> dict[str, type[RowForm]]:
        return ROWS.get(self.step, {})

    def _rows(self, name: str, kind: type[RowForm], more: str) -> BaseFormSet:
        saved = self._saved_rows(name)
        extra = 2 if more == name or not saved else 1
        factory = formset_factory(
            kind, extra=extra, max_num=MOST_ROWS, absolute_max=MOST_ROWS, validate_max=True
        )
        options: dict[str, Any] = {}
        if name in SIDES:
            options = {"codes": self._codes(SIDES[name])}
        if name == "means":
            options = {"codes": self._codes("charge")}
        if name == "resources":
            options["effects"] = self._effects()
        typed = self.typed
        if typed is not None and name not in SIDES and f"{name}-TOTAL_FORMS" not in typed:
            typed = None
        return factory(typed, initial=saved, prefix=name, form_kwargs=options)

    def _effects(self) -> list[tuple[str, str]]:
        """The useful effects of this project, and those already named in its budget."""
        named = {row.effect for row in self.application.effects.all()}
        named |= {row["effect"] for row in self.saved["lines"]}
        return [choice for choice in Effect.choices if choice[0] in named or not named - {""}]

    def _saved_rows(self, name: str) -> list[dict[str, Any]]:
        if name not in SIDES:
            return self.saved[name]
        rows = [row for row in self.saved["lines"] if row["side"] == SIDES[name]]
        labels = {(line.side, line.code): line.label for line in self._form_lines()}
        for row in rows:
            if row["label"] == labels.get((row["side"], row["code"])):
                row["label"] = ""
        return rows

    def _form_lines(self) -> tuple[budget.CerfaLine, ...]:
        return budget.form_on(in_paris(self.application.created_at).date()).lines

    def _codes(self, side: str) -> list[tuple[str, list[tuple[str, str]]]]:
        """Cash lines, then lines in kind, as two groups of a list of choices."""
        groups = (("En argent", False), ("En nature, sans argent", True))
        return [
            (
                title,
                [
                    (line.code, f"{line.code} · {line.label}")
                    for line in self._form_lines()
                    if (line.side, line.in_kind) == (side, in_kind)
                ],
            )
            for title, in_kind in groups
        ]

    def _lines(self) -> list[dict[str, Any]]:
        return [
            {**row, "side": SIDES[name], "amount_cents": row["amount_cents"] or 0}
            for name, rows in self.rows.items()
            for row in typed_rows(rows)
        ]

    def _amounts(self) -> list[dict[str, Any]]:
        """What is typed; an amount that did not change stays an assumption if it was one, and an
        amount that cannot be read keeps what is saved."""
        before = {(row["expense_class"], row["year"]): row for row in self.saved["asked"]}
        amounts = []
        for row in self.form.amounts():
            key = (row["expense_class"], row["year"])
            kept = before.get(key, {"amount_cents": 0, "is_assumed": False})
            if f"{key[0]}-{key[1]}" in self.form.errors:
                row["amount_cents"] = kept["amount_cents"]
            same = row["amount_cents"] == kept["amount_cents"]
            amounts.append({**row, "is_assumed": kept["is_assumed"] and same})
        return amounts


def path_years(application: Application) -> range:
    """Five years from the first one written, else the first one asked for, else the call's."""
    known = [row.year for row in application.path.all()] or [
        row.year for row in application.asked.all()
    ]
    first = min(known, default=application.call.first_year)
    return range(first, first + PATH_YEARS)


def initial_answers(asked: Any, saved: dict[str, str]) -> dict[str, Any]:
    """Saved answers under the names of the fields; several choices as a list."""
    multiple = {row.code for row in asked if row.kind == row.Kind.MULTIPLE}
    return {
        f"q-{code}": text.splitlines() if code in multiple else text for code, text in saved.items()
    }


def typed_rows(rows: BaseFormSet) -> list[dict[str, Any]]:
    return [form.cleaned_data for form in rows.forms if not form.is_blank()]


def choices_of(name: str) -> dict[str, str]:
    """Words of a list of choices, for those who compare two contents."""
    for form in (*FORMS.values(), *(kind for kinds in ROWS.values() for kind in kinds.values())):
        field = form.base_fields.get(name)
        if field is not None and hasattr(field, "choices"):
            return {value: label[:1].lower() + label[1:] for value, label in field.choices}
    return {}
