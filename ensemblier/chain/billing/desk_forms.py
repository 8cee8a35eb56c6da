"""The form of the desk: one line at a time, for one person, with or without a card, or for an
organisation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from ensemblier.base.chains.loading import organisations_of
from ensemblier.base.chains.models import Site
from ensemblier.base.pages.forms import EurosField, QuantityField
from ensemblier.base.refusal import Refusal
from ensemblier.chain.billing.queries import usual_vat_rate
from ensemblier.chain.billing.rules import VAT_RATES
from ensemblier.chain.distribution.models import Card
from ensemblier.chain.stock.forms import Choice, DatedForm, set_choices
from ensemblier.chain.stock.models import Lot

# Where the desk shows what an action refuses about a field that has another name here.
SHOWN_AT = {"milli": "quantity", "price_cents": "price", "extra_cents": "extra"}
GIVEN_AWAY = (
    "Ce qui est remis gratuitement à une organisation ne se facture pas : notez-le au stock, "
    "« Remis gratuitement à une organisation », ou videz l'acheteur."
)
UNUSUAL = ("buyer", "vat_rate", "free", "price", "extra", "day")


class SaleForm(DatedForm):
    """A lot that may not be sold is still understood: the action says why it refuses."""

    lot = Choice(label="Produit et lot", empty_label="Choisissez")
    quantity = QuantityField(label="Quantité", help_text="Dans l'unité du produit.")
    card = forms.CharField(label="Numéro de la carte", max_length=12, required=False)
    buyer = Choice(
        label="Acheteur (une organisation)",
        required=False,
        empty_label="Aucun : c'est une personne",
        help_text="Un membre de la filière : sa ligne attend sa facture, au prix de gros s'il y en "
        "a un. Sans carte ni don en plus.",
    )
    vat_rate = forms.TypedChoiceField(
        label="TVA comprise dans le prix",
        choices=[("", "Celle d'usage pour ce produit"), *VAT_RATES.items()],
        coerce=int,
        empty_value=None,
        required=False,
        help_text="D'usage : celle de la dernière vente de ce produit ici ; à défaut, celle des "
        "denrées (5,5 %) si ce vendeur compte de la TVA, sinon aucune. La ligne la montre.",
    )
    free = forms.BooleanField(label="Remettre gratuitement", required=False)
    price = EurosField(
        label="Prix de la ligne entière",
        required=False,
        help_text="S'il n'y a pas de tarif, ou si ce n'est pas le sien.",
    )
    extra = EurosField(
        label="Don en plus",
        required=False,
        help_text="Ce que la personne donne au-dessus de sa part, pour la cagnotte du dispositif.",
    )

    field_order = ["lot", "quantity", "card", *UNUSUAL]

    def __init__(
        self,
        *args: Any,
        site: Site,
        sellable: Sequence[tuple[Lot, str]],
        asks_card: bool,
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, today=today, **kwargs)
        self.site = site
        self.chain_id = site.chain_id
        set_choices(self, "lot", Lot.objects.filter(levels__site=site).select_related("product"))
        field: Any = self.fields["lot"]
        choices = [("", "Choisissez"), *((str(lot.pk), words) for lot, words in sellable)]
        field.widget.choices = choices
        members = organisations_of(site.chain, today).exclude(pk=site.keeper_id)
        set_choices(self, "buyer", members.order_by("name", "pk"))
        card = self.fields["card"]
        card.widget.attrs |= {"inputmode": "numeric", "autocomplete": "off"}
        card.help_text = (
            "Ce dispositif demande une carte." if asks_card else "Si la personne en a une."
        )

    def clean_card(self) -> Card | None:
        typed = "".join(str(self.cleaned_data["card"]).split())
        if not typed:
            return None
        found = Card.objects.filter(chain=self.chain_id, number=typed).first()
        if found is None:
            raise forms.ValidationError(
                f"Aucune carte de cette filière ne porte le numéro « {typed} ». Relisez les "
                "chiffres, ou laissez vide.",
                code="unknown",
            )
        return found

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("free") and data.get("price"):
            self.add_error("price", "Remis gratuitement ou vendu : videz le prix, ou décochez.")
        if data.get("buyer"):
            self._check_bought(data)
        return data

    def _check_bought(self, data: dict[str, Any]) -> None:
        """What an invoice would not say."""
        if data.get("free") or data.get("price") == 0:
            self.add_error("free" if data.get("free") else "price", GIVEN_AWAY)
        if data.get("extra"):
            self.add_error(
                "extra", "Un don en plus est celui d'une personne : videz-le, ou videz l'acheteur."
            )

    def refuse(self, refusal: Refusal) -> None:
        name = SHOWN_AT.get(refusal.field, refusal.field)
        self.add_error(name if name in self.fields else None, refusal.message)

    @property
    def usual(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name not in UNUSUAL]

    @property
    def unusual(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name in UNUSUAL]

    @property
    def opens(self) -> bool:
        """Something was typed or refused in what is folded."""
        typed = [field for field in self.unusual if field.name != "day"]
        return any(field.errors for field in self.unusual) or any(field.data for field in typed)

    def sold(self) -> dict[str, Any]:
        """What was typed, by the names of `actions.sell`."""
        data = self.cleaned_data
        facts = {name: data[name] for name in ("key", "day", "lot", "card", "buyer", "vat_rate")}
        facts |= {"product": data["lot"].product, "milli": data["quantity"]}
        if facts["vat_rate"] is None:
            facts["vat_rate"] = usual_vat_rate(self.site, facts["product"], data["day"])
        if data["free"]:
            facts["price_cents"] = 0
        elif data["price"] is not None:
            facts["price_cents"] = data["price"]
        if data["extra"]:
            facts["extra_cents"] = data["extra"]
        return facts


class UndoSaleForm(DatedForm):
    reason = forms.CharField(
        label="Pourquoi ?",
        max_length=300,
        help_text="Erreur de quantité, produit rendu… N'écrivez ni nom ni situation.",
    )
