"""Forms of accounts, organisations, invitations and claims."""

from __future__ import annotations

from typing import Any

from django import forms

from ensemblier.base.files.forms import CheckedFileField
from ensemblier.base.pages.forms import DayField, PageForm
from ensemblier.base.people.identifiers import compact, rna_fault, siret_fault
from ensemblier.base.people.models import (
    FoodAidAuthorisation,
    IaeKind,
    Organisation,
    OrganisationKind,
    Role,
)
from ensemblier.base.territory.forms import CommuneField
from ensemblier.base.territory.models import Department, Region

SIRET_HINT = (
    "14 chiffres, avec ou sans espaces. Il figure sur l'avis de situation de l'Insee "
    "et sur vos factures."
)


class SignupName(forms.Form):
    """What sign-up asks besides an address and a password."""

    field_order = ["name", "email", "password1"]
    name = forms.CharField(
        label="Votre nom",
        max_length=120,
        help_text="Tel qu'il doit apparaître sur vos dossiers.",
        error_messages={"required": "Écrivez votre nom."},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def signup(self, request: Any, user: Any) -> None:
        """Nothing more: the name is kept by `open_account`."""


class NameForm(PageForm):
    name = forms.CharField(
        label="Votre nom", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )


class AddressForm(PageForm):
    email = forms.EmailField(
        label="Nouvelle adresse e-mail",
        help_text="Nous y enverrons un lien, valable 24 heures. Rien ne change avant.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class SiretField(forms.CharField):
    """A SIRET as people type it, given back as 14 digits."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label="SIRET", help_text=SIRET_HINT, max_length=30, **kwargs)
        self.widget.attrs |= {"inputmode": "numeric", "autocomplete": "off"}

    def clean(self, value: Any) -> str:
        number = compact(super().clean(value))
        if number and (fault := siret_fault(number)):
            raise forms.ValidationError(fault)
        return number


class RnaField(forms.CharField):
    """An RNA number as people type it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label="Numéro RNA",
            help_text="Pour une association sans SIRET : la lettre W puis 9 caractères.",
            max_length=20,
            **kwargs,
        )

    def clean(self, value: Any) -> str:
        number = compact(super().clean(value))
        if number and (fault := rna_fault(number)):
            raise forms.ValidationError(fault)
        return number


class OrganisationFacts(PageForm):
    """What the legal representative keeps up to date."""

    name = forms.CharField(label="Nom de l'organisation", max_length=200)
    legal_form = forms.CharField(
        label="Forme juridique",
        max_length=80,
        required=False,
        help_text="Par exemple : association loi 1901, SCIC, SARL.",
    )
    commune = CommuneField(label="Commune du siège", required=False)
    address = forms.CharField(label="Adresse", max_length=250, required=False)
    email = forms.EmailField(label="Adresse e-mail de contact", required=False)


class OrganisationForm(OrganisationFacts):
    """To register an organisation."""

    field_order = ["siret", "rna", "name", "kind"]
    siret = SiretField(required=False)
    rna = RnaField(required=False)
    kind = forms.ChoiceField(
        label="Nature",
        choices=[(k.value, k.label) for k in OrganisationKind if k != OrganisationKind.STATE],
    )


ROLE_HINT = (
    "Le représentant légal signe et engage l'organisation. Le porteur de projet prépare et "
    "dépose les dossiers."
)


class ClaimForm(PageForm):
    """To ask to act for an organisation known already."""

    role = forms.ChoiceField(
        label="Votre rôle",
        choices=[
            (Role.APPLICANT.value, "porteur de projet"),
            (Role.REPRESENTATIVE.value, "représentant légal"),
        ],
        widget=forms.RadioSelect,
        help_text=ROLE_HINT,
    )
    document = CheckedFileField(label="Document qui le prouve", required=False)


class SearchForm(PageForm):
    """To find an organisation by its SIRET or RNA number."""

    number = forms.CharField(
        label="SIRET ou numéro RNA de votre organisation", max_length=30, help_text=SIRET_HINT
    )

    def clean_number(self) -> str:
        number = compact(self.cleaned_data["number"])
        fault = rna_fault(number) if number.startswith("W") else siret_fault(number)
        if fault:
            raise forms.ValidationError(fault)
        return number


class InviteForm(PageForm):
    """To offer a role; only the roles that the inviter may give are listed."""

    email = forms.EmailField(
        label="Adresse e-mail de la personne",
        help_text="Elle recevra un lien valable 14 jours. Il ne servira qu'à cette adresse.",
    )
    role = forms.ChoiceField(label="Rôle", widget=forms.RadioSelect)

    def __init__(self, *args: Any, roles: list[Role], with_territory: bool, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.fields["role"].choices = [(r.value, r.label) for r in roles]
        if with_territory:
            self.fields["region"] = forms.ModelChoiceField(
                Region.objects.all(), label="Région", required=False, empty_label="toutes"
            )
            self.fields["department"] = forms.ModelChoiceField(
                Department.objects.all(),
                label="Département",
                required=False,
                empty_label="tous",
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("region") and data.get("department"):
            self.add_error("department", "Choisissez une région ou un département, pas les deux.")
        return data


class NetworkForm(PageForm):
    """Which network to ask."""

    network = forms.ModelChoiceField(
        Organisation.objects.none(), label="Tête de réseau", empty_label="choisissez"
    )

    def __init__(self, *args: Any, networks: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.fields["network"].queryset = networks  # type: ignore[attr-defined]


class DesignateForm(PageForm):
    """The members that an authorisation of the network covers."""

    members = forms.ModelMultipleChoiceField(
        Organisation.objects.none(),
        label="Membres désignés",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Une organisation décochée n'est plus couverte dès maintenant.",
    )

    def __init__(self, *args: Any, members: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.fields["members"].queryset = members  # type: ignore[attr-defined]


class RefusalForm(PageForm):
    reason = forms.CharField(
        label="Motif du refus",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        help_text="La personne le recevra tel quel : dites-lui quoi corriger.",
    )


class EndMandateForm(PageForm):
    reason = forms.CharField(label="Motif", max_length=300)


class DatesForm(PageForm):
    """A number and the days between which it holds."""

    number = forms.CharField(label="Numéro", max_length=40)
    starts = DayField(label="Valable du")
    ends = DayField(label="Valable jusqu'au")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("starts") and data.get("ends") and data["ends"] < data["starts"]:
            self.add_error("ends", "La fin précède le début : corrigez l'une des deux dates.")
        return data


class IaeAgreementForm(DatesForm):
    field_order = ["kind", "number", "starts", "ends", "sales_share"]
    kind = forms.ChoiceField(label="Nature", choices=IaeKind.choices)
    sales_share = forms.IntegerField(
        label="Part maximale des ventes (%)",
        min_value=1,
        max_value=50,
        initial=30,
        help_text="30 % des charges, sauf dérogation du préfet (50 % au plus).",
    )


class FoodAidForm(DatesForm):
    field_order = ["level", "region", "number", "starts", "ends"]
    level = forms.ChoiceField(label="Portée", choices=FoodAidAuthorisation.Level.choices)
    region = forms.ModelChoiceField(
        Region.objects.all(), label="Région", required=False, empty_label="aucune (nationale)"
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        regional = data.get("level") == FoodAidAuthorisation.Level.REGION
        if regional and not data.get("region"):
            self.add_error("region", "Choisissez la région de cette habilitation.")
        if not regional:
            data["region"] = None
        return data
