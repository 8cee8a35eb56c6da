"""The guided form of a rule on its page: rows to fill, read from a rule and turned into one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from ensemblier.base.pages.formats import typed_euros
from ensemblier.base.pages.forms import DayField, EurosField, PageForm
from ensemblier.chain.cofinancing.guide import (
    CannotWrite,
    EnvelopeRow,
    Guide,
    MoneyRow,
    PayerRow,
    write,
)
from ensemblier.engines.cofinancing.cells import decimal
from ensemblier.engines.cofinancing.scheme import BadScheme
from ensemblier.engines.cofinancing.sentences import BASES, NATURES

MOST_ROWS = 30
PERIODS = [
    ("week", "par semaine"),
    ("month", "par mois"),
    ("year", "par an"),
    ("scheme", "en tout"),
]


class PercentField(forms.CharField):
    """A percentage of a price, as the engine writes it: "12,5" -> "12.5"."""

    widget = forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})

    def clean(self, value: Any) -> str:
        typed = str(super().clean(value)).removesuffix("%").strip().replace(",", ".")
        try:
            if typed:
                decimal(typed, "Le pourcentage")
        except BadScheme as refusal:
            raise ValidationError(
                "Écrivez un pourcentage positif, par exemple 12,5.", code="invalid"
            ) from refusal
        return typed


class GuideForm(PageForm):
    """The head of the guide: name, days, goods, and what the person pays."""

    all_optional = True  # the text below is what counts

    name = forms.CharField(label="Nom", max_length=160, required=False)
    first = DayField(label="Vaut à partir du", required=False)
    last = DayField(label="Jusqu'au", required=False)
    products = forms.CharField(
        label="Seulement ces produits",
        required=False,
        max_length=600,
        help_text="Leurs codes, séparés par des virgules. Vide\u00a0: tous.",
    )
    tiers = forms.CharField(
        label="Seulement ces tranches",
        required=False,
        max_length=300,
        help_text="Séparées par des virgules. Vide\u00a0: toutes.",
    )
    rule = forms.ChoiceField(
        label="La personne paie",
        widget=forms.RadioSelect,
        initial="percent",
        choices=[
            ("free", "rien"),
            ("percent", "une part du prix"),
            ("fixed", "un prix fixe par unité"),
            ("table", "selon un barème"),
            ("full", "le prix entier"),
        ],
    )
    percent = PercentField(label="Part du prix, en %", required=False, max_length=24)
    unit_cents = EurosField(label="Prix fixe par unité", required=False)
    by = forms.ChoiceField(
        label="Le barème se lit",
        choices=[("size", "selon la taille du foyer"), ("tier", "selon la tranche")],
    )
    unit = forms.ChoiceField(
        label="Il donne",
        choices=[("percent", "une part du prix, en %"), ("cents_per_unit", "des euros par unité")],
    )
    exhausted = forms.CharField(
        label="S'il reste quelque chose à payer",
        required=False,
        max_length=120,
        help_text="Le nom de qui paie en dernier recours. Vide\u00a0: la vente est refusée "
        "d'avance, et rien n'est réclamé à la personne.",
    )

    def listed(self, field: str) -> tuple[str, ...]:
        parts = (part.strip() for part in self.cleaned_data[field].split(","))
        return tuple(dict.fromkeys(part for part in parts if part))


class TableRowForm(PageForm):
    key = forms.CharField(label="Taille ou tranche", required=False, max_length=20)
    value = forms.CharField(label="% ou €", required=False, max_length=24)


class PayerRowForm(PageForm):
    step = forms.IntegerField(label="Étape", required=False, min_value=1, max_value=20)
    name = forms.CharField(label="Payeur", required=False, max_length=120)
    weight = forms.IntegerField(label="Parts", required=False, min_value=1, max_value=10**9)
    unit_cap = EurosField(label="Au plus, par unité", required=False)
    household_cap = EurosField(label="Au plus, par foyer", required=False)
    per = forms.ChoiceField(label="Période", choices=PERIODS, required=False, initial="month")


class EnvelopeRowForm(PageForm):
    payer = forms.CharField(label="Payeur", required=False, max_length=120)
    cents = EurosField(label="Enveloppe", required=False)
    first = DayField(label="Du", required=False)
    last = DayField(label="Au", required=False)


class MoneyRowForm(PageForm):
    name = forms.CharField(label="Payeur", required=False, max_length=120)
    nature = forms.ChoiceField(
        label="Son argent est",
        required=False,
        choices=[(key, label) for key, label in NATURES.items()],
    )
    basis = forms.ChoiceField(
        label="Base légale",
        required=False,
        choices=[("", "Non précisée"), *BASES.items()],
    )


KINDS = {
    "bareme": TableRowForm,
    "payeurs": PayerRowForm,
    "enveloppes": EnvelopeRowForm,
    "argent": MoneyRowForm,
}
FILLED = {"bareme": "key", "payeurs": "name", "enveloppes": "payer", "argent": "name"}
BLANK = 2


class GuideForms:
    """The head and its four tables, as one: filled from a guide, or from what was typed."""

    def __init__(self, data: Any = None, guide: Guide | None = None) -> None:
        initial = _initial(guide) if guide else ({}, {name: [] for name in KINDS})
        self.bound = data is not None
        self.head = GuideForm(data, prefix="guide", initial=initial[0])
        self.tables: dict[str, Any] = {
            name: forms.formset_factory(
                kind,
                extra=len(initial[1][name]) + (1 if initial[1][name] else BLANK),
                absolute_max=MOST_ROWS,
                max_num=MOST_ROWS,
            )(data, prefix=name)
            for name, kind in KINDS.items()
        }
        if not self.bound:
            for name, rows in initial[1].items():
                for form, row in zip(self.tables[name].forms, rows, strict=False):
                    form.initial = row

    def text(self) -> str | None:
        """The rule that the rows write; None with errors at their fields."""
        parts = [self.head.is_valid(), *(table.is_valid() for table in self.tables.values())]
        if not all(parts):
            return None
        try:
            return write(self._guide())
        except CannotWrite as refusal:
            self.head.add_error(None, str(refusal))
            return None

    def faults(self) -> list[str]:
        """What is wrong in the tables, with the place of each: for the summary of the page."""
        found = []
        for name, table in self.tables.items():
            for rank, form in enumerate(table.forms, 1):
                for field, errors in form.errors.items():
                    label = form.fields[field].label
                    found += [f"{TITLES[name]}, ligne {rank}, {label}\u00a0: {e}" for e in errors]
        return found

    def _rows(self, name: str) -> list[dict[str, Any]]:
        cleaned = [form.cleaned_data for form in self.tables[name].forms]
        return [row for row in cleaned if row.get(FILLED[name], "").strip()]

    def _guide(self) -> Guide:
        head = self.head.cleaned_data
        last = 0
        payers = []
        for row in self._rows("payeurs"):
            last = row["step"] or last + 1
            payers.append(PayerRow(**row | {"step": last, "per": row["per"] or "month"}))
        envelopes = []
        for row in self._rows("enveloppes"):
            if row["cents"] is None:
                raise CannotWrite(f"Dites combien il y a dans l'enveloppe de {row['payer']}.")
            envelopes.append(EnvelopeRow(**row))
        return Guide(
            name=head["name"] or "Dispositif",
            rule=head["rule"],
            percent=head["percent"],
            unit_cents=head["unit_cents"],
            by=head["by"],
            unit=head["unit"],
            table=tuple(self._table_row(row) for row in self._rows("bareme")),
            first=head["first"],
            last=head["last"],
            products=self.head.listed("products"),
            tiers=self.head.listed("tiers"),
            payers=tuple(payers),
            envelopes=tuple(envelopes),
            exhausted=head["exhausted"],
            money=tuple(
                MoneyRow(row["name"], row["nature"] or "grant", row["basis"])
                for row in self._rows("argent")
            ),
        )

    def _table_row(self, row: dict[str, Any]) -> tuple[str, str | int]:
        kind: Any = EurosField if self.head.cleaned_data["unit"] != "percent" else PercentField
        try:
            return row["key"], kind().clean(row["value"])
        except ValidationError as error:
            raise CannotWrite(f"Barème, « {row['key']} »\u00a0: {error.messages[0]}") from error


TITLES = {
    "bareme": "Barème",
    "payeurs": "Qui paie",
    "enveloppes": "Enveloppes",
    "argent": "Nature de l'argent",
}


def _initial(guide: Guide) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    head = {
        "name": guide.name,
        "first": guide.first,
        "last": guide.last,
        "products": ", ".join(guide.products),
        "tiers": ", ".join(guide.tiers),
        "rule": guide.rule,
        "percent": guide.percent.replace(".", ","),
        "unit_cents": guide.unit_cents,
        "by": guide.by,
        "unit": guide.unit,
        "exhausted": guide.exhausted,
    }
    tables = {
        "bareme": [{"key": key, "value": _typed(value)} for key, value in guide.table],
        "payeurs": [vars(row) for row in guide.payers],
        "enveloppes": [vars(row) for row in guide.envelopes],
        "argent": [vars(row) for row in guide.money],
    }
    return head, tables


def _typed(value: str | int) -> str:
    return typed_euros(value) if isinstance(value, int) else value.replace(".", ",")
