"""A GET never writes: refused at SQL level, in every mode."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.db import connections
from django.http import HttpRequest, HttpResponse

from ensemblier.web.databases import SIDE_TABLES

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
READ = re.compile(
    r"\s*\(?\s*(SELECT|WITH|EXPLAIN|SHOW|PRAGMA|DECLARE|FETCH|CLOSE|BEGIN|COMMIT|ROLLBACK"
    r"|SAVEPOINT|RELEASE)\b",
    re.IGNORECASE,
)
# What starts as a read may still write: `WITH x AS (DELETE ...)`, `SELECT setval(...)`, a setting,
# a lock held against others.
HIDDEN_WRITE = re.compile(
    r"\b(INSERT\s+INTO|DELETE\s+FROM|UPDATE\s+\"?\w+\"?\s+SET|FOR\s+(NO\s+KEY\s+)?UPDATE"
    r"|PRAGMA\s+\w+\s*=|(NEXTVAL|SETVAL)\s*\()",
    re.IGNORECASE,
)
LITERAL = re.compile(r"'(?:[^']|'')*'")
# Sessions, the access journal and the counters of tries have a connection of their own; a test
# that rolls back has only one, so their tables are known by name too.
SIDE_WRITE = re.compile(
    rf"\s*(INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+\"({'|'.join(sorted(SIDE_TABLES))})\"",
    re.IGNORECASE,
)


class WriteOnGet(RuntimeError):
    """A page that only shows something tried to change the database."""


@lru_cache(maxsize=1024)
def is_read(sql: str) -> bool:
    bare = LITERAL.sub("''", sql)
    if SIDE_WRITE.match(bare):
        return True
    return bool(READ.match(bare)) and not HIDDEN_WRITE.search(bare)


def refuse_writes(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any):
    if not is_read(str(sql)):
        raise WriteOnGet(f"A GET may not write: {str(sql)[:200]}")
    return execute(sql, params, many, context)


class ReadOnlyGet:
    """Wraps the main connection during every GET."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in SAFE_METHODS:
            return self.get_response(request)
        with connections["default"].execute_wrapper(refuse_writes):
            return self.get_response(request)
