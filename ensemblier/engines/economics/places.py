"""On which line of a TOML text each table and key stands: the standard reader does not say."""

from __future__ import annotations

import re
from collections.abc import Iterator

HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.-]+)\s*\]\]?\s*(?:#.*)?$")
KEY = re.compile(r'\s*"?([A-Za-z0-9_-]+)"?\s*=')
STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'')
LONG = ('"""', "'''")
Place = tuple[str, int, str]


def places(text: str) -> dict[Place, int]:
    """(table, rank among its likes from 0, key) -> line from 1; key "" for the heading itself."""
    found: dict[Place, int] = {}
    ranks: dict[str, int] = {}
    table = ""
    for number, line in bare_lines(text):
        if header := HEADER.match(line):
            table = header[2]
            ranks[table] = ranks.get(table, -1) + 1
            found[table, ranks[table], ""] = number
        elif key := KEY.match(line):
            found.setdefault((table, ranks.get(table, 0), key[1]), number)
    return found


def bare_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines that may open a table or a key: not those inside a list or a long text."""
    depth, quote = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        inside = bool(depth or quote)
        if quote:
            if quote in line:
                quote = ""
            continue
        if not inside:
            yield number, line
        quote = next((mark for mark in LONG if line.count(mark) % 2), "")
        if not HEADER.match(line) or inside:
            code = STRINGS.sub("", line).split("#")[0]
            depth = max(0, depth + sum(map(code.count, "[{")) - sum(map(code.count, "]}")))
