"""Every page of the site as each kind of person meets it, and its forms sent empty."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from http.cookies import SimpleCookie
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import urlencode

import lxml.html
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.core import signing
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client, override_settings
from django.urls import reverse

from ensemblier.base.people.addresses import SALT as EMAIL_SALT
from ensemblier.base.people.invitations import digest
from ensemblier.base.people.models import Role
from ensemblier.base.people.organisation_views import FOUND
from ensemblier.fund.intake.models import Batch, Demarche
from ensemblier.fund.review import actions as review_actions
from ensemblier.fund.review import bulk
from ensemblier.web.demo.plan import TOUR_SHEET
from ensemblier.web.gallery.views import SAMPLES
from tests import factories_frameworks as frameworks
from tests import factories_fund as fund
from tests import factories_intake as imports
from tests import factories_review as cases
from tests import world as worlds
from tests.factories_library import make_library
from tests.factories_people import make_user, sign_in
from tests.trust import chain_pages, jury_pages
from tests.trust.addresses import Address, addresses, fill
from tests.trust.doors import may_open
from tests.trust.knocking import Knocker
from tests.trust.passkey import registration

# Addresses whose GET never gives a page of ours, and why.
NO_PAGE = {
    **chain_pages.NO_PAGE,
    **jury_pages.NO_PAGE,
    "agreements:by_code": "sends on to the agreement whose paper bears the code",
    "applications:file": "sends on to the last step",
    "calls:rules": "the rules of a call, for machines",
    "decisions:table": "a table",
    "downloads:download": "a file",
    "library:start": "sends on to the file it starts",
    "mfa_download_recovery_codes": "a text file",
    "monitoring:pdf": "sends on to the file",
    "operations:healthz": "a word for machines",
    "proconnect_callback": "the way back from ProConnect, off by default",
    "proconnect_left": "leads home",
    "proconnect_login": "the way out to ProConnect, off by default",
    "printing:form": "a file",
    "printing:whole": "a file",
    "printing:zip": "a file",
    "publication:figures": "a table",
    "publication:file": "a table",
    "publication:scdl_version": "a table",
    "publication:statistics_version": "a table",
    "publication:version": "a table",
    "review:drop_view": "for POST only, and only its owner is told so",
    "territory:communes": "a list for the field of communes",
}
OTHER_STEPS = ("projet", "publics", "territoire", "partenaires", "modele", "pieces", "envoi")
SKIPPED_INPUTS = {"hidden", "submit", "button", "image", "reset"}


# Pages whose content does not depend on the role: opened as nobody and as an applicant only.
SAME_FOR_ALL = ("legal:", "gallery:", "home:", "library:detail", "library:easy", "library:list")
SIGNS = "signe et paie pour un réseau"
HALF = "à mi-connexion"  # the password was right, the code is awaited
CONFIRMED = ("sans mandat", "avec second facteur")  # gave their password again a moment ago
PASSWORD = "un long mot de passe 42"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
LOOK_AT_ALL = ("anonyme", "porteur")
TRY_ALL = (*LOOK_AT_ALL, "programme")
# Members of a chain: elsewhere they are applicants like any other.
IN_CHAINS = ("producteur", "financeur d'une filière")
# Who presides and who scores, in a jury.
IN_JURIES = ("présidence du jury", "juré des institutions")
JURY_PAGES = ("jury:", "allocation:")
CHAIN_PAGES = (
    "activities:",
    "billing:",
    "catalogue:",
    "chains:",
    "cofinancing:",
    "commitments:",
    "dashboard:",
    "distribution:",
    "insertion:",
    "reports:",
    "stock:",
)


class Rendering(NamedTuple):
    """One page as it reached somebody."""

    who: str
    name: str
    path: str
    status: int
    html: str
    headers: dict[str, str]
    state: str = ""  # "" as opened, else the form that was sent empty

    def __str__(self) -> str:
        return f"{self.name} {self.path} ({self.who}{', ' + self.state if self.state else ''})"


@contextmanager
def open_world() -> Iterator[SimpleNamespace]:
    """The two-sided world on a day when its call is open; undone at the end."""
    with time_machine.travel(fund.NOW, tick=True), transaction.atomic():
        make_library()
        world = worlds.build()
        add_states(world)
        yield world
        transaction.set_rollback(True)


def add_states(world: SimpleNamespace) -> None:
    """What the two sides lack: files being instructed, an invitation, a second factor set up."""
    near = world.sides["near"]
    officer = world.people["instruction 62"]
    near.taken = _taken(near, world.call, officer)
    near.incomplete = _taken(near, world.call, officer)
    people = [person for person in world.people.values() if person]
    cases.declare(near.taken, *people)
    cases.declare(near.incomplete, *people)
    review_actions.ask_complements(
        application=near.incomplete,
        due_on=fund.NOW.date() + timedelta(days=20),
        message="Joignez vos statuts signés.",
        actor=officer,
        now=fund.NOW,
    )
    world.token = "jeton-des-essais"
    asker = world.people["porteur"]
    said = {"user": asker.pk, "old": asker.email, "new": "nouvelle@exemple.fr"}
    world.email_token = signing.dumps(said, salt=EMAIL_SALT)
    near.invitation.token_digest = digest(world.token)
    near.invitation.save()
    for row in (near.seat_invitation, near.helped, near.expert):
        row.token_digest, row.expires_at = digest(world.token), near.invitation.expires_at
        row.save()
    holder = fund.user()
    TOTP.activate(holder, SECRET)
    RecoveryCodes.activate(holder).mark_as_viewed()  # as the site does at the POST
    key = Authenticator.objects.create(
        user=holder, type="webauthn", data={"name": "Ma clé", "credential": registration()}
    )
    world.passkey = key.pk
    world.people["avec second facteur"] = holder
    half = make_user(password=PASSWORD)
    TOTP.activate(half, SECRET)
    world.people[HALF] = half
    world.people |= dict(zip(IN_JURIES, (near.chair, near.scorer), strict=True))
    add_imports(near, world.people["programme"])
    add_network(world, near)
    fund.envelope(
        0,
        of=near.envelope.programme,
        year=near.envelope.year,
        strand=near.envelope.strand,
        expense_class="engineering",
    )
    near.draft.sheet_slug = TOUR_SHEET
    near.draft.save()


def add_network(world: SimpleNamespace, near: SimpleNamespace) -> None:
    """Who signs for the network of this side and pays for it, with a grant still to be shared."""
    near.agreed = frameworks.agreed()
    leader = near.agreed.leader
    for role in (Role.REPRESENTATIVE, Role.NETWORK_HEAD, Role.PAYER):
        fund.give(leader, role, near.head)
    world.people[SIGNS] = leader
    near.share.token_digest, near.share.asked_at = digest(world.token), fund.NOW
    near.share.save()


def add_imports(near: SimpleNamespace, giver: Any) -> None:
    """An import of somebody in each state, and a démarche in each of its own."""
    Batch.objects.filter(pk=near.intake.pk).update(read_by=giver)
    Demarche.objects.filter(pk=near.demarche.pk).update(owner=giver)
    near.imports = imports.in_each_state(near.filed.call, giver, now=fund.NOW)
    near.demarches = imports.demarches_in_each_state(near.filed.call, giver, now=fund.NOW)


def _taken(side: SimpleNamespace, call: Any, officer: Any) -> Any:
    row = worlds._file(side, call)
    review_actions.take(application=row, actor=officer, now=fund.NOW)
    row.refresh_from_db()
    return row


def cookies_of(world: SimpleNamespace, who: str) -> str:
    """Signed in a moment ago; each request starts from these cookies."""
    client = Client()
    person = world.people[who]
    if who == HALF:
        client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    elif person is not None:
        strong = "sans second facteur" not in who
        sign_in(client, person, strong=strong)
        session = client.session
        given = [{"method": "password", "at": time.time(), "reauthenticated": who in CONFIRMED}]
        session["account_authentication_methods"] = given + session.get(
            "account_authentication_methods", []
        )
        session["account_authentication_methods_user"] = str(person.pk)
        session[FOUND] = world.sides["near"].organisation.pk
        session.save()
    return client.cookies.output(header="", sep=";")


def client_with(cookies: str) -> Knocker:
    """The same one for the same cookies: loading the middleware takes longer than most pages."""
    return _knocker(cookies, tuple(settings.MIDDLEWARE))


@lru_cache(maxsize=32)
def _knocker(cookies: str, middleware: tuple[str, ...]) -> Knocker:
    return Knocker(SimpleCookie(cookies))


def paths(world: SimpleNamespace) -> list[tuple[Address, str]]:
    """Each address once, for the near side, then the other steps and states of a file."""
    filled = [(a, fill(a, world)) for a in addresses()]
    found = [(a, sides.get("near", sides.get("", ""))) for a, sides in filled]
    by_name = {a.name: a for a in addresses()}
    near = world.sides["near"]
    more = [("applications:step", [near.draft.number, other]) for other in OTHER_STEPS]
    files = (near.draft, near.proposed, near.funded.application, near.money.application)
    more += [("applications:detail", [row.number]) for row in files]
    more += [("review:file", [row.number]) for row in files[1:]]
    more += [("gallery:sample", [name]) for name in SAMPLES]
    desk = ("review:file", "review:opinion", "review:complement", "review:propose")
    more += [(name, [near.taken.number]) for name in desk]
    more += [("review:answer", [near.incomplete.number])]
    acts = ("intake:batch", "intake:columns", "intake:apply", "intake:undo")
    more += [(name, [row.pk]) for name in acts for row in near.imports]
    more += [("intake:demarche", [row.pk]) for row in near.demarches]
    more += [("applications:step", [near.incomplete.number, "projet"])]
    more += [("frameworks:open", [near.agreed.application.number])]
    more += [(name, [world.token]) for name in ("frameworks:confirm", "review:expert")]
    more += [("people:invitation", [world.token]), ("people:email_confirm", [world.email_token])]
    more += [(f"applications:{name}", [world.token]) for name in ("seat_accept", "help_confirm")]
    more += [(name, [world.passkey]) for name in ("mfa_edit_webauthn", "mfa_remove_webauthn")]
    chosen = [near.filed.number, near.taken.number, near.proposed.number]
    lots = [
        (by_name["review:several"], f"{reverse('review:several')}?{urlencode(asked, doseq=True)}")
        for asked in ({"verbe": verb, "n": chosen} for verb in bulk.VERBS)
    ]
    return found + [(by_name[name], reverse(name, args=args)) for name, args in more] + lots


def ways(world: SimpleNamespace, who: str) -> list[tuple[Address, str]]:
    """The addresses worth trying for this person. Some try them all; for the others, the doors that
    stay shut were tried by the access table, and show one same page."""
    found = paths(world)
    if who in TRY_ALL:
        return found
    once = len(addresses())  # then the other steps and states, that the table does not know
    return [way for rank, way in enumerate(found) if rank >= once or may_open(who, way[0].name)]


def is_page(response: HttpResponseBase) -> bool:
    return not response.streaming and response.get("Content-Type", "").startswith("text/html")


def as_rendering(who: str, name: str, path: str, response: Any, state: str = "") -> Rendering:
    return Rendering(
        who,
        name,
        path,
        response.status_code,
        response.content.decode(),
        dict(response.items()),
        state,
    )


def visit(cookies: str, path: str) -> Any:
    """One GET; a page that breaks is told with what broke it."""
    with override_settings(DEMO=path.startswith(reverse("tour:index"))):
        response: Any = client_with(cookies).get(path)
        if response.status_code == 500:
            _break_again(cookies, path)
    if response.streaming:
        response.getvalue()  # to its end, which closes it
    return response


def _break_again(cookies: str, path: str) -> None:
    """With Django's own client, which lets the error through: the report shows where."""
    client = Client()
    client.cookies = SimpleCookie(cookies)
    client.get(path)
    raise AssertionError(f"{path} broke")


def renderings(
    world: SimpleNamespace, *, people: Sequence[str] = (), forms: bool = False
) -> Iterator[Rendering]:
    """Every page of HTML, whoever asks; with `forms`, also each form of it sent empty."""
    for who in people or world.people:
        cookies = cookies_of(world, who)
        for address, path in ways(world, who):
            if not looks_at(who, address.name):
                continue
            for page in read(who, address.name, path, visit(cookies, path)):
                yield page
                if forms and page.status == 200:
                    yield from sent_empty(page, cookies)


def looks_at(who: str, name: str) -> bool:
    """Whether this page may be another one for this person."""
    if who == HALF:
        return name == "mfa_authenticate"  # any other page of the account ends the sign-in
    if who in IN_CHAINS:
        return name.startswith(CHAIN_PAGES)
    if who in IN_JURIES:
        return name.startswith(JURY_PAGES)
    return who in LOOK_AT_ALL or not name.startswith(SAME_FOR_ALL)


def read(who: str, name: str, path: str, response: Any) -> Iterator[Rendering]:
    """The page of this answer, if it is one; or that the address is for POST only."""
    if response.status_code == 405:
        yield Rendering(who, name, path, 405, "", {})
    if is_page(response) and response.content:
        yield as_rendering(who, name, path, response)


def sent_empty(page: Rendering, cookies: str) -> Iterator[Rendering]:
    """What comes back when each form of the page is sent with nothing in it."""
    for rank, form in enumerate(lxml.html.fromstring(page.html).forms):
        fields = [i for i in form.inputs if getattr(i, "type", "") not in SKIPPED_INPUTS]
        if form.method != "POST" or not fields:
            continue
        hidden = [i for i in form.inputs if getattr(i, "type", "") == "hidden" and i.name]
        data = {i.name: i.value or "" for i in hidden if i.name != "csrfmiddlewaretoken"}
        path = form.action or page.path
        with transaction.atomic():
            response = client_with(cookies).post(path, data)
            if response.status_code == 302:
                response = _follow(cookies, response)
            transaction.set_rollback(True)
        if response is not None and is_page(response):
            yield as_rendering(page.who, page.name, path, response, f"form {rank + 1} sent empty")


def _follow(cookies: str, response: Any) -> Any:
    """The page after a redirect: where messages say what was wrong."""
    target = response["Location"]
    return client_with(cookies).get(target) if target.startswith("/") else None


def names_with_pages(found: Iterable[Rendering]) -> set[str]:
    """Every address that answers a GET with a page: all but those for POST, and those above."""
    only_sent_to = {page.name for page in found if page.status == 405}
    return {a.name for a in addresses()} - set(NO_PAGE) - only_sent_to
