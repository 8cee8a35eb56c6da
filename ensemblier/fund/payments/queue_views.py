"""What waits: to certify, to pay, late; several at once; and what was settled lately."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import uuid5

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from ensemblier.base.pages.formats import euros
from ensemblier.base.people.access import guard
from ensemblier.base.people.models import Organisation, Role
from ensemblier.base.refusal import Refusal
from ensemblier.engines.law.subsidies import payment_due_days
from ensemblier.fund.agreements.access import in_sight
from ensemblier.fund.agreements.models import Agreement, PartyPayment
from ensemblier.fund.applications.models import Application
from ensemblier.fund.payments import access, actions, cofunding, remainders
from ensemblier.fund.payments.confirming import confirm
from ensemblier.fund.payments.forms import ManyForm
from ensemblier.fund.payments.models import Payment
from ensemblier.fund.payments.queues import hindrances, in_sight_of, with_something
from ensemblier.fund.payments.views import BADGES
from ensemblier.fund.payments.ways import PUBLIC, Way, payer_of, way_of
from ensemblier.fund.payments.where import Track, tracks, with_the_way

MOST = 300


class Queue(NamedTuple):
    """What is to certify and to pay, the most pressing first; `more`: the page holds no more."""

    tracks: list[Track]
    more: bool


def open_tracks(actor: Any) -> Queue:
    """Instalments to certify or to pay, of signed agreements in sight. Those of an agreement that
    only waits for its report take nobody's place."""
    seen = Agreement.objects.filter(
        decision__application__in=Application.objects.filter(in_sight(actor)),
        state=Agreement.State.SIGNED,
    ).order_by("signed_at", "pk")
    wanted = [list(rows.values_list("pk", flat=True)[: MOST + 1]) for rows in with_something(seen)]
    kept = {pk for keys in wanted for pk in keys[:MOST]}
    rows = Agreement.objects.filter(pk__in=kept).order_by("signed_at", "pk")
    found = [t for t in tracks(with_the_way(rows), timezone.now()) if not t.is_paid]
    found.sort(key=lambda t: (t.due_on is None, t.due_on, t.instalment.pk))
    return Queue(found, any(len(keys) > MOST for keys in wanted))


@guard(access.may_list)
def index(request: HttpRequest) -> HttpResponse:
    """The payer's day: what is to certify, to pay, late, and what was settled lately."""
    actor = request.actor  # type: ignore[attr-defined]
    found, more = open_tracks(actor)
    to_pay = [t for t in found if t.payment is not None]
    pays = actor.has(Role.PAYER)
    barred = _barred(actor, to_pay) if pays else {}
    owed = _owed(actor)
    settled = in_sight_of(actor).exclude(state=Payment.State.RESERVED)
    context = {
        "to_certify": [t for t in found if t.waits_for_certificate],
        "to_pay": [(t, way_of(t.agreement), barred.get(t.payment.pk)) for t in to_pay if t.payment],
        "late": [t for t in found if t.late_days],
        "more": MOST if more else 0,
        "settled": [
            (row, BADGES[row.state]) for row in settled.order_by("-settled_at", "-pk")[:50]
        ],
        "days": payment_due_days(timezone.localdate()),
        "pays": pays,
        "certifies": actor.has(Role.PROGRAMME, Role.INSTRUCTOR),
        "funders": _funders(actor, to_pay, owed),
        "owed": owed,
        "back": _back(actor),
        "imports": access.may_import_chorus(actor).allowed,
        "files": access.may_open_files(actor).allowed,
        "to_pay_count": len(to_pay) + len(owed),
        "waiting_cents": sum(t.instalment.amount_cents for t in to_pay)
        + sum(row.amount_cents for row in owed),
    }
    return render(request, "payments/index.html", context)


def _back(actor: Any) -> list[tuple[remainders.Late, bool, bool]]:
    """What came back after a closing; whether this person's role gives it back to the envelopes,
    and to the organisation. The act asks the rest."""
    desk = actor.has(Role.PROGRAMME, Role.INSTRUCTOR)
    return [
        (row, desk and row.due > 0, row.over > 0 and access.pays_for(actor, row.agreement))
        for row in remainders.waiting(in_sight(actor))
    ]


def _barred(actor: Any, to_pay: Sequence[Track]) -> dict[int, Any]:
    payments = []
    for track in to_pay:
        assert track.payment is not None
        # The rule reads the agreement from the payment: hand it the one already fetched.
        track.instalment.agreement = track.agreement
        track.payment.instalment = track.instalment
        payments.append(track.payment)
    return hindrances(actor, payments)


def _paid_by_file(actor: Any) -> dict[int, Organisation]:
    return {
        mandate.organisation_id: mandate.organisation
        for mandate in actor.mandates
        if mandate.role == Role.PAYER and mandate.organisation.kind not in PUBLIC
    }


def _owed(actor: Any) -> list[PartyPayment]:
    """What the funders of this person owe as co-funders, and is in no file yet."""
    own = _paid_by_file(actor)
    return list(cofunding.owed_by(own)[:MOST]) if own else []


def _funders(actor: Any, to_pay: Sequence[Track], owed: Sequence[PartyPayment]) -> list[Any]:
    """The funders for which this person makes transfer files, with something to pay or not."""
    own = _paid_by_file(actor)
    waiting: dict[int, int] = dict.fromkeys(own, 0)
    for row in owed:
        waiting[row.party.organisation_id] += 1
    for track in to_pay:
        payer = payer_of(track.agreement)
        ordered = getattr(track.payment, "ordered", [])
        free = not ordered and track.held is None
        if payer.pk in own and way_of(track.agreement) is Way.FILE and free:
            waiting[payer.pk] += 1
    return [(own[pk], count) for pk, count in waiting.items()]


@guard(access.may_certify_many)
def certify_many(request: HttpRequest) -> HttpResponse:
    """Certify several instalments; each is checked by itself, and what is refused is said."""
    actor = request.actor  # type: ignore[attr-defined]
    waiting = [t for t in open_tracks(actor).tracks if t.waits_for_certificate]
    waiting = [t for t in waiting if actor.user.pk != t.agreement.decision.signatory_id]
    by_pk = {str(t.instalment.pk): t for t in waiting}

    def act(typed: dict[str, Any]) -> HttpResponse | None:
        refused = []
        for pk in typed["chosen"]:
            try:
                actions.certify(
                    key=uuid5(typed["key"], f"instalment:{pk}"),
                    instalment=by_pk[pk].instalment,
                    actor=request.user,
                    now=timezone.now(),
                )
            except Refusal as refusal:
                refused.append(f"{by_pk[pk].agreement.number} : {refusal.message}")
        if refused:
            done = len(typed["chosen"]) - len(refused)
            raise actions.PaymentRefused(
                f"{done} échéance(s) certifiée(s), {len(refused)} refusée(s). {' '.join(refused)}"
            )
        return None

    return confirm(
        request,
        back=reverse("payments:inbox"),
        form_class=ManyForm,
        options={"choices": [(t.instalment.pk, _label(t)) for t in waiting]},
        act=act,
        words={
            "title": "Certifier plusieurs échéances",
            "eyebrow": "Versements",
            "will_happen": [
                "Vous attestez que le service est fait pour chaque ligne cochée.",
                "Chaque montant est réservé ; une autre personne paie ou refuse.",
            ],
            "button": "Certifier les échéances cochées",
            "done": "Les échéances cochées sont certifiées.",
        },
    )


def _label(track: Track) -> str:
    organisation = track.agreement.decision.application.organisation
    return (
        f"{organisation.name}, convention {track.agreement.number}, échéance "
        f"{track.instalment.position} : {euros(track.instalment.amount_cents)}"
    )
