"""Forms of the desk: filters, opinion, complements, and a reason."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from ensemblier.base.files.forms import CheckedFileField
from ensemblier.base.pages.forms import DayField, EurosField, PageForm
from ensemblier.base.territory.models import ZoningKind
from ensemblier.fund.calls.models import Criterion
from ensemblier.fund.review.listing import ALERTS, SORTS, WHOSE, ZONES, Filters
from ensemblier.fund.review.models import Interest, Review, VisitChecklist
from ensemblier.fund.review.visits import ANSWERS, Grid

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
    pour = forms.ChoiceField(label="Instruit par", required=False, choices=[ANY, *WHOSE.items()])
    alerte = forms.ChoiceField(label="À surveiller", required=False, choices=[ANY, *ALERTS.items()])
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
            whose=kept.get("pour", ""),
            alert=kept.get("alerte", ""),
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
    due_on = DayField(
        label="À répondre avant le",
        help_text="Un rappel part sept jours et un jour avant, puis le lendemain de cette date. "
        "Sans réponse, vous pouvez ensuite classer le dossier.",
    )


class AskAgainForm(ComplementForm):
    """A file closed without an answer is opened again: why, and what is still missing."""

    reason = forms.CharField(
        label="Pourquoi vous le rouvrez",
        max_length=1000,
        help_text="Par exemple : l'organisation a écrit. Votre motif reste au journal.",
    )


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


class NoteForm(PageForm):
    """How the desk reconciles opinions that disagree."""

    note = forms.CharField(
        label="Comment ces avis se concilient",
        max_length=4000,
        widget=forms.Textarea({"rows": 6}),
        help_text="Dites sur quoi les avis diffèrent, et ce que vous proposez d'en retenir.",
    )


class InterestForm(PageForm):
    """One's link with a file, or none."""

    kind = forms.ChoiceField(
        label="Votre lien avec l'organisation ou le projet",
        choices=Interest.Kind.choices,
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label="Précision",
        required=False,
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        help_text="Si vous avez un lien : dites lequel, sans nommer personne d'autre que vous.",
    )


class MessageForm(PageForm):
    """A message of the thread."""

    body = forms.CharField(
        label="Votre message", max_length=4000, widget=forms.Textarea({"rows": 5})
    )
    file = CheckedFileField(label="Joindre un fichier", required=False)
    is_internal = forms.BooleanField(label="Note interne : seul le service la voit", required=False)

    def __init__(self, *args: Any, desk: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not desk:
            del self.fields["is_internal"]


class ExpertForm(PageForm):
    """Whom to invite, and what is expected."""

    email = forms.EmailField(label="Adresse e-mail de l'expert", max_length=254)
    question = forms.CharField(
        label="Ce que vous lui demandez",
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 4}),
    )


class PersonChoice(forms.ModelChoiceField):
    """A colleague, by name."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj)


class AssignForm(PageForm):
    """Who instructs from now on."""

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["instructor"] = PersonChoice(
            label="Personne qui instruit", queryset=people, empty_label="Choisissez"
        )


class VisitDayForm(PageForm):
    """The day of a visit."""

    visited_on = DayField(label="Jour de la visite")


class VisitForm(PageForm):
    """The questions of a visit: an answer and a note each, then a conclusion."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, grid: Grid, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.grid = grid
        self.fields["present"] = forms.CharField(
            label="Personnes rencontrées (leur fonction)", required=False, max_length=400
        )
        for part in grid.parts:
            for question in part.questions:
                self.fields[f"answer_{question.code}"] = forms.ChoiceField(
                    label=question.text,
                    required=False,
                    choices=[*ANSWERS.items()],
                    widget=forms.RadioSelect,
                )
                self.fields[f"note_{question.code}"] = forms.CharField(
                    label="Note", required=False, max_length=1000, widget=small_area()
                )
        self.fields["conclusion"] = forms.CharField(
            label="Conclusion", required=False, max_length=4000, widget=forms.Textarea({"rows": 5})
        )

    def parts(self) -> list[tuple[str, list[tuple[Any, Any, Any]]]]:
        return [
            (
                part.title,
                [
                    (row, self[f"answer_{row.code}"], self[f"note_{row.code}"])
                    for row in part.questions
                ],
            )
            for part in self.grid.parts
        ]

    def answers(self) -> dict[str, dict[str, str]]:
        kept = self.cleaned_data
        return {
            code: {
                "answer": kept.get(f"answer_{code}", ""),
                "note": kept.get(f"note_{code}", ""),
            }
            for code in self.grid.codes
        }

    @staticmethod
    def initial_of(visit: VisitChecklist) -> dict[str, Any]:
        values = {
            "version": visit.version,
            "present": visit.present,
            "conclusion": visit.conclusion,
        }
        for code, row in visit.answers.items():
            values[f"answer_{code}"] = row.get("answer", "")
            values[f"note_{code}"] = row.get("note", "")
        return values


class ViewForm(PageForm):
    """A name for the filters of the list."""

    name = forms.CharField(label="Nom de la vue", max_length=60)
    shared = forms.BooleanField(label="La partager avec mon service", required=False)
    query = forms.CharField(required=False, max_length=1000, widget=forms.HiddenInput)


class NoLinkForm(PageForm):
    """The one word that an action on several files needs from whoever declared nothing yet."""

    has_no_link = forms.BooleanField(
        label="Je n'ai aucun lien avec ces organisations ni avec leurs projets", required=False
    )


class BulkComplementForm(ComplementForm, NoLinkForm):
    """The same question to several organisations."""


class BulkAssignForm(AssignForm):
    """Several files to one colleague."""


class BulkProposeForm(ProposeForm, NoLinkForm):
    """Several files to the signatory."""
