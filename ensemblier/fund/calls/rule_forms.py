"""Writing the rules of a call: grid, questions, papers, desks; and publishing it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from ensemblier.base.pages.forms import PageForm
from ensemblier.base.pages.instants import InstantField, NoSuchHour, placed
from ensemblier.base.people.models import Organisation
from ensemblier.base.territory.models import Region
from ensemblier.fund.calls.grid import HIGHEST_SCALE, HIGHEST_WEIGHT, Row
from ensemblier.fund.calls.instants import to_the_end
from ensemblier.fund.calls.models import Call, Criterion, Desk, Paper, Question
from ensemblier.fund.calls.rules import LISTS

ALWAYS = ""
MORE_PAPERS = 2


def whole(label: str, highest: int, **options: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=1,
        max_value=highest,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "invalid": "Écrivez un nombre entier.",
            "min_value": "Écrivez 1 ou plus.",
            "max_value": f"Écrivez {highest} au plus.",
        },
        **options,
    )


class LinesField(forms.CharField):
    """Short texts, one a line."""

    def __init__(self, *, longest: int = 200, **kwargs: Any) -> None:
        self.longest = longest
        super().__init__(
            widget=forms.Textarea(attrs={"rows": 5}), required=False, max_length=8_000, **kwargs
        )

    def clean(self, value: Any) -> Any:
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        long = next((line for line in lines if len(line) > self.longest), None)
        if long:
            raise ValidationError(
                f"« {long[:30]}… » est trop long : {self.longest} signes au plus."
            )
        return lines

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) or value is None else "\n".join(value)


class GridForm(PageForm):
    """Each criterion with its words, weight and scale; a line more to add one."""

    def __init__(self, *args: Any, criteria: Sequence[Criterion] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.criteria = [*criteria, None]
        for row in self.criteria:
            self._add(row)

    def _add(self, row: Criterion | None) -> None:
        name = f"c{row.pk}" if row else "new"
        title = row.code if row else "Nouveau critère"
        self.fields[f"{name}-label"] = forms.CharField(
            label=f"{title} : intitulé",
            max_length=160,
            required=row is not None,
            initial=row.label if row else "",
            help_text="" if row else "Vide : aucun critère n'est ajouté.",
        )
        self.fields[f"{name}-explanation"] = forms.CharField(
            label=f"{title} : ce qui est regardé",
            widget=forms.Textarea(attrs={"rows": 3}),
            max_length=2_000,
            required=False,
            initial=row.explanation if row else "",
        )
        self.fields[f"{name}-weight"] = whole(
            f"{title} : poids", HIGHEST_WEIGHT, initial=row.weight if row else 1
        )
        self.fields[f"{name}-scale"] = whole(
            f"{title} : note maximale", HIGHEST_SCALE, initial=row.scale_max if row else 4
        )
        self.fields[f"{name}-levels"] = LinesField(
            label=f"{title} : un mot pour chaque note",
            longest=60,
            initial=row.levels if row else [],
            help_text="De 0 à la note maximale, un mot par ligne. Vide : la note n'a pas de mot.",
        )
        if row:
            self.fields[f"{name}-gone"] = forms.BooleanField(
                label=f"Retirer le critère {title}", required=False
            )

    def rows(self) -> list[Row]:
        given = self.cleaned_data
        found = []
        for criterion in self.criteria:
            name = f"c{criterion.pk}" if criterion else "new"
            if not given[f"{name}-label"] or given.get(f"{name}-gone"):
                continue
            found.append(
                Row(
                    criterion.pk if criterion else None,
                    given[f"{name}-label"],
                    given[f"{name}-explanation"],
                    given[f"{name}-weight"],
                    given[f"{name}-scale"],
                    tuple(given[f"{name}-levels"]),
                )
            )
        return found


class QuestionForm(PageForm):
    label = forms.CharField(label="Question", max_length=200)
    help = forms.CharField(label="Aide", max_length=300, required=False)
    kind = forms.ChoiceField(
        label="Sorte de réponse",
        choices=Question.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Choisissez une sorte de la liste."},
    )
    options = LinesField(label="Choix", help_text="Pour une liste : un choix par ligne.")
    required = forms.BooleanField(label="La réponse est obligatoire", required=False)
    shown_when = forms.ChoiceField(
        label="Quand montrer la question",
        required=False,
        error_messages={"invalid_choice": "Choisissez un cas de la liste."},
    )

    def __init__(
        self, *args: Any, earlier: Iterable[Question], question: Question | None = None, **kw: Any
    ) -> None:
        self.cases = {
            f"{row.code}:{rank}": (row.code, option)
            for row in earlier
            if row.kind in LISTS
            for rank, option in enumerate(row.options)
        }
        labels = {row.code: row.label for row in earlier}
        if question is not None:
            kw.setdefault("initial", self.initial_of(question))
        super().__init__(*args, **kw)
        self.fields["shown_when"].choices = [
            (ALWAYS, "toujours"),
            *(
                (key, f"si la réponse à « {labels[code]} » est « {option} »")
                for key, (code, option) in self.cases.items()
            ),
        ]

    def initial_of(self, question: Question) -> dict[str, Any]:
        wanted = (question.shown_when_code, question.shown_when_value)
        names = ("label", "help", "kind", "options", "required")
        return {name: getattr(question, name) for name in names} | {
            "shown_when": next((k for k, case in self.cases.items() if case == wanted), ALWAYS)
        }

    def values(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        code, value = self.cases.get(given.pop("shown_when"), ("", ""))
        return given | {"shown_when_code": code, "shown_when_value": value}


class PapersForm(PageForm):
    """A line for each paper asked, and two more; a line without words asks for nothing."""

    def __init__(self, *args: Any, papers: Sequence[Paper] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.count = len(papers) + MORE_PAPERS
        for rank in range(self.count):
            row = papers[rank] if rank < len(papers) else None
            title = f"Pièce {rank + 1}"
            self.fields[f"p{rank}-label"] = forms.CharField(
                label=title,
                max_length=160,
                required=False,
                initial=row.label if row else "",
                help_text="Vide : rien n'est demandé.",
            )
            self.fields[f"p{rank}-kind"] = forms.ChoiceField(
                label=f"{title} : sorte",
                choices=Paper.Kind.choices,
                initial=row.kind if row else Paper.Kind.OTHER,
                error_messages={"invalid_choice": "Choisissez une sorte de la liste."},
            )
            self.fields[f"p{rank}-required"] = forms.BooleanField(
                label=f"{title} : obligatoire",
                required=False,
                initial=row.required if row else False,
            )

    def papers(self) -> list[Paper]:
        given = self.cleaned_data
        return [
            Paper(
                kind=given[f"p{rank}-kind"],
                label=given[f"p{rank}-label"],
                required=given[f"p{rank}-required"],
            )
            for rank in range(self.count)
            if given[f"p{rank}-label"]
        ]


class DesksForm(PageForm):
    """A service for each region, and one for the regions that have none."""

    def __init__(
        self,
        *args: Any,
        regions: Iterable[Region],
        services: Iterable[Organisation],
        desks: Iterable[Desk] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.services = {str(row.pk): row for row in services}
        self.regions: dict[str, Region | None] = {"desk-national": None}
        self.regions |= {f"desk-{region.code}": region for region in regions}
        now = {row.region_id: str(row.organisation_id) for row in desks}
        choices = [("", "—"), *((key, row.name) for key, row in self.services.items())]
        for name, region in self.regions.items():
            self.fields[name] = forms.ChoiceField(
                label=region.name if region else "Guichet national",
                help_text="" if region else "Lit les dossiers des régions sans guichet.",
                choices=choices,
                required=False,
                initial=now.get(region.pk if region else None, ""),
                error_messages={"invalid_choice": "Choisissez un service de la liste."},
            )

    def desks(self) -> dict[Region | None, Organisation]:
        return {
            region: self.services[self.cleaned_data[name]]
            for name, region in self.regions.items()
            if self.cleaned_data[name]
        }


class NoticeForm(PageForm):
    text = forms.CharField(
        label="Texte de l'avis",
        help_text="Il explique. Il ne change aucune règle, et il ne s'efface pas.",
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=4_000,
    )


class PublishForm(PageForm):
    short_reason = forms.CharField(
        label="Pourquoi l'appel est court",
        help_text="Cette raison sera publiée avec l'appel.",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    is_sure = forms.BooleanField(label="J'ai relu l'appel : ses règles ne changeront plus")

    def __init__(self, *args: Any, is_short: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_short:
            del self.fields["short_reason"]


class CopyForm(PageForm):
    title = forms.CharField(label="Titre", max_length=160)
    opens_at = InstantField(label="Ouvre le")
    closes_at = InstantField(label="Ferme le", help_text="À cet instant, plus aucun dépôt.")
    first_year = forms.IntegerField(label="Première année financée", min_value=2020, max_value=2100)
    last_year = forms.IntegerField(label="Dernière année financée", min_value=2020, max_value=2100)

    def __init__(self, *args: Any, call: Call, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = call.zone
        for name in ("first_year", "last_year"):
            self.fields[name].widget = forms.TextInput(attrs={"inputmode": "numeric"})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name, meant in (("opens_at", lambda clock: clock), ("closes_at", to_the_end)):
            if cleaned.get(name):
                try:
                    cleaned[name] = placed(meant(cleaned[name]), self.zone)
                except NoSuchHour as error:
                    self.add_error(name, str(error))
        return cleaned
