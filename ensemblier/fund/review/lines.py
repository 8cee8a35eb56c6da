"""The lines of the staff's list in HTML: fifty lines of ten cells, which as a template would be
half of the cost of the page."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from django.utils.safestring import SafeString

from ensemblier.fund.review.listing import Row

LINE = (
    '<tr>{pick}<th scope="row"><a href="{base}{number}/">{number}</a></th>'
    '<td class="text" data-label="Projet">{title}</td>'
    '<td class="name" data-label="Organisation">{organisation}</td>'
    '<td data-label="Département">{department}</td>'
    '<td data-label="Zonage">{zones}</td>'
    '<td data-label="Appel">{call}</td>'
    '<td class="state" data-label="État"><span class="badge {badge}">{state}</span>{signs}</td>'
    '<td class="num" data-label="Demandé">{asked}</td>'
    '<td class="keep score" data-label="Avis">{opinions}</td>'
    '<td class="keep" data-label="Déposé le">{filed}</td></tr>'
)
PICK = '<td class="pick"><input type="checkbox" name="n" value="{0}" aria-label="Choisir {0}"></td>'
LATE = ' <span class="badge stop">En retard</span>'
UNREAD = ' <span class="badge info">{} non lu{}</span>'
HOLDER = "<br><small>{}</small>"


def written(rows: Iterable[Row], base: str, *, pick: bool) -> SafeString:
    """`pick`: each line may be chosen, for an action on several."""
    return SafeString("\n".join(_line(row, base, pick) for row in rows))


def _line(row: Row, base: str, pick: bool) -> str:
    """Everything that a row says is escaped here, before it meets any HTML."""
    cells = {name: escape(str(value)) for name, value in row._asdict().items()}
    cells["base"] = escape(base)
    cells["pick"] = PICK.format(cells["number"]) if pick else ""
    cells["signs"] = LATE if row.late else ""
    if row.unread:
        cells["signs"] += UNREAD.format(cells["unread"], "s" if row.unread > 1 else "")
    if row.holder:
        cells["signs"] += HOLDER.format(cells["holder"])
    if row.score:
        cells["opinions"] += f" ({cells['score']})"
    return LINE.format_map(cells)
