"""Ask, then do it once: what every act on money has in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal


def confirm(
    request: HttpRequest,
    *,
    form_class: type[Any],
    act: Callable[[dict[str, Any]], Any],
    words: dict[str, Any],
    back: str,
    template: str = "pages/confirm.html",
    options: dict[str, Any] | None = None,
) -> HttpResponse:
    """Show what will happen, then act; what was typed comes back with the refusal.

    `words` holds what pages/confirm.html shows, and `done`, the message of success. An act that
    gives an answer back (a file, a page) has it sent.
    """
    options = options or {}
    status = 200
    if request.method == "POST":
        form, status = form_class(request.POST, request.FILES or None, **options), 422
        if form.is_valid():
            try:
                answer = act(form.cleaned_data)
            except Refusal as refusal:
                form.refuse(refusal)
                status = getattr(refusal, "status", 422)
            else:
                if isinstance(answer, HttpResponse):
                    return answer
                messages.success(request, words["done"])
                return redirect(back)
    else:
        form = unchecked(form_class, request, **options)
    context = {**words, "form": form, "cancel_url": back}
    return render(request, template, context, status=status)
