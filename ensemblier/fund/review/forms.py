"""Forms of the desk: filters, opinion, complements, and a reason."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from ensemblier.base.pages.forms import DayField, EurosField, PageForm
from ensemblier.base.territory.models import ZoningKind
from ensemblier.fund.calls.models import Criterion
from ensemblier.fund.review.listing import SORTS, ZONES, Filters
from ensemblier.fund.review.models import Review

ANY = ("", "Tous")


class FiltersForm(PageForm):
    """The filters of the list, kept in the address."""

    q = forms.CharField(
        label="Chercher", required=False, max_length=80, help_text="Numéro, titre, organisation."
    )
    etat = forms.ChoiceField(label="État", required=False)
    appel = forms.ChoiceField(label="Appel", required=False)
    departement = forms.ChoiceField(label="Département", required=False)
    zonage = forms.ChoiceField(
        label="Zonage",
        required=False,
        choices=[ANY, *((kind.value, ZONES[kind]) for kind in ZoningKind)],
    )
    tri = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        states: Iterable[tuple[str, str]],
        calls: Iterable[tuple[str, str]],
        departments: Iterable[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("etat", states), ("appel", calls), ("departement", departments)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [ANY, *choices]

    def clean_tri(self) -> str:
        sort = self.cleaned_data["tri"]
        return sort if sort.removeprefix("-") in SORTS else "-depot"

    def filters(self) -> Filters:
        """A value that does not exist filters nothing, and the form says so."""
        self.is_valid()
        kept = self.cleaned_data
        return Filters(
            state=kept.get("etat", ""),
            call=kept.get("appel", ""),
            department=kept.get("departement", ""),
            zoning=kept.get("zonage", ""),
            text=kept.get("q", "").strip(),
            sort=kept.get("tri") or "-depot",
        )


class OpinionForm(PageForm):
    """One's own opinion: a score and a reason for each criterion, then the opinion itself."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, criteria: list[Criterion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.criteria = criteria
        for criterion in criteria:
            self.fields[f"score_{criterion.pk}"] = forms.TypedChoiceField(
                label=f"Note sur {criterion.scale_max}",
                coerce=int,
                empty_value=None,
                choices=[("", "À noter"), *((n, str(n)) for n in range(criterion.scale_max + 1))],
            )
            self.fields[f"reason_{criterion.pk}"] = forms.CharField(
                label="Pourquoi", max_length=1000, widget=small_area()
            )
        self.fields["opinion"] = forms.ChoiceField(
            label="Sens de l'avis",
            choices=Review.Opinion.choices,
            widget=forms.RadioSelect,
        )
        self.fields["reasons"] = forms.CharField(
            label="Motifs",
            max_length=4000,
            widget=forms.Textarea({"rows": 5}),
            help_text="Le signataire les lit. L'organisation peut en demander une copie.",
        )
        self.fields["proposed"] = EurosField(label="Montant proposé", required=False)

    def full_clean(self) -> None:
        """A draft may lack anything: giving the opinion asks for it, and the action says so."""
        needed = [field for field in self.fields.values() if field.required]
        for field in needed:
            field.required = False
        self.fields["version"].required = True
        super().full_clean()
        for field in needed:
            field.required = True

    def groups(self) -> list[tuple[Criterion, Any, Any]]:
        """Each criterion with its two fields, for the page."""
        return [(c, self[f"score_{c.pk}"], self[f"reason_{c.pk}"]) for c in self.criteria]

    def grades(self) -> dict[int, tuple[int | None, str]]:
        kept = self.cleaned_data
        return {
            c.pk: (kept.get(f"score_{c.pk}"), kept.get(f"reason_{c.pk}", "")) for c in self.criteria
        }

    @staticmethod
    def initial_of(review: Review) -> dict[str, Any]:
        values: dict[str, Any] = {
            "version": review.version,
            "opinion": review.opinion,
            "reasons": review.reasons,
            "proposed": review.proposed_cents,
        }
        for score in review.scores.all():
            values[f"score_{score.criterion_id}"] = score.value
            values[f"reason_{score.criterion_id}"] = score.reason
        return values


def small_area() -> forms.Textarea:
    return forms.Textarea({"rows": 2})


class ComplementForm(PageForm):
    """What is missing, and by when."""

    message = forms.CharField(
        label="Ce qui manque",
        max_length=2000,
        widget=forms.Textarea({"rows": 6}),
        help_text="Une demande par ligne, en mots simples. L'organisation la reçoit par e-mail.",
    )
    due_on = DayField(label="À répondre avant le")


class AnswerForm(PageForm):
    """The applicant's answer."""

    answer = forms.CharField(
        label="Votre réponse",
        max_length=4000,
        widget=forms.Textarea({"rows": 6}),
        help_text="Dites ce que vous avez changé dans le dossier, ou répondez à la question.",
    )


class ReasonForm(PageForm):
    """Why something is done."""

    reason = forms.CharField(label="Motif", max_length=2000, widget=forms.Textarea({"rows": 4}))


class ProposeForm(PageForm):
    """A word to the signatory, if any."""

    reason = forms.CharField(
        label="Un mot pour le signataire",
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
    )
