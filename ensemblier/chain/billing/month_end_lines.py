"""The lines of a month: shared and posted batch after batch, each batch whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from django.db import connection, transaction
from django.db.models import Q

from ensemblier.base.chains.models import Site
from ensemblier.base.ledger.actions import EnvelopeExhausted, Line, transfer_many
from ensemblier.base.ledger.models import Account, Transfer
from ensemblier.base.people.models import Organisation
from ensemblier.base.refusal import Refusal
from ensemblier.chain.billing import posting
from ensemblier.chain.billing.models import MonthEnd
from ensemblier.chain.cofinancing import actions as cofinancing
from ensemblier.chain.cofinancing.many import Outcome, Sharer, chunks
from ensemblier.chain.cofinancing.models import Scheme
from ensemblier.chain.cofinancing.refusals import AgreementClosed
from ensemblier.chain.cofinancing.waiting import WaitingLine, waiting, waiting_after
from ensemblier.chain.distribution.models import SaleLine

MOST_TOLD = 50
UNKNOWN = "le dispositif « {} » n'existe pas dans cette filière"


class Turn(NamedTuple):
    """What every batch needs: which run, how many lines at once, who asks, what time it is."""

    run_id: int
    batch: int
    actor: Any
    clock: Callable[[], datetime]
    shown: Callable[[MonthEnd], None]


class Accounts:
    """The accounts of the books behind places and organisations, read once."""

    def __init__(self, run: MonthEnd) -> None:
        self.chain = run.chain
        self.clear()

    def clear(self) -> None:
        """Forget them: what was opened in a transaction that is given up does not exist."""
        self._found: dict[tuple[str, int], Account] = {}

    def person(self, site_id: int, buyer_id: int | None) -> Account:
        if buyer_id is None:
            return self._kept("till", site_id, lambda: posting.till_account(self._site(site_id)))
        return self._kept(
            "buyer", buyer_id, lambda: posting.buyer_account(self.chain, self._of(buyer_id))
        )

    def seller(self, pk: int) -> Account:
        return self._kept("seller", pk, lambda: posting.seller_account(self.chain, self._of(pk)))

    def _kept(self, role: str, pk: int, opened: Callable[[], Account]) -> Account:
        if (role, pk) not in self._found:
            self._found[role, pk] = opened()
        return self._found[role, pk]

    def _site(self, pk: int) -> Site:
        return Site.objects.select_related("chain").get(pk=pk)

    def _of(self, pk: int) -> Organisation:
        return Organisation.objects.get(pk=pk)


def held(run_id: int) -> MonthEnd:
    """The run, held until the end of the transaction: one process at a time works on it."""
    rows = MonthEnd.objects.filter(pk=run_id)
    if connection.vendor == "postgresql":
        rows = rows.select_for_update(no_key=True)
    return rows.get()


def count(run: MonthEnd) -> int:
    """How many lines a run will look at."""
    known = Scheme.objects.filter(chain=run.chain).values("code")
    rows = SaleLine.objects.filter(chain=run.chain, day__lte=run.until)
    return rows.filter(scheme__in=known, shared=None).count() + rows.filter(scheme="").count()


def share_all(turn: Turn, run: MonthEnd) -> None:
    """Every line of every scheme: its shares, and their moves in the books."""
    accounts = Accounts(run)
    for scheme in Scheme.objects.filter(chain=run.chain).order_by("pk"):
        sharer = Sharer(scheme)
        while shared := share_some(turn, sharer, accounts):
            turn.shown(shared)
    note_unknown_schemes(turn)


@transaction.atomic
def share_some(turn: Turn, sharer: Sharer, accounts: Accounts) -> MonthEnd | None:
    """The next lines of a scheme; None when there are none left, or the phase is over."""
    run, scheme = held(turn.run_id), sharer.scheme
    after = _after(run, scheme)
    if run.phase != MonthEnd.Phase.SHARES or after is DONE:
        return None
    lines = waiting_after(run.chain, scheme.code, run.until, after, turn.batch)
    if not lines:
        return None
    try:
        with transaction.atomic():
            outcomes = sharer.share(lines)
            moves = moves_of(scheme.code, outcomes, accounts, turn.actor)
            transfers = transfer_many(moves) if moves else 0
    except (EnvelopeExhausted, AgreementClosed):
        # An account of the books is at its end, or closed: line by line, to refuse only some.
        accounts.clear()
        outcomes, transfers = share_one_by_one(lines, turn.actor)
    last = lines[-1]
    run.cursor = [scheme.pk, last.day.isoformat(), last.pk]
    return advance(turn, run, len(lines), transfers, refusals_of(outcomes))


# A scheme that comes before that of the cursor has no line left.
DONE = (date.min, -1)


def _after(run: MonthEnd, scheme: Scheme) -> tuple[date, int] | None:
    if not run.cursor or run.cursor[0] < scheme.pk:
        return None
    if run.cursor[0] > scheme.pk:
        return DONE
    return date.fromisoformat(run.cursor[1]), run.cursor[2]


def moves_of(code: str, outcomes: Iterable[Outcome], accounts: Accounts, actor: Any) -> list[Line]:
    """What `posting.post_line` moves for each of these lines, under the same keys."""
    moves = []
    for line, parts, _ in outcomes:
        if not parts:
            continue
        person = accounts.person(line.site_id, line.buyer_id)
        seller = accounts.seller(line.seller_id)
        for part in parts:
            payer = person if part.payer is None else part.payer.account
            posted = posting.Posted(
                line.pk, line.key, code, line.day, part.rank, part.cents, part.reason
            )
            if move := posting.part_move(posted, payer=payer, seller=seller, actor=actor):
                moves.append(move)
    return moves


def share_one_by_one(lines: Sequence[WaitingLine], actor: Any) -> tuple[list[Outcome], int]:
    outcomes, transfers = [], 0
    rows = SaleLine.objects.select_related("chain", "site__chain", "seller", "buyer", "product")
    for waits in lines:
        line = rows.get(pk=waits.pk)
        try:
            with transaction.atomic():
                shares = cofinancing.share_line(line=line, actor=actor)
                transfers += posting.post_line(line, shares, actor)
        except Refusal as refusal:
            outcomes.append(Outcome(waits, [], str(refusal)))
        else:
            outcomes.append(Outcome(waits, []))
    return outcomes, transfers


def refusals_of(outcomes: Iterable[Outcome]) -> list[tuple[int, str]]:
    """What still asks for somebody: a line that was undone since asks nothing, nor its opposite."""
    told = {out.line.pk: out.refusal for out in outcomes if out.refusal and not out.line.undoes_id}
    for some in chunks(told):
        for pk in SaleLine.objects.filter(undoes__in=some).values_list("undoes", flat=True):
            del told[pk]
    return list(told.items())


@transaction.atomic
def note_unknown_schemes(turn: Turn) -> None:
    """The lines of a scheme that the chain does not have, and the end of this phase."""
    run = held(turn.run_id)
    if run.phase != MonthEnd.Phase.SHARES:
        return
    known = Scheme.objects.filter(chain=run.chain).values("code")
    rows = SaleLine.objects.filter(chain=run.chain, day__lte=run.until, shared=None)
    rows = rows.filter(undoes=None, undone_by=None)
    rows = rows.exclude(Q(scheme="") | Q(scheme__in=known)).order_by("day", "pk")
    run.refused += rows.count()
    told = rows.values_list("pk", "scheme")[: MOST_TOLD - len(run.refusals)]
    run.refusals += [[pk, UNKNOWN.format(code)] for pk, code in told]
    run.phase, run.cursor, run.moved_at = MonthEnd.Phase.SALES, [], turn.clock()
    run.save()


def post_others(turn: Turn, run: MonthEnd) -> None:
    """Lines without a scheme: the buyer, or the till, pays it all."""
    accounts = Accounts(run)
    while posted := post_some(turn, accounts):
        turn.shown(posted)


OTHER_FIELDS = ("pk", "key", "day", "price_cents", "site_id", "seller_id", "buyer_id", "undoes_id")


@transaction.atomic
def post_some(turn: Turn, accounts: Accounts) -> MonthEnd | None:
    """The next ones that the books do not hold; None when there are none left."""
    run = held(turn.run_id)
    if run.phase != MonthEnd.Phase.SALES:
        return None
    rows = SaleLine.objects.filter(chain=run.chain, scheme="", day__lte=run.until)
    rows = rows.filter(pk__gt=run.cursor[0] if run.cursor else 0).order_by("pk")
    lines = list(rows.values_list(*OTHER_FIELDS)[: turn.batch])
    if not lines:
        run.phase, run.cursor, run.moved_at = MonthEnd.Phase.INVOICES, [], turn.clock()
        run.save()
        return None
    known = known_keys(uuid5(line[1], "share:0") for line in lines)
    moves = []
    for pk, key, day, price, site, seller, buyer, undoes in lines:
        if not price:
            continue
        told = (0, -price if undoes else price, posting.OUTSIDE)
        move = posting.part_move(
            posting.Posted(pk, key, "", day, *told),
            payer=accounts.person(site, buyer),
            seller=accounts.seller(seller),
            actor=turn.actor,
        )
        if move and move.key not in known:
            moves.append(move)
    transfers = transfer_many(moves) if moves else 0
    run.cursor = [lines[-1][0]]
    return advance(turn, run, len(lines), transfers, [])


def known_keys(keys: Iterable[UUID]) -> set[UUID]:
    """Those that the books hold: a till that sells posts at once."""
    return {
        key
        for some in chunks(keys)
        for key in Transfer.objects.filter(key__in=some).values_list("key", flat=True)
    }


def advance(
    turn: Turn, run: MonthEnd, lines: int, transfers: int, refused: list[tuple[int, str]]
) -> MonthEnd:
    """Note how far the run is, in the transaction of the batch itself."""
    run.lines += lines
    run.transfers += transfers
    run.refused += len(refused)
    run.refusals += [list(one) for one in refused[: max(0, MOST_TOLD - len(run.refusals))]]
    run.moved_at = turn.clock()
    run.save()
    return run


def still_waiting(run: MonthEnd) -> int:
    """Lines of schemes up to the day of a run that have no shares."""
    schemes = Scheme.objects.filter(chain=run.chain)
    return sum(waiting(run.chain, scheme.code, run.until).count() for scheme in schemes)
