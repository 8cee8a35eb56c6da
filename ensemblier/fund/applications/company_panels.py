"""On the page of a file: who typed it, shared comments, and the pages around it."""

from __future__ import annotations

from django.urls import reverse

from ensemblier.base.people.access import Actor
from ensemblier.fund.applications import access, comments
from ensemblier.fund.applications.models import EDITABLE, Application, Carryover, HelpMandate
from ensemblier.fund.applications.panels import Panel


def company_panel(application: Application, actor: Actor) -> Panel:
    """Who typed it for whom, and where the people, comments and versions are."""
    mandate: HelpMandate | None = getattr(application, "help_mandate", None)
    number = [application.number]
    links = [(reverse("applications:versions", args=number), "Versions, et ce qui a changé")]
    if access.may_read_comments(actor, application).allowed:
        links += [
            (reverse("applications:comments", args=number), "Commentaires"),
            (reverse("applications:people", args=number), "Les personnes sur ce dossier"),
        ]
        copying = application.state in EDITABLE and access.writes(actor, application)
        if copying and Carryover.objects.filter(application=application).exists():
            links.append((reverse("applications:carryover", args=number), "Ce qui a été repris"))
    values = {"application": application, "mandate": mandate, "links": links}
    return Panel("applications/company.html", values)


def shared_panel(application: Application, actor: Actor) -> Panel | None:
    """The threads that the people of the file share with the service."""
    if access.may_read_comments(actor, application).allowed:
        return None
    shared = comments.threads(application, shared_only=True)
    return Panel("applications/shared_comments.html", {"threads": shared}) if shared else None
