"""A page with one form, as every concept of a chain shows it: asked, refused, or done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from ensemblier.base.chains.models import Chain
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal


def filled(request: HttpRequest, kind: Any, **options: Any) -> Any:
    """The form with what was typed; on a GET, with what waited while the session had ended."""
    if request.method == "POST":
        return kind(request.POST, request.FILES or None, **options)
    return unchecked(kind, request, **options)


def form_page(
    request: HttpRequest,
    form: Any,
    act: Callable[[dict[str, Any]], Any],
    *,
    title: str,
    back: str,
    done: str | Callable[[Any], str],
    chain: Chain | None = None,
    lead: str = "",
    button: str = "Enregistrer",
    goes_to: Callable[[Any], str] | None = None,
    template: str = "chains/form.html",
    **context: Any,
) -> HttpResponse:
    """`act` gets the cleaned data and may refuse; `done` is said after; `goes_to` gives the next
    address from what `act` made (else `back`)."""
    if request.method == "POST" and form.is_valid():
        try:
            made = act(form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, done(made) if callable(done) else done)
            return redirect(goes_to(made) if goes_to else back)
    shown = {"form": form, "title": title, "back": back, "chain": chain, "lead": lead}
    shown |= {"button": button, "multipart": form.is_multipart()} | context
    return render(request, template, shown, status=422 if form.errors else 200)
