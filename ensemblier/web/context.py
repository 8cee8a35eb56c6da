"""What every template may use: who is here, where they may go, and the look they chose."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from ensemblier.base.chains.access import may_list as may_list_chains
from ensemblier.base.pages.addresses import address_of
from ensemblier.base.people.access import Answer
from ensemblier.base.people.models import Role
from ensemblier.web.books.access import may_read_books
from ensemblier.web.tour.views import bar

THEMES = (("auto", "Automatique"), ("light", "Clair"), ("dark", "Sombre"))
HOLDERS = (Role.APPLICANT, Role.REPRESENTATIVE)
OFFICERS = (Role.INSTRUCTOR, Role.PROGRAMME, Role.SIGNATORY, Role.AUDITOR)
# Roles that see an entry: None for everyone, () for whoever is signed in; or the page's own rule.
Seen = tuple[Role, ...] | None | Callable[[Any], Answer]
NAVIGATION: tuple[tuple[str, str, Seen], ...] = (
    ("Tableau de bord", "dashboard:index", ()),
    ("Appels", "calls:list", None),
    ("Mes dossiers", "applications:mine", HOLDERS),
    ("Atelier", "atelier:list", HOLDERS),
    ("Filières", "chains:list", may_list_chains),
    ("Programme", "programme:index", (Role.PROGRAMME,)),
    ("Dossiers à instruire", "review:inbox", (*OFFICERS, Role.NETWORK_HEAD)),
    ("Jury", "jury:list", (Role.JUROR, Role.PROGRAMME)),
    ("Pilotage", "boards:officer", OFFICERS),
    ("Attendu et dû", "boards:owed", HOLDERS),
    ("Décisions", "decisions:inbox", (Role.PROGRAMME, Role.SIGNATORY, Role.AUDITOR)),
    (
        "Conventions",
        "agreements:list",
        (*OFFICERS, Role.PAYER, *HOLDERS),
    ),
    ("Versements", "payments:inbox", (*OFFICERS, Role.PAYER)),
    ("Publication", "publication:index", (Role.PROGRAMME,)),
    ("Livre", "books:index", may_read_books),
    ("Contrôle", "boards:audit", (Role.PROGRAMME, Role.AUDITOR)),
    ("Journal", "books:journal", (Role.PROGRAMME, Role.AUDITOR)),
    ("Exploitation", "operations:index", (Role.SUPPORT,)),
    ("Fiches", "library:list", None),
    ("Visite guidée", "tour:index", None),
)
LEGAL = (
    ("Aides versées, données ouvertes", "publication:grants"),
    ("Accessibilité", "legal:accessibility"),
    ("Données personnelles", "legal:privacy"),
    ("Mentions légales", "legal:notice"),
)


def site(request: HttpRequest) -> dict[str, Any]:
    actor = getattr(request, "actor", None)
    theme = request.COOKIES.get("theme", "")
    return {
        "demo": settings.DEMO,
        "tour_bar": bar(request),
        "actor": actor,
        "site_nav": navigation(request.path, actor),
        "site_legal": [
            {"label": label, "url": url} for label, name in LEGAL if (url := address_of(name))
        ],
        "appearance": theme if theme in dict(THEMES) else "auto",
        "appearances": THEMES,
    }


def navigation(path: str, actor: Any) -> list[dict[str, Any]]:
    """The pages this person may open, among those this installation has."""
    items = []
    for label, name, roles in NAVIGATION:
        if name == "tour:index" and not settings.DEMO:
            continue
        address = address_of(name)
        if address and may_see(actor, roles):
            items.append(entry(label, address, path))
    return items


def may_see(actor: Any, roles: Seen) -> bool:
    if roles is None:
        return True
    if actor is None or actor.is_anonymous:
        return False
    if callable(roles):
        return roles(actor).allowed
    return not roles or actor.has(*roles)


def entry(label: str, address: str, path: str) -> dict[str, Any]:
    # The pages of one chain are at /filiere/, beside the list of all at /filieres/.
    under = "/filiere/" if address == "/filieres/" else address
    current = bool(address) and path.startswith((address, under))
    return {"label": label, "url": address, "current": current, "exact": path == address}
