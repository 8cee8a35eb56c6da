"""What is done to a file between filing and decision: opinions, complements, proposal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from ensemblier.base.journal.actions import record, refuse
from ensemblier.base.notices.actions import send
from ensemblier.base.pages.formats import euros, in_paris
from ensemblier.base.people.access import Actor, Answer
from ensemblier.base.people.models import Role
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications.completeness import gaps as lacking
from ensemblier.fund.applications.models import Application, State
from ensemblier.fund.applications.moves import move
from ensemblier.fund.review import access
from ensemblier.fund.review.models import Assignment, ComplementRequest, Review, Score

Grades = Mapping[int, tuple[int | None, str]]


class NotYours(Refusal):
    """This person may not do this on this file (role, territory, or four eyes)."""


class NotInReview(Refusal):
    """The file is not being instructed: opinions are closed."""


class AlreadyGiven(Refusal):
    """A given opinion is never changed."""


class StaleReview(Refusal):
    """The draft was saved elsewhere since the page was opened; `saved` is what is kept."""

    def __init__(self, saved: Review) -> None:
        super().__init__(
            "Cet avis a été enregistré ailleurs depuis que vous avez ouvert la page. Rien n'est "
            "perdu : comparez les deux versions, puis choisissez."
        )
        self.saved = saved


class BadScore(Refusal):
    """A score out of the scale, or on a criterion of another call."""


class Unfinished(Refusal):
    """The opinion lacks something; `field` says what."""


class NoOpinion(Refusal):
    """Nobody gave an opinion yet."""


class Incomplete(Refusal):
    """The file lost something that it needs."""


class BadRequest(Refusal):
    """A request for complements, or its answer, that says nothing or has a wrong date."""


def actor_on(user: Any, day: date) -> Actor:
    """The mandates that this account holds that day."""
    return Actor(user, day=day)


def require(
    answer: Answer, error: type[Refusal] = NotYours, *, by: Any = None, subject: str = ""
) -> None:
    """Go on, or note the refused attempt and raise; who and what come from the request if not
    said. The note stays although the caller's transaction is undone."""
    if not answer.allowed:
        reason = answer.reason or "Vous n'avez pas accès à ce dossier."
        refuse(actor=by, subject=subject, reason=reason)
        raise error(reason)


def locked(application: Application) -> Application:
    """The file as it stands now, held until the transaction ends."""
    rows = Application.objects.select_for_update(of=("self",))
    return rows.select_related("organisation", "department", "call").get(pk=application.pk)


@transaction.atomic
def take(*, application: Application, actor: Any, now: datetime) -> Review | None:
    """Start the instruction, and open the opinion of whoever takes the file."""
    person = desk_on(application, actor, now)
    move(application=application, verb="take", actor=actor)
    assign_to(application, actor, by=actor, now=now)
    return _open(application, person)


def assign_to(application: Application, instructor: Any, *, by: Any, now: datetime) -> None:
    """Note who instructs the file from now on."""
    Assignment.objects.update_or_create(
        application=application,
        defaults={"instructor": instructor, "assigned_by": by, "assigned_at": now},
    )
    record(
        actor=by,
        action="review.assign",
        subject=f"application:{application.pk}",
        data={"instructor": instructor.pk},
    )


@transaction.atomic
def join(*, application: Application, actor: Any, now: datetime) -> Review:
    """Open one more opinion on a file under instruction: another desk, or the network head."""
    fresh = locked(application)
    person = actor_on(actor, in_paris(now).date())
    about = f"application:{fresh.pk}"
    require(access.may_review(person, fresh), by=actor, subject=about)
    _in_review(fresh)
    return _open(fresh, person)


def _open(application: Application, person: Actor) -> Review:
    last = own_review(application, person.user)
    if last is not None:
        return last
    review = Review.objects.create(
        application=application, reviewer=person.user, level=level_of(person, application)
    )
    log_review(review, person.user, "review.open", {"review": review.pk, "level": review.level})
    return review


def own_review(application: Application, user: Any) -> Review | None:
    """The last edition of this person's opinion."""
    rows = Review.objects.filter(application=application, reviewer=user)
    return rows.order_by("edition").last()


def level_of(person: Actor, application: Application) -> str:
    """The level of the narrowest mandate that covers the file."""
    place = application.department
    mandates = [m for m in person.mandates if m.role == Role.INSTRUCTOR]
    if place and any(m.department_id == place.pk for m in mandates):
        return Review.Level.DEPARTMENT
    if place and any(m.region_id and m.region_id == place.region_id for m in mandates):
        return Review.Level.REGION
    national = person.has(Role.PROGRAMME) or person.covers(place, Role.INSTRUCTOR)
    if national:
        return Review.Level.NATIONAL
    head = access.leads_network_of(person, application)
    return Review.Level.NETWORK if head else Review.Level.EXPERT


@transaction.atomic
def save_scores(
    *,
    review: Review,
    scores: Grades,
    opinion: str,
    reasons: str,
    proposed_cents: int | None,
    version: int,
    actor: Any,
    now: datetime,
) -> Review:
    """Keep a draft of one's own opinion; whatever is missing may come later."""
    fresh = _own_draft(review, version, actor, now)
    asked = sum(row.amount_cents for row in fresh.application.asked.all())
    if proposed_cents is not None and proposed_cents > asked:
        raise BadScore(
            f"Vous proposez {euros(proposed_cents)} et le dossier demande {euros(asked)}. "
            "Proposez au plus le montant demandé.",
            field="proposed",
        )
    if opinion and opinion not in Review.Opinion.values:
        raise BadScore("Choisissez un avis de la liste.", field="opinion")
    _write_scores(fresh, scores)
    fresh.opinion, fresh.reasons = opinion, reasons.strip()
    fresh.proposed_cents, fresh.version = proposed_cents, fresh.version + 1
    fresh.save(update_fields=["opinion", "reasons", "proposed_cents", "version"])
    log_review(fresh, actor, "review.save", content_of(fresh))
    return fresh


def _write_scores(review: Review, scores: Grades) -> None:
    criteria = {c.pk: c for c in review.application.call.criteria.all()}
    for pk, (value, reason) in scores.items():
        criterion = criteria.get(pk)
        if criterion is None:
            raise BadScore("Cette note porte sur un critère d'un autre appel.")
        if value is not None and not 0 <= value <= criterion.scale_max:
            raise BadScore(
                f"« {criterion.label} » se note de 0 à {criterion.scale_max}.", field=f"score_{pk}"
            )
        Score.objects.update_or_create(
            review=review, criterion=criterion, defaults={"value": value, "reason": reason.strip()}
        )


@transaction.atomic
def give_opinion(*, review: Review, version: int, actor: Any, now: datetime) -> Review:
    """Give one's opinion: others see it from now on, and it never changes again."""
    fresh = _own_draft(review, version, actor, now)
    given = {score.criterion_id: score for score in fresh.scores.all()}
    for criterion in fresh.application.call.criteria.all():
        score = given.get(criterion.pk)
        if score is None or score.value is None:
            raise Unfinished(f"Notez « {criterion.label} ».", field=f"score_{criterion.pk}")
        if not score.reason:
            message = f"Dites pourquoi vous donnez cette note à « {criterion.label} »."
            raise Unfinished(message, field=f"reason_{criterion.pk}")
    if not fresh.opinion:
        raise Unfinished("Choisissez le sens de votre avis.", field="opinion")
    if not fresh.reasons:
        raise Unfinished("Un avis se motive : écrivez vos motifs.", field="reasons")
    fresh.given_at, fresh.version = now, fresh.version + 1
    fresh.save(update_fields=["given_at", "version"])
    log_review(fresh, actor, "review.give", content_of(fresh))
    return fresh


@transaction.atomic
def ask_complements(
    *, application: Application, due_on: date, message: str, actor: Any, now: datetime
) -> ComplementRequest:
    """Ask the applicant for what is missing; the file may be changed again until the answer."""
    desk_on(application, actor, now)
    asked: dict[str, Any] = {"due_on": due_on, "message": message, "reason": message}
    asked |= {"application": application, "actor": actor, "now": now}
    return send_request(verb="ask_complements", **asked)


def send_request(
    *,
    verb: str,
    application: Application,
    due_on: date,
    message: str,
    reason: str,
    actor: Any,
    now: datetime,
) -> ComplementRequest:
    """Move the file to those that wait for complements; the caller has checked who acts."""
    if not message.strip():
        raise BadRequest("Écrivez ce qui manque au dossier.", field="message")
    if due_on <= in_paris(now).date():
        raise BadRequest("Laissez au moins un jour pour répondre.", field="due_on")
    move(application=application, verb=verb, actor=actor, reason=reason.strip())
    request = ComplementRequest.objects.create(
        application=application,
        asked_by=actor,
        asked_at=now,
        message=message.strip(),
        due_on=due_on,
    )
    write_to_applicant(application, "review/emails/complements.txt", {"request": request})
    return request


@transaction.atomic
def answer_complements(
    *, application: Application, answer: str, actor: Any, now: datetime
) -> ComplementRequest:
    """Give the file back to the desk with an answer."""
    fresh = locked(application)
    answering = access.may_answer(actor_on(actor, in_paris(now).date()), fresh)
    require(answering, by=actor, subject=f"application:{fresh.pk}")
    if not answer.strip():
        raise BadRequest("Dites ce que vous avez changé ou ajouté.", field="answer")
    gaps = lacking(fresh)
    if gaps:
        raise Incomplete(
            f"Le dossier n'est plus complet. {gaps[0].sentence} Puis envoyez votre réponse."
        )
    move(application=application, verb="answer_complements", actor=actor, reason=answer.strip())
    request = ComplementRequest.objects.select_related("asked_by").get(
        ComplementRequest.OPEN, application=fresh
    )
    request.answer, request.answered_at, request.answered_by = answer.strip(), now, actor
    request.save(update_fields=["answer", "answered_at", "answered_by"])
    context = {"application": fresh, "request": request, "link": _link("review:file", fresh)}
    send(
        to=request.asked_by.email,
        template="review/emails/answered.txt",
        context=context,
        about=f"application:{fresh.pk}",
    )
    return request


@transaction.atomic
def propose(*, application: Application, actor: Any, now: datetime, reason: str = "") -> None:
    """Send the file to the signatory."""
    desk_on(application, actor, now)
    if not Review.objects.filter(application=application, given_at__isnull=False).exists():
        raise NoOpinion("Il faut au moins un avis rendu avant de proposer le dossier.")
    move(application=application, verb="propose", actor=actor, reason=reason.strip())


@transaction.atomic
def send_back(*, application: Application, reason: str, actor: Any, now: datetime) -> None:
    """The signatory wants more instruction, and says why."""
    fresh = locked(application)
    sending = access.may_send_back(actor_on(actor, in_paris(now).date()), fresh)
    require(sending, by=actor, subject=f"application:{fresh.pk}")
    if not reason.strip():
        raise BadRequest("Dites pourquoi vous renvoyez ce dossier.", field="reason")
    move(application=application, verb="send_back", actor=actor, reason=reason.strip())
    context = {"application": fresh, "reason": reason.strip(), "link": _link("review:file", fresh)}
    for address in sorted({r.reviewer.email for r in fresh.reviews.select_related("reviewer")}):
        send(
            to=address,
            template="review/emails/sent_back.txt",
            context=context,
            about=f"application:{fresh.pk}",
        )


def write_to_applicant(
    application: Application, template: str, context: Mapping[str, Any], path: str = "review:answer"
) -> None:
    """One e-mail to whoever filed the request, and one to the organisation's own address."""
    writer = application.filed_by or application.created_by
    addresses = {writer.email, application.organisation.email} - {""}
    full = {"application": application, "link": _link(path, application), **context}
    for address in sorted(addresses):
        send(to=address, template=template, context=full, about=f"application:{application.pk}")


def content_of(review: Review) -> dict[str, Any]:
    """An opinion whole, for the journal: from it alone the opinion can be written again."""
    scores = review.scores.select_related("criterion").order_by("criterion__position")
    return {
        "review": review.pk,
        "reviewer": review.reviewer_id,
        "level": review.level,
        "edition": review.edition,
        "replaces": review.replaces_id,
        "given_at": review.given_at.isoformat() if review.given_at else None,
        "opinion": review.opinion,
        "reasons": review.reasons,
        "proposed_cents": review.proposed_cents,
        "scores": [
            {
                "criterion": s.criterion.code,
                "value": s.value,
                "scale_max": s.criterion.scale_max,
                "weight": s.criterion.weight,
                "reason": s.reason,
            }
            for s in scores
        ],
        "grid": review.application.call.grid_digest,
    }


def desk_on(application: Application, user: Any, now: datetime) -> Actor:
    fresh = locked(application)
    person = actor_on(user, in_paris(now).date())
    about = f"application:{fresh.pk}"
    require(access.may_instruct(person, fresh), by=user, subject=about)
    return person


def _own_draft(review: Review, version: int, actor: Any, now: datetime) -> Review:
    application = locked(review.application)
    fresh = Review.objects.select_for_update().get(pk=review.pk)
    fresh.application = application
    if fresh.reviewer_id != actor.pk:
        require(Answer(False, "Cet avis est celui d'une autre personne."), by=actor)
    reviewing = access.may_review(actor_on(actor, in_paris(now).date()), application)
    require(reviewing, by=actor, subject=f"application:{application.pk}")
    if fresh.given_at is not None:
        raise AlreadyGiven("Cet avis est rendu : il ne change plus.")
    _in_review(application)
    if fresh.version != version:
        raise StaleReview(fresh)
    return fresh


def _in_review(application: Application) -> None:
    if application.state != State.IN_REVIEW:
        raise NotInReview(
            f"Ce dossier est maintenant « {application.get_state_display()} » : "
            "les avis sont fermés. Rechargez la page pour voir où il en est."
        )


def log_review(review: Review, by: Any, action: str, data: Mapping[str, Any]) -> None:
    subject = f"application:{review.application_id}"
    record(actor=by, action=action, subject=subject, reason=review.reasons, data=dict(data))


def _link(name: str, application: Application) -> str:
    return settings.SITE_URL + reverse(name, args=[application.number])
