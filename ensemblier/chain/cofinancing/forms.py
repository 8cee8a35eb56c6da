"""The forms of a scheme: the scheme itself, who pays, publishing, a right given to a card."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.text import slugify

from ensemblier.base.chains.loading import organisations_of
from ensemblier.base.ledger import drawing
from ensemblier.base.ledger.models import Account
from ensemblier.base.pages.formats import euros
from ensemblier.base.pages.forms import DayField, PageForm, QuantityField
from ensemblier.base.people.models import Organisation
from ensemblier.chain.cofinancing.examples import EXAMPLES
from ensemblier.chain.cofinancing.guide import renamed
from ensemblier.chain.cofinancing.models import Scheme
from ensemblier.chain.cofinancing.rules import Purse
from ensemblier.chain.distribution.models import Card
from ensemblier.engines.cofinancing.scheme import Scheme as Rule

STARTS = [("", "Rien : j'écris la règle moi-même")]
STARTS += [(str(rank), each.title) for rank, each in enumerate(EXAMPLES, 1)]


class SchemeForm(PageForm):
    name = forms.CharField(label="Nom du dispositif", max_length=160)
    code = forms.SlugField(
        label="Code court",
        max_length=60,
        required=False,
        help_text="Lettres sans accent, chiffres et tirets. Vide\u00a0: il est tiré du nom.",
        error_messages={
            "invalid": "Un code s'écrit en lettres sans accent, chiffres et tirets, par exemple "
            "paniers-2027."
        },
    )
    asks_card = forms.BooleanField(
        label="Une carte est demandée à chaque vente",
        required=False,
        help_text="Sans elle, on ne demande rien à personne.",
    )
    start = forms.ChoiceField(
        label="Partir d'une forme connue",
        choices=STARTS,
        required=False,
        widget=forms.RadioSelect,
        help_text="Douze façons de partager un prix, vues sur le terrain. Tout se change ensuite.",
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        name, rank = data.get("name", ""), data.pop("start", "")
        if name and "code" in data:
            data["code"] = data["code"] or slugify(name)[:60]
            if not data["code"]:
                self.add_error("code", "Ce nom ne donne pas de code. Écrivez-en un.")
        data["text"] = renamed(EXAMPLES[int(rank) - 1].text, name) if rank and name else ""
        return data


class AgreementChoice(forms.ModelChoiceField):
    """The account of an agreement, with what is left on it."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} (reste {euros(obj.counter.available_cents)})"


class PayerForm(PageForm):
    """Who pays for a name of the rule. Accounts are never picked in a list: each organisation has
    its own in the chain. Only those of agreements are, among the few that the fund opened."""

    name = forms.ChoiceField(label="Nom dans la règle")
    purse = forms.ChoiceField(
        label="D'où vient l'argent ?",
        choices=[
            (Purse.FUNDER, "Un financeur : sa part lui sera demandée par un appel de fonds"),
            (Purse.SELLER, "La structure qui vend : elle prend cette part sur ses ventes"),
            (Purse.AGREEMENT, "Une convention du fonds : sa part quitte la convention à la vente"),
            (Purse.POT, "Une cagnotte ou des dons, sans organisation derrière"),
        ],
        widget=forms.RadioSelect,
        initial=Purse.FUNDER,
    )
    organisation = forms.ModelChoiceField(
        label="Organisation",
        queryset=Organisation.objects.none(),
        required=False,
        empty_label="Aucune",
        help_text="Elle doit être membre de la filière. Pour une cagnotte, laissez « Aucune ».",
    )
    agreement = AgreementChoice(
        label="Convention",
        queryset=Account.objects.none(),
        required=False,
        empty_label="Aucune",
        help_text="Celles que le service instructeur a ouvertes aux ventes de votre filière.",
    )

    def __init__(
        self, *args: Any, scheme: Scheme, names: Sequence[str], day: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        name: Any = self.fields["name"]
        name.choices = [(each, each) for each in names]
        behind: Any = self.fields["organisation"]
        behind.queryset = organisations_of(scheme.chain, day)
        opened = drawing.open_to(scheme.chain.lead)
        held: Any = self.fields["agreement"]
        held.queryset = opened.select_related("counter")
        if not opened.exists():  # nothing to choose: the choice itself is not shown
            del self.fields["agreement"]
            purse: Any = self.fields["purse"]
            purse.choices = [each for each in purse.choices if each[0] != Purse.AGREEMENT]


class PublishForm(PageForm):
    starts = DayField(label="À partir du")
    ends = DayField(
        label="Jusqu'au", required=False, help_text="Vide\u00a0: jusqu'à la version suivante."
    )
    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)


class EntitleForm(PageForm):
    """A right: nothing of the household but its band in the scheme's table."""

    number = forms.CharField(
        label="Numéro de la carte",
        max_length=12,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
        help_text="Il est imprimé dessus. Aucun nom n'est demandé.",
    )
    persons = forms.IntegerField(
        label="Nombre de personnes du foyer",
        min_value=1,
        max_value=99,
        help_text="Ce nombre n'est pas gardé\u00a0: seule la ligne du barème l'est.",
    )
    tier = forms.ChoiceField(label="Tranche")
    starts = DayField(label="À partir du")
    ends = DayField(label="Jusqu'au", required=False)
    attested_by = forms.ModelChoiceField(
        label="Attesté par",
        queryset=Organisation.objects.none(),
        required=False,
        empty_label="Personne : ce dispositif ne demande rien",
        help_text="Qui connaît le foyer et dit qu'il y a droit. Aucun justificatif n'est gardé.",
    )
    month_milli = QuantityField(
        label="Quota par mois",
        required=False,
        min_milli=0,
        help_text="En unités du produit. Vide\u00a0: pas de quota.",
    )

    def __init__(self, *args: Any, scheme: Scheme, rule: Rule, day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scheme = scheme
        by: Any = self.fields["attested_by"]
        by.queryset = organisations_of(scheme.chain, day)
        if not rule.bands:
            del self.fields["persons"]
        tiers = tiers_of(rule)
        if tiers:
            tier: Any = self.fields["tier"]
            tier.choices = [(each, each) for each in tiers]
        else:
            del self.fields["tier"]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        typed = "".join(data.pop("number", "").split())
        if typed:
            data["card"] = Card.objects.filter(chain=self.scheme.chain, number=typed).first()
            if data["card"] is None:
                self.add_error(
                    "number",
                    "Aucune carte de la filière ne porte ce numéro. Vérifiez ses chiffres.",
                )
        return data


def tiers_of(rule: Rule) -> list[str]:
    """The tiers that a rule speaks of: its table, its scope, its surcharge."""
    person = rule.person
    found: list[str] = []
    if person.by == "tier":
        found += person.percents or person.unit_cents or person.coefficients or person.credit
    found += sorted(rule.scope.get("tier", ()))
    if rule.surcharge:
        found += sorted(rule.surcharge.tiers)
    return list(dict.fromkeys(found))
