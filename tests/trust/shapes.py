"""Which renderings differ in what they are made of, and what points nowhere in one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import lxml.html

from tests.trust.pages import Rendering


def shape(element: Any) -> frozenset[tuple[str, ...]]:
    """What it is made of, without its words: equal for two rows of one template."""
    return frozenset(
        (parent.tag, child.tag, child.get("class") or "", child.get("type") or "")
        for child in element.iter(lxml.etree.Element)
        if (parent := child.getparent()) is not None
    )


def distinct(pages: Iterable[Rendering]) -> list[Rendering]:
    """The pages of each address, and of what frames them all, that no other one contains: the
    same elements and more. What an absence may break is looked for on all (`dangling`)."""
    bodies = [(page, lxml.html.fromstring(page.html)) for page in pages if page.html]
    marked = [(page, [*marks(page, body)]) for page, body in bodies]
    marked.sort(key=lambda each: -sum(len(made) for _, made in each[1]))
    held: dict[str, list[frozenset[Any]]] = {}
    kept = []
    for page, found in marked:
        new = [(key, made) for key, made in found if not any(made <= h for h in held.get(key, ()))]
        for key, made in new:
            held.setdefault(key, []).append(made)
        if new:
            kept.append(page)
    return kept


def parts(pages: Iterable[Rendering]) -> list[Rendering]:
    """The pages that between them show each element in its parent once, whatever the page."""
    return enough(pages, each_address=False)


def enough(pages: Iterable[Rendering], *, each_address: bool = True) -> list[Rendering]:
    """The same, and each address once. What `distinct` keeps besides differs in how the same parts
    are put together, and is looked at by `make soak`."""
    bodies = [(page, lxml.html.fromstring(page.html)) for page in pages if page.html]
    marked = [(page, [*marks(page, body)]) for page, body in bodies]
    marked.sort(key=lambda each: -sum(len(made) for _, made in each[1]))
    held: set[tuple[str, ...]] = set()
    names: set[str] = set()
    kept = []
    for page, found in marked:
        made_of = frozenset().union(*(made for _, made in found))
        name = page.name if each_address and page.status in (200, 422) else ""
        if made_of <= held and (not name or name in names):
            continue
        held |= made_of
        names.add(name)
        kept.append(page)
    return kept


def marks(page: Rendering, body: Any) -> Iterator[tuple[str, frozenset[Any]]]:
    """What the page is made of: its own part under the name of its address, and its frame."""
    name = page.name if page.status in (200, 422) else str(page.status)
    for main in body.iter("main"):
        yield f"{name} {bool(page.state)}", shape(main)
    for frame in body.iter("header", "footer"):
        if is_frame(frame):
            yield frame.tag, shape(frame)


POINTERS = ("aria-labelledby", "aria-describedby", "aria-controls", "aria-owns", "headers", "for")


def dangling(page: Rendering) -> list[str]:
    """Attributes that name an element which is not there, and names given twice."""
    body = lxml.html.fromstring(page.html)
    known = Counter(body.xpath("//@id"))
    found = [f"id twice: {name}" for name, times in known.items() if times > 1]
    for pointer in POINTERS:
        for value in body.xpath(f"//@{pointer}"):
            found += [f"{pointer}={name}" for name in value.split() if name not in known]
    return found


def is_frame(element: Any) -> bool:
    return element.getparent().tag == "body"
