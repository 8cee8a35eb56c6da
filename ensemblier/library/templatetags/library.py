"""How a text of the report is laid out: {% load library %}."""

from itertools import groupby

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
BULLET = "- "


@register.filter
def report_text(text: str) -> SafeString:
    """Lines that start with "- " make a list, each other line a paragraph."""
    pieces = []
    for is_list, lines in groupby(text.splitlines(), key=lambda line: line.startswith(BULLET)):
        if is_list:
            items = format_html_join("", "<li>{}</li>", ((line[2:],) for line in lines))
            pieces.append(format_html("<ul>{}</ul>", items))
        else:
            pieces.append(format_html_join("", "<p>{}</p>", ((line,) for line in lines)))
    return mark_safe("".join(pieces))  # noqa: S308 (each piece is escaped above)


@register.filter
def labels(rows: object) -> str:
    """Labels of child rows (links or price forms), in one phrase."""
    names = []
    for row in rows.all():  # type: ignore[attr-defined]
        field = "link" if hasattr(row, "link") else "form"
        names.append(str(getattr(row, f"get_{field}_display")()))
    return ", ".join(names)


@register.filter
def site_name(url: str) -> str:
    """The site of an address, short enough for a line: what the link says."""
    return url.split("//", 1)[-1].split("/", 1)[0].removeprefix("www.")
