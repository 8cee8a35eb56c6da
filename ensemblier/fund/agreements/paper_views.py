"""Papers that come back signed: sent, found again by their QR code, read by somebody else."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ensemblier.base.people.access import guard
from ensemblier.base.people.models import Organisation
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.fund.agreements import access, actions, hands, qr, signing
from ensemblier.fund.agreements.forms import CheckScanForm, ScanForm
from ensemblier.fund.agreements.models import Agreement, Amendment, SignedScan
from ensemblier.fund.agreements.parties import parties_of
from ensemblier.fund.agreements.views import load_agreement

GET_POST = ["GET", "HEAD", "POST"]


def back_to(agreement: Agreement, amendment: Amendment | None) -> HttpResponse:
    if amendment:
        return redirect("agreements:amendment", amendment.pk)
    return redirect("agreements:detail", agreement.number)


@require_http_methods(GET_POST)
@guard(access.may_give_scan, load=load_agreement)
def scan(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    """Send the signed paper of the agreement, or of its amendment that waits."""
    amendment = agreement.amendments.filter(state=Amendment.State.SENT).first()
    done = signing.signed_by(agreement, amendment)
    waited = [p for p in parties_of(agreement, amendment) if p.organisation_id not in done]
    status = 200
    if request.method == "POST":
        form = ScanForm(request.POST, request.FILES, parties=waited)
        status = 422
        if form.is_valid() and _given(request, agreement, amendment, form):
            return back_to(agreement, amendment)
    else:
        form = unchecked(ScanForm, request, parties=waited)
    actor = request.actor  # type: ignore[attr-defined]
    wrote = amendment is not None and hands.had_a_hand(actor, amendment)
    context = {
        "agreement": agreement,
        "amendment": amendment,
        "form": form,
        "wrote": hands.WROTE_PAPER.reason if wrote else "",
    }
    return render(request, "agreements/scan.html", context, status=status)


def _given(
    request: HttpRequest, agreement: Agreement, amendment: Amendment | None, form: ScanForm
) -> bool:
    checked = form.cleaned_data["scan"]
    try:
        read = qr.read_scan(checked.content)
        signing.give_scan(
            agreement=agreement,
            amendment=amendment,
            parties=[int(pk) for pk in form.cleaned_data["parties"]],
            checked=checked,
            read=read,
            actor=request.user,
            now=timezone.now(),
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    messages.success(
        request,
        f"Le code est le bon : {read.read} page(s) sur {read.pages}. Une autre personne relit "
        "maintenant ce papier.",
    )
    return True


def load_scan(request: HttpRequest, pk: int) -> SignedScan:
    rows = SignedScan.objects.select_related(
        *(f"agreement__{name}" for name in access.WHOLE_AGREEMENT),
        "amendment",
        "file",
        "uploaded_by",
    )
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@require_http_methods(GET_POST)
@guard(access.may_check_scan, load=load_scan)
def check_scan(request: HttpRequest, row: SignedScan) -> HttpResponse:
    """Say whether the signatures are on the paper."""
    status = 200
    if request.method == "POST":
        form = CheckScanForm(request.POST)
        status = 422
        if form.is_valid():
            try:
                _checked(request, row, form)
                messages.success(request, "C'est noté.")
                return back_to(row.agreement, row.amendment)
            except Refusal as refusal:
                form.refuse(refusal)
    else:
        form = unchecked(CheckScanForm, request)
    names = Organisation.objects.filter(pk__in=row.parties)
    context = {"scan": row, "agreement": row.agreement, "names": names, "form": form}
    return render(request, "agreements/check_scan.html", context, status=status)


def _checked(request: HttpRequest, row: SignedScan, form: CheckScanForm) -> None:
    now, cleaned = timezone.now(), form.cleaned_data
    if cleaned["verdict"] == "confirm":
        actions.confirm_scan(scan=row, actor=request.user, now=now, key=cleaned["key"])
    else:
        signing.refuse_scan(scan=row, note=cleaned["note"], actor=request.user, now=now)


def load_by_code(request: HttpRequest, code: str) -> Agreement:
    found = signing.text_of_code(code)
    if found is None:
        raise Http404
    return load_agreement(request, found[0].number)


@require_safe
@guard(access.may_read_agreement, load=load_by_code)
def by_code(request: HttpRequest, agreement: Agreement) -> HttpResponse:
    """What the QR code opens: the agreement it was printed on."""
    return redirect("agreements:detail", agreement.number)
