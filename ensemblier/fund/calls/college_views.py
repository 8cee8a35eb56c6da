"""The page that writes the colleges of a draft call's jury, and shows what their shares do."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from ensemblier.base.pages.forms import PageForm
from ensemblier.base.people.access import guard
from ensemblier.base.refusal import Refusal
from ensemblier.fund.calls import access, colleges
from ensemblier.fund.calls.models import Call, College
from ensemblier.fund.calls.rule_views import BOTH, filled
from ensemblier.fund.calls.views import load_draft

USUAL = {  # kind: share, way; an assumption to discuss before the call is published
    College.Kind.INSTITUTIONS: (40, College.Way.SCORES),
    College.Kind.ASSOCIATIONS: (30, College.Way.CARDS),
    College.Kind.PEOPLE: (30, College.Way.CARDS),
}
# Three settings of shares, shown before the rules are frozen.
SETTINGS = (("40, 30 et 30", (40, 30, 30)), ("parts égales", (34, 33, 33)),
            ("la moitié aux personnes", (25, 25, 50)))  # fmt: skip


class CollegesForm(PageForm):
    """A share, seats, reserves and a quorum for each college; no share at all: no jury."""

    def __init__(self, *args: Any, known: dict[str, College], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, (share, _) in USUAL.items():
            row = known.get(kind)
            for name, label, value, most in (
                ("share", "part, en %", row.share_bp // 100 if row else share if known else None,
                 100),
                ("seats", "sièges", row.seats if row else 8, 200),
                ("reserves", "réservistes", row.reserves if row else 2, 200),
                ("quorum", "quorum", row.quorum if row else 5, 200),
            ):  # fmt: skip
                self.fields[f"{name}_{kind}"] = forms.IntegerField(
                    label=f"{kind.label.capitalize()} : {label}",
                    min_value=0, max_value=most, required=False, initial=value,
                )  # fmt: skip

    def colleges(self) -> list[College]:
        kept = self.cleaned_data
        return [
            College(
                kind=kind,
                share_bp=kept[f"share_{kind}"] * 100,
                seats=kept[f"seats_{kind}"] or 0,
                reserves=kept[f"reserves_{kind}"] or 0,
                quorum=kept[f"quorum_{kind}"] or 0,
                way=way,
            )
            for kind, (_, way) in USUAL.items()
            if kept[f"share_{kind}"]
        ]


@require_http_methods(BOTH)
@guard(access.may_write, load=load_draft)
def jury(request: HttpRequest, call: Call) -> HttpResponse:
    rows = list(call.colleges.all())
    form = filled(request, CollegesForm, known={row.kind: row for row in rows})
    if request.method == "POST" and form.is_valid():
        try:
            colleges.set_colleges(actor=request.user, call=call, colleges=form.colleges())
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "Les collèges du jury sont enregistrés.")
            return redirect("calls:colleges", call.slug)
    context = {
        "call": call,
        "form": form,
        "weights": colleges.weights(rows),
        "settings": [(name, effects(shares)) for name, shares in SETTINGS],
        "kinds": [kind.label for kind in USUAL],
    }
    return render(request, "calls/colleges.html", context, status=422 if form.errors else 200)


def effects(shares: tuple[int, ...]) -> list[colleges.Weight]:
    """What a setting would do of 100 000 €, with eight seats a college."""
    rows = [
        College(kind=kind, share_bp=share * 100, seats=8)
        for kind, share in zip(USUAL, shares, strict=True)
    ]
    return colleges.weights(rows)
