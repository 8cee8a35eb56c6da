"""A grower's invoice: given as a file, shown beside its deliveries, recorded by a person."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ensemblier.base.chains.form_pages import filled
from ensemblier.base.chains.loading import load_chain
from ensemblier.base.chains.models import Chain
from ensemblier.base.files.content import CheckedFile
from ensemblier.base.pages.formats import day as in_words
from ensemblier.base.people.access import guard
from ensemblier.base.refusal import Refusal
from ensemblier.chain.billing import access, receiving
from ensemblier.chain.billing.forms import ReceivedForm
from ensemblier.chain.billing.received_file import GivenInvoice, read_given, read_xml
from ensemblier.chain.billing.received_reading import KINDS, SaidInvoice
from ensemblier.chain.billing.wording import quantity

SALT = "billing.received"
# What was read waits in the page itself, signed: nothing is kept before a person confirms.
MOST_SECONDS = 24 * 3600
MOST_PDF = 1_000_000


@require_http_methods(["GET", "HEAD", "POST"])
@guard(access.may_write, load=load_chain)
def receive(request: HttpRequest, chain: Chain) -> HttpResponse:
    """Give the file, then see what it says and confirm."""
    if request.method == "POST" and "given" in request.POST:
        return _confirm(request, chain)
    form = filled(request, ReceivedForm)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["paper"]
        try:
            given = read_given(content=upload.read(), name=upload.name or "")
            receiving.check(given.said, given.schema_faults)
            return _compared(request, chain, given.said, _packed(chain, given))
        except Refusal as refusal:
            form.refuse(Refusal(refusal.message, field="paper"))
    context = {"chain": chain, "form": form}
    return render(request, "billing/receive.html", context, status=422 if form.errors else 200)


def _packed(chain: Chain, given: GivenInvoice) -> str:
    pdf = given.pdf
    if pdf is not None and pdf.size > MOST_PDF:
        raise Refusal("Ce PDF est trop grand pour une facture : 1 Mo au plus.")
    kept = {"chain": chain.pk, "xml": given.xml.decode("utf-8", "replace")}
    if pdf is not None:
        kept |= {"pdf": base64.b64encode(pdf.content).decode(), "name": pdf.original_name}
    return signing.dumps(kept, salt=SALT, compress=True)


def _unpacked(text: str, chain: Chain) -> tuple[bytes, CheckedFile | None]:
    try:
        kept: dict[str, Any] = signing.loads(text, salt=SALT, max_age=MOST_SECONDS)
    except signing.BadSignature as error:
        raise Refusal(
            "Cette page est trop ancienne ou abîmée. Déposez la facture de nouveau."
        ) from error
    if kept["chain"] != chain.pk:
        raise Refusal("Cette facture a été lue pour une autre filière. Déposez-la de nouveau.")
    pdf = None
    if "pdf" in kept:
        pdf = CheckedFile(kept["name"], base64.b64decode(kept["pdf"]), "application/pdf")
    return kept["xml"].encode(), pdf


def _confirm(request: HttpRequest, chain: Chain) -> HttpResponse:
    try:
        xml, pdf = _unpacked(request.POST["given"], chain)
        said, _ = read_xml(xml)
        receiving.parties_of(chain, said)
    except Refusal as refusal:
        form = ReceivedForm()
        context = {"chain": chain, "form": form, "fault": refusal.message}
        return render(request, "billing/receive.html", context, status=422)
    chosen, read = _numbers(request, "row"), _numbers(request, "read")
    try:
        document = receiving.record_received(
            key=_key(request),
            chain=chain,
            xml=xml,
            pdf=pdf,
            chosen=chosen,
            # The differences that were read are those of the deliveries ticked then.
            accepts="accepts" in request.POST and read == chosen,
            actor=request.user,
            now=timezone.now(),
        )
    except Refusal as refusal:
        given = request.POST["given"]
        return _compared(request, chain, said, given, fault=refusal.message, chosen=chosen)
    messages.success(request, f"La facture {document.number} est enregistrée.")
    return redirect("billing:detail", pk=document.pk)


def _numbers(request: HttpRequest, name: str) -> set[int]:
    typed = request.POST.getlist(name)
    return {int(t) for t in typed if t.isascii() and t.isdigit() and len(t) < 19}


def _key(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError as error:
        raise Refusal("Ce formulaire est abîmé. Rechargez la page et recommencez.") from error


def _compared(
    request: HttpRequest,
    chain: Chain,
    said: SaidInvoice,
    given: str,
    *,
    fault: str = "",
    chosen: set[int] | None = None,
) -> HttpResponse:
    """What the invoice says beside the deliveries; those of its period are ticked at first."""
    seller, buyer = receiving.parties_of(chain, said)
    rows = list(receiving.waiting(chain, seller, buyer, said))
    if chosen is None:
        chosen = {row.pk for row in rows if said.first is None or row.day >= said.first}
    context = {
        "chain": chain,
        "said": said,
        "kind": KINDS.get(said.kind, ""),
        "seller": seller,
        "buyer": buyer,
        "lines": [(line, quantity(line.milli, line.unit)) for line in said.lines],
        "rows": [
            {"row": r, "quantity": quantity(r.milli, r.lot.product.unit), "ticked": r.pk in chosen}
            for r in rows
        ],
        "period": f"du {in_words(said.first)} au {in_words(said.last)}" if said.first else "",
        "differences": receiving.differences(said, [r for r in rows if r.pk in chosen]),
        "given": given,
        "key": request.POST.get("key") or uuid4(),
        "fault": fault,
    }
    return render(request, "billing/compare.html", context, status=422 if fault else 200)
