"""What no single value of a plan can tell: drivers that exist and do not turn in circles, months in
order, one way of counting each thing, 86 equal to 87."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from ensemblier.engines.budget import CHARGE, RESOURCE, UnknownLine, cerfa_line
from ensemblier.engines.economics.activities import BY_KEY
from ensemblier.engines.economics.compiling import capacity_of
from ensemblier.engines.economics.plan import (
    BadPlan,
    Cost,
    Equipment,
    InKind,
    Item,
    Plan,
    Post,
    Resource,
    Volume,
)
from ensemblier.engines.economics.terms import FUND, YEAR
from ensemblier.engines.money import euros

At = Callable[[str, str], int | None]


def check(plan: Plan, at: At) -> None:
    """Raise BadPlan at the line concerned."""
    for item in items(plan):
        if item.last < item.first:
            raise BadPlan(
                f"« {item.id} » finit ({plan.month_name(item.last)}) avant de commencer "
                f"({plan.month_name(item.first)}).",
                at(item.id, "last"),
            )
    if not items(plan):
        raise BadPlan("Le plan est vide : écrivez au moins une charge ou une ressource.")
    check_volumes(plan, at)
    check_one_way(plan, at)
    check_codes(plan, at)
    for row in plan.resources:
        if not row.farms:
            raise BadPlan(f"« {row.id} » : une ferme au moins.", at(row.id, "farms"))
    for gift in plan.in_kinds:
        check_in_kind(plan, gift, at)
    for thing in plan.equipments:
        check_equipment(thing, at)


def items(plan: Plan) -> list[Any]:
    """Every driver, in the order of the tables."""
    return [
        *plan.volumes,
        *plan.sales,
        *plan.costs,
        *plan.rounds,
        *plan.posts,
        *plan.in_kinds,
        *plan.equipments,
        *plan.resources,
    ]


def check_volumes(plan: Plan, at: At) -> None:
    known = {volume.id: volume for volume in plan.volumes}
    for item in items(plan):
        name = getattr(item, "volume", "")
        if name and name not in known:
            raise BadPlan(f"« {name} » n'est le nom d'aucun volume du plan.", at(item.id, "volume"))
    if plan.basket and plan.basket not in known:
        raise BadPlan(f"« {plan.basket} » n'est le nom d'aucun volume.", at("", "basket"))
    for volume, raw in zip(plan.volumes, plan.data["volume"] if plan.volumes else (), strict=True):
        check_volume(volume, raw, known, at)
    for volume in plan.volumes:
        check_no_circle(volume, known, at)


def check_volume(
    volume: Volume, raw: Mapping[str, Any], known: Mapping[str, Volume], at: At
) -> None:
    if volume.activity and volume.activity not in BY_KEY:
        raise BadPlan(
            f"« {volume.activity} » n'est pas une activité de la carte : {', '.join(BY_KEY)}.",
            at(volume.id, "activity"),
        )
    if volume.of and volume.of not in known:
        raise BadPlan(f"« {volume.of} » n'est le nom d'aucun volume.", at(volume.id, "of"))
    if ("of" in raw) == ("yearly" in raw):
        raise BadPlan(
            f"« {volume.id} » : écrivez sa quantité (yearly) ou le volume dont elle découle "
            "(of), l'un des deux.",
            at(volume.id, "yearly"),
        )


def check_no_circle(volume: Volume, known: Mapping[str, Volume], at: At) -> None:
    met, here = [volume.id], volume
    while here.of:
        here = known[here.of]
        if here.id in met:
            loop = " → ".join([*met, here.id])
            raise BadPlan(
                f"ces volumes découlent les uns des autres en rond : {loop}. Donnez à l'un d'eux "
                "sa quantité (yearly).",
                at(volume.id, "of"),
            )
        met.append(here.id)


def check_one_way(plan: Plan, at: At) -> None:
    """A thing is counted in one way only."""
    rows: list[Cost | Resource] = [*plan.costs, *plan.resources]
    raws = [*plan.data.get("cost", ()), *plan.data.get("resource", ())]
    for item, raw in zip(rows, raws, strict=True):
        # By what is written, not by its value: a resource may be brought down to zero.
        if sum(key in raw for key in ("volume", "yearly", "once")) != 1:
            raise BadPlan(
                f"« {item.id} » : dites une seule façon de compter : volume et price, yearly, ou "
                "once.",
                at(item.id, ""),
            )
        if item.price and not item.volume:
            raise BadPlan(
                f"« {item.id} » : un prix sans volume ne compte rien.", at(item.id, "price")
            )
    for each in plan.rounds:
        if bool(each.volume) == bool(each.yearly) or bool(each.volume) != bool(each.load):
            raise BadPlan(
                f"« {each.id} » : dites combien de tournées (yearly), ou quel volume (volume) et "
                "ce qu'une tournée en prend (load).",
                at(each.id, ""),
            )
    for post in plan.posts:
        check_post(post, at)


def check_post(post: Post, at: At) -> None:
    if bool(post.volume) != bool(post.capacity):
        raise BadPlan(
            f"« {post.id} » : un poste qui suit un volume dit aussi ce qu'il en fait par mois "
            "(capacity).",
            at(post.id, "volume"),
        )
    if post.volume and not capacity_of(post):
        raise BadPlan(
            f"« {post.id} » : formation et absences ne laissent rien faire à ce poste.",
            at(post.id, "capacity"),
        )
    if post.volume and post.number % 1_000:
        raise BadPlan(
            f"« {post.id} » : quand les postes suivent un volume, leur nombre est entier.",
            at(post.id, "number"),
        )
    if post.aid == "aided" and not post.aid_yearly:
        raise BadPlan(f"« {post.id} » : dites l'aide par an (aid_yearly).", at(post.id, "aid"))
    if post.aid_yearly and not post.aid:
        raise BadPlan(f"« {post.id} » : dites quelle aide (aid).", at(post.id, "aid_yearly"))
    if not post.hours:
        raise BadPlan(f"« {post.id} » : un poste a au moins une heure.", at(post.id, "hours"))


def check_codes(plan: Plan, at: At) -> None:
    """Lines of the form in force on the first day of the plan."""
    sides: list[tuple[Item, str, str]] = []
    sides += [(cost, CHARGE, cost.code) for cost in plan.costs if cost.code]
    sides += [(row, CHARGE, row.code) for row in plan.rounds]
    sides += [(sale, RESOURCE, sale.code) for sale in plan.sales]
    sides += [(row, RESOURCE, row.code) for row in plan.resources]
    sides += [(gift, CHARGE, gift.charge) for gift in plan.in_kinds]
    for item, side, code in sides:
        known_line(plan, item, side, code, at, "charge" if isinstance(item, InKind) else "code")
    for gift in plan.in_kinds:
        known_line(plan, gift, RESOURCE, gift.resource, at, "resource")


def known_line(plan: Plan, item: Item, side: str, code: str, at: At, key: str) -> None:
    if code == FUND and side == RESOURCE:
        return
    day = date(plan.start // YEAR, plan.start % YEAR + 1, 1)
    try:
        line = cerfa_line(side, code, day)
    except UnknownLine as error:
        raise BadPlan(str(error), at(item.id, key)) from error
    if line.in_kind != isinstance(item, InKind):
        raise BadPlan(
            f"« {code} » : les lignes 86 et 87 s'écrivent dans [[in_kind]], et elles seules.",
            at(item.id, key),
        )


def check_in_kind(plan: Plan, gift: InKind, at: At) -> None:
    ways = [bool(gift.hours), bool(gift.yearly), bool(gift.volume)]
    if sum(ways) != 1:
        raise BadPlan(
            f"« {gift.id} » : dites une seule façon de compter : hours, yearly, ou volume.",
            at(gift.id, ""),
        )
    if gift.received is None:
        return
    used = gift.yearly or gift.hours * YEAR * gift.price // 100_000
    if gift.volume or used != gift.received:
        told = "une valeur par volume" if gift.volume else euros(used)
        raise BadPlan(
            f"« {gift.id} » : {told} en 86 et {euros(gift.received)} en 87. Les contributions en "
            "nature s'écrivent au même montant des deux côtés : corrigez ou ôtez « received ».",
            at(gift.id, "received"),
        )


def check_equipment(thing: Equipment, at: At) -> None:
    if not thing.life:
        raise BadPlan(
            f"« {thing.id} » : la durée d'usage est d'un mois au moins.", at(thing.id, "life")
        )
    if thing.loan > thing.price:
        raise BadPlan(f"« {thing.id} » : l'emprunt dépasse le prix.", at(thing.id, "loan"))
    if bool(thing.loan) != bool(thing.term):
        raise BadPlan(
            f"« {thing.id} » : un emprunt dit sa durée (term), et une durée sa somme (loan).",
            at(thing.id, "loan"),
        )
