"""What co-financing is asked: the version of a day, its file of lines, the bands of its table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db.models import Q

from ensemblier.base.chains.models import Chain
from ensemblier.chain.cofinancing.models import Scheme, SchemeVersion, SharedLine
from ensemblier.chain.cofinancing.rules import decimal, line_id, rule_of
from ensemblier.chain.distribution.models import LineCard, SaleLine
from ensemblier.engines.cofinancing.lines import RawLine


def scheme_of(chain: Chain, code: str) -> Scheme | None:
    return Scheme.objects.filter(chain=chain, code=code).first()


def version_on(scheme: Scheme, day: date) -> SchemeVersion | None:
    """The published version that holds that day."""
    held = Q(ends__isnull=True) | Q(ends__gte=day)
    published = scheme.versions.filter(held, published_at__isnull=False, starts__lte=day)
    return published.order_by("-starts", "-number").first()


def bands(scheme: Scheme, day: date) -> tuple[str, ...]:
    """The bands of household size that the rule of that day uses."""
    version = version_on(scheme, day)
    return rule_of(version.text).bands if version else ()


def household_of(line: SaleLine) -> str:
    """The code of the card a line went to; "" without a card, or once the tie is erased."""
    tie = LineCard.objects.filter(line_id=line.pk).select_related("card").first()
    return str(tie.card.code) if tie else ""


def raw_line(line: SaleLine, rank: int, *, household: str = "", undoes: str = "") -> RawLine:
    """The line as the engine reads it."""
    return RawLine(
        line_id=line_id(rank),
        sold_on=line.day.isoformat(),
        structure=line.seller.name,
        product=line.product.code,
        quantity=decimal(line.milli),
        unit=line.product.unit,
        price_cents=str(line.price_cents),
        household=household,
        tier=line.tier,
        size=line.size,
        commune=line.commune_code,
        undoes=undoes,
        family=line.product.family,
        labels=line.labels,
        cost_cents=_written(line.cost_cents),
        producer_cents=_written(line.producer_cents),
        extra_cents=str(line.extra_cents) if line.extra_cents else "",
    )


def file_of(version: SchemeVersion) -> Iterator[RawLine]:
    """Every line of a version in the order of sharing: the engine run over them in that order
    gives the same shares, while the ties to the cards are kept."""
    rows = SharedLine.objects.filter(version=version).order_by("rank")
    rows = rows.select_related("line__seller", "line__product", "line__undoes__shared")
    for row in rows.iterator(2000):
        undone = row.line.undoes
        yield raw_line(
            row.line,
            row.rank,
            household=household_of(row.line),
            undoes=line_id(undone.shared.rank) if undone else "",
        )


def _written(cents: int | None) -> str:
    return "" if cents is None else str(cents)
