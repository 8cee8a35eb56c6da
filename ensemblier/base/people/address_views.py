"""My account: another e-mail address."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables

from ensemblier.base.people.access import guard, signed_in
from ensemblier.base.people.addresses import LinkOver, ask_address, change_address, new_address
from ensemblier.base.people.forms import AddressForm
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal


@guard(signed_in, second_factor=False)
@reauthentication_required
def ask(request: HttpRequest) -> HttpResponse:
    """The password was given a moment ago: a browser left open does not give the account away."""
    form = unchecked(AddressForm, request)
    if request.method == "POST":
        form = AddressForm(request.POST)
        if form.is_valid():
            try:
                ask_address(
                    user=request.user,
                    email=form.cleaned_data["email"],
                    link=lambda token: request.build_absolute_uri(
                        reverse("people:email_confirm", args=[token])
                    ),
                )
            except Refusal as refusal:
                form.refuse(refusal)
            else:
                messages.success(
                    request, "Un lien part à la nouvelle adresse : ouvrez-le pour confirmer."
                )
                return redirect("people:account")
    context = {
        "form": form,
        "title": "Changer d'adresse e-mail",
        "button": "Recevoir le lien",
        "lead": f"Aujourd'hui, votre compte utilise {request.user.email}.",
    }
    return render(request, "people/form.html", context, status=422 if form.errors else 200)


@guard(signed_in, second_factor=False)
@sensitive_variables("token")
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """From the link: what will change, then the button that changes it."""
    try:
        if request.method == "POST":
            change_address(user=request.user, token=token)
            messages.success(request, "Votre compte utilise la nouvelle adresse.")
            return redirect("people:account")
        new = new_address(token, request.user)
    except LinkOver as refusal:
        return render(request, "people/link_over.html", {"reason": refusal.message}, status=410)
    return render(request, "people/email_confirm.html", {"new": new, "here": request.path})
