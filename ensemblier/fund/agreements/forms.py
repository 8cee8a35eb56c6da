"""The forms that prepare an agreement, write its text, and sign it."""

from __future__ import annotations

from typing import Any

from django import forms

from ensemblier.base.files.forms import CheckedFileField
from ensemblier.base.pages.forms import DayField, EurosField, KeyedForm, PageForm
from ensemblier.base.people.models import Organisation
from ensemblier.engines.law.state_aid import CAPPED
from ensemblier.fund.agreements.actions import Basis, Planned
from ensemblier.fund.agreements.models import Indicator, Instalment, Party
from ensemblier.fund.agreements.models.agreement import BASES
from ensemblier.fund.agreements.parties import PlannedPayment

RANKS = (1, 2, 3, 4)
AID_RANKS = (1, 2, 3)


def long_text(label: str, **options: Any) -> forms.CharField:
    options.setdefault("max_length", 4000)
    return forms.CharField(
        label=label, widget=forms.Textarea(attrs={"rows": options.pop("rows", 4)}), **options
    )


class PrepareForm(PageForm):
    """Instalments are typed in rows; an empty row is left out."""

    starts_on = DayField(label="La convention commence le")
    ends_on = DayField(label="Elle finit le")
    legal_basis = forms.ChoiceField(
        label="Règle d'aide d'État",
        choices=BASES,
        help_text="Les trois aides de minimis ont un plafond sur trois ans, compté par SIREN.",
    )
    basis_note = long_text(
        "Pourquoi cette règle s'applique", required=False, max_length=1000, rows=2
    )
    is_line_based = forms.BooleanField(
        label="L'aide est calculée au prix ou à la quantité de produits achetés aux producteurs",
        required=False,
    )
    surplus_clause = long_text(
        "Si tout n'est pas dépensé",
        required=False,
        max_length=1000,
        rows=3,
        help_text="Vide : ce qui n'est pas dépensé est rendu à l'État, sauf accord écrit.",
    )

    def __init__(self, *args: Any, indicators: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for rank in RANKS:
            self.fields[f"amount_{rank}"] = EurosField(
                label=f"Échéance {rank} : montant", required=False
            )
            self.fields[f"release_{rank}"] = forms.ChoiceField(
                label=f"Échéance {rank} : versée", choices=Instalment.Release, required=False
            )
            self.fields[f"due_on_{rank}"] = DayField(
                label=f"Échéance {rank} : prévue le", required=False
            )
            self.fields[f"paper_{rank}"] = forms.CharField(
                label=f"Échéance {rank} : pièce attendue", required=False, max_length=160
            )
            self.fields[f"indicator_{rank}"] = forms.ModelChoiceField(
                label=f"Échéance {rank} : indicateur",
                queryset=Indicator.objects.none() if indicators is None else indicators,
                required=False,
                empty_label="aucun",
            )
            if indicators is None or not indicators.exists():
                self.fields[f"indicator_{rank}"].widget = forms.HiddenInput()

    def facts(self) -> list[Any]:
        """The fields that are not instalments."""
        names = ("starts_on", "ends_on", "legal_basis", "basis_note", "is_line_based")
        return [self[name] for name in (*names, "surplus_clause")]

    def rows(self) -> list[list[Any]]:
        """The fields of each instalment."""
        names = ("amount", "release", "due_on", "paper", "indicator")
        return [[self[f"{name}_{rank}"] for name in names] for rank in RANKS]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for rank in RANKS:
            amount, due_on = cleaned.get(f"amount_{rank}"), cleaned.get(f"due_on_{rank}")
            if amount and not due_on and f"due_on_{rank}" not in self.errors:
                self.add_error(f"due_on_{rank}", "Indiquez quand cette échéance est prévue.")
            if due_on and not amount and f"amount_{rank}" not in self.errors:
                self.add_error(f"amount_{rank}", "Indiquez le montant de cette échéance.")
        return cleaned

    def basis(self) -> Basis:
        cleaned = self.cleaned_data
        return Basis(cleaned["legal_basis"], cleaned["basis_note"], cleaned["is_line_based"])

    def instalments(self) -> list[Planned]:
        """What was planned, in order."""
        cleaned = self.cleaned_data
        filled = [rank for rank in RANKS if cleaned.get(f"amount_{rank}")]
        return [
            Planned(
                label="Solde" if rank == filled[-1] and len(filled) > 1 else f"Versement {rank}",
                release=cleaned[f"release_{rank}"],
                amount_cents=cleaned[f"amount_{rank}"],
                due_on=cleaned[f"due_on_{rank}"],
                paper_label=cleaned[f"paper_{rank}"],
                indicator_id=getattr(cleaned[f"indicator_{rank}"], "pk", None),
            )
            for rank in filled
        ]


class SignForm(KeyedForm):
    """Signing asks for one explicit tick."""

    agrees = forms.BooleanField(label="J'ai lu le texte et je le signe au nom de mon organisation")


class ArticleForm(PageForm):
    button = "Enregistrer l'article"
    title = forms.CharField(label="Titre", max_length=120)
    body = long_text(
        "Texte",
        max_length=6000,
        rows=10,
        required=False,
        help_text="Une ligne vide sépare deux paragraphes. Vide : l'article est enlevé.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class PartyForm(PageForm):
    """One more party: found by its SIRET; a co-funder says what it brings, and when."""

    button = "Ajouter cette partie"

    siret = forms.CharField(label="SIRET de l'organisation", max_length=20)
    role = forms.ChoiceField(
        label="Sa place",
        choices=[
            (Party.Role.CO_FUNDER.value, Party.Role.CO_FUNDER.label),
            (Party.Role.PARTNER.value, Party.Role.PARTNER.label),
        ],
    )
    signer_name = forms.CharField(label="Qui signe", max_length=120, required=False)
    signer_title = forms.CharField(label="En qualité de", max_length=120, required=False)
    legal_basis = forms.CharField(
        label="Ce qui l'y autorise",
        max_length=200,
        required=False,
        help_text="Délibération, statuts, délégation : avec la date.",
    )
    amount_1 = EurosField(label="Premier versement", required=False)
    due_on_1 = DayField(label="Prévu le", required=False)
    amount_2 = EurosField(label="Second versement", required=False)
    due_on_2 = DayField(label="Prévu le", required=False)

    def clean_siret(self) -> Organisation:
        typed = "".join(self.cleaned_data["siret"].split())
        found = Organisation.objects.filter(siret=typed).first() if typed else None
        if found is None:
            raise forms.ValidationError(
                "Aucune organisation d'Ensemblier ne porte ce SIRET : vérifiez les 14 chiffres, ou "
                "demandez-lui de créer sa fiche."
            )
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for rank in (1, 2):
            amount, due_on = cleaned.get(f"amount_{rank}"), cleaned.get(f"due_on_{rank}")
            if amount and not due_on and f"due_on_{rank}" not in self.errors:
                self.add_error(f"due_on_{rank}", "Indiquez quand ce versement est prévu.")
        return cleaned

    def payments(self) -> list[PlannedPayment]:
        cleaned = self.cleaned_data
        return [
            PlannedPayment(
                f"Versement {rank}", cleaned[f"amount_{rank}"], cleaned[f"due_on_{rank}"]
            )
            for rank in (1, 2)
            if cleaned.get(f"amount_{rank}")
        ]


class IndicatorForm(PageForm):
    button = "Ajouter cet indicateur"
    label = forms.CharField(label="Ce qui est mesuré", max_length=160)
    unit = forms.CharField(label="Unité", max_length=40)
    baseline = forms.DecimalField(
        label="Valeur de départ", max_digits=14, decimal_places=2, localize=True
    )
    target = forms.DecimalField(label="Cible", max_digits=14, decimal_places=2, localize=True)
    target_on = DayField(label="À atteindre le", required=False)
    source = forms.CharField(label="À partir de quoi", max_length=200)
    measured_by = forms.CharField(label="Qui mesure", max_length=160)


class AnnexForm(PageForm):
    button = "Ajouter cette annexe"
    title = forms.CharField(label="Titre de l'annexe", max_length=160)
    file = CheckedFileField(label="Fichier")


class ScanForm(PageForm):
    """The signed paper, and who signed it."""

    scan = CheckedFileField(
        label="Toutes les pages signées, numérisées",
        help_text="PDF ou image, 150 points par pouce au moins. Le code QR de chaque page est lu.",
    )
    parties = forms.MultipleChoiceField(
        label="Qui a signé ce papier", widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, parties: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parties"].choices = [  # type: ignore[attr-defined]
            (str(row.organisation_id), row.organisation.name) for row in parties
        ]


class CheckScanForm(KeyedForm):
    verdict = forms.ChoiceField(
        label="Ce que vous avez lu",
        choices=[
            ("confirm", "Les signatures y sont, sur le bon texte"),
            ("refuse", "Ce papier ne va pas"),
        ],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label="Si ce papier ne va pas, pourquoi", max_length=500, required=False)


class AidForm(PageForm):
    """The single undertaking, and the capped aid received elsewhere."""

    linked = forms.CharField(
        label="SIREN des entreprises liées",
        required=False,
        max_length=400,
        help_text="Celles que vous contrôlez ou qui vous contrôlent, séparées par une espace. "
        "Vide : aucune.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        regimes = [("", "aucune"), *((basis.value, basis.label) for basis in CAPPED)]
        for rank in AID_RANKS:
            self.fields[f"regime_{rank}"] = forms.ChoiceField(
                label=f"Aide {rank} : règle", choices=regimes, required=False
            )
            self.fields[f"granted_on_{rank}"] = DayField(
                label=f"Aide {rank} : accordée le", required=False
            )
            self.fields[f"amount_{rank}"] = EurosField(
                label=f"Aide {rank} : montant", required=False
            )
            self.fields[f"grantor_{rank}"] = forms.CharField(
                label=f"Aide {rank} : par qui", required=False, max_length=120
            )
        self.fields["true"] = forms.BooleanField(
            label="Je déclare sur l'honneur que c'est exact et complet pour trois ans"
        )

    def rows(self) -> list[list[Any]]:
        names = ("regime", "granted_on", "amount", "grantor")
        return [[self[f"{name}_{rank}"] for name in names] for rank in AID_RANKS]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for rank in AID_RANKS:
            if not cleaned.get(f"regime_{rank}"):
                continue
            for name, message in (
                ("granted_on", "Indiquez quand cette aide a été accordée."),
                ("amount", "Indiquez le montant de cette aide."),
            ):
                field = f"{name}_{rank}"
                if not cleaned.get(field) and field not in self.errors:
                    self.add_error(field, message)
        return cleaned
