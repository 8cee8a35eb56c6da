"""Lots above and below a lot, each in one recursive query: UNION, so that a lot is met once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection

DOWN = """
WITH RECURSIVE down(id) AS (
  SELECT id FROM stock_lot WHERE id = %s
  UNION
  SELECT edge.child_id FROM down JOIN stock_lotparent edge ON edge.parent_id = down.id)
"""
UP = """
WITH RECURSIVE up(id) AS (
  SELECT id FROM stock_lot WHERE id IN ({marks})
  UNION
  SELECT edge.parent_id FROM up JOIN stock_lotparent edge ON edge.child_id = up.id)
"""
HELD = """
SELECT mark.kind, mark.reason, lot.number FROM up
JOIN stock_lotmark mark ON mark.lot_id = up.id
JOIN stock_lot lot ON lot.id = up.id
WHERE mark.kind IN ({kinds}) AND {last} ORDER BY mark.id LIMIT 1
"""
LAST = """NOT EXISTS (
  SELECT 1 FROM stock_lotmark after WHERE after.lot_id = mark.lot_id AND after.id > mark.id)"""
HOLDS = """
WITH RECURSIVE up(root, id) AS (
  SELECT id, id FROM stock_lot WHERE id IN ({marks})
  UNION
  SELECT up.root, edge.parent_id FROM up JOIN stock_lotparent edge ON edge.child_id = up.id)
SELECT up.root, mark.kind, mark.reason, lot.number FROM up
JOIN stock_lotmark mark ON mark.lot_id = up.id
JOIN stock_lot lot ON lot.id = up.id
WHERE mark.kind IN ({kinds}) AND {last} ORDER BY mark.id
"""
HELD_IN = """
WITH RECURSIVE down(id) AS (
  SELECT lot.id FROM stock_lot lot JOIN stock_lotmark mark ON mark.lot_id = lot.id
  WHERE lot.chain_id = %s AND mark.kind IN ({kinds}) AND {last}
  UNION
  SELECT edge.child_id FROM down JOIN stock_lotparent edge ON edge.parent_id = down.id)
SELECT id FROM down
"""
REACHED = """
SELECT DISTINCT move.target_id, move.activity_id, move.party_id, move.source_id FROM down
JOIN stock_movement move ON move.lot_id = down.id
"""


def below(lot_id: int) -> list[int]:
    """Numbers of the lots made of it, however far."""
    return [row[0] for row in _rows(DOWN + "SELECT id FROM down WHERE id <> %s", [lot_id, lot_id])]


def above(lot_id: int) -> list[int]:
    """Numbers of the lots it was made of, however far."""
    query = UP.format(marks="%s") + "SELECT id FROM up WHERE id <> %s"
    return [row[0] for row in _rows(query, [lot_id, lot_id])]


def first_hold(lot_ids: Iterable[int], kinds: Iterable[str]) -> tuple[str, str, str] | None:
    """Kind, reason and lot number of a mark that holds one of these lots, itself or from above."""
    lots, held_by = list(lot_ids), list(kinds)
    query = UP.format(marks=_places(lots)) + HELD.format(kinds=_places(held_by), last=LAST)
    return next(iter(_rows(query, [*lots, *held_by])), None)


def holds(lot_ids: Iterable[int], kinds: Iterable[str]) -> list[tuple[int, str, str, str]]:
    """For each lot and each mark that holds it: the lot, then kind, reason and marked lot."""
    lots, held_by = list(lot_ids), list(kinds)
    query = HOLDS.format(marks=_places(lots), kinds=_places(held_by), last=LAST)
    return _rows(query, [*lots, *held_by])


def held_in(chain_id: int, kinds: Iterable[str]) -> list[int]:
    """Numbers of the lots of a chain that a mark holds, their own or from above."""
    held_by = list(kinds)
    query = HELD_IN.format(kinds=_places(held_by), last=LAST)
    return [row[0] for row in _rows(query, [chain_id, *held_by])]


def reached(lot_id: int) -> list[tuple[int | None, ...]]:
    """Target, activity, party and source of every movement of the lot and of what is made of it."""
    return _rows(DOWN + REACHED, [lot_id])


def _places(values: list[Any]) -> str:
    return ", ".join(["%s"] * len(values))


def _rows(query: str, values: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())
