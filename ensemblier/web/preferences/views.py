"""The page where an account says how it wants to be told."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from ensemblier.base.notices import digest
from ensemblier.base.notices.topics import all_topics
from ensemblier.base.people.access import guard, signed_in
from ensemblier.base.people.parking import unchecked
from ensemblier.base.refusal import Refusal
from ensemblier.web.preferences.forms import RhythmsForm


@guard(signed_in)
def choose(request: HttpRequest) -> HttpResponse:
    due = [topic for topic in all_topics() if topic.is_due]
    if request.method != "POST":
        form = unchecked(RhythmsForm, request, initial=digest.chosen(request.user.pk or 0))
        return render(request, "preferences/choose.html", {"form": form, "due": due})
    form = RhythmsForm(request.POST)
    if form.is_valid():
        try:
            digest.choose(account=request.user, rhythms=form.cleaned_data)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "Votre choix est enregistré.")
            return redirect("preferences:choose")
    return render(request, "preferences/choose.html", {"form": form, "due": due}, status=422)
