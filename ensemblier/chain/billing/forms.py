"""The forms of the documents: filters, what to write and for which period, money noted."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from ensemblier.base.bank.tables import FIELDS
from ensemblier.base.chains.forms import capitals
from ensemblier.base.chains.loading import organisations_of
from ensemblier.base.chains.models import Chain
from ensemblier.base.files import limits
from ensemblier.base.pages.forms import DayField, EurosField, KeyedForm, PageForm, UploadInput
from ensemblier.base.people.models import Organisation
from ensemblier.chain.billing.balances import STATES
from ensemblier.chain.billing.models import DocumentKind
from ensemblier.chain.billing.queries import keepers_of, parties_of, payers_to_call
from ensemblier.chain.billing.rules import VAT_RATES
from ensemblier.chain.cofinancing.models import SchemePayer
from ensemblier.chain.distribution.models import SaleLine
from ensemblier.chain.stock.models import Movement
from ensemblier.engines.law.invoices import GRANT, NO_VAT

NO_VAT_CHOICES = [("", "Celle d'usage pour ce vendeur (hypothèse)")] + [
    (code, f"{reason.label[:1].upper()}{reason.label[1:]} ({reason.source})")
    for code, reason in NO_VAT.items()
    if code != GRANT
]
# What a tax receipt may count: gleaned food is given by whose field it is.
GIVEN = (Movement.Kind.GIFT, Movement.Kind.GLEANED)
NO_VAT_HELP = "Elle s'imprime sur la pièce quand une ligne ne porte pas de TVA."


class FilterForm(PageForm):
    all_optional = True
    nature = forms.ChoiceField(
        label="Nature",
        required=False,
        choices=[("", "Toutes"), *capitals(DocumentKind.choices)],
    )
    etat = forms.ChoiceField(
        label="Règlement",
        required=False,
        choices=[("", "Tous"), *capitals(STATES.items())],
    )
    du = DayField(label="Du", required=False)
    au = DayField(label="Au", required=False)


def month_before(day: date) -> dict[str, date]:
    """The last whole month, as a period usually is."""
    last = day.replace(day=1) - timedelta(days=1)
    return {"first": last.replace(day=1), "last": last, "day": day}


class PeriodForm(KeyedForm):
    """What every document is asked with. `chain` and `day` are for its choices."""

    first = DayField(label="Période : du")
    last = DayField(label="Au")
    day = DayField(
        label="Date de la pièce", help_text="Le jour où elle est écrite, la période finie."
    )

    def __init__(self, *args: Any, chain: Chain, today: date, **kwargs: Any) -> None:
        kwargs["initial"] = month_before(today) | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.chain, self.today = chain, today

    def offer(self, name: str, rows: QuerySet[Any]) -> None:
        field: Any = self.fields[name]
        field.queryset = rows


def choice(label: str, **options: Any) -> forms.ModelChoiceField:
    """An organisation among those that `offer` gives."""
    options = {"empty_label": None} | options
    return forms.ModelChoiceField(label=label, queryset=Organisation.objects.none(), **options)


class MonthForm(PeriodForm):
    buyer = choice("Acheteur qui écrit les factures")

    field_order = ("key", "buyer", "first", "last", "day")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("buyer", keepers_of(self.chain))


class InvoiceForm(PeriodForm):
    seller = choice("Vendeur")
    buyer = choice("Acheteur", empty_label="Choisissez…")
    payer = choice("Payé par un tiers", required=False, empty_label="Non, par l'acheteur")
    no_vat = forms.ChoiceField(
        label="Raison de l'absence de TVA",
        choices=NO_VAT_CHOICES,
        required=False,
        help_text=NO_VAT_HELP,
    )

    field_order = ("key", "seller", "buyer", "payer", "first", "last", "day", "no_vat")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sold = Organisation.objects.filter(sale_lines__chain=self.chain)
        bought = Organisation.objects.filter(bought_lines__chain=self.chain)
        self.offer("seller", sold.distinct())
        self.offer("buyer", bought.distinct())
        self.offer("payer", organisations_of(self.chain, self.today))


class CallForm(PeriodForm):
    payer = forms.ModelChoiceField(
        label="Financeur", queryset=SchemePayer.objects.none(), empty_label="Choisissez…"
    )
    no_vat = forms.ChoiceField(
        label="Raison de l'absence de TVA",
        choices=NO_VAT_CHOICES,
        required=False,
        help_text="Pour un complément de prix sans TVA ; une subvention reste hors champ.",
    )

    field_order = ("key", "payer", "first", "last", "day", "no_vat")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = payers_to_call(self.chain)
        self.offer("payer", rows.select_related("scheme").order_by("scheme", "name", "pk"))
        field: Any = self.fields["payer"]
        field.label_from_instance = lambda row: f"{row.name}, {row.scheme}"


class DeliveryForm(PeriodForm):
    keeper = choice("Expéditeur")
    party = choice("Destinataire", empty_label="Choisissez…")

    field_order = ("key", "keeper", "party", "first", "last", "day")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("keeper", keepers_of(self.chain))
        left = [Movement.Kind.SALE, Movement.Kind.HANDED]
        self.offer("party", parties_of(self.chain, kind__in=left))


class ReceiptForm(PeriodForm):
    keeper = choice("Organisme qui reçoit les dons")
    donor = choice("Donateur", empty_label="Choisissez…")
    unmarketable = forms.CharField(
        label="Lots consommables mais plus vendables",
        required=False,
        max_length=500,
        help_text="Numéros de lots, séparés par une virgule : leur valeur compte pour moitié.",
    )

    field_order = ("key", "keeper", "donor", "unmarketable", "first", "last", "day")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("keeper", keepers_of(self.chain))
        self.offer("donor", parties_of(self.chain, kind__in=GIVEN))

    def clean_unmarketable(self) -> list[int]:
        """The movements of these lots; a number that is not a gift's is told."""
        typed = {word.strip() for word in self.cleaned_data["unmarketable"].split(",")} - {""}
        rows = Movement.objects.filter(
            lot__chain=self.chain, lot__number__in=typed, kind__in=GIVEN, undoes=None
        )
        found = list(rows.values_list("lot__number", "pk"))
        if unknown := sorted(typed - {number for number, _ in found}):
            raise forms.ValidationError(
                f"Aucun don ne porte le numéro de lot « {unknown[0][:30]} ». Vérifiez-le dans le "
                "stock.",
                code="unknown",
            )
        return sorted(pk for _, pk in found)


class MandateForm(PageForm):
    grower = choice("Producteur ou vendeur", empty_label="Choisissez…")
    buyer = choice("Acheteur qui écrira ses factures")
    signed_on = DayField(label="Signé le")
    ends = DayField(label="Jusqu'au", required=False, help_text="Vide : sans date de fin.")
    vat_rate = forms.TypedChoiceField(
        label="TVA du producteur", choices=list(VAT_RATES.items()), coerce=int
    )
    no_vat = forms.ChoiceField(
        label="Sans TVA, la raison", choices=NO_VAT_CHOICES, required=False, help_text=NO_VAT_HELP
    )

    def __init__(self, *args: Any, chain: Chain, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        growers: Any = self.fields["grower"]
        sells = Q(pk__in=organisations_of(chain, today, "grower").values("pk"))
        sells |= Q(pk__in=SaleLine.objects.filter(chain=chain).order_by().values("seller"))
        growers.queryset = Organisation.objects.filter(sells).order_by("name", "pk")
        buyers: Any = self.fields["buyer"]
        buyers.queryset = keepers_of(chain)


class SettleForm(KeyedForm):
    cents = EurosField(label="Montant", min_cents=1)
    day = DayField(label="Date à la banque")
    bank_reference = forms.CharField(
        label="Référence de la banque",
        max_length=100,
        help_text="Numéro de chèque ou référence du virement : le même règlement ne compte "
        "qu'une fois.",
    )


class UndoForm(KeyedForm):
    day = DayField(label="Date")
    reason = forms.CharField(label="Pourquoi ?", max_length=300)


class StatementForm(PageForm):
    """A CSV table, an XLSX or ODS workbook, or a camt.053 file."""

    paper = forms.FileField(
        label="Relevé de la banque",
        widget=UploadInput(
            max_octets=limits.MAX_BYTES,
            kinds=("csv", "xlsx", "ods", "xml"),
            what_happens="Rien n'est noté avant que vous ayez vu chaque ligne et confirmé.",
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (label, _) in FIELDS.items():
            self.fields[f"column_{name}"] = forms.CharField(
                label=f"Colonne « {label} »", required=False, max_length=60
            )

    def columns(self) -> dict[str, str]:
        return {name: self.cleaned_data[f"column_{name}"] for name in FIELDS}

    @property
    def column_fields(self) -> list[Any]:
        return [self[f"column_{name}"] for name in FIELDS]


class TillForm(PageForm):
    """A till's lines: a CSV table, an XLSX or ODS workbook."""

    paper = forms.FileField(
        label="Lignes de la caisse",
        widget=UploadInput(
            max_octets=limits.MAX_BYTES,
            kinds=("csv", "xlsx", "ods"),
            what_happens="Rien n'est écrit avant que vous ayez vu l'essai et confirmé.",
        ),
    )


class CloseMonthForm(PageForm):
    until = DayField(label="Clôturer jusqu'au", help_text="Compris. Un jour passé.")
    day = DayField(label="Date des pièces")


class ReceivedForm(PageForm):
    """A grower's electronic invoice."""

    paper = forms.FileField(
        label="Facture du producteur",
        widget=UploadInput(
            max_octets=limits.MEGABYTE,
            kinds=("pdf", "xml"),
            what_happens="Vous verrez ce qu'elle dit à côté des livraisons, avant d'enregistrer.",
        ),
    )
