"""The proof of the stock: levels equal movements, nothing ever below zero, mass and marks kept.

Each query names rows that must not exist; it reads the whole of the stock and needs no right but
reading.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db import connection

from ensemblier.base.journal import append_only

PROTECTED = (
    "stock_lot",
    "stock_processing",
    "stock_movement",
    "stock_lotparent",
    "stock_lotmark",
)
FACTS = """
  SELECT lot_id, target_id AS site_id, day, milli AS moved FROM stock_movement
  WHERE target_id IS NOT NULL
  UNION ALL SELECT lot_id, source_id, day, -milli FROM stock_movement WHERE source_id IS NOT NULL
"""


class Claim(NamedTuple):
    """A query whose rows are faults, and the two sentences that tell one."""

    query: str
    where: str
    what: str


CLAIMS = (
    Claim(
        f"""SELECT lot_id, site_id, SUM(moved), SUM(kept) FROM (
          SELECT lot_id, site_id, moved, 0 AS kept FROM ({FACTS}) AS facts
          UNION ALL SELECT lot_id, site_id, 0, milli FROM stock_stocklevel) AS both_sides
        GROUP BY lot_id, site_id HAVING SUM(moved) <> SUM(kept) ORDER BY lot_id, site_id""",
        "reste du lot {0} au lieu {1}",
        "il dit {3} millièmes, les mouvements disent {2}",
    ),
    Claim(
        f"""SELECT lot_id, site_id, day, then_left FROM (
          SELECT lot_id, site_id, day,
            SUM(SUM(moved)) OVER (PARTITION BY lot_id, site_id ORDER BY day) AS then_left
          FROM ({FACTS}) AS facts GROUP BY lot_id, site_id, day) AS days
        WHERE then_left < 0 ORDER BY lot_id, site_id, day""",
        "lot {0} au lieu {1}",
        "le {2}, il en reste {3} millièmes, moins que rien",
    ),
    Claim(
        """SELECT run.id, run.lost_grams,
          COALESCE(SUM(CASE WHEN move.kind = 'used' THEN move.grams ELSE -move.grams END), 0)
        FROM stock_processing run
        LEFT JOIN stock_movement move ON move.processing_id = run.id AND move.undoes_id IS NULL
        GROUP BY run.id, run.lost_grams HAVING
          COALESCE(SUM(CASE WHEN move.kind = 'used' THEN move.grams ELSE -move.grams END), 0)
          <> run.lost_grams ORDER BY run.id""",
        "mise en œuvre {0}",
        "entrée moins sortie fait {2} g, la perte écrite est de {1} g",
    ),
    Claim(
        """SELECT move.id, move.lot_id FROM stock_movement move
        JOIN stock_lot lot ON lot.id = move.lot_id
        WHERE move.kind IN ('sale', 'handed', 'own_use', 'used') AND move.undoes_id IS NULL
          AND move.day > lot.use_by ORDER BY move.id""",
        "mouvement {0}",
        "le lot {1} est sorti après sa DLC",
    ),
    Claim(
        """SELECT move.id, move.lot_id FROM stock_movement move
        JOIN stock_lot lot ON lot.id = move.lot_id
        WHERE move.kind = 'sale' AND lot.is_gift_only ORDER BY move.id""",
        "mouvement {0}",
        "le lot {1}, à donner seulement, est vendu",
    ),
    Claim(
        """SELECT edge.child_id, edge.parent_id FROM stock_lotparent edge
        JOIN stock_lot child ON child.id = edge.child_id
        JOIN stock_lot parent ON parent.id = edge.parent_id
        WHERE (parent.is_gift_only AND NOT child.is_gift_only)
          OR (parent.is_aid_only AND NOT child.is_aid_only)
          OR (parent.legal_status <> '' AND child.legal_status = '') ORDER BY edge.id""",
        "lot {0}",
        "il n'a pas les restrictions du lot {1} dont il vient",
    ),
)


def prove() -> list[tuple[str, str]]:
    """Where and what is wrong; the first fault of each claim, and the missing protections."""
    faults = []
    with connection.cursor() as cursor:
        for claim in CLAIMS:
            cursor.execute(claim.query + " LIMIT 1")
            for row in cursor.fetchall():
                faults.append((claim.where.format(*row), claim.what.format(*row)))
    return faults + [
        ("protection", f"le déclencheur {name} manque ou est coupé")
        for name in append_only.missing(connection, *PROTECTED)
    ]
