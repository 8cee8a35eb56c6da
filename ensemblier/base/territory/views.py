"""The page that finds a commune; also the suggestions under a commune's field.

Open to all. The address and its guard are in `ensemblier.web.territories`, since the guard knows
accounts and this layer does not.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from ensemblier.base.territory.models import Commune
from ensemblier.base.territory.rules import in_short, zonings_by_commune

LONGEST = 80
SHORTEST = 2  # letters before suggestions are worth their query
SUGGESTED = 10
LISTED = 20


def communes(request: HttpRequest) -> HttpResponse:
    """Communes whose name, postcode or INSEE code starts so: a page, or bare suggestions."""
    field = request.GET.get("champ", "q")
    text = request.GET.get(field, "").strip()[:LONGEST]
    if request.headers.get("HX-Request") == "true":
        found = Commune.objects.search(text)[:SUGGESTED] if len(text) >= SHORTEST else []
        return render(request, "territory/commune_options.html", {"communes": found})
    listed = list(Commune.objects.search(text).select_related("department", "epci")[: LISTED + 1])
    zonings = zonings_by_commune(listed[:LISTED], timezone.localdate())
    context = {
        "text": text,
        "rows": [(commune, in_short(zonings[commune.pk])) for commune in listed[:LISTED]],
        "more": len(listed) > LISTED,
    }
    return render(request, "territory/communes.html", context)
