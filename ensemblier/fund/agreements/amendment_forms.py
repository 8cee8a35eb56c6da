"""The form that writes an amendment: what is left empty does not change."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q

from ensemblier.base.files.forms import CheckedFileField
from ensemblier.base.pages.forms import DayField, EurosField, KeyedForm, PageForm
from ensemblier.base.people.models import Organisation
from ensemblier.fund.agreements import amending as am
from ensemblier.fund.agreements import applying
from ensemblier.fund.agreements.amendment_start import start_of_draft
from ensemblier.fund.agreements.forms import long_text
from ensemblier.fund.agreements.models import Annex, Instalment, Party
from ensemblier.fund.agreements.parties import PlannedPayment
from ensemblier.fund.agreements.reading import kept
from ensemblier.fund.agreements.shares import shares
from ensemblier.fund.programme.models import Envelope, ExpenseClass

INDICATOR = ("label", "unit", "baseline", "target", "source", "measured_by")


class AmendForm(KeyedForm):
    """Rows of the schedule are those of today, and two new ones."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, initial=0)
    reasons = long_text("Pourquoi la convention change", rows=3)
    starts_on = DayField(label="Nouvelle date de début", required=False)
    ends_on = DayField(label="Nouvelle date de fin", required=False)
    new_label = forms.CharField(label="Nouvel indicateur", max_length=160, required=False)
    new_unit = forms.CharField(label="Unité", max_length=40, required=False)
    new_baseline = forms.DecimalField(
        label="Départ", max_digits=14, decimal_places=2, localize=True, required=False
    )
    new_target = forms.DecimalField(
        label="Cible", max_digits=14, decimal_places=2, localize=True, required=False
    )
    new_source = forms.CharField(label="Source", max_length=200, required=False)
    new_measured_by = forms.CharField(label="Qui mesure", max_length=160, required=False)
    annex_title = forms.CharField(label="Annexe ajoutée : titre", max_length=160, required=False)
    annex_file = CheckedFileField(label="Annexe ajoutée : fichier", required=False)
    annexes_out = forms.ModelMultipleChoiceField(
        label="Annexes de cet avenant à retirer",
        queryset=Annex.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    article_title = forms.CharField(label="Article ajouté : titre", max_length=120, required=False)
    article_body = long_text("Article ajouté : texte", max_length=6000, required=False)
    join_siret = forms.CharField(label="Partie qui entre : SIRET", max_length=20, required=False)
    join_amount = EurosField(
        label="Ce qu'elle apporte",
        required=False,
        help_text="Vide : partenaire sans argent.",
    )
    join_due = DayField(label="Versé le", required=False)
    leaves = forms.ModelChoiceField(
        label="Partie qui sort", queryset=Party.objects.none(), required=False, empty_label="aucune"
    )

    def __init__(self, *args: Any, agreement: Any, draft: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agreement = agreement
        old = applying.read(draft) if draft else am.Changes()
        self.known = kept(agreement, "instalments", agreement.instalments.all)
        rows = kept(agreement, "indicators", agreement.indicators.all)
        self.indicators = [row for row in rows if row.left_by_id is None]
        # One row more than what the draft holds: whatever it changes is shown again.
        self.money_ranks = range(1, max(2, len(old.money) + 1) + 1)
        added = sum(row.pk is None for row in old.schedule or ())
        self.new_ranks = range(1, max(2, added + 1) + 1)
        self._put_money()
        self.fields["leaves"].queryset = agreement.parties.filter(
            role__in=["co_funder", "partner"], left_by=None
        ).select_related("organisation")
        for row in self.known:
            self._rank(f"old_{row.pk}", f"Échéance {row.position}")
        for rank in self.new_ranks:
            self._rank(f"new_{rank}", f"Nouvelle échéance {rank}", label=True)
        for indicator in self.indicators:
            self.fields[f"target_{indicator.pk}"] = forms.DecimalField(
                label=f"Nouvelle cible : {indicator.label} ({indicator.unit})",
                max_digits=14,
                decimal_places=2,
                localize=True,
                required=False,
            )
        self._put_annexes(draft)

    def _put_money(self) -> None:
        call = self.agreement.decision.application.call
        known = {share.envelope.pk for share in shares(self.agreement)}
        rows = Envelope.objects.filter(Q(pk__in=known) | Q(calls=call)).distinct()
        rows = rows.select_related("programme", "region", "department")
        choices = [("", "aucune"), *((row.pk, str(row)) for row in rows)]
        self.envelopes = {str(row.pk): row for row in rows}
        for rank in self.money_ranks:
            end = "" if rank == 1 else f" {rank}"
            self.fields[f"envelope_{rank}"] = forms.ChoiceField(
                label=f"Enveloppe{end}", choices=choices, required=False
            )
            self.fields[f"class_{rank}"] = forms.ChoiceField(
                label=f"Dépense{end}",
                choices=[("", "aucune"), *ExpenseClass.choices],
                required=False,
            )
            self.fields[f"change_{rank}"] = EurosField(
                label=f"Montant{end} en plus ou en moins",
                required=False,
                allow_negative=True,
                help_text="1 000 ajoute : l'enveloppe est vérifiée. -1 000 retire : l'argent lui "
                "revient.",
            )

    def _put_annexes(self, draft: Any) -> None:
        rows = draft.annexes.all() if draft else Annex.objects.none()
        field = self.fields["annexes_out"]
        field.queryset = rows
        field.label_from_instance = lambda row: row.title
        self.has_annexes = bool(draft) and rows.exists()

    def _rank(self, name: str, words: str, *, label: bool = False) -> None:
        self.fields[f"{name}_amount"] = EurosField(label=f"{words} : montant", required=False)
        self.fields[f"{name}_due"] = DayField(label=f"{words} : prévue le", required=False)
        if label:
            self.fields[f"{name}_release"] = forms.ChoiceField(
                label=f"{words} : versée",
                choices=[c for c in Instalment.Release.choices if c[0] != "indicator"],
                required=False,
            )
            self.fields[f"{name}_paper"] = forms.CharField(
                label=f"{words} : pièce attendue", max_length=160, required=False
            )

    @staticmethod
    def start_of(agreement: Any, draft: Any = None) -> dict[str, Any]:
        """Today's schedule to change in place; with a draft, all that it changes."""
        rows = kept(agreement, "instalments", agreement.instalments.all)
        found: dict[str, Any] = {}
        for row in rows:
            found |= {f"old_{row.pk}_amount": row.amount_cents, f"old_{row.pk}_due": row.due_on}
        return found | start_of_draft(draft, rows) if draft else found

    def money_rows(self) -> list[list[Any]]:
        names = ("envelope", "class", "change")
        return [[self[f"{name}_{rank}"] for name in names] for rank in self.money_ranks]

    def new_indicator(self) -> list[Any]:
        return [self[f"new_{name}"] for name in INDICATOR]

    def schedule_rows(self) -> list[tuple[str, list[Any]]]:
        rows = [
            (
                f"Échéance {r.position}, {r.label}, {r.get_release_display()}",
                [self[f"old_{r.pk}_amount"], self[f"old_{r.pk}_due"]],
            )
            for r in self.known
        ]
        names = ("amount", "due", "release", "paper")
        return rows + [
            (f"Nouvelle échéance {rank}", [self[f"new_{rank}_{name}"] for name in names])
            for rank in self.new_ranks
        ]

    def targets(self) -> list[Any]:
        return [self[f"target_{row.pk}"] for row in self.indicators]

    def clean_join_siret(self) -> Organisation | None:
        typed = "".join(self.cleaned_data["join_siret"].split())
        if not typed:
            return None
        found = Organisation.objects.filter(siret=typed).first()
        if found is None:
            raise forms.ValidationError(
                "Aucune organisation d'Ensemblier ne porte ce SIRET : vérifiez les 14 chiffres."
            )
        return found

    def joins(self) -> list[am.NewParty]:
        cleaned = self.cleaned_data
        organisation, cents = cleaned.get("join_siret"), cleaned.get("join_amount")
        if organisation is None:
            return []
        if not cents:
            return [am.NewParty(organisation.pk, Party.Role.PARTNER)]
        payment = PlannedPayment("Versement 1", cents, cleaned["join_due"])
        return [am.NewParty(organisation.pk, Party.Role.CO_FUNDER, (payment,))]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("join_amount") and not cleaned.get("join_due"):
            self.add_error("join_due", "Indiquez quand ce montant est versé.")
        for rank in self.money_ranks:
            said = cleaned.get(f"envelope_{rank}") and cleaned.get(f"class_{rank}")
            if cleaned.get(f"change_{rank}") and not said:
                words = "Choisissez l'enveloppe et la dépense de ce montant."
                self.add_error(f"envelope_{rank}", words)
        self._check_indicator(cleaned)
        if cleaned.get("annex_title") and not cleaned.get("annex_file"):
            self.add_error("annex_file", "Joignez le fichier de cette annexe.")
        if cleaned.get("article_body") and not cleaned.get("article_title"):
            self.add_error("article_title", "Donnez un titre à l'article.")
        for name in [f"new_{rank}" for rank in self.new_ranks] + [
            f"old_{r.pk}" for r in self.known
        ]:
            if cleaned.get(f"{name}_amount") and not cleaned.get(f"{name}_due"):
                self.add_error(f"{name}_due", "Indiquez quand cette échéance est prévue.")
        return cleaned

    def _check_indicator(self, cleaned: dict[str, Any]) -> None:
        """All of it, or nothing: a target without its unit cannot be measured."""
        typed = [name for name in INDICATOR if cleaned.get(f"new_{name}") not in (None, "")]
        for name in INDICATOR:
            if typed and name not in typed and f"new_{name}" not in self.errors:
                label = self.fields[f"new_{name}"].label
                self.add_error(f"new_{name}", f"Un indicateur se dit en entier : « {label} ».")
        if typed and cleaned.get("new_baseline") == cleaned.get("new_target") is not None:
            self.add_error("new_target", "La cible d'un indicateur diffère de son départ.")

    def papers(self) -> am.Papers:
        cleaned = self.cleaned_data
        checked = cleaned.get("annex_file")
        return am.Papers(
            added=[(cleaned["annex_title"], checked)] if checked else [],
            given_up=[row.pk for row in cleaned["annexes_out"]],
        )

    def _targets(self) -> list[am.Target]:
        cleaned = self.cleaned_data
        found = [
            am.Target(row.pk, cleaned[f"target_{row.pk}"])
            for row in self.indicators
            if cleaned.get(f"target_{row.pk}") not in (None, row.target)
        ]
        if cleaned.get("new_label"):
            found.append(am.Target(None, **{name: cleaned[f"new_{name}"] for name in INDICATOR}))
        return found

    def changes(self) -> am.Changes:
        cleaned = self.cleaned_data
        money = [
            am.MoneyChange(
                self.envelopes[cleaned[f"envelope_{rank}"]],
                cleaned[f"class_{rank}"],
                cleaned[f"change_{rank}"],
            )
            for rank in self.money_ranks
            if cleaned.get(f"change_{rank}")
        ]
        articles = ()
        if cleaned.get("article_body"):
            count = self.agreement.articles.values("code").distinct().count()
            articles = (
                am.NewArticle(
                    f"added-{count + 1}", cleaned["article_title"], cleaned["article_body"]
                ),
            )
        return am.Changes(
            starts_on=cleaned.get("starts_on"),
            ends_on=cleaned.get("ends_on"),
            money=money,
            schedule=self._schedule(),
            targets=self._targets(),
            joins=self.joins(),
            leaves=[cleaned["leaves"].pk] if cleaned.get("leaves") else [],
            articles=articles,
        )

    def _schedule(self) -> list[am.Scheduled] | None:
        """The new schedule, or None when it is today's."""
        cleaned, rows = self.cleaned_data, []
        for row in self.known:
            cents = cleaned.get(f"old_{row.pk}_amount")
            if cents:
                rows.append(
                    am.Scheduled(
                        row.pk,
                        row.label,
                        row.release,
                        cents,
                        cleaned[f"old_{row.pk}_due"],
                        row.paper_label,
                        row.indicator_id,
                    )
                )
        same = [(r.amount_cents, r.due_on) for r in rows] == [
            (r.amount_cents, r.due_on) for r in self.known
        ]
        for rank in self.new_ranks:
            cents = cleaned.get(f"new_{rank}_amount")
            if cents:
                same = False
                rows.append(
                    am.Scheduled(
                        None,
                        f"Versement ajouté {rank}",
                        cleaned[f"new_{rank}_release"],
                        cents,
                        cleaned[f"new_{rank}_due"],
                        cleaned[f"new_{rank}_paper"],
                    )
                )
        return None if same else rows


class AbandonForm(PageForm):
    why = forms.CharField(label="Pourquoi l'abandonner", max_length=500)
