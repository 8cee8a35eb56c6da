"""What the lead writes: documents of every kind, mandates, settlements and their undoing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ensemblier.base.chains.form_pages import filled, form_page
from ensemblier.base.chains.loading import load_chain
from ensemblier.base.chains.models import Chain
from ensemblier.base.pages.formats import euros, typed_euros
from ensemblier.base.people.access import guard
from ensemblier.chain.billing import access, actions, calls, documents, queries, settling
from ensemblier.chain.billing.forms import (
    CallForm,
    DeliveryForm,
    InvoiceForm,
    MandateForm,
    MonthForm,
    PeriodForm,
    ReceiptForm,
    SettleForm,
    UndoForm,
    month_before,
)
from ensemblier.chain.billing.models import Document, Settlement
from ensemblier.chain.billing.views import load_document

PAGE = require_http_methods(["GET", "HEAD", "POST"])
# What a page freezes while a person waits; the month's end takes the rest, in the background.
MOST_CALLED = 20_000
SAID = {
    "invoice": (
        "Facturer une organisation",
        "Tout ce qu'elle a acheté et qui n'est sur aucune facture, jusqu'à la fin de la période.",
    ),
    "call": (
        "Appeler des fonds",
        "Les parts d'un financeur qui ne sont sur aucun appel, ligne à ligne, sans aucun nom.",
    ),
    "delivery": (
        "Écrire un bon de livraison",
        "Ce qui est parti pour un destinataire et n'est sur aucun bon.",
    ),
    "receipt": (
        "Écrire un reçu fiscal",
        "Les dons d'une entreprise, à la valeur que fixe la règle en vigueur le jour du don.",
    ),
}


def list_of(chain: Chain) -> str:
    return reverse("billing:list", args=[chain.slug])


def page_of(document: Document) -> str:
    return reverse("billing:detail", args=[document.pk])


def frozen(document: Document) -> str:
    return f"La pièce {document.number} est écrite : {euros(document.total_cents)}."


def _write(
    request: HttpRequest, chain: Chain, what: str, kind: Any, act: Callable[..., Document]
) -> HttpResponse:
    """A form that freezes one document and leads to its page."""
    title, lead = SAID[what]
    form = filled(
        request,
        kind,
        chain=chain,
        today=timezone.localdate(),
        initial={"seller": chain.lead_id, "keeper": chain.lead_id},
    )
    return form_page(
        request,
        form,
        lambda data: act(actor=request.user, now=timezone.now(), **data),
        chain=chain,
        title=title,
        lead=lead,
        button="Écrire la pièce",
        back=list_of(chain),
        done=frozen,
        goes_to=page_of,
    )


@PAGE
@guard(access.may_write, load=load_chain)
def month(request: HttpRequest, chain: Chain) -> HttpResponse:
    """The month's invoices of all the growers at once; who has no mandate waits and is named."""
    today = timezone.localdate()
    options = {"chain": chain, "today": today, "initial": {"buyer": chain.lead_id}}

    def act(data: dict[str, Any]) -> tuple[int, list[str]]:
        made = documents.self_bill_month(
            chain=chain, actor=request.user, now=timezone.now(), **data
        )
        waiting = queries.growers_without_mandate(chain, data["buyer"], data["last"])
        return len(made), [grower.name for grower in waiting]

    last = month_before(today)["last"]
    return form_page(
        request,
        filled(request, MonthForm, **options),
        act,
        chain=chain,
        title="Factures du mois des producteurs",
        lead="Une facture pour chaque producteur, pour toutes ses livraisons qui attendent.",
        button="Écrire les factures",
        back=list_of(chain),
        done=_month_done,
        template="billing/month.html",
        growers=_growers(chain, last),
        last=last,
    )


def _month_done(made: tuple[int, list[str]]) -> str:
    count, waiting = made
    said = f"{count} facture{'s' if count > 1 else ''} écrite{'s' if count > 1 else ''}."
    if waiting:
        said += f" En attente d'un mandat : {', '.join(waiting)}."
    return said


def _growers(chain: Chain, last: Any) -> list[dict[str, Any]]:
    """Whose deliveries wait for the lead to write them, and whether it may."""
    sums: dict[int, int] = {}
    for party, cents in queries.deliveries_to_bill(chain, chain.lead, last).values_list(
        "party", "value_cents"
    ):
        sums[party] = sums.get(party, 0) + (cents or 0)
    growers = queries.growers_to_bill(chain, chain.lead, last)
    held = queries.mandated(growers, chain.lead, last)
    return [
        {"name": grower.name, "cents": sums.get(grower.pk, 0), "mandate": grower.pk in held}
        for grower in growers
    ]


@PAGE
@guard(access.may_write, load=load_chain)
def invoice(request: HttpRequest, chain: Chain) -> HttpResponse:
    def act(**data: Any) -> Document:
        return documents.invoice(chain=chain, written_by=chain.lead, **data)

    return _write(request, chain, "invoice", InvoiceForm, act)


@PAGE
@guard(access.may_write, load=load_chain)
def call(request: HttpRequest, chain: Chain) -> HttpResponse:
    def act(**data: Any) -> Document:
        return calls.call(most=MOST_CALLED, **data)

    return _write(request, chain, "call", CallForm, act)


@PAGE
@guard(access.may_write, load=load_chain)
def delivery(request: HttpRequest, chain: Chain) -> HttpResponse:
    def act(**data: Any) -> Document:
        return documents.delivery_note(chain=chain, **data)

    return _write(request, chain, "delivery", DeliveryForm, act)


@PAGE
@guard(access.may_write, load=load_chain)
def receipt(request: HttpRequest, chain: Chain) -> HttpResponse:
    def act(**data: Any) -> Document:
        return documents.tax_receipt(chain=chain, **data)

    return _write(request, chain, "receipt", ReceiptForm, act)


@PAGE
@guard(access.may_write, load=load_chain)
def mandate(request: HttpRequest, chain: Chain) -> HttpResponse:
    today = timezone.localdate()
    initial = {"buyer": chain.lead_id, "signed_on": today}
    return form_page(
        request,
        filled(request, MandateForm, chain=chain, today=today, initial=initial),
        lambda data: actions.sign_mandate(actor=request.user, **data),
        chain=chain,
        title="Enregistrer un mandat de facturation",
        lead="Le producteur laisse l'acheteur écrire ses factures (code général des impôts, art. "
        "289, I-2). Gardez le mandat signé.",
        back=list_of(chain),
        done=lambda row: f"Le mandat de {row.grower} est enregistré.",
    )


@PAGE
@guard(access.may_change, load=load_document)
def credit(request: HttpRequest, document: Document) -> HttpResponse:
    """Give back what was undone since this document was written."""
    today = timezone.localdate()
    options = {"chain": document.chain, "today": today, "initial": {"last": today, "day": today}}
    return form_page(
        request,
        filled(request, PeriodForm, **options),
        lambda data: documents.credit_note(
            document=document, actor=request.user, now=timezone.now(), **data
        ),
        chain=document.chain,
        title=f"Avoir sur la pièce {document.number}",
        lead="Il reprend ce qui a été annulé depuis, ligne à ligne. La pièce elle-même ne change "
        "pas.",
        button="Écrire l'avoir",
        back=page_of(document),
        done=frozen,
        goes_to=page_of,
    )


@PAGE
@guard(access.may_change, load=load_document)
def settle(request: HttpRequest, document: Any) -> HttpResponse:
    initial = {"cents": typed_euros(abs(document.due_cents)), "day": timezone.localdate()}
    way = "Reçu" if settling.comes_in(document, document.due_cents) else "Payé"
    return form_page(
        request,
        filled(request, SettleForm, initial=initial),
        lambda data: settling.settle(
            document=document, actor=request.user, now=timezone.now(), **data
        ),
        chain=document.chain,
        title=f"Noter un règlement de {document.number}",
        lead=f"{way} par {settling.owner_of(document)}. Il reste "
        f"{euros(abs(document.due_cents))} à régler.",
        back=page_of(document),
        done="Le règlement est noté, dans le livre aussi.",
    )


def load_settlement(request: HttpRequest, pk: int) -> Settlement:
    rows = Settlement.objects.select_related(
        "document__chain__lead", "document__issuer", "document__recipient", "document__seller"
    )
    return get_object_or_404(rows, pk=pk)


@PAGE
@guard(access.may_undo, load=load_settlement)
def undo(request: HttpRequest, settlement: Settlement) -> HttpResponse:
    document = settlement.document
    return form_page(
        request,
        filled(request, UndoForm, initial={"day": timezone.localdate()}),
        lambda data: settling.undo_settlement(
            settlement=settlement, actor=request.user, now=timezone.now(), **data
        ),
        chain=document.chain,
        title=f"Annuler un règlement de {document.number}",
        lead=f"{euros(abs(settlement.cents))}. L'écriture inverse s'ajoute : les deux restent.",
        button="Annuler ce règlement",
        back=page_of(document),
        done="Le règlement est annulé par son inverse.",
    )
