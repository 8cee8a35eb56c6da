"""Pages of the chains: mine, one chain with its members and places, and what creates them."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ensemblier.base.chains import access, actions
from ensemblier.base.chains.form_pages import filled, form_page
from ensemblier.base.chains.forms import ChainForm, EndForm, MemberForm, ReasonForm, SiteForm
from ensemblier.base.chains.loading import chains_of, load_chain
from ensemblier.base.chains.models import Chain, ChainMember, Site
from ensemblier.base.people.access import Actor, Answer, guard

PAGE = require_http_methods(["GET", "HEAD", "POST"])


def home(chain: Chain) -> str:
    return reverse("chains:detail", args=[chain.slug])


@require_safe
@guard(access.may_list)
def index(request: HttpRequest) -> HttpResponse:
    """The chains this person works in, or controls."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    page = Paginator(chains_of(actor), 50).get_page(request.GET.get("page"))
    context = {"page": page, "may_open": access.may_open(actor).allowed}
    return render(request, "chains/index.html", context)


@PAGE
@guard(access.may_open)
def new(request: HttpRequest) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = filled(request, ChainForm, mine=actor.organisations(*access.WORKERS))
    return form_page(
        request,
        form,
        lambda data: actions.open_chain(actor=request.user, **data),
        title="Créer une filière",
        lead="Une filière réunit ceux qui produisent, transforment, transportent et distribuent.",
        back=reverse("chains:list"),
        done=lambda chain: f"La filière « {chain.name} » est créée. Ajoutez ses lieux.",
        goes_to=home,
    )


@require_safe
@guard(access.may_see, load=load_chain)
def detail(request: HttpRequest, chain: Chain) -> HttpResponse:
    """One chain: where to go, who takes part, its places."""
    context = {
        "chain": chain,
        "members": chain.members.select_related("organisation").order_by("ends", "part", "pk"),
        "sites": chain.sites.select_related("keeper", "commune"),
        "leads": access.may_lead(request.actor, chain).allowed,  # type: ignore[attr-defined]
        "today": timezone.localdate(),
    }
    return render(request, "chains/detail.html", context)


@PAGE
@guard(access.may_lead, load=load_chain)
def add_member(request: HttpRequest, chain: Chain) -> HttpResponse:
    form = filled(request, MemberForm, initial={"starts": timezone.localdate()})
    return form_page(
        request,
        form,
        lambda data: actions.add_member(chain=chain, actor=request.user, **data),
        chain=chain,
        title="Ajouter un membre à la filière",
        back=home(chain),
        done=lambda member: f"{member.organisation} fait partie de la filière.",
    )


def load_member(request: HttpRequest, pk: int) -> ChainMember:
    rows = ChainMember.objects.select_related("chain__lead", "organisation")
    return get_object_or_404(rows, pk=pk)


def may_lead_of(actor: Actor, row: ChainMember | Site) -> Answer:
    return access.may_lead(actor, row.chain)


@PAGE
@guard(may_lead_of, load=load_member)
def end_member(request: HttpRequest, member: ChainMember) -> HttpResponse:
    form = filled(request, EndForm, initial={"day": timezone.localdate()})
    return form_page(
        request,
        form,
        lambda data: actions.end_member(member=member, actor=request.user, **data),
        chain=member.chain,
        title="Terminer une participation",
        lead=f"{member.organisation}, {member.get_part_display()}. Ce qui est noté reste noté.",
        back=home(member.chain),
        done="La date de fin est notée.",
    )


@PAGE
@guard(access.may_lead, load=load_chain)
def add_site(request: HttpRequest, chain: Chain) -> HttpResponse:
    options = {"chain": chain, "day": timezone.localdate(), "initial": {"keeper": chain.lead_id}}
    return form_page(
        request,
        filled(request, SiteForm, **options),
        lambda data: actions.add_site(chain=chain, actor=request.user, **data),
        chain=chain,
        title="Ajouter un lieu",
        back=home(chain),
        done=lambda site: f"Le lieu « {site.name} » est ajouté.",
    )


def load_site(request: HttpRequest, pk: int) -> Site:
    return get_object_or_404(Site.objects.select_related("chain__lead", "keeper"), pk=pk)


@PAGE
@guard(may_lead_of, load=load_site)
def set_open(request: HttpRequest, site: Site) -> HttpResponse:
    """Close a place, or open it again."""
    opens = not site.is_open

    def act(data: dict[str, Any]) -> Site:
        return actions.set_open(site=site, is_open=opens, actor=request.user, **data)

    return form_page(
        request,
        filled(request, ReasonForm),
        act,
        chain=site.chain,
        title="Rouvrir un lieu" if opens else "Fermer un lieu",
        lead=f"{site.name}, tenu par {site.keeper}.",
        button="Rouvrir" if opens else "Fermer",
        back=home(site.chain),
        done="Le lieu est rouvert." if opens else "Le lieu est fermé : on n'y prévoit plus rien.",
    )
