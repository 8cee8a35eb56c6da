"""Help under a recorded mandate: begun for an association, confirmed by it, ended at once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from secrets import token_urlsafe
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from ensemblier.base.files.actions import store
from ensemblier.base.files.content import CheckedFile
from ensemblier.base.journal.actions import record
from ensemblier.base.notices.actions import send
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.actions import clean_identifiers, create_organisation
from ensemblier.base.people.invitations import digest as digest_of
from ensemblier.base.people.models import Mandate, Organisation, OrganisationKind, Role
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications import access, content
from ensemblier.fund.applications.actions import PURPOSE, open_draft
from ensemblier.fund.applications.models import (
    Application,
    HelpMandate,
    Presence,
    Seat,
    SeatRole,
    State,
)
from ensemblier.fund.applications.seats import seat_at
from ensemblier.fund.calls.models import Call

LASTS = timedelta(days=14)


class BadMandate(Refusal):
    """A mandate that proves nothing, or for somebody who needs none."""


class LinkOver(Refusal):
    """The link to confirm expired, served, or the file changed since."""


@transaction.atomic
def begin_for(
    *,
    call: Call,
    title: str,
    name: str,
    siret: str,
    rna: str,
    commune: Any,
    quality: str,
    representative: str,
    email: str,
    proof: str,
    statement: str,
    paper: CheckedFile | None,
    given_on: date,
    actor: Any,
    now: datetime,
) -> HelpMandate:
    """Open a draft in the name of an association, on the strength of its recorded consent."""
    _check_proof(proof, statement, paper, given_on, in_paris(now).date())
    organisation = _helped(call, name, siret, rna, commune, actor, now)
    application = open_draft(
        actor=actor, organisation=organisation, call=call, title=title, now=now
    )
    mandate = HelpMandate(
        application=application,
        helper=actor,
        quality=quality,
        representative=_words(representative, "representative", "Écrivez son nom."),
        email=_email(email),
        proof=proof,
        statement=statement.strip(),
        given_on=given_on,
        recorded_at=now,
    )
    if paper is not None:
        mandate.paper = _keep(paper, application, actor)
    mandate.save()
    seat_at(application=application, user=actor, role=SeatRole.EDITOR, actor=actor, now=now)
    _log(mandate, actor, "help.begin", proof=proof, given_on=given_on.isoformat())
    _tell_home(mandate)
    return mandate


@transaction.atomic
def ask_confirmation(*, mandate: HelpMandate, actor: Any, now: datetime) -> HelpMandate:
    """Send the representative a link that shows the file and asks for a yes."""
    fresh = _locked(mandate)
    _helper(fresh, actor)
    _check_draft(fresh)
    address = confirmer(fresh, now)
    if not address:
        raise BadMandate(
            "Aucune adresse e-mail n'est connue pour le représentant : joignez la confirmation "
            "signée sur papier.",
            field="email",
        )
    token = token_urlsafe(32)
    fresh.token_digest, fresh.sent_at, fresh.expires_at = digest_of(token), now, now + LASTS
    fresh.save(update_fields=["token_digest", "sent_at", "expires_at"])
    send(
        to=address,
        template="applications/emails/help_confirm.txt",
        context={
            "mandate": fresh,
            "application": fresh.application,
            "link": settings.SITE_URL + reverse("applications:help_confirm", args=[token]),
        },
        about=f"application:{fresh.application_id}",
        is_secret=True,
    )
    _log(fresh, actor, "help.ask")
    return fresh


def confirmer(mandate: HelpMandate, now: datetime) -> str:
    """Where the link goes: a representative known to the site first, never another address."""
    known = Mandate.objects.on(in_paris(now).date()).filter(
        organisation=mandate.application.organisation_id, role=Role.REPRESENTATIVE
    )
    found = known.select_related("user").order_by("pk").first()
    return found.user.email if found else mandate.email


def find(token: str) -> HelpMandate | None:
    rows = HelpMandate.objects.select_related("application__organisation", "helper")
    return rows.filter(token_digest=digest_of(token)).exclude(token_digest="").first()


def why_over(mandate: HelpMandate | None, now: datetime) -> str:
    if mandate is None:
        return (
            "Ce lien n'existe pas ou a été remplacé. Recopiez-le en entier, ou demandez-en un "
            "autre à la personne qui vous aide."
        )
    if mandate.ended_at:
        return "Ce mandat a pris fin : cette personne ne saisit plus de dossier pour vous."
    if mandate.application.state != State.DRAFT:
        return "Ce dossier n'attend plus de confirmation."
    if mandate.expires_at is None or now >= mandate.expires_at:
        return "Ce lien a expiré. Demandez-en un autre à la personne qui vous aide."
    return ""


@transaction.atomic
def confirm_by_link(*, token: str, seen: str, now: datetime) -> HelpMandate:
    """The representative says yes to the content they read (`seen`), and to that one only."""
    found = find(token)
    fresh = _locked(found) if found else None
    if reason := why_over(fresh, now):
        raise LinkOver(reason)
    assert fresh is not None
    if content.digest(content.confirmable(fresh.application)) != seen:
        raise LinkOver("Le dossier a changé pendant que vous lisiez. Relisez-le, puis confirmez.")
    return _confirm(fresh, HelpMandate.Way.LINK, seen, now, actor=None)


@transaction.atomic
def confirm_by_paper(
    *, mandate: HelpMandate, paper: CheckedFile, actor: Any, now: datetime
) -> HelpMandate:
    """The scan of the file's summary, signed by the representative."""
    fresh = _locked(mandate)
    _helper(fresh, actor)
    _check_draft(fresh)
    fresh.confirmed_paper = _keep(paper, fresh.application, actor)
    seen = content.digest(content.confirmable(fresh.application))
    return _confirm(fresh, HelpMandate.Way.PAPER, seen, now, actor=actor)


@transaction.atomic
def end(*, mandate: HelpMandate, actor: Any, now: datetime) -> HelpMandate:
    """The helper writes nothing more, at once: said by the organisation, or by the helper."""
    fresh = _locked(mandate)
    if fresh.helper_id != actor.pk:
        person = access.actor_on(actor, in_paris(now).date())
        allowed = access.may_act(person, fresh.application)
        access.require(allowed, actor=actor, application=fresh.application)
    if fresh.ended_at:
        raise BadMandate("Ce mandat a déjà pris fin.")
    fresh.ended_at, fresh.ended_by, fresh.token_digest = now, actor, ""
    fresh.save(update_fields=["ended_at", "ended_by", "token_digest"])
    held = {"application": fresh.application, "user": fresh.helper}
    Seat.objects.filter(**held).delete()
    Presence.objects.filter(**held).delete()
    _log(fresh, actor, "help.end")
    return fresh


def is_confirmed(mandate: HelpMandate) -> bool:
    """Confirmed, and the content is still the one that was confirmed."""
    if mandate.confirmed_at is None:
        return False
    if mandate.application.state != State.DRAFT:
        return True
    return mandate.confirmed_digest == content.digest(content.confirmable(mandate.application))


def _confirm(fresh: HelpMandate, way: str, seen: str, now: datetime, *, actor: Any) -> HelpMandate:
    fresh.confirmed_at, fresh.confirmed_way, fresh.confirmed_digest = now, way, seen
    fresh.token_digest = ""
    fresh.save()
    _log(fresh, actor, "help.confirm", way=str(way), by=fresh.representative, digest=seen)
    send(
        to=fresh.helper.email,
        template="applications/emails/help_confirmed.txt",
        context={"mandate": fresh, "application": fresh.application},
        about=f"application:{fresh.application_id}",
    )
    return fresh


def _check_proof(
    proof: str, statement: str, paper: CheckedFile | None, given_on: date, day: date
) -> None:
    if proof not in HelpMandate.Proof.values:
        raise BadMandate("Dites comment l'association a donné son accord.", field="proof")
    if proof == HelpMandate.Proof.PAPER and paper is None:
        raise BadMandate("Joignez le mandat signé.", field="paper")
    if proof == HelpMandate.Proof.STATEMENT and not statement.strip():
        raise BadMandate(
            "Écrivez ce qui a été dit, par qui et en présence de qui.", field="statement"
        )
    if given_on > day:
        raise BadMandate("L'accord ne peut pas être donné dans l'avenir.", field="given_on")


def _helped(
    call: Call, name: str, siret: str, rna: str, commune: Any, actor: Any, now: datetime
) -> Organisation:
    """The association helped, by somebody who may help and has no role in it."""
    person = access.actor_on(actor, in_paris(now).date())
    if not (answer := access.may_help(person, call)).allowed:
        raise access.NotYours(answer.reason or "Cet appel n'est pas publié.")
    organisation = _organisation(name, siret, rna, commune, actor)
    if organisation.pk in person.organisations(*Role):
        raise BadMandate(
            "Vous avez déjà un rôle dans cette organisation : ouvrez le dossier en son nom, sans "
            "mandat d'aide.",
            field="siret",
        )
    return organisation


def _organisation(name: str, siret: str, rna: str, commune: Any, actor: Any) -> Organisation:
    """The one known by its number, else a new one, not confirmed."""
    siret, rna = clean_identifiers(siret, rna, OrganisationKind.ASSOCIATION)
    for field, value in (("siret", siret), ("rna", rna)):
        known = Organisation.objects.filter(**{field: value}).first() if value else None
        if known is not None:
            if known.kind == OrganisationKind.STATE:
                raise BadMandate("Un service de l'État ne demande pas ce fonds.", field=field)
            return known
    return create_organisation(
        name=_words(name, "name", "Écrivez le nom de l'association."),
        kind=OrganisationKind.ASSOCIATION,
        siret=siret,
        rna=rna,
        commune=commune,
        actor=actor,
    )


def _words(text: str, field: str, otherwise: str) -> str:
    if not text.strip():
        raise BadMandate(otherwise, field=field)
    return text.strip()[:200] if field == "name" else text.strip()[:120]


def _email(text: str) -> str:
    address = text.strip().lower()
    if address:
        try:
            validate_email(address)
        except ValidationError as error:
            message = "Écrivez une adresse e-mail complète, ou laissez vide."
            raise BadMandate(message, field="email") from error
    return address


def _keep(paper: CheckedFile, application: Application, actor: Any) -> Any:
    return store(
        checked=paper,
        purpose=PURPOSE,
        about=f"application:{application.pk}",
        actor=actor,
        organisation_id=application.organisation_id,
    )


def _locked(mandate: HelpMandate) -> HelpMandate:
    rows = HelpMandate.objects.select_for_update(of=("self",))
    return rows.select_related("application__organisation", "helper").get(pk=mandate.pk)


def _helper(mandate: HelpMandate, actor: Any) -> None:
    if mandate.helper_id != actor.pk or mandate.ended_at:
        raise access.NotYours("Seule la personne qui saisit ce dossier peut faire cela.")


def _check_draft(mandate: HelpMandate) -> None:
    if mandate.application.state != State.DRAFT:
        raise BadMandate("Ce dossier est déjà déposé : il ne se confirme plus.")


def _tell_home(mandate: HelpMandate) -> None:
    """Whoever already speaks for the organisation learns at once that a file was opened."""
    application = mandate.application
    rows = Mandate.objects.on(in_paris(mandate.recorded_at).date()).filter(
        organisation=application.organisation_id, role__in=access.MEMBERS
    )
    addresses = set(rows.values_list("user__email", flat=True)) | {application.organisation.email}
    link = settings.SITE_URL + reverse("applications:help", args=[application.number])
    for address in sorted(addresses - {""}):
        send(
            to=address,
            template="applications/emails/help_begun.txt",
            context={"mandate": mandate, "application": application, "link": link},
            about=f"application:{application.pk}",
        )


def _log(mandate: HelpMandate, actor: Any, action: str, **data: Any) -> None:
    record(
        actor=actor,
        action=action,
        subject=f"application:{mandate.application_id}",
        data={"mandate": mandate.pk, **data},
    )
