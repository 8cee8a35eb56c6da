"""From the drivers of a plan to its lines: each with its sixty amounts and its sixty payments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from ensemblier.engines.budget import CHARGE, RESOURCE
from ensemblier.engines.economics import terms
from ensemblier.engines.economics.plan import (
    Cost,
    Equipment,
    InKind,
    Plan,
    Post,
    Resource,
    Round,
    Sale,
)
from ensemblier.engines.economics.quantities import course_of, sold_name
from ensemblier.engines.economics.recipes import (
    AsPaid,
    AtOnce,
    Capital,
    Course,
    Each,
    Flat,
    Interest,
    Later,
    Loan,
    Never,
    Once,
    PerUnit,
    Recipe,
    Span,
    Spread,
    Steps,
    Timing,
    amounts,
    cash,
    half_up,
)
from ensemblier.engines.insertion import post_aid
from ensemblier.engines.law.dated import Figure, NotYetInForce, in_force
from ensemblier.engines.law.insertion import ACI_POST_AID, EI_POST_AID

AID_DELAY = 1  # months: the agency pays post aid the month after
AID_PAYER = "ASP"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line: what it is, how it is made, and its months in cents (never negative).

    `amounts` count in the result, `payments` in the cash. `counts` is False for what is cash only:
    the price of equipment, a loan drawn or paid back. `grant`: whose renewal it depends on.
    """

    id: str
    label: str
    driver: str
    side: str
    code: str
    link: str
    recipe: Recipe
    timing: Timing
    expense_class: str = ""
    part: str = ""
    payer: str = ""
    effect: str = ""
    audience: str = ""
    nature: str = ""
    certainty: str = ""
    perimeter: str = ""
    kind: str = ""
    grant: str = ""
    counts: bool = True
    assumed: bool = False
    amounts: tuple[int, ...] = ()
    payments: tuple[int, ...] = ()

    @property
    def whole(self) -> int:
        """What a recipe spreads or gives once."""
        recipe = self.recipe
        if isinstance(recipe, Spread):
            return recipe.total
        return recipe.cents if isinstance(recipe, Once) else 0

    @property
    def in_kind(self) -> bool:
        return self.code[:2] in ("86", "87")


def lines_of(plan: Plan, course: Course | None = None) -> tuple[Line, ...]:
    """Every line of the plan, in the order of its drivers."""
    course = course or course_of(plan)
    return tuple(filled(line, course) for line in drafts(plan))


def filled(line: Line, course: Course) -> Line:
    values = amounts(line.recipe, course)
    paid = cash(values, line.timing, course)
    counted = values if line.counts else (0,) * terms.MONTHS
    return replace(line, amounts=counted, payments=paid)


def drafts(plan: Plan) -> Iterator[Line]:
    """Lines without their months."""
    yield from (sale_line(sale) for sale in plan.sales)
    yield from (cost_line(cost) for cost in plan.costs)
    yield from (round_line(row) for row in plan.rounds)
    for post in plan.posts:
        yield from post_lines(post, plan)
    for thing in plan.equipments:
        yield from equipment_lines(thing)
    for gift in plan.in_kinds:
        yield from in_kind_lines(gift)
    yield from (resource_line(row) for row in plan.resources)


def sale_line(sale: Sale) -> Line:
    return Line(
        id=sale.id,
        label=sale.label,
        driver=sale.id,
        side=RESOURCE,
        code=sale.code,
        link=sale.link,
        recipe=PerUnit(sold_name(sale.id), sale.price, sale.index, Span(sale.first, sale.last)),
        timing=Later(sale.delay),
        payer=sale.payer or terms.AUDIENCES[sale.audience],
        audience=sale.audience,
        nature="market",
        certainty="promised",
        perimeter=sale.perimeter,
        kind="sale",
        assumed=sale.assumed,
    )


def cost_line(cost: Cost) -> Line:
    kind, span = terms.KINDS[cost.kind], Span(cost.first, cost.last)
    index = cost.index or kind.follows
    recipe: Recipe
    if cost.volume:
        recipe = PerUnit(cost.volume, cost.price, index, span)
    elif cost.yearly:
        recipe = Flat(cost.yearly, index, span)
    else:
        recipe = Once(cost.once, cost.first)
    return Line(
        id=cost.id,
        label=cost.label,
        driver=cost.id,
        side=CHARGE,
        code=cost.code or kind.code,
        link=cost.link or kind.link,
        recipe=recipe,
        timing=Later(cost.delay),
        expense_class=cost.expense_class or kind.expense_class,
        part=kind.part,
        perimeter=cost.perimeter,
        kind=cost.kind,
        assumed=cost.assumed,
    )


def round_line(row: Round) -> Line:
    span = Span(row.first, row.last)
    recipe: Recipe
    if row.volume:
        one = half_up(row.km * row.price, 100_000)
        recipe = Steps(row.volume, row.load, 0, Each(one, "general", span))
    else:
        recipe = Flat(half_up(row.yearly * row.km * row.price, 10**8), "general", span)
    return Line(
        id=row.id,
        label=row.label,
        driver=row.id,
        side=CHARGE,
        code=row.code,
        link=row.link,
        recipe=recipe,
        timing=Later(row.delay),
        expense_class=row.expense_class,
        part=terms.LOGISTICS,
        perimeter=row.perimeter,
        kind="round",
        assumed=row.assumed,
    )


def post_yearly(post: Post) -> int:
    """Cents a year of one post, before any index: pay, absences paid twice, leavers replaced."""
    whole = terms.YEAR * post.monthly * (10**8 + post.absence * post.replaced)
    return half_up(whole + 10_000 * post.turnover * post.hiring, 10**8)


def capacity_of(post: Post) -> int:
    """What one post does in a month, once training and absences nobody replaces are taken off."""
    trained = half_up(post.capacity * (10_000 - post.training), 10_000)
    return half_up(trained * (10**8 - post.absence * (10_000 - post.replaced)), 10**8)


def aid_yearly(post: Post, plan: Plan) -> int:
    """Cents a year of aid for one post: written, or the law's for its hours, as far as worked."""
    if post.aid_yearly or not post.aid:
        return post.aid_yearly
    figures = ACI_POST_AID if post.aid == "ACI" else EI_POST_AID
    base = aid_figure(figures, plan).value
    return half_up(post_aid(base, post.hours) * (10_000 - post.absence), 10_000)


def aid_figure(figures: tuple[Figure, ...], plan: Plan) -> Figure:
    """The amount in force when the plan begins; the oldest known one before any."""
    try:
        return in_force(figures, date(plan.start // terms.YEAR, plan.start % terms.YEAR + 1, 1))
    except NotYetInForce:
        return figures[0]


def post_lines(post: Post, plan: Plan) -> Iterator[Line]:
    span = Span(post.first, post.last)
    one = post_yearly(post)
    recipe: Recipe
    if post.volume:
        wage = Flat(one, "wages", span)
        recipe = Steps(post.volume, capacity_of(post), post.number // 1_000, wage)
    else:
        recipe = Flat(half_up(one * post.number, 1_000), "wages", span)
    line = Line(
        id=post.id,
        label=post.label,
        driver=post.id,
        side=CHARGE,
        code="64",
        link=post.link,
        recipe=recipe,
        timing=Later(),
        expense_class=post.expense_class or terms.LINK_CLASSES[post.link],
        part=terms.LINK_PARTS[post.link],
        perimeter=post.perimeter,
        kind="wage",
        assumed=post.assumed,
    )
    yield line
    if post.aid and post.aid_last >= post.first:
        yield aid_line(post, plan)


def aid_line(post: Post, plan: Plan) -> Line:
    span = Span(post.first, min(post.last, post.aid_last))
    one = aid_yearly(post, plan)
    recipe: Recipe
    if post.volume:
        recipe = Steps(post.volume, capacity_of(post), post.number // 1_000, Flat(one, "", span))
    else:
        recipe = Flat(half_up(one * post.number, 1_000), "", span)
    name = "Aide à l'emploi aidé" if post.aid == "aided" else f"Aide au poste {post.aid}"
    return Line(
        id=f"{post.id}.aid",
        label=f"{name} : {post.label}",
        driver=post.id,
        side=RESOURCE,
        code="74A",
        link=post.link,
        recipe=recipe,
        timing=Later(AID_DELAY),
        payer=AID_PAYER,
        effect="employment",
        nature="non_market",
        certainty="firm",
        perimeter=post.perimeter,
        kind="aid",
        grant=f"{post.id}.aid",
        assumed=post.assumed,
    )


def equipment_lines(thing: Equipment) -> Iterator[Line]:
    """Wear, price, and the loan: drawn, interest, capital paid back."""

    def line(suffix: str, words: str, side: str, code: str, recipe: Recipe, counts: bool) -> Line:
        wear = suffix == "wear"
        return Line(
            id=f"{thing.id}.{suffix}",
            label=f"{words} : {thing.label}",
            driver=thing.id,
            side=side,
            code=code,
            link=thing.link,
            recipe=recipe,
            timing=Never() if wear else Later(),
            expense_class="investment" if side == CHARGE else "",
            part=terms.LINK_PARTS[thing.link] if counts else "",
            perimeter=thing.perimeter,
            kind=suffix,
            counts=counts,
            assumed=thing.assumed,
        )

    wear = Spread(thing.price, thing.first, thing.life)
    yield line("wear", "Usure", CHARGE, "68", wear, True)
    yield line("bought", "Achat", CHARGE, "", Once(thing.price, thing.first), False)
    if thing.loan:
        loan = Loan(thing.loan, thing.rate, thing.term, thing.first)
        yield line("drawn", "Emprunt reçu", RESOURCE, "", Once(thing.loan, thing.first), False)
        yield line("interest", "Intérêts", CHARGE, "66", Interest(loan), True)
        yield line("repaid", "Emprunt remboursé", CHARGE, "", Capital(loan), False)


def in_kind_lines(gift: InKind) -> Iterator[Line]:
    """The same value on both sides."""
    span = Span(gift.first, gift.last)
    recipe: Recipe
    if gift.volume:
        recipe = PerUnit(gift.volume, gift.price, "", span)
    else:
        recipe = Flat(in_kind_yearly(gift), "", span)
    for suffix, side, code in (
        ("used", CHARGE, gift.charge),
        ("given", RESOURCE, gift.resource),
    ):
        yield Line(
            id=f"{gift.id}.{suffix}",
            label=gift.label,
            driver=gift.id,
            side=side,
            code=code,
            link=gift.link,
            recipe=recipe,
            timing=Never(),
            payer=gift.payer if side == RESOURCE else "",
            effect=gift.effect if side == RESOURCE else "",
            nature="non_market" if side == RESOURCE else "",
            certainty="promised" if side == RESOURCE else "",
            kind="in_kind",
            assumed=gift.assumed,
        )


def in_kind_yearly(gift: InKind) -> int:
    return gift.yearly or half_up(gift.hours * terms.YEAR * gift.price, 100_000)


def resource_line(row: Resource) -> Line:
    recipe, timing = resource_recipe(row)
    return Line(
        id=row.id,
        label=row.label,
        driver=row.id,
        side=RESOURCE,
        code=row.code,
        link="",
        recipe=recipe,
        timing=timing,
        payer=row.payer,
        effect=row.effect,
        nature=row.nature,
        certainty=row.certainty,
        perimeter=row.perimeter,
        kind="complement" if row.volume else "investment_grant" if row.spread else "grant",
        grant=row.id,
        assumed=row.assumed,
    )


def resource_recipe(row: Resource) -> tuple[Recipe, Timing]:
    """How it counts, and when its cash comes."""
    span = Span(row.first, row.last)
    if row.once:
        paid = Once(row.once, row.first + row.delay)
        if row.spread:
            return Spread(row.once, row.first, row.spread), AsPaid(paid)
        return Once(row.once, row.first), Later(row.delay)
    recipe: Recipe
    if row.volume:
        recipe = PerUnit(row.volume, row.price, "", span)
        return recipe, Later(row.delay)
    recipe = Flat(row.yearly, "", span)
    if row.payment == "monthly":
        return recipe, Later(row.delay)
    return recipe, AtOnce(row.delay, row.first)
