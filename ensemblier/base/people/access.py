"""Who may open a page: actors, answers, and the guard that every view wears."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cached_property, wraps
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from ensemblier.base.files.models import StoredFile
from ensemblier.base.journal.actions import look, refuse
from ensemblier.base.journal.attempts import watching
from ensemblier.base.people.models import (
    STRONG_ROLES,
    Claim,
    Mandate,
    Organisation,
    OrganisationKind,
    Role,
)
from ensemblier.base.people.parking import forget, send_to_sign_in
from ensemblier.base.prepared import DAY, KEY, Prepared
from ensemblier.base.territory.models import Department


class Answer(NamedTuple):
    """Yes, or no with the reason. A no without a reason hides that the thing exists (404)."""

    allowed: bool
    reason: str = ""


YES = Answer(True)
HIDDEN = Answer(False)
SIGN_IN = Answer(False, "Connectez-vous pour ouvrir cette page.")


def _held_on(user: int, day: date) -> QuerySet[Mandate]:
    rows = Mandate.objects.on(day).filter(user=user)
    return rows.select_related("organisation").order_by("pk")


HELD = Prepared(_held_on, user=KEY, day=DAY)  # asked by every page


class Actor:
    """The person behind a request, with the mandates in force today.

    Mandates that touch money or decisions count only once the second factor is given: a session
    that has not given it has none of them, on any page.
    """

    def __init__(self, user: Any, *, day: date, strong: bool = True) -> None:
        self.user = user
        self.day = day
        self.strong = strong
        self.is_anonymous = not user.is_authenticated

    @cached_property
    def _held(self) -> list[Mandate]:
        if self.is_anonymous or not self.user.is_active:
            return []
        return HELD.found(user=self.user.pk, day=self.day)

    @cached_property
    def mandates(self) -> list[Mandate]:
        """Mandates that may be used now."""
        return [m for m in self._held if self.strong or m.role not in STRONG_ROLES]

    @cached_property
    def roles(self) -> frozenset[str]:
        """Roles that may be used now, wherever they are held."""
        return frozenset(m.role for m in self.mandates)

    @property
    def all_mandates(self) -> list[Mandate]:
        """For the account's own page: also those that wait for the second factor."""
        return self._held

    @property
    def holds_strong_role(self) -> bool:
        return any(m.role in STRONG_ROLES for m in self._held)

    @property
    def lacks_second_factor(self) -> bool:
        return self.holds_strong_role and not self.strong

    def has(
        self, *roles: Role, organisation: Any = None, territory_code: str | None = None
    ) -> bool:
        """Holds one of these roles; for this organisation and on this territory when given."""
        if self.roles.isdisjoint(roles):
            return False
        held = [m for m in self.mandates if m.role in roles]
        if organisation is not None:
            key = getattr(organisation, "pk", organisation)
            held = [m for m in held if m.organisation_id == key]
        if territory_code is None:
            return bool(held)
        department = Department.objects.filter(code=territory_code).first()
        return department is not None and any(reaches(m, department) for m in held)

    def organisations(self, *roles: Role) -> set[int]:
        """Ids of the organisations for which one of these roles is held."""
        return {m.organisation_id for m in self.mandates if m.role in roles}

    def covers(self, department: Department | None, *roles: Role) -> bool:
        """Holds one of these roles on a territory that contains this department.

        A place that is unknown (None) is covered by national mandates only.
        """
        return any(reaches(m, department) for m in self.mandates if m.role in roles)


def reaches(mandate: Mandate, department: Department | None) -> bool:
    """The mandate is national, or its region or department contains this department."""
    if mandate.department_id is not None:
        return department is not None and mandate.department_id == department.pk
    if mandate.region_id is not None:
        return department is not None and mandate.region_id == department.region_id
    return True


def guard(
    predicate: Callable[..., Answer],
    *,
    load: Callable[..., Any] | None = None,
    public: bool = False,
    second_factor: bool = True,
) -> Callable[..., Any]:
    """Wrap a view: load its object, ask the predicate, then call the view or refuse.

    Anonymous people are sent to sign in unless the page is public; what they had typed waits for
    them. Who holds a role that touches money or decisions gives a second factor first
    (`second_factor=False` is for the account pages where it is set up), and each file,
    organisation or account they open is noted in the access journal.
    """

    def wrap(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            actor: Actor = request.actor  # type: ignore[attr-defined]
            if actor.is_anonymous and not public:
                return send_to_sign_in(request, page="account_login")
            if second_factor and not public and actor.lacks_second_factor:
                return send_to_sign_in(request, page="people:second_factor")
            arguments = (load(request, **kwargs),) if load else ()
            answer = predicate(actor, *arguments)
            if not answer.allowed and not answer.reason:
                raise Http404
            with watching(actor=actor.user, action=_asked(request), subject=_about(arguments)):
                if not answer.allowed:
                    refuse(reason=answer.reason)
                    context = {"reason": answer.reason}
                    return render(request, "pages/refused.html", context, status=403)
                forget(request)
                if load and not public and request.method == "GET" and actor.holds_strong_role:
                    look(actor=actor.user, path=request.path)
                return view(request, *arguments) if load else view(request, **kwargs)

        guarded.access = predicate  # type: ignore[attr-defined]
        guarded.public = public  # type: ignore[attr-defined]
        return guarded

    return wrap


def _asked(request: HttpRequest) -> str:
    """What a request asks for, in the log of refusals: its method and the name of its page."""
    match = request.resolver_match
    return f"{request.method} {match.view_name if match else request.path}"


def _about(loaded: tuple[Any, ...]) -> str:
    """The object of a page as the journal names it: "application:12"."""
    thing = loaded[0] if loaded else None
    meta = getattr(thing, "_meta", None)
    return f"{meta.model_name}:{thing.pk}" if meta and thing is not None else ""


def everyone(actor: Actor, *_: Any) -> Answer:
    """Open to all."""
    return YES


def signed_in(actor: Actor, *_: Any) -> Answer:
    """Open to whoever has an account."""
    return SIGN_IN if actor.is_anonymous else YES


STATE_ROLES = frozenset(
    {
        Role.INSTRUCTOR,
        Role.PROGRAMME,
        Role.SIGNATORY,
        Role.PAYER,
        Role.AUDITOR,
        Role.SUPPORT,
        Role.JUROR,
    }
)
FUNDERS = (OrganisationKind.FOUNDATION, OrganisationKind.NETWORK, OrganisationKind.PUBLIC)
MEMBER_ROLES = frozenset({Role.APPLICANT, Role.REPRESENTATIVE, Role.NETWORK_HEAD})


def seat(organisation: Organisation) -> Department | None:
    """The department of the head office, None when unknown."""
    return organisation.commune.department if organisation.commune_id else None


def may_see_organisation(actor: Actor, organisation: Organisation) -> Answer:
    """Its members, its network head, the desk of its territory, the programme and auditors."""
    if organisation.pk in actor.organisations(*Role):
        return YES
    if organisation.head_id in actor.organisations(Role.NETWORK_HEAD, Role.REPRESENTATIVE):
        return YES
    if actor.has(Role.PROGRAMME, Role.AUDITOR):
        return YES
    return Answer(actor.covers(seat(organisation), Role.INSTRUCTOR, Role.SUPPORT))


def may_edit_organisation(actor: Actor, organisation: Organisation) -> Answer:
    """Its legal representative."""
    if actor.has(Role.REPRESENTATIVE, organisation=organisation):
        return YES
    if may_see_organisation(actor, organisation).allowed:
        return Answer(
            False, "Seul le représentant légal modifie la fiche de son organisation : demandez-lui."
        )
    return HIDDEN


def may_invite(actor: Actor, organisation: Organisation) -> Answer:
    """Its legal representative, or the programme, which gives roles in the State's services."""
    if actor.has(Role.PROGRAMME):
        return YES
    return may_edit_organisation(actor, organisation)


def invitable_roles(actor: Actor, organisation: Organisation) -> list[Role]:
    """Roles this person may offer for this organisation, in the order of the list of roles."""
    offered: set[Role] = set()
    if actor.has(Role.REPRESENTATIVE, organisation=organisation):
        offered |= {Role.APPLICANT, Role.REPRESENTATIVE}
        if organisation.kind == OrganisationKind.NETWORK:
            offered.add(Role.NETWORK_HEAD)
    if actor.has(Role.PROGRAMME):
        offered |= STATE_ROLES if organisation.kind == OrganisationKind.STATE else set()
        # Funders beside the State pay by themselves (fund/payments).
        offered |= {Role.PAYER} if organisation.kind in FUNDERS else set()
    return [role for role in Role if role in offered]


def may_see_network(actor: Actor, network: Organisation) -> Answer:
    """Those who speak for the network; the programme and the auditors read."""
    if network.kind != OrganisationKind.NETWORK:
        return HIDDEN
    if may_lead_network(actor, network).allowed or actor.has(Role.PROGRAMME, Role.AUDITOR):
        return YES
    return Answer(False, LEADERS) if may_see_organisation(actor, network).allowed else HIDDEN


LEADERS = "La page du réseau est réservée à ses représentants et à ses animateurs."


def may_lead_network(actor: Actor, network: Organisation) -> Answer:
    """Those who answer in the name of the network."""
    if actor.has(Role.NETWORK_HEAD, Role.REPRESENTATIVE, organisation=network):
        return YES
    return Answer(False, LEADERS) if may_see_organisation(actor, network).allowed else HIDDEN


def may_end_membership(actor: Actor, organisation: Organisation) -> Answer:
    """The member's legal representative, or the network."""
    if organisation.head_id and may_lead_network(actor, organisation.head).allowed:
        return YES
    return may_edit_organisation(actor, organisation)


def may_confirm_identity(actor: Actor, organisation: Organisation) -> Answer:
    """The programme, for an organisation that nobody joins with a proof (a funder, say)."""
    if actor.has(Role.PROGRAMME):
        return YES
    if may_see_organisation(actor, organisation).allowed:
        return Answer(False, "L'identité est confirmée par le responsable du programme.")
    return HIDDEN


def may_check_claims(actor: Actor) -> Answer:
    """The desk: instructors and support."""
    if actor.has(Role.INSTRUCTOR, Role.SUPPORT):
        return YES
    return Answer(False, "Les rattachements sont vérifiés par les agents instructeurs.")


def may_check_claim(actor: Actor, claim: Claim) -> Answer:
    """The desk of the territory of the organisation; nobody checks their own claim."""
    if not actor.covers(seat(claim.organisation), Role.INSTRUCTOR, Role.SUPPORT):
        return HIDDEN
    if claim.user_id == actor.user.pk:
        return Answer(False, "Vous ne pouvez pas vérifier votre propre demande.")
    return YES


def may_read_proof(actor: Actor, stored: StoredFile) -> Answer:
    """The document of a claim: whoever sent it, and the desk that checks the claim."""
    claim = (
        Claim.objects.filter(pk=stored.subject_id("claim"))
        .select_related("organisation__commune__department")
        .first()
    )
    if claim is None or actor.is_anonymous:
        return HIDDEN
    if claim.user_id == actor.user.pk:
        return YES
    return may_check_claim(actor, claim)
