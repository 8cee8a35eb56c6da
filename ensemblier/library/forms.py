"""The filters of the library, and the two questions asked before starting from a sheet."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django import forms

from ensemblier.base.chains.terms import Length, Link
from ensemblier.base.pages.forms import PageForm
from ensemblier.base.people.models import Organisation
from ensemblier.base.territory.models import Department, Region
from ensemblier.fund.calls.models import Call
from ensemblier.library.models import Sheet, SheetFunder, SheetLink, SheetPrice
from ensemblier.library.terms import FunderKind, PriceForm

ALL = [("", "Tous")]
Choices = list[tuple[str, str]]


def counted(words: Choices, counts: Counter[str], first: str = "Tous") -> Choices:
    """Choices with how many sheets each holds; those that hold none are left out."""
    return [("", first), *((v, f"{label} · {counts[v]}") for v, label in words if counts[v])]


def _count(table: Any, field: str) -> Counter[str]:
    pairs = table.objects.values_list(field, "sheet").distinct()
    return Counter(value for value, _ in pairs)


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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = {
            "maillon": counted(Link.choices, _count(SheetLink, "link")),
            "financeur": counted(FunderKind.choices, _count(SheetFunder, "kind")),
            "prix": counted(PriceForm.choices, _count(SheetPrice, "form"), "Toutes"),
            "longueur": counted(
                Length.choices, Counter(Sheet.objects.values_list("length", flat=True)), "Toutes"
            ),
            **self._places(),
        }
        for name, options in choices.items():
            self.fields[name].choices = options  # type: ignore[attr-defined]

    def _places(self) -> dict[str, Choices]:
        departments: Counter[str] = Counter()
        regions: Counter[str] = Counter()
        rows = Department.objects.filter(sheets__isnull=False).values_list(
            "code", "region_id", "sheets"
        )
        seen: set[tuple[str | None, int]] = set()
        for code, region, sheet in rows:
            departments[code] += 1
            if region and (region, sheet) not in seen:
                regions[region] += 1
                seen.add((region, sheet))
        named = [(d.code, str(d)) for d in Department.objects.filter(code__in=departments)]
        whole = list(Region.objects.filter(code__in=regions).values_list("code", "name"))
        return {
            "departement": counted(named, departments),
            "region": counted(whole, regions, "Toutes"),
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
