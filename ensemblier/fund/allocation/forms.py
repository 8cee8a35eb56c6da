"""Settings of a sharing."""

from __future__ import annotations

from typing import Any

from django import forms

from ensemblier.base.pages.forms import EurosField, PageForm
from ensemblier.fund.allocation.building import FLOORS, Settings

LIMITS = [("", "aucune limite"), *[(str(n * 100), f"{n} % au plus") for n in (10, 20, 30, 40, 50)]]
LEAST = [("", "rien de réservé"), *[(str(n * 100), f"{n} % au moins") for n in (5, 10, 20, 30)]]


class SettingsForm(PageForm):
    """An envelope, ceilings and floors. The shares of the colleges are those of the call."""

    envelope = EurosField(label="Enveloppe à partager", min_cents=1_00)
    equipment = forms.ChoiceField(
        label="Équipement", choices=LIMITS, required=False,
        help_text="La part de l'enveloppe qui peut aller à l'équipement, si elle le permet.",
    )  # fmt: skip
    region = forms.ChoiceField(
        label="Une même région", choices=LIMITS, required=False,
        help_text="La part de l'enveloppe qui peut aller aux projets d'une région.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for group, name in FLOORS.items():
            self.fields[f"floor_{group}"] = forms.ChoiceField(
                label=f"Réservé : {name}", choices=LEAST, required=False
            )

    def settings(self) -> Settings:
        kept = self.cleaned_data

        def bp(name: str) -> int | None:
            return int(kept[name]) if kept.get(name) else None

        floors = {group: found for group in FLOORS if (found := bp(f"floor_{group}"))}
        return Settings(kept["envelope"], None, bp("equipment"), bp("region"), floors)
