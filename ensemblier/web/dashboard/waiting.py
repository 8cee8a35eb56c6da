"""What waits for a person: full sentences with a link, the most pressing first."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse

from ensemblier.base.pages.formats import day as written
from ensemblier.base.pages.formats import euros, in_paris
from ensemblier.base.people.access import Actor
from ensemblier.base.people.models import Role
from ensemblier.engines.law.subsidies import payment_due_days
from ensemblier.fund.agreements.access import in_sight as agreements_in_sight
from ensemblier.fund.agreements.models import Agreement, Signature
from ensemblier.fund.applications.models import Application, State
from ensemblier.fund.calls.instants import instant
from ensemblier.fund.jury.models import Poll, Voter
from ensemblier.fund.monitoring.models import Report
from ensemblier.fund.payments import remainders
from ensemblier.fund.payments.access import pays_for
from ensemblier.fund.payments.models import Payment
from ensemblier.fund.review.listing import files_for
from ensemblier.fund.review.models import ComplementRequest, Review

MEMBERS = (Role.APPLICANT, Role.REPRESENTATIVE)
NAMED = 5  # so many files are named one by one


class Thing(NamedTuple):
    """One thing to do."""

    sentence: str
    label: str
    url: str
    late: bool = False


def many(number: int, one: str, several: str) -> str:
    return one if number == 1 else several.format(number)


def waiting_for(actor: Actor, now: datetime) -> list[Thing]:
    """Everything that waits, late things first."""
    today = in_paris(now).date()
    things: list[Thing] = []
    if actor.has(*MEMBERS):
        things += for_members(actor, now)
    if actor.has(Role.SIGNATORY):
        things += for_signatory(actor)
    if actor.has(Role.PAYER):
        things += for_payer(actor, today)
    if actor.has(Role.INSTRUCTOR, Role.PROGRAMME):
        things += for_desk(actor, today)
    if actor.has(Role.PAYER, Role.INSTRUCTOR, Role.PROGRAMME):
        things += came_back(actor)
    if actor.has(Role.NETWORK_HEAD):
        things += for_network(actor)
    return sorted(things, key=lambda thing: not thing.late)


def for_jury(actor: Actor) -> list[Thing]:
    """An open vote waits for who has not voted, then for the chair. Two queries."""
    open_votes = Voter.objects.filter(poll__closed_at=None)
    mine = open_votes.filter(seat__user=actor.user.pk, way=Voter.Way.NOT_YET)
    things = [
        Thing(
            f"Le vote du {written(row.poll.sitting.held_on)} est ouvert. Votre voix compte.",
            "Écouter et voter",
            reverse("jury:projects", args=[row.poll.sitting_id]),
        )
        for row in mine.select_related("poll__sitting")[:NAMED]
    ]
    presided = Poll.objects.filter(closed_at=None, sitting__jury__chair=actor.user.pk)
    counted = presided.annotate(
        of=Count("voters"), missing=Count("voters", filter=Q(voters__way=Voter.Way.NOT_YET))
    )
    return things + [to_close(row) for row in counted.select_related("sitting")[:NAMED]]


def to_close(poll: Any) -> Thing:
    when = written(poll.sitting.held_on)
    told = f"Ont voté par cartes : {poll.of - poll.missing} jurés sur {poll.of}."
    if poll.missing == 0:
        told = "Tous ont voté par cartes : vous pouvez le clore."
    return Thing(
        f"Le vote du {when} est ouvert. {told}",
        "Ouvrir la séance",
        reverse("jury:sitting", args=[poll.sitting_id]),
    )


def for_members(actor: Actor, now: datetime) -> list[Thing]:
    """The organisation's own files. Four queries."""
    today = in_paris(now).date()
    own = actor.organisations(*MEMBERS)
    things = []
    for request in ComplementRequest.objects.filter(
        ComplementRequest.OPEN, application__organisation__in=own
    ).select_related("application")[:NAMED]:
        things.append(
            Thing(
                f"Répondez avant le {written(request.due_on)} à la demande de compléments sur "
                f"« {request.application.title} ».",
                "Répondre",
                reverse("review:answer", args=[request.application.number]),
                request.due_on < today,
            )
        )
    things += [to_finish(row) for row in drafts(own, now)[:NAMED]]
    rows = Agreement.objects.filter(decision__application__organisation__in=own)
    things += [
        to_sign(row) for row in rows.filter(state=Agreement.State.SENT).exclude(
            signatures__organisation__in=own
        )[:NAMED]
    ]  # fmt: skip
    reports = Report.objects.filter(
        agreement__in=rows, state__in=[Report.State.DRAFT, Report.State.RETURNED]
    )
    things += [to_report(row, today) for row in reports.select_related("agreement")[:NAMED]]
    return things


def drafts(own: set[int], now: datetime) -> QuerySet[Application]:
    """Those that can still be sent: once the call is closed, nothing is left to do."""
    rows = Application.objects.filter(
        organisation__in=own, state=State.DRAFT, call__closes_at__gt=now
    )
    return rows.select_related("call")


def to_finish(application: Application) -> Thing:
    call = application.call
    return Thing(
        f"Terminez et déposez « {application.title} » avant le "
        f"{instant(call.closes_at, call.zone)}.",
        "Continuer le dossier",
        reverse("applications:detail", args=[application.number]),
    )


def to_sign(agreement: Agreement) -> Thing:
    return Thing(
        f"Signez la convention {agreement.number} pour votre organisation.",
        "Lire et signer",
        reverse("agreements:detail", args=[agreement.number]),
    )


def to_report(report: Report, today: date) -> Thing:
    return Thing(
        f"Rendez le {report.get_kind_display()} de la convention {report.agreement.number} avant "
        f"le {written(report.due_on)}.",
        "Remplir le bilan",
        reverse("monitoring:report", args=[report.pk]),
        report.due_on < today,
    )


def for_desk(actor: Actor, today: date) -> list[Thing]:
    """Files of the territory. One query."""
    late = ComplementRequest.objects.filter(ComplementRequest.OPEN, due_on__lt=today)
    counts = files_for(actor).aggregate(
        filed=Count("pk", filter=Q(state=State.FILED)),
        mine=Count("pk", filter=Q(Exists(own_drafts(actor)), state=State.IN_REVIEW)),
        late=Count("pk", filter=Q(Exists(late.filter(application=OuterRef("pk"))))),
        ready=Count("pk", filter=Q(Exists(given()), state=State.IN_REVIEW)),
        funded=Count("pk", filter=Q(state=State.FUNDED, decision__agreement__isnull=True)),
        reports=Count(
            "pk", filter=Q(decision__agreement__reports__state=Report.State.FILED), distinct=True
        ),
    )
    desk = reverse("review:inbox")
    shown = [
        ("late", "Un dossier attend des compléments depuis trop longtemps : relancez le porteur.",
         "{} dossiers attendent des compléments depuis trop longtemps : relancez les porteurs.",
         "Voir ces dossiers", f"{desk}?etat={State.INCOMPLETE}"),
        ("filed", "Un dossier déposé attend d'être pris en instruction.",
         "{} dossiers déposés attendent d'être pris en instruction.",
         "Voir les dossiers déposés", f"{desk}?etat={State.FILED}"),
        ("mine", "Vous avez un avis commencé à rendre.", "Vous avez {} avis commencés à rendre.",
         "Voir les dossiers en instruction", f"{desk}?etat={State.IN_REVIEW}"),
        ("ready", "Un dossier a reçu un avis et peut être proposé à la décision.",
         "{} dossiers ont reçu un avis et peuvent être proposés à la décision.",
         "Voir les dossiers en instruction", f"{desk}?etat={State.IN_REVIEW}"),
        ("funded", "Un dossier retenu attend sa convention.",
         "{} dossiers retenus attendent leur convention.",
         "Préparer les conventions", reverse("agreements:list")),
        ("reports", "Un bilan déposé attend votre contrôle.",
         "{} bilans déposés attendent votre contrôle.",
         "Voir les conventions", reverse("agreements:list")),
    ]  # fmt: skip
    return [
        Thing(many(counts[name], one, several), label, url, name == "late")
        for name, one, several, label, url in shown
        if counts[name]
    ]


def own_drafts(actor: Actor) -> QuerySet[Review]:
    return Review.objects.filter(
        application=OuterRef("pk"), reviewer=actor.user, given_at__isnull=True
    )


def given() -> QuerySet[Review]:
    return Review.objects.filter(application=OuterRef("pk"), given_at__isnull=False)


def for_network(actor: Actor) -> list[Thing]:
    """Files of members on which the network may still speak. One query."""
    heads = actor.organisations(Role.NETWORK_HEAD)
    spoken = Review.objects.filter(
        application=OuterRef("pk"), reviewer=actor.user, given_at__isnull=False
    )
    rows = Application.objects.filter(
        ~Exists(spoken), organisation__head__in=heads, state=State.IN_REVIEW
    )
    return [
        Thing(
            f"Donnez l'avis de votre réseau sur « {row.title} ».",
            "Ouvrir le dossier",
            reverse("review:file", args=[row.number]),
        )
        for row in rows[:NAMED]
    ]


def for_signatory(actor: Actor) -> list[Thing]:
    """Proposed files and agreements that only lack the State's signature. Two queries."""
    proposed = files_for(actor).filter(state=State.PROPOSED).count()
    things = []
    if proposed:
        sentence = many(
            proposed,
            "Un dossier proposé attend votre décision.",
            "{} dossiers proposés attendent votre décision.",
        )
        things.append(Thing(sentence, "Décider", reverse("decisions:inbox")))
    by_organisation = Signature.objects.filter(
        agreement=OuterRef("pk"),
        organisation=OuterRef("decision__application__organisation"),
    )
    rows = Agreement.objects.filter(
        Exists(by_organisation),
        state=Agreement.State.SENT,
        decision__application__in=files_for(actor),
    )
    things += [
        Thing(
            f"L'organisation a signé la convention {row.number} : signez pour l'État.",
            "Lire et signer",
            reverse("agreements:detail", args=[row.number]),
        )
        for row in rows[:NAMED]
    ]
    return things


def for_payer(actor: Actor, today: date) -> list[Thing]:
    """Payments certified by someone else, with their age beside the law's. One query."""
    limit = payment_due_days(today)
    rows = Payment.objects.filter(
        state=Payment.State.RESERVED,
        instalment__agreement__decision__application__in=Application.objects.filter(
            agreements_in_sight(actor)
        ),
    ).annotate(
        number=F("instalment__agreement__number"),
        payee=F("instalment__agreement__decision__application__organisation__name"),
    )
    return [to_pay(row, today, limit) for row in rows.order_by("reserved_at")[:NAMED]]


def to_pay(payment: Payment, today: date, limit: int) -> Thing:
    age = (today - in_paris(payment.reserved_at).date()).days
    since = many(age, "depuis 1 jour", "depuis {} jours") if age else "depuis aujourd'hui"
    return Thing(
        f"Payez {payment.payee} ({payment.number}), certifié {since} ; la loi en donne {limit}.",
        "Payer",
        reverse("payments:pay", args=[payment.pk]),
        age > limit,
    )


def came_back(actor: Actor) -> list[Thing]:
    """Money that came back to closed agreements: the desk gives it to the envelopes, a payer what
    came back twice to the organisation. One query when there is none, six at most."""
    desk, things = actor.has(Role.INSTRUCTOR, Role.PROGRAMME), []
    for row in remainders.waiting(agreements_in_sight(actor)):
        number = row.agreement.number
        if row.due and desk:
            things.append(
                Thing(
                    f"{euros(row.due)} sont revenus après la clôture de la convention {number} : "
                    "rendez-les aux enveloppes.",
                    "Rendre aux enveloppes",
                    reverse("payments:close", args=[number]),
                )
            )
        if row.over and pays_for(actor, row.agreement):
            name = row.agreement.decision.application.organisation.name
            things.append(
                Thing(
                    f"{euros(row.over)} sont revenus deux fois sur la convention {number} : "
                    f"rendez-les à {name}.",
                    "Rendre à l'organisation",
                    reverse("payments:refund", args=[number]),
                )
            )
    return things[:NAMED]
