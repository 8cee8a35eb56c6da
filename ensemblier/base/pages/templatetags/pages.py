"""The components of the pages: what templates load with {% load pages %}."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BoundField
from django.http import QueryDict
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.urls import NoReverseMatch, reverse
from django.utils.formats import localize
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from ensemblier.base.pages import formats
from ensemblier.base.pages.addresses import address_of
from ensemblier.base.pages.charts import ColumnChart, StackedBar, TerritoryMap
from ensemblier.base.pages.drawings import FanCurve, Flow, Piles, Spans

register = template.Library()
BADGE = (
    '<span class="badge {}"><svg viewBox="0 0 10 10" aria-hidden="true" focusable="false">{}</svg>'
    "{}</span>"
)
SIGNS = {
    "done": mark_safe(
        '<path d="M1 5.5l3 3 5-7" fill="none" stroke="currentColor" stroke-width="2"/>'
    ),
    "wait": mark_safe(
        '<circle cx="5" cy="5" r="4" fill="none" stroke="currentColor" stroke-width="2"/>'
    ),
    "stop": mark_safe(
        '<path d="M1.5 1.5l7 7M8.5 1.5l-7 7" stroke="currentColor" stroke-width="2"/>'
    ),
    "info": mark_safe('<path d="M5 0l5 5-5 5-5-5z" fill="currentColor"/>'),
    "draft": mark_safe(
        '<path d="M1 9l1-3 5-5 2 2-5 5z" fill="none" stroke="currentColor" stroke-width="1.4"/>'
    ),
}
PAGE_OPEN = mark_safe(' aria-current="page"')
HOLDS_PAGE = mark_safe(' aria-current="true"')
CHOSEN = mark_safe(" selected")
FIGURE = '<dl class="figure"><div><dt>{}</dt><dd><span class="value">{}</span>{}</dd></div></dl>'


@register.filter
def euros(cents: int | None) -> str:
    return formats.euros(None if cents == "" else cents)


@register.filter
def euros_exact(cents: int | None) -> str:
    return formats.euros_exact(None if cents == "" else cents)


@register.filter
def day(value: date | None) -> str:
    return formats.day(value or None)


@register.filter
def moment(value: datetime | None) -> str:
    return formats.moment(value or None)


@register.filter
def iso(value: date | None) -> str:
    """For the datetime attribute of <time>."""
    return value.isoformat() if value else ""


@register.filter
def whole(value: int | None) -> str:
    """A count with its thousands apart."""
    return formats.whole(value) if isinstance(value, int) else formats.NOTHING


@register.filter
def quantity(milli: int | None, unit: str = "") -> str:
    """Thousandths of a unit, with the name of the unit."""
    return formats.quantity(None if milli == "" else milli, unit)


@register.filter
def percent_of(part: int, total: int) -> str:
    return formats.percent(part or 0, total or 0)


@register.filter
def size(octets: int) -> str:
    return formats.size(octets)


# Written here, as are the menu and the figures: pages hold dozens of them, and a template of its
# own for each costs ten times more.
@register.simple_tag
def badge(kind: str, words: str) -> SafeString:
    if kind not in SIGNS:
        raise template.TemplateSyntaxError(f"badge: {kind} is not among {', '.join(SIGNS)}")
    return format_html(BADGE, kind, SIGNS[kind], words)


@register.simple_tag
def menu(entries: Iterable[dict[str, Any]]) -> SafeString:
    """Links to the pages of the site: the one that is open, or holds it, says so."""
    return _menu(tuple((entry["url"], _aria_current(entry), entry["label"]) for entry in entries))


@lru_cache(maxsize=512)
def _menu(links: tuple[tuple[str, str, str], ...]) -> SafeString:
    """Those who hold the same roles have the same menu, on all the pages of a section."""
    items = format_html_join("", '<li><a href="{}"{}>{}</a></li>', links)
    return format_html("<ul>{}</ul>", items)


def _aria_current(entry: dict[str, Any]) -> str:
    """The attribute that says to a screen reader where one is."""
    if not entry.get("current"):
        return ""
    return PAGE_OPEN if entry["exact"] else HOLDS_PAGE


@register.inclusion_tag("pages/steps.html")
def steps(items: list[dict[str, Any]]) -> dict[str, Any]:
    """Items are dicts: label, url (or ""), state in done | current | todo."""
    return {"items": items, "total": len(items)}


@register.inclusion_tag("pages/error_summary.html")
def error_summary(form: BaseForm | None, focus: bool = True) -> dict[str, Any]:
    """What is left to correct, with links; it takes the focus when the page opens."""
    if form is None:
        return {}
    form.summary_shown = True  # type: ignore[attr-defined]
    lines = []
    for name, errors in form.errors.items():
        shown = name in form.fields and not form[name].is_hidden
        target, label = (first_input(form[name]), form[name].label) if shown else ("", "")
        lines += [summary_line(target, label, message) for message in errors]
    return {"lines": lines, "count": len(lines), "focus": focus}


def summary_line(target: str, label: str, message: str) -> dict[str, Any]:
    """The message alone is the link when it already names its field."""
    whole = bool(label) and f"«\u00a0{label}\u00a0»" in message
    return {"target": target, "label": label, "message": message, "whole": whole}


def first_input(field: BoundField) -> str:
    """The id of what receives the focus: in a group of choices, the first one."""
    return field.id_for_label or f"{field.auto_id}_0"


@register.simple_tag
def options(pairs: Iterable[tuple[Any, Any]], chosen: Any = "") -> SafeString:
    """What a list offers: its values with their labels, and the one that is chosen."""
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((value, CHOSEN if value == chosen else "", label) for value, label in pairs),
    )


@register.simple_tag
def figure(label: str, value: Any, note: str = "") -> SafeString:
    shown = formats.whole(value) if isinstance(value, int) else localize(value)
    beside = format_html('<span class="note">{}</span>', note) if note else ""
    return format_html(FIGURE, label, shown, beside)


@register.inclusion_tag("pages/empty.html")
def empty(title: str, text: str = "", url: str = "", label: str = "") -> dict[str, Any]:
    return {"title": title, "text": text, "url": url, "label": label}


@register.inclusion_tag("pages/progress.html")
def progress(value: int, total: int, phrase: str) -> dict[str, Any]:
    return {"value": str(min(value, total)), "total": str(total or 1), "phrase": phrase}


@register.inclusion_tag("pages/stacked_bar.html")
def stacked_bar(chart: StackedBar, table: bool = True) -> dict[str, Any]:
    return {"chart": chart, "table": table}


@register.inclusion_tag("pages/column_chart.html")
def column_chart(chart: ColumnChart, table: bool = True) -> dict[str, Any]:
    """Without its table when the page gives the same amounts in a table of its own."""
    return {"chart": chart, "table": table}


@register.inclusion_tag("pages/map.html")
def territory_map(chart: TerritoryMap) -> dict[str, Any]:
    return {"chart": chart}


@register.inclusion_tag("pages/piles.html")
def piles(chart: Piles) -> dict[str, Any]:
    return {"chart": chart}


@register.inclusion_tag("pages/fan.html")
def fan(chart: FanCurve) -> dict[str, Any]:
    return {"chart": chart}


@register.inclusion_tag("pages/flow.html")
def flow(chart: Flow) -> dict[str, Any]:
    return {"chart": chart}


@register.inclusion_tag("pages/spans.html")
def spans(chart: Spans) -> dict[str, Any]:
    return {"chart": chart}


@register.inclusion_tag("pages/pager.html", takes_context=True)
def pager(context: dict[str, Any], page: Page) -> dict[str, Any]:
    """Links to the other pages, keeping the filters of the address."""
    query = context["request"].GET.copy() if "request" in context else QueryDict(mutable=True)
    query.pop("page", None)
    kept = query.urlencode()
    return {"page": page, "kept": f"{kept}&" if kept else ""}


@register.simple_tag
def url_if_exists(name: str, *args: Any, **kwargs: Any) -> str:
    """The address of a page, or "" when this installation does not have it."""
    if not args and not kwargs:
        return address_of(name)
    try:
        return reverse(name, args=args, kwargs=kwargs)
    except NoReverseMatch:
        return ""


@register.simple_tag(takes_context=True)
def title_block(context: template.Context) -> str:
    """What the page wrote in its title block: the default of its heading."""
    block = context.render_context[BLOCK_CONTEXT_KEY].get_block("title")
    return block.nodelist.render(context)
