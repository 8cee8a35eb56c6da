"""Products enter the catalogue, their labels are proved, their prices follow one another."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from ensemblier.base.chains.models import Chain
from ensemblier.base.files.actions import store
from ensemblier.base.files.content import CheckedFile
from ensemblier.base.files.models import StoredFile
from ensemblier.base.journal.actions import record
from ensemblier.base.people.models import Organisation
from ensemblier.base.refusal import Refusal
from ensemblier.chain.catalogue import rules
from ensemblier.chain.catalogue.models import Basis, Label, LabelKind, Price, Product, Unit

MOST_UNIT_CENTS = 10**9
PROOF = "label_proof"  # why the file of a label is kept
PRODUCT_FIELDS = frozenset(
    [
        "unit_grams",
        "keeps_days",
        "has_use_by",
        "season_first",
        "season_last",
        "allergens",
        "gtin",
        "is_offered",
    ]
)


class BadQuantity(Refusal):
    """Not a whole number of thousandths above zero, or too much."""

    def __init__(self, message: str) -> None:
        super().__init__(message, field="quantity")


class UnknownProduct(Refusal):
    """The product is not one of this chain."""

    def __init__(self) -> None:
        super().__init__(
            "Ce produit n'est pas au catalogue de cette filière. Choisissez-en un dans la liste, "
            "ou ajoutez-le d'abord au catalogue.",
            field="product",
        )


class BadProduct(Refusal):
    """A field of a product is missing or unknown."""


class ProductExists(Refusal):
    """Another product of the chain has this code."""


class BadLabel(Refusal):
    """The label is unknown, has no proof, or ends before it starts."""


class BadPrice(Refusal):
    """Not a whole number of cents from zero on, too much, or its dates are wrong."""


class PriceSameDay(Refusal):
    """A price for these people starts on this day already."""


@transaction.atomic
def add_product(
    *,
    chain: Chain,
    code: str,
    name: str,
    unit: str,
    family: str,
    storage: str,
    actor: Any,
    **fields: Any,
) -> Product:
    """Add a product; a kilogram weighs 1,000 grams without being told."""
    unknown = sorted(set(fields) - PRODUCT_FIELDS)
    if unknown:
        raise TypeError(f"unknown fields of a product: {', '.join(unknown)}")
    if unit == Unit.KG:
        fields.setdefault("unit_grams", 1000)
    if fault := rules.unit_weight_fault(fields.get("unit_grams")):
        raise BadProduct(fault, field="unit_grams")
    if Product.objects.filter(chain=chain, code=code).exists():
        raise ProductExists(
            f"Un produit de cette filière porte déjà le code « {code} ».", field="code"
        )
    product = Product(
        chain=chain,
        code=code,
        name=name.strip(),
        unit=unit,
        family=family,
        storage=storage,
        **fields,
    )
    try:
        product.full_clean()
    except ValidationError as error:
        raise _product_refusal(error) from error
    product.save()
    record(actor=actor, action="catalogue.product_added", subject=f"product:{product.pk}")
    return product


@transaction.atomic
def withdraw_product(
    *, product: Product, actor: Any, is_offered: bool = False, reason: str = ""
) -> Product:
    """It is no longer offered, or offered again; its lots and prices stay."""
    product.is_offered = is_offered
    product.save(update_fields=["is_offered"])
    verb = "catalogue.product_offered" if is_offered else "catalogue.product_withdrawn"
    record(actor=actor, action=verb, subject=f"product:{product.pk}", reason=reason)
    return product


@transaction.atomic
def add_label(
    *,
    product: Product,
    kind: str,
    starts: date,
    actor: Any,
    ends: date | None = None,
    grower: Organisation | None = None,
    certificate: str = "",
    proof: StoredFile | None = None,
    paper: CheckedFile | None = None,
) -> Label:
    """A quality label, for one grower or for all, while its certificate holds.

    It is proved by a number, a file already kept (`proof`) or a file to keep (`paper`).
    """
    if kind not in LabelKind.values:
        raise BadLabel("Choisissez un label dans la liste.", field="kind")
    if not certificate.strip() and proof is None and paper is None:
        raise BadLabel(
            "Un label se prouve : donnez le numéro du certificat, ou joignez la pièce.",
            field="certificate",
        )
    if ends and ends < starts:
        raise BadLabel("La fin du certificat précède son début.", field="ends")
    if paper is not None:
        proof = store(
            checked=paper,
            purpose=PROOF,
            about=f"product:{product.pk}",
            actor=actor,
            organisation_id=grower.pk if grower else product.chain.lead_id,
        )
    label = Label.objects.create(
        product=product,
        grower=grower,
        kind=kind,
        certificate=certificate.strip()[:80],
        proof=proof,
        starts=starts,
        ends=ends,
    )
    record(
        actor=actor,
        action="catalogue.label_added",
        subject=f"product:{product.pk}",
        data={"label": kind, "starts": starts.isoformat()},
    )
    return label


@transaction.atomic
def set_price(
    *,
    product: Product,
    basis: str,
    unit_cents: int,
    starts: date,
    actor: Any,
    audience: str = "",
    seller: Organisation | None = None,
    ends: date | None = None,
    is_assumed: bool = False,
    source: str = "",
) -> Price:
    """A price from a day on. The one before ends the day before, and comes back after it when it
    has an end; it stops where the next starts."""
    _check_price(basis, unit_cents, starts, ends)
    Product.objects.select_for_update().get(pk=product.pk)
    same = Price.objects.filter(product=product, basis=basis, audience=audience, seller=seller)
    if same.filter(starts=starts, resumes=None).exists():
        raise PriceSameDay(
            f"Un tarif commence déjà le {rules.written_day(starts)} pour ces personnes : "
            "choisissez une autre date.",
            field="starts",
        )
    held = _make_room(same, starts)
    after = same.filter(starts__gt=starts, resumes=None).order_by("starts").first()
    if after and (ends is None or ends >= after.starts):
        ends = after.starts - timedelta(days=1)
    is_followed = _push_back(same, starts, ends)
    price = Price.objects.create(
        product=product,
        basis=basis,
        audience=audience,
        seller=seller,
        unit_cents=unit_cents,
        starts=starts,
        ends=ends,
        is_assumed=is_assumed,
        source=source,
    )
    record(
        actor=actor,
        action="catalogue.price_set",
        subject=f"product:{product.pk}",
        data={"basis": basis, "unit_cents": unit_cents, "starts": starts.isoformat()},
    )
    if held is not None and ends is not None and not is_followed:
        _come_back(held, ends + timedelta(days=1), after)
    return price


def _make_room(same: QuerySet[Price], starts: date) -> Price | None:
    """The price that held on that day, as it was, now ended the day before. One that only came
    back that day leaves its place."""
    held = same.on(starts).order_by("-starts").first()
    if held is None:
        return None
    if held.starts == starts:
        held.delete()
        return held
    Price.objects.filter(pk=held.pk).update(ends=starts - timedelta(days=1))
    return held


def _push_back(same: QuerySet[Price], starts: date, ends: date | None) -> bool:
    """What would only come back during the new price does so after it; whether something does."""
    rows = same.filter(starts__gt=starts, resumes__isnull=False)
    if ends is None:
        rows.delete()
        return False
    rows.filter(ends__lte=ends).delete()
    return bool(rows.filter(starts__lte=ends).update(starts=ends + timedelta(days=1)))


def _come_back(held: Price, starts: date, after: Price | None) -> None:
    """After a dated price, the one of before goes on until its own end or the next price."""
    ends = held.ends
    if after is not None:
        last = after.starts - timedelta(days=1)
        ends = last if ends is None else min(ends, last)
    if ends is not None and ends < starts:
        return
    first = held.resumes if held.pk is None else held
    Price.objects.create(
        product=held.product,
        basis=held.basis,
        audience=held.audience,
        seller=held.seller,
        unit_cents=held.unit_cents,
        starts=starts,
        ends=ends,
        is_assumed=held.is_assumed,
        source=held.source,
        resumes=first,
    )


def check_quantity(*, milli: object) -> None:
    """Refuse what is not a quantity."""
    if fault := rules.quantity_fault(milli):
        raise BadQuantity(fault)


def check_product(*, chain: Chain, product: object) -> None:
    """Refuse a product that this chain does not have."""
    if not isinstance(product, Product) or product.chain_id != chain.pk:
        raise UnknownProduct()


def check_unit_cents(*, unit_cents: object) -> None:
    """Refuse what is not a price."""
    if isinstance(unit_cents, bool) or not isinstance(unit_cents, int):
        raise BadPrice("Le prix doit être un nombre entier de centimes.", field="unit_price")
    if unit_cents < 0:
        raise BadPrice("Un prix n'est pas négatif.", field="unit_price")
    if unit_cents > MOST_UNIT_CENTS:
        raise BadPrice("Ce prix est trop grand : vérifiez la virgule.", field="unit_price")


def _check_price(basis: str, unit_cents: object, starts: date, ends: date | None) -> None:
    if basis not in Basis.values:
        raise BadPrice("Choisissez la base du prix dans la liste.", field="basis")
    check_unit_cents(unit_cents=unit_cents)
    if ends and ends < starts:
        raise BadPrice("La fin du tarif précède son début.", field="ends")


def _product_refusal(error: ValidationError) -> BadProduct:
    for name, messages in error.message_dict.items():
        known = name in {field.name for field in Product._meta.fields}
        label = str(Product._meta.get_field(name).verbose_name) if known else ""
        start = f"{label.capitalize()} : " if label else ""
        return BadProduct(start + " ".join(messages), field=name if known else "")
    return BadProduct("Ce produit n'est pas complet.")
