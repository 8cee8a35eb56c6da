"""The vote on paper: cards and slips to print, jurors who took them, envelopes read back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from ensemblier.base.files import limits
from ensemblier.base.files.codes import NothingRead, read_codes
from ensemblier.base.files.forms import CheckedFileField
from ensemblier.base.people.access import guard
from ensemblier.base.refusal import Refusal
from ensemblier.fund.calls.models import College
from ensemblier.fund.jury import access, rules, voting
from ensemblier.fund.jury.cards_pdf import cards_pdf, facts_of
from ensemblier.fund.jury.form_pages import do, load_sitting
from ensemblier.fund.jury.forms import PacketForm, SlipsForm
from ensemblier.fund.jury.models import Ballot, Poll, Seat, Sitting, Voter
from ensemblier.fund.jury.showing import cards_of
from ensemblier.fund.jury.views import BOTH


class PhotoForm(PacketForm):
    """The codes of an envelope, typed by a reader or seen on a photo of its cards."""

    photo = CheckedFileField(
        label="Ou une photo des cartes d'une seule enveloppe",
        required=False,
        kinds=limits.IMAGES,
        help_text="Posez le talon et les cartes bien à plat. La photo n'est pas gardée.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["codes"].required = False

    def clean(self) -> dict[str, Any]:
        kept = super().clean() or {}
        if not kept.get("codes", "").strip() and not kept.get("photo"):
            raise forms.ValidationError("Lisez les codes d'une enveloppe, ou joignez une photo.")
        return kept

    def envelopes(self) -> list[list[str]]:
        """Lists of codes; a photo is one envelope."""
        found = self.packets()
        if photo := self.cleaned_data.get("photo"):
            try:
                found.append(list(read_codes(photo.content).get("codes", ())))
            except NothingRead as error:
                raise rules.BadCode("Aucun code n'a été lu sur la photo. Refaites-la.") from error
        return found


def poll_of(sitting: Sitting) -> Poll:
    poll = Poll.objects.filter(sitting=sitting).first()
    if poll is None:
        raise Http404
    return poll


@require_http_methods(BOTH)
@guard(access.may_run_sitting, load=load_sitting)
def printed(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    """Choose how many sets, then receive the PDF: slips with their codes, and one set of cards."""
    poll = poll_of(sitting)
    colleges = list(College.objects.filter(call=sitting.jury.call_id, way=College.Way.CARDS))
    form = SlipsForm(request.POST if request.method == "POST" else None, colleges=colleges)
    if request.method == "POST" and form.is_valid():
        try:
            slips = voting.print_slips(
                sitting=sitting, counts=form.counts(), actor=request.user, now=timezone.now()
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            items = list(sitting.items.select_related("application"))
            facts = facts_of(sitting, poll, slips, cards_of(items, "fr"))
            content = cards_pdf(facts, timezone.now())
            response = HttpResponse(content, content_type="application/pdf")
            response["Content-Disposition"] = f'attachment; filename="cartes-{sitting.pk}.pdf"'
            return response
    context = {"sitting": sitting, "form": form}
    return render(request, "jury/cards.html", context, status=422 if form.errors else 200)


@require_POST
@guard(access.may_attend, load=load_sitting)
def sign(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    seat = Seat.objects.filter(
        pk=request.POST.get("seat") if request.POST.get("seat", "").isdigit() else 0,
        jury=sitting.jury_id,
    ).first()
    if seat is None:
        raise Http404
    return do(
        request,
        lambda: voting.sign_for_paper(
            sitting=sitting, seat=seat, actor=request.user, now=timezone.now()
        ),
        "Noté : cette personne vote sur papier.",
        reverse("jury:sitting", args=[sitting.pk]),
    )


@require_http_methods(BOTH)
@guard(access.may_run_sitting, load=load_sitting)
def count(request: HttpRequest, sitting: Sitting) -> HttpResponse:
    """Open the envelopes one by one: the codes of a reader, or a photo."""
    poll = poll_of(sitting)
    form = PhotoForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            entered, known = _enter_all(request, sitting, form.envelopes(), voting.poll_code(poll))
        except (Refusal, rules.BadCode) as refusal:
            form.add_error("codes", str(refusal))
        else:
            words = f"{entered} enveloppe{'s' if entered > 1 else ''} dans l'urne."
            if known:
                words += f" {known} y étai{'ent' if known > 1 else 't'} déjà : rien de plus."
            messages.success(request, words)
            return redirect("jury:count", sitting.pk)
    context = {
        "sitting": sitting,
        "form": form,
        "signed": poll.voters.filter(way=Voter.Way.PAPER).count(),
        "entered": Ballot.objects.filter(
            poll=poll, receipt__in=poll.slips.values("receipt")
        ).count(),
    }
    return render(request, "jury/count.html", context, status=422 if form.errors else 200)


def _enter_all(
    request: HttpRequest, sitting: Sitting, envelopes: list[list[str]], code: str
) -> tuple[int, int]:
    """How many entered, and how many were there already; the first bad one stops, told by rank."""
    entered = known = 0
    for rank, lines in enumerate(envelopes, start=1):
        try:
            packet = rules.read_packet(lines, code)
            is_new = voting.count_paper(
                sitting=sitting, packet=packet, actor=request.user, now=timezone.now()
            )
        except (Refusal, rules.BadCode) as error:
            before = f" Les {rank - 1} premières sont dans l'urne." if rank > 1 else ""
            raise rules.BadCode(f"Enveloppe {rank} : {error}{before}") from error
        entered, known = entered + is_new, known + (not is_new)
    return entered, known
