"""The filters of the library, and the two questions asked before starting from a sheet."""

from __future__ import annotations

from collections import Counter
from typing import Any
from unicodedata import normalize

from django import forms

from ensemblier.base.chains.terms import Length, Link
from ensemblier.base.pages.forms import PageForm
from ensemblier.base.people.models import Organisation
from ensemblier.base.territory.models import Department, Region
from ensemblier.fund.calls.models import Call
from ensemblier.library.models import Sheet
from ensemblier.library.terms import FunderKind, PriceForm

ALL = [("", "Tous")]
Choices = list[tuple[str, str]]


def counted(words: Choices, counts: Counter[str], first: str = "Tous") -> Choices:
    """Choices with how many sheets each holds; those that hold none are left out."""
    return [("", first), *((v, f"{label} · {counts[v]}") for v, label in words if counts[v])]


class FilterForm(PageForm):
    """Sent by GET: the address of a search can be kept and shared."""

    q = forms.CharField(label="Mots cherchés", required=False, max_length=120)
    maillon = forms.ChoiceField(label="Maillon", required=False)
    longueur = forms.ChoiceField(label="Longueur de la filière", required=False)
    financeur = forms.ChoiceField(label="Financeur", required=False)
    prix = forms.ChoiceField(label="Forme de prix", required=False)
    region = forms.ChoiceField(label="Région", required=False)
    departement = forms.ChoiceField(label="Département", required=False)
    nationale = forms.BooleanField(label="Déploiement national seulement", required=False)

    def __init__(self, *args: Any, sheets: list[Sheet], **kwargs: Any) -> None:
        """`sheets`: all of them, with their parts at hand; each choice says how many it holds."""
        super().__init__(*args, **kwargs)
        links = Counter(link for s in sheets for link in {row.link for row in s.links.all()})
        kinds = Counter(kind for s in sheets for kind in {row.kind for row in s.funders.all()})
        prices = Counter(form for s in sheets for form in {row.form for row in s.prices.all()})
        choices = {
            "maillon": counted(Link.choices, links),
            "financeur": counted(FunderKind.choices, kinds),
            "prix": counted(PriceForm.choices, prices, "Toutes"),
            "longueur": counted(Length.choices, Counter(s.length for s in sheets), "Toutes"),
            **places(sheets),
        }
        for name, options in choices.items():
            self.fields[name].choices = options  # type: ignore[attr-defined]


def without_accents(region: Region) -> str:
    """Île-de-France comes after Hauts-de-France, not after Z."""
    return normalize("NFD", region.name)


def places(sheets: list[Sheet]) -> dict[str, Choices]:
    """Departments and regions that hold a sheet, in the order of their names and codes."""
    departments: Counter[str] = Counter()
    regions: Counter[str] = Counter()
    named: dict[str, Department] = {}
    whole: dict[str, Region] = {}
    for sheet in sheets:
        held = list(sheet.departments.all())
        departments.update(place.code for place in held)
        regions.update({place.region_id for place in held if place.region_id})
        named |= {place.code: place for place in held}
        whole |= {place.region.code: place.region for place in held if place.region}
    return {
        "departement": counted([(code, str(named[code])) for code in sorted(named)], departments),
        "region": counted(
            [(r.code, r.name) for r in sorted(whole.values(), key=without_accents)],
            regions,
            "Toutes",
        ),
    }


class StartForm(PageForm):
    """Which organisation of yours, and which open call?"""

    organisation = forms.ModelChoiceField(
        label="Votre organisation", queryset=Organisation.objects.none(), empty_label=None
    )
    call = forms.ModelChoiceField(
        label="Appel à projets ouvert", queryset=Call.objects.none(), empty_label=None
    )
    title = forms.CharField(
        label="Titre de votre projet",
        max_length=160,
        help_text="Le vôtre : vous pourrez le changer dans le dossier.",
    )

    def __init__(self, *args: Any, organisations: Any, calls: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations  # type: ignore[attr-defined]
        self.fields["call"].queryset = calls  # type: ignore[attr-defined]
