"""The forms of payments: those that move money carry a key, so that asking twice pays once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from ensemblier.base.files import limits, trees
from ensemblier.base.files.forms import CheckedFileField
from ensemblier.base.pages.forms import DayField, EurosField, KeyedForm, PageForm, UploadInput
from ensemblier.fund.payments.bank_words import CODES
from ensemblier.fund.payments.chorus import Step
from ensemblier.fund.payments.extracts import FIELDS
from ensemblier.fund.payments.iban import iban_fault
from ensemblier.fund.payments.models import Return

LINES = {"rows": 3}


class ConfirmForm(KeyedForm):
    """One click, once."""


class ReasonForm(KeyedForm):
    reason = forms.CharField(label="Motif", max_length=500, widget=forms.Textarea(attrs=LINES))


class VoidForm(KeyedForm):
    reason = forms.CharField(
        label="Pourquoi ne pas payer ?", max_length=1000, widget=forms.Textarea(attrs=LINES)
    )


class RefundForm(KeyedForm):
    amount_cents = EurosField(label="Montant rendu par l'organisation", min_cents=1)
    reason = forms.CharField(label="Motif", max_length=1000, widget=forms.Textarea(attrs=LINES))


class HandBackForm(KeyedForm):
    reason = forms.CharField(
        label="Comment cet argent est rendu",
        help_text="Par exemple : virement du 3 mars, référence ABC-12.",
        max_length=500,
        widget=forms.Textarea(attrs=LINES),
    )


class ReturnForm(KeyedForm):
    """What the bank says of a payment that did not arrive."""

    kind = forms.ChoiceField(
        label="Que s'est-il passé ?",
        choices=[c for c in Return.Kind.choices if c[0] != Return.Kind.CORRECTION],
        widget=forms.RadioSelect,
    )
    code = forms.ChoiceField(
        label="Code donné par la banque",
        required=False,
        choices=[("", "aucun"), *((code, f"{code} : {words}") for code, words in CODES.items())],
    )
    happened_on = DayField(label="Revenu le")
    reason = forms.CharField(
        label="Ce que l'organisation lira",
        max_length=500,
        widget=forms.Textarea(attrs=LINES),
        help_text="Dites pourquoi le versement est revenu et ce qu'il faut faire.",
    )


class ShareReturnForm(ReturnForm):
    """The same, of a co-funder's transfer: no book of ours tells a rejection from a return."""

    kind = None  # type: ignore[assignment]


class ManyForm(KeyedForm):
    """Several lines ticked in a list."""

    chosen = forms.MultipleChoiceField(
        label="Échéances à certifier",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Cochez au moins une ligne."},
    )

    def __init__(self, *args: Any, choices: Sequence[tuple[int, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["chosen"]
        field.choices = choices


class FileForm(ManyForm):
    """The payments of a file, and the day of their execution."""

    execute_on = DayField(label="La banque exécute les virements le")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["chosen"].label = "Versements à mettre dans le fichier"


class AccountForm(PageForm):
    """A bank account and its RIB."""

    holder = forms.CharField(label="Titulaire du compte, comme sur le RIB", max_length=70)
    iban = forms.CharField(
        label="IBAN",
        max_length=50,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="27 caractères pour un compte français ; les espaces ne comptent pas.",
    )
    paper = CheckedFileField(
        label="Relevé d'identité bancaire (RIB)",
        kinds=frozenset({limits.PDF, *limits.IMAGES}),
        help_text="PDF, JPEG ou PNG, 20 Mo au plus. Une autre personne le compare à l'IBAN.",
    )

    def clean_iban(self) -> str:
        typed: str = self.cleaned_data["iban"]
        if fault := iban_fault(typed):
            raise forms.ValidationError(fault, code="iban")
        return typed


class StepForm(KeyedForm):
    """One step read in Chorus."""

    step = forms.ChoiceField(
        label="Ce que Chorus dit", choices=Step.choices, widget=forms.RadioSelect
    )
    payment = forms.ChoiceField(
        label="Échéance certifiée",
        required=False,
        help_text="Sans objet pour l'engagement juridique : il vaut pour toute la convention.",
    )
    number = forms.CharField(
        label="Numéro dans Chorus",
        max_length=20,
        required=False,
        help_text="Facultatif pour un paiement.",
    )
    happened_on = DayField(label="Date dans Chorus")

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["payment"]
        field.choices = [("", "aucune"), *choices]


class ExtractForm(PageForm):
    """An extract of Chorus; the names of its columns only when they are not found."""

    paper = forms.FileField(
        label="Extrait de Chorus",
        widget=UploadInput(
            max_octets=limits.MAX_BYTES,
            kinds=("csv", "xlsx"),
            what_happens="Le fichier est lu, puis montré. Rien ne change avant votre accord.",
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field, (label, names) in FIELDS.items():
            self.fields[f"column_{field}"] = forms.CharField(
                label=f"Colonne « {label} »",
                required=False,
                max_length=100,
                help_text=f"Reconnue seule : {', '.join(names[:3])}.",
            )

    def columns(self) -> dict[str, str]:
        return {field: self.cleaned_data.get(f"column_{field}", "") for field in FIELDS}

    @property
    def column_fields(self) -> list[Any]:
        return [self[f"column_{field}"] for field in FIELDS]

    def clean_paper(self) -> Any:
        upload = self.cleaned_data["paper"]
        if getattr(upload, "too_big", False) or upload.size > limits.MAX_BYTES:
            limit = limits.in_french(limits.MAX_BYTES)
            raise forms.ValidationError(f"Ce fichier dépasse {limit} : coupez-le en plusieurs.")
        return upload


class BankReportForm(PageForm):
    """A report that a bank gives of transfers."""

    paper = forms.FileField(
        label="Fichier de la banque",
        widget=UploadInput(
            max_octets=trees.MAX_BYTES,
            kinds=("xml",),
            what_happens="Le fichier est lu, puis montré. Rien ne change avant votre accord.",
        ),
    )

    def clean_paper(self) -> Any:
        upload = self.cleaned_data["paper"]
        if getattr(upload, "too_big", False) or upload.size > trees.MAX_BYTES:
            limit = limits.in_french(trees.MAX_BYTES)
            raise forms.ValidationError(
                f"Ce fichier dépasse {limit} : demandez à la banque une période plus courte."
            )
        return upload
