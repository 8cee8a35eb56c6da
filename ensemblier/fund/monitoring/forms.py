"""The report of an organisation, the invoices it counts, and the desk's check."""

from __future__ import annotations

from typing import Any

from django import forms

from ensemblier.base.pages.formats import euros
from ensemblier.base.pages.forms import DayField, EurosField, PageForm
from ensemblier.fund.applications.models import Side
from ensemblier.fund.monitoring.actions import STORY
from ensemblier.fund.monitoring.models import Report

FILE_FIRST = (
    "narrative",
    "people_count",
    "people_note",
    "began_on",
    "ended_on",
    "places",
    "results",
)
ANNEX = ("sharing_rule", "variance_note", "in_kind_note", "remarks", "unspent_wish")
AUDIT = ("public_grants_cents", "auditor_name", "auditor_on")


def long_text(label: str, most: int, rows: int, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=most,
        widget=forms.Textarea(attrs={"rows": rows}),
        help_text=help_text,
    )


class ReportForm(PageForm):
    """The story, the actual amounts beside the planned ones, and why they differ."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    narrative = long_text(
        "Ce qui a été fait",
        6000,
        8,
        "Quelques phrases simples : les actions, les personnes, ce qui a changé.",
    )
    people_count = forms.IntegerField(
        label="Nombre de personnes touchées",
        required=False,
        min_value=0,
        max_value=100_000_000,
        help_text="Une estimation suffit : aucun nom, aucune liste.",
    )
    people_note = long_text("Qui sont ces personnes", 1500, 3, "Sans nom : familles, étudiants…")
    began_on = DayField(label="Début des actions", required=False)
    ended_on = DayField(label="Fin des actions", required=False)
    places = long_text("Lieux", 1500, 2)
    results = long_text("Les buts atteints, et ceux qui ne le sont pas", 4000, 4)
    variance_note = long_text(
        "Pourquoi le réalisé diffère du prévu",
        4000,
        4,
        "À remplir si une ligne s'écarte d'au moins 10 % et 500 €.",
    )
    sharing_rule = long_text(
        "Comment les charges indirectes sont partagées",
        2000,
        3,
        "Par exemple : le loyer compte pour un tiers, la part des heures passées sur le projet.",
    )
    in_kind_note = long_text("Les contributions volontaires", 2000, 3, "Bénévolat, prêts, dons.")
    remarks = long_text("Observations", 4000, 3)
    unspent_wish = long_text(
        "Ce que vous souhaitez faire de ce qui reste", 1000, 2, "S'il reste de l'argent reçu."
    )
    public_grants_cents = EurosField(
        label="Toutes les subventions publiques de l'organisation dans l'année",
        required=False,
        help_text="Sans les fonds européens. Dès 153 000 €, un commissaire aux comptes est exigé.",
    )
    auditor_name = forms.CharField(label="Commissaire aux comptes", required=False, max_length=160)
    auditor_on = DayField(label="Date de son rapport", required=False)

    def __init__(self, *args: Any, report: Report, **kwargs: Any) -> None:
        self.lines = list(report.lines.all())
        initial = {
            "version": report.version,
            **{name: getattr(report, name) for name in (*FILE_FIRST, *ANNEX, *AUDIT)},
            **{f"line_{line.pk}": line.actual_cents for line in self.lines},
        }
        super().__init__(*args, initial={**initial, **kwargs.pop("initial", {})}, **kwargs)
        for line in self.lines:
            payer = f" ({line.payer})" if line.payer else ""
            self.fields[f"line_{line.pk}"] = EurosField(
                label=f"Réalisé : {line.code} {line.label}{payer}",
                required=False,
                help_text=f"Prévu : {euros(line.planned_cents)}.",
            )

    def first(self) -> list[Any]:
        return [self[name] for name in FILE_FIRST]

    def annex(self) -> list[Any]:
        return [self[name] for name in ANNEX]

    def audit(self) -> list[Any]:
        return [self[name] for name in AUDIT]

    def charges(self) -> list[tuple[Any, Any]]:
        return self._side(Side.CHARGE)

    def resources(self) -> list[tuple[Any, Any]]:
        return self._side(Side.RESOURCE)

    def _side(self, side: str) -> list[tuple[Any, Any]]:
        return [(line, self[f"line_{line.pk}"]) for line in self.lines if line.side == side]

    def actuals(self) -> dict[int, int | None]:
        return {line.pk: self.cleaned_data[f"line_{line.pk}"] for line in self.lines}

    def story(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in STORY}


class CheckForm(PageForm):
    """Accept with the amount justified, or send back with what is missing."""

    justified_cents = EurosField(label="Dépenses admises sur la subvention", required=False)
    kept_cents = EurosField(
        label="Reste que l'organisation peut garder",
        required=False,
        help_text="Selon la convention. Ce qui n'est ni admis ni gardé revient à l'État.",
    )
    note = long_text("Remarques pour l'organisation", 2000, 4)


class ReopenForm(PageForm):
    """Why an accepted report is checked again."""

    reason = forms.CharField(
        label="Quelle erreur avez-vous trouvée",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="L'organisation la lit dans un courriel. Les montants admis restent au journal.",
    )


class InvoiceForm(PageForm):
    """One invoice that the report counts."""

    supplier = forms.CharField(label="Fournisseur", max_length=160)
    siren = forms.CharField(
        label="SIREN du fournisseur", max_length=14, help_text="9 chiffres, en bas de la facture."
    )
    number = forms.CharField(label="Numéro de facture", max_length=60)
    dated_on = DayField(label="Date de la facture")
    amount_cents = EurosField(label="Montant", min_cents=1)
    code = forms.ChoiceField(label="Ligne du budget", required=False)

    def __init__(self, *args: Any, report: Report, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lines = {
            line.code: f"{line.code} {line.label}"
            for line in report.lines.all()
            if line.side == Side.CHARGE
        }
        self.fields["code"].choices = [("", "Non précisée"), *lines.items()]  # type: ignore[attr-defined]

    def clean_siren(self) -> str:
        return "".join(str(self.cleaned_data["siren"]).split())


class UseForm(PageForm):
    """What was used of the grant in one year."""

    year = forms.IntegerField(label="Année", min_value=2000, max_value=2100)
    used_cents = EurosField(label="Employé cette année-là")
