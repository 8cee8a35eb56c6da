"""The month's end of a chain: shares, ledger entries and documents of all that was sold.

One command that may be cut anywhere and asked again: each batch of lines and each document is one
transaction, which also notes how far the run is. See docs/decisions/0012.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4, uuid5

from django.db import IntegrityError, transaction

from ensemblier.base.chains.models import Chain
from ensemblier.base.journal.actions import record
from ensemblier.base.pages.formats import in_paris
from ensemblier.base.people.models import Organisation
from ensemblier.base.refusal import Refusal
from ensemblier.chain.billing import calls, documents, queries
from ensemblier.chain.billing.freezing import Asked
from ensemblier.chain.billing.models import Document, DocumentKind, MonthEnd
from ensemblier.chain.billing.month_end_lines import (
    MOST_TOLD,
    Turn,
    count,
    held,
    post_others,
    share_all,
)
from ensemblier.chain.billing.posting import post_undone
from ensemblier.chain.billing.refusals import (
    BadPeriod,
    DatedBefore,
    DatedInTheFuture,
    NotElectronic,
    NothingToBill,
    SiretMissing,
)
from ensemblier.chain.stock.models import Movement

BATCH = 10_000
STUCK = timedelta(minutes=5)
Phase = MonthEnd.Phase
# One document to write: its phase's word, what writes it, and how it is said.
Wanted = tuple[str, Callable[[Asked], Document], str]


class OtherMonthEnd(Refusal):
    """A run up to another day is not over."""

    status = 409

    def __init__(self, until: date) -> None:
        super().__init__(
            f"Une clôture jusqu'au {until:%d/%m/%Y} n'est pas terminée. Reprenez-la d'abord, avec "
            "cette date.",
            field="until",
        )


def quiet(run: MonthEnd) -> None:
    """For whoever does not watch."""


def close_month(
    *,
    chain: Chain,
    until: date,
    day: date,
    actor: Any,
    clock: Callable[[], datetime],
    progress: Callable[[MonthEnd], None] = quiet,
    batch: int = BATCH,
) -> MonthEnd:
    """Share, post and bill all that waits up to `until`; `day` is that of the documents.

    Not one transaction but many: asked again after a cut, it goes on where it was, with the day
    it had. `progress` is called after each batch and each document.
    """
    run = start(chain=chain, until=until, day=day, actor=actor, now=clock())
    turn = Turn(run.pk, batch, actor, clock, progress)
    progress(run)
    share_all(turn, run)
    post_others(turn, run)
    with transaction.atomic():
        post_undone(run.chain, run.until, actor)
    for phase, following, wanted in (
        (Phase.INVOICES, Phase.SELF_BILLED, invoices),
        (Phase.SELF_BILLED, Phase.CALLS, self_billed),
        (Phase.CALLS, Phase.OVER, funder_calls),
    ):
        _freeze_all(turn, phase, following, wanted)
    return end(run_id=run.pk, actor=actor, now=clock())


def start(*, chain: Chain, until: date, day: date, actor: Any, now: datetime) -> MonthEnd:
    """The run that was cut, or a new one."""
    if day < until:
        raise BadPeriod("La période n'est pas finie à la date des pièces.", field="day")
    if day > (today := in_paris(now).date()):
        raise DatedInTheFuture(day, today)
    known = _open_run(chain)
    if known is None:
        try:
            with transaction.atomic():
                return _new(chain, until, day, actor, now)
        except IntegrityError:
            known = _open_run(chain)
            if known is None:
                raise
    if known.until != until:
        raise OtherMonthEnd(known.until)
    return known


@transaction.atomic
def ask(*, chain: Chain, until: date, day: date, actor: Any, now: datetime) -> MonthEnd:
    """Start a run, or take up one that was cut, in the background. Asked twice, one works."""
    from ensemblier.chain.billing.tasks import go_on

    if until >= in_paris(now).date():
        raise BadPeriod("Une clôture porte sur des jours passés.", field="until")
    under_way = _open_run(chain)
    run = start(chain=chain, until=until, day=day, actor=actor, now=now)
    if under_way is None or is_stuck(run, now):
        MonthEnd.objects.filter(pk=run.pk).update(moved_at=now)
        go_on.enqueue(run.pk, actor.pk)
    return run


def is_stuck(run: MonthEnd, now: datetime) -> bool:
    """Nothing moved for a while: the process that worked on it may be gone."""
    return now - run.moved_at > STUCK


@transaction.atomic
def end(*, run_id: int, actor: Any, now: datetime) -> MonthEnd:
    """Nothing is left to do."""
    run = held(run_id)
    if run.ended_at is None:
        run.ended_at = run.moved_at = now
        run.save(update_fields=["ended_at", "moved_at"])
        counts = {"lines": run.lines, "transfers": run.transfers, "documents": run.documents}
        record(
            actor=actor,
            action="billing.month_end_ended",
            subject=f"month_end:{run.pk}",
            data=counts | {"refused": run.refused},
        )
    return run


def _open_run(chain: Chain) -> MonthEnd | None:
    return MonthEnd.objects.filter(chain=chain, ended_at=None).select_related("chain").first()


def _new(chain: Chain, until: date, day: date, actor: Any, now: datetime) -> MonthEnd:
    run = MonthEnd(
        chain=chain,
        key=uuid4(),
        first=until.replace(day=1),
        until=until,
        day=day,
        started_at=now,
        moved_at=now,
        actor_id=getattr(actor, "pk", None),
    )
    run.lines_in_all = count(run)
    run.save(force_insert=True)
    record(
        actor=actor,
        action="billing.month_end_started",
        subject=f"month_end:{run.pk}",
        data={"until": until.isoformat(), "lines": run.lines_in_all},
    )
    return run


def invoices(run: MonthEnd) -> Iterator[Wanted]:
    """Each organisation that bought, from each seller that the lead may write for."""
    pairs = queries.lines_of_buyers(run.chain, run.until).order_by("seller", "buyer")
    waiting = {seller.pk for seller in sellers_who_wait(run)}
    for seller_id, buyer_id in pairs.values_list("seller", "buyer").distinct():
        if seller_id in waiting:
            continue
        who = {"seller": _of(seller_id), "buyer": _of(buyer_id), "written_by": run.chain.lead}
        yield (
            f"invoice:{seller_id}:{buyer_id}",
            lambda asked, who=who: documents.invoice(chain=run.chain, **who, **asked),
            f"Facture de {who['seller'].name} à {who['buyer'].name}",
        )


def self_billed(run: MonthEnd) -> Iterator[Wanted]:
    """Each grower who gave a mandate, for each buyer."""
    for buyer_id in _buyers(run):
        buyer = _of(buyer_id)
        for grower in queries.growers_to_bill(run.chain, buyer, run.until):
            if queries.mandate_on(grower, buyer, run.day):
                who = {"buyer": buyer, "grower": grower}
                yield (
                    f"self_billed:{buyer_id}:{grower.pk}",
                    lambda asked, who=who: documents.self_bill(chain=run.chain, **who, **asked),
                    f"Facture de {grower.name} à {buyer.name}",
                )


def funder_calls(run: MonthEnd) -> Iterator[Wanted]:
    """Each payer of a scheme who is asked for money."""
    for payer in (
        queries.payers_to_call(run.chain)
        .select_related("scheme__chain__lead", "organisation")
        .order_by("pk")
    ):
        if queries.shares_to_call(payer, run.until).exists():
            yield (
                f"call:{payer.pk}",
                lambda asked, payer=payer: calls.call(payer=payer, **asked),
                f"Appel de fonds à {payer.name}",
            )


def growers_who_wait(run: MonthEnd) -> list[Organisation]:
    """Whose deliveries wait for a mandate to be signed."""
    found: dict[int, Organisation] = {}
    for buyer_id in _buyers(run):
        buyer = _of(buyer_id)
        for grower in queries.growers_without_mandate(run.chain, buyer, run.until, run.day):
            found[grower.pk] = grower
    return list(found.values())


def sellers_who_wait(run: MonthEnd) -> list[Organisation]:
    """Whose sales to organisations wait until they let the lead invoice in their name."""
    return queries.sellers_without_mandate(run.chain, run.until, run.day)


def documents_of(run: MonthEnd) -> Iterator[Document]:
    """The documents that a run froze, in the order of their numbers."""
    kinds = (DocumentKind.INVOICE, DocumentKind.SELF_BILLED, DocumentKind.FUNDER_CALL)
    rows = Document.objects.filter(
        chain=run.chain,
        kind__in=kinds,
        day=run.day,
        first_day=run.first,
        last_day=run.until,
        created_at__gte=run.started_at,
    )
    return rows.order_by("pk").iterator(50)


def _freeze_all(
    turn: Turn, phase: Phase, following: Phase, wanted: Callable[[MonthEnd], Iterator[Wanted]]
) -> None:
    """Every document of a phase, one transaction each; then the next phase."""
    run = MonthEnd.objects.select_related("chain__lead").get(pk=turn.run_id)
    if run.phase != phase:
        return
    todo = list(wanted(run))
    run.documents_in_all = run.documents + len(todo)
    run.save(update_fields=["documents_in_all"])
    for each in todo:
        if done := _freeze_one(turn, phase, *each):
            turn.shown(done)
    with transaction.atomic():
        run = held(turn.run_id)
        if run.phase == phase:
            run.phase, run.moved_at = following, turn.clock()
            run.save(update_fields=["phase", "moved_at"])


@transaction.atomic
def _freeze_one(
    turn: Turn, phase: Phase, name: str, write: Callable[[Asked], Document], said: str
) -> MonthEnd | None:
    """One document, and that it is done. What somebody else froze meanwhile leaves nothing; one
    that cannot be written is told, and the others are written all the same."""
    run = held(turn.run_id)
    if run.phase != phase:
        return None
    now = turn.clock()
    asked: Asked = {
        "key": uuid5(run.key, name),
        "first": run.first,
        "last": run.until,
        "day": run.day,
        "now": now,
        "actor": turn.actor,
    }
    try:
        with transaction.atomic():
            write(asked)
    except NothingToBill:
        return run
    except (SiretMissing, NotElectronic, DatedBefore) as refusal:
        return _unwritten(run, f"{said} : {refusal.message}", now)
    run.documents, run.moved_at = run.documents + 1, now
    run.save(update_fields=["documents", "moved_at"])
    return run


def _unwritten(run: MonthEnd, why: str, now: datetime) -> MonthEnd:
    """Its facts wait for the next run."""
    if why not in run.unwritten and len(run.unwritten) < MOST_TOLD:
        run.unwritten.append(why)
    run.moved_at = now
    run.save(update_fields=["unwritten", "moved_at"])
    return run


def _buyers(run: MonthEnd) -> list[int]:
    """Who keeps a place that bought. The opposite of a purchase has no target, hence no buyer."""
    bought = Movement.objects.filter(
        lot__chain=run.chain, kind=Movement.Kind.PURCHASE, target__isnull=False
    )
    keepers = bought.order_by("target__keeper").values_list("target__keeper", flat=True)
    return list(keepers.distinct())


def _of(pk: int) -> Organisation:
    return Organisation.objects.get(pk=pk)
