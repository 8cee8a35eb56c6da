"""A month of lines shared in batches: the same rows as `share_line` writes line after line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from ensemblier.base.copying import copy_rows
from ensemblier.base.ledger import drawing
from ensemblier.base.people.models import Organisation
from ensemblier.chain.catalogue.models import Product
from ensemblier.chain.cofinancing import sharing
from ensemblier.chain.cofinancing.models import (
    CapUse,
    EnvelopeLeft,
    GroupCarry,
    Scheme,
    SchemePayer,
    SchemeVersion,
    Share,
    SharedLine,
)
from ensemblier.chain.cofinancing.queries import household_of, version_on
from ensemblier.chain.cofinancing.refusals import NOT_SHARED, AgreementClosed
from ensemblier.chain.cofinancing.rules import decimal, drawn, kept, line_id, rule_of
from ensemblier.chain.cofinancing.waiting import WaitingLine
from ensemblier.engines.cofinancing.batches import Batch, Standing, Taken, share_batch
from ensemblier.engines.cofinancing.lines import RawLine
from ensemblier.engines.cofinancing.scheme import PERIODS, PERSON, last_day, period
from ensemblier.engines.cofinancing.scheme import Scheme as Rule
from ensemblier.engines.cofinancing.split import CapKey, Draft, Refused
from ensemblier.engines.cofinancing.split import Share as EngineShare

ASKED_AT_ONCE = 10_000


class Part(NamedTuple):
    """One share of a line, as the books post it. `payer` None: the person."""

    rank: int
    payer: SchemePayer | None
    cents: int
    reason: str


class Outcome(NamedTuple):
    """A line with its parts, or why it waits."""

    line: WaitingLine
    parts: list[Part]
    refusal: str = ""


class Sharer:
    """Shares the lines of one scheme; names read once."""

    def __init__(self, scheme: Scheme) -> None:
        self.scheme = scheme
        self.payers = {payer.name: payer for payer in scheme.payers.select_related("account")}
        self.closed = drawing.closed_among([payer.account for payer in self.payers.values()])
        self._products: dict[int, tuple[str, str, str]] = {}
        self._sellers: dict[int, str] = {}

    def share(self, lines: Sequence[WaitingLine]) -> list[Outcome]:
        """In a transaction of the caller, which no other run may enter: shares and state.

        Refused whole when a line takes on an agreement that is closed: line by line, then.
        """
        self._name(lines)
        outcomes: list[Outcome] = []
        for version, some in self._runs(lines):
            if version is None:
                outcomes += [Outcome(line, [], self._why_none(line)) for line in some]
            else:
                outcomes += _Run(self, version, some).share()
        return outcomes

    def tried(self, lines: Sequence[WaitingLine]) -> list[tuple[WaitingLine, str]]:
        """The lines that would be refused where the scheme stands now, and why; nothing is kept.
        In a transaction of the caller. `pk` need not be that of a line."""
        self._name(lines)
        refused: list[tuple[WaitingLine, str]] = []
        after: dict[int, Standing] = {}
        for version, some in self._runs(lines):
            if version is None:
                refused += [(line, self._why_none(line)) for line in some]
            else:
                run = _Run(self, version, some)
                batch = run.after(after.get(version.pk))
                after[version.pk] = batch.after
                pairs = zip(some, batch.results, strict=True)
                refused += [(line, got.reason) for line, got in pairs if isinstance(got, Refused)]
        return refused

    def raw(self, line: WaitingLine, household: str) -> RawLine:
        """The line as the engine reads it (see `queries.raw_line`)."""
        code, unit, family = self._products[line.product_id]
        return RawLine(
            str(line.pk),
            line.day.isoformat(),
            self._sellers[line.seller_id],
            code,
            decimal(line.milli),
            unit,
            str(line.price_cents),
            household,
            line.tier,
            line.size,
            line.commune_code,
            "" if line.undoes_id is None else str(line.undoes_id),
            family,
            line.labels,
            "" if line.cost_cents is None else str(line.cost_cents),
            "" if line.producer_cents is None else str(line.producer_cents),
            str(line.extra_cents) if line.extra_cents else "",
        )

    def _name(self, lines: Sequence[WaitingLine]) -> None:
        new = {line.product_id for line in lines} - set(self._products)
        for pk, *facts in Product.objects.filter(pk__in=new).values_list(
            "pk", "code", "unit", "family"
        ):
            self._products[pk] = (facts[0], facts[1], facts[2])
        sellers = {line.seller_id for line in lines} - set(self._sellers)
        named = Organisation.objects.filter(pk__in=sellers)
        self._sellers.update(named.values_list("pk", "name"))

    def _runs(
        self, lines: Sequence[WaitingLine]
    ) -> Iterator[tuple[SchemeVersion | None, list[WaitingLine]]]:
        """Cut where the version changes, or a period over which it counts."""
        versions = self._versions(lines)

        def place(line: WaitingLine) -> tuple[int | None, tuple[str, ...]]:
            found = versions[line.pk]
            if found is None:
                return None, ()
            return found.pk, tuple(period(per, line.day) for per in periods_of(found))

        for _, some in groupby(lines, place):
            run = list(some)
            version = versions[run[0].pk]
            if version is not None:
                version.refresh_from_db(fields=["lines"])
            yield version, run

    def _versions(self, lines: Sequence[WaitingLine]) -> dict[int, SchemeVersion | None]:
        """The version of each line, held: that of its day, or of the line that it undoes."""
        by_day = self._held({line.day for line in lines if line.undoes_id is None})
        undone = [line.undoes_id for line in lines if line.undoes_id]
        before = {
            pk: version
            for some in chunks(undone)
            for pk, version in SharedLine.objects.filter(line_id__in=some).values_list(
                "line_id", "version_id"
            )
        }
        held = {version.pk: version for version in by_day.values() if version}
        for number in sorted(set(before.values()) - set(held)):
            held[number] = sharing.lock(number)
        found: dict[int, SchemeVersion | None] = {}
        for line in lines:
            if line.undoes_id is None:
                found[line.pk] = by_day[line.day]
            elif line.undoes_id in before:
                found[line.pk] = held[before[line.undoes_id]]
            else:
                found[line.pk] = found.get(line.undoes_id)
        return found

    def _held(self, days: set[date]) -> dict[date, SchemeVersion | None]:
        """Looked for again when publishing another version ended one meanwhile."""
        found: dict[date, SchemeVersion | None] = {}
        for _ in range(2):
            looked = {day: version_on(self.scheme, day) for day in days - set(found)}
            locked = {pk: sharing.lock(pk) for pk in sorted({v.pk for v in looked.values() if v})}
            for day, version in looked.items():
                if version is None:
                    found[day] = None
                elif (ends := locked[version.pk].ends) is None or ends >= day:
                    found[day] = locked[version.pk]
        return {day: found.get(day) for day in days}

    def _why_none(self, line: WaitingLine) -> str:
        if line.undoes_id is not None:
            return NOT_SHARED
        return f"aucune règle n'est publiée pour le {line.day:%d/%m/%Y}"


class _Run:
    """Lines of one version, which is held, over one period of each cap."""

    def __init__(
        self, sharer: Sharer, version: SchemeVersion, lines: Sequence[WaitingLine]
    ) -> None:
        self.sharer, self.version, self.lines = sharer, version, lines
        self.rule = rule_of(version.text)
        self.days = {(per, period(per, lines[0].day)): lines[0].day for per in PERIODS}
        self.originals, self.ranks = self._originals()
        self.envelopes = list(version.envelopes.order_by("rank"))
        self.carries = list(version.carries.order_by("step", "place"))
        self.uses = self._uses()

    def share(self) -> list[Outcome]:
        batch = share_batch(self.rule, self._standing(), self._raws(), self.originals)
        self._keep(batch.after)
        outcomes, places, shares = [], [], []
        rank = self.version.lines
        for line, taken in zip(self.lines, batch.results, strict=True):
            if isinstance(taken, Refused):
                why = taken.reason if line.undoes_id is None else NOT_SHARED
                outcomes.append(Outcome(line, [], why))
                continue
            rank += 1
            self.ranks[line.pk] = rank
            places.append((line.pk, self.version.pk, rank, _written(line, taken)))
            parts = list(self._parts(line, taken))
            for share, part in zip(taken.shares, parts, strict=True):
                payer = None if part.payer is None else part.payer.pk
                told = (payer, share.step, part.rank, part.cents, part.reason)
                shares.append((line.pk, self.version.pk, *told))
            outcomes.append(Outcome(line, parts))
        SchemeVersion.objects.filter(pk=self.version.pk).update(lines=rank)
        copy_rows(SharedLine._meta.db_table, PLACE_COLUMNS, places)
        copy_rows(Share._meta.db_table, SHARE_COLUMNS, shares)
        return outcomes

    def after(self, before: Standing | None) -> Batch:
        """What the engine gives, going on from lines that were only tried."""
        standing = self._standing()
        if before is not None:
            standing = Standing(before.left, before.carries, {**standing.caps, **before.caps})
        return share_batch(self.rule, standing, self._raws(), self.originals)

    def _raws(self) -> list[RawLine]:
        if not self.rule.needs_household:
            return [self.sharer.raw(line, "") for line in self.lines]
        return [
            self.sharer.raw(line, str(line.household) if line.household else "")
            for line in self.lines
        ]

    def _parts(self, line: WaitingLine, taken: Taken) -> Iterator[Part]:
        undone = f"annule {line_id(self.ranks[line.undoes_id])}" if line.undoes_id else ""
        for rank, share in enumerate(taken.shares):
            payer = None if share.payer == PERSON else self.sharer.payers[share.payer]
            if payer is not None and payer.account_id in self.sharer.closed and share.cents > 0:
                raise AgreementClosed(self.sharer.scheme.name, payer.name)
            yield Part(rank, payer, share.cents, (undone or share.reason)[:200])

    def _originals(self) -> tuple[dict[str, Draft], dict[int, int]]:
        """What lines shared before drew, when lines here undo them; and their ranks."""
        asked = [line.undoes_id for line in self.lines if line.undoes_id]
        drafts, ranks = {}, {}
        for some in chunks(asked):
            rows = SharedLine.objects.filter(line_id__in=some).select_related("line")
            for row in rows.prefetch_related("line__shares__payer"):
                household, shares = household_of(row.line), _engine_shares(row)
                drafts[str(row.line_id)] = drawn(row.draft, household, shares)
                ranks[row.line_id] = row.rank
                self.days |= {(per, period(per, row.line.day)): row.line.day for per in PERIODS}
        return drafts, ranks

    def _uses(self) -> dict[CapKey, int]:
        """The caps of these households, in these periods."""
        if not self.rule.needs_household:
            return {}
        households = {line.household for line in self.lines if line.household}
        for draft in self.originals.values():
            households |= {UUID(household) for _, _, household, _ in draft.caps}
        whens = {when for _, when in self.days}
        rows = CapUse.objects.filter(version=self.version, period__in=whens)
        return {
            (step, payer, str(household), when): cents
            for some in chunks(households)
            for step, payer, household, when, cents in rows.filter(household__in=some).values_list(
                "step", "payer", "household", "period", "cents"
            )
        }

    def _standing(self) -> Standing:
        carries: dict[int, list[int]] = {}
        for row in self.carries:
            carries.setdefault(row.step, []).append(row.carry)
        return Standing([row.cents for row in self.envelopes], carries, self.uses)

    def _keep(self, after: Standing) -> None:
        """Write what the lines moved, and only that."""
        for envelope, cents in zip(self.envelopes, after.left, strict=True):
            if envelope.cents != cents:
                EnvelopeLeft.objects.filter(pk=envelope.pk).update(cents=cents)
        moved = []
        for row in self.carries:
            carry = after.carries[row.step][row.place]
            if row.carry != carry:
                row.carry = carry
                moved.append(row)
        GroupCarry.objects.bulk_update(moved, ["carry"])
        CapUse.objects.bulk_create(
            (
                self._use(key, cents)
                for key, cents in after.caps.items()
                if self.uses.get(key, 0) != cents
            ),
            batch_size=2000,
            update_conflicts=True,
            unique_fields=["version", "household", "period", "step", "payer"],
            update_fields=["cents"],
        )

    def _use(self, key: CapKey, cents: int) -> CapUse:
        step, payer, household, when = key
        per = self.rule.cap_per(step, payer)
        return CapUse(
            version=self.version,
            household=UUID(household),
            period=when,
            step=step,
            payer=payer,
            cents=cents,
            ends=last_day(per, self.days[per or "scheme", when]),
        )


PLACE_COLUMNS = ("line_id", "version_id", "rank", "draft")
SHARE_COLUMNS = ("line_id", "version_id", "payer_id", "step", "rank", "cents", "reason")
EMPTY = "{}"


def _written(line: WaitingLine, taken: Taken) -> str:
    return EMPTY if line.undoes_id else json.dumps(kept(taken.draft))


def _engine_shares(row: SharedLine) -> list[EngineShare]:
    shares = sorted(row.line.shares.all(), key=lambda share: share.rank)
    return [
        EngineShare("", each.payer.name if each.payer else PERSON, each.cents, each.step, "")
        for each in shares
    ]


def periods_of(version: SchemeVersion) -> list[str]:
    """The periods over which a rule counts something for a household."""
    rule: Rule = rule_of(version.text)
    caps = {p.cap_per_household.per for s in rule.steps for p in s.payers if p.cap_per_household}
    if rule.person.rule == "credit" and not rule.person.carry:
        caps.add(rule.person.per)
    return sorted(caps)


def chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    """Few enough for one query."""
    whole = list(values)
    return (whole[at : at + ASKED_AT_ONCE] for at in range(0, len(whole), ASKED_AT_ONCE))
