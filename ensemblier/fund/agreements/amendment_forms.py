"""The form that writes an amendment: what is left empty does not change."""

from __future__ import annotations

from typing import Any

from django import forms

from ensemblier.base.pages.forms import DayField, EurosField, KeyedForm, PageForm
from ensemblier.base.people.models import Organisation
from ensemblier.fund.agreements import amending as am
from ensemblier.fund.agreements.forms import long_text
from ensemblier.fund.agreements.models import Instalment, Party
from ensemblier.fund.agreements.parties import PlannedPayment
from ensemblier.fund.agreements.shares import shares
from ensemblier.fund.programme.models import Envelope, ExpenseClass

NEW_RANKS = (1, 2)


class AmendForm(KeyedForm):
    """Rows of the schedule are those of today, and two new ones."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, initial=0)
    reasons = long_text("Pourquoi la convention change", rows=3)
    starts_on = DayField(label="Nouvelle date de début", required=False)
    ends_on = DayField(label="Nouvelle date de fin", required=False)
    envelope = forms.ModelChoiceField(
        label="Enveloppe", queryset=Envelope.objects.none(), required=False, empty_label="aucune"
    )
    expense_class = forms.ChoiceField(
        label="Dépense", choices=[("", "aucune"), *ExpenseClass.choices], required=False
    )
    change = EurosField(
        label="Montant en plus, ou en moins avec le signe -",
        required=False,
        allow_negative=True,
        help_text="En plus : l'enveloppe est vérifiée. En moins : l'argent lui revient.",
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

    def __init__(self, *args: Any, agreement: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agreement = agreement
        call = agreement.decision.application.call
        known = {share.envelope.pk for share in shares(agreement)}
        known |= set(call.envelopes.values_list("pk", flat=True))
        self.fields["envelope"].queryset = Envelope.objects.filter(pk__in=known).select_related(
            "programme", "region", "department"
        )
        self.fields["leaves"].queryset = agreement.parties.filter(
            role__in=["co_funder", "partner"], left_by=None
        ).select_related("organisation")
        self.known = list(agreement.instalments.all())
        self.indicators = list(agreement.indicators.filter(left_by__isnull=True))
        for row in self.known:
            self._rank(f"old_{row.pk}", f"Échéance {row.position}")
        for rank in NEW_RANKS:
            self._rank(f"new_{rank}", f"Nouvelle échéance {rank}", label=True)
        for indicator in self.indicators:
            self.fields[f"target_{indicator.pk}"] = forms.DecimalField(
                label=f"Nouvelle cible : {indicator.label} ({indicator.unit})",
                max_digits=14,
                decimal_places=2,
                required=False,
            )

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
    def start_of(agreement: Any) -> dict[str, Any]:
        """Today's schedule, to change in place."""
        found: dict[str, Any] = {}
        for row in agreement.instalments.all():
            found |= {f"old_{row.pk}_amount": row.amount_cents, f"old_{row.pk}_due": row.due_on}
        return found

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
            for rank in NEW_RANKS
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
        if cleaned.get("change") and not (cleaned.get("envelope") and cleaned.get("expense_class")):
            self.add_error("envelope", "Choisissez l'enveloppe et la dépense de ce montant.")
        if cleaned.get("article_body") and not cleaned.get("article_title"):
            self.add_error("article_title", "Donnez un titre à l'article.")
        for name in [f"new_{rank}" for rank in NEW_RANKS] + [f"old_{r.pk}" for r in self.known]:
            if cleaned.get(f"{name}_amount") and not cleaned.get(f"{name}_due"):
                self.add_error(f"{name}_due", "Indiquez quand cette échéance est prévue.")
        return cleaned

    def changes(self) -> am.Changes:
        cleaned = self.cleaned_data
        money = ()
        if cleaned.get("change"):
            money = (
                am.MoneyChange(cleaned["envelope"], cleaned["expense_class"], cleaned["change"]),
            )
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
            targets=[
                am.Target(row.pk, cleaned[f"target_{row.pk}"])
                for row in self.indicators
                if cleaned.get(f"target_{row.pk}") not in (None, row.target)
            ],
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
        for rank in NEW_RANKS:
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
