"""Logs as one JSON object a line, on standard error, without personal data or secrets."""

from __future__ import annotations

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from typing import Any

# What may name a person or open a door, wherever it appears in a sentence. A stranger chooses these
# sentences (an address, say): each pattern reads a text once, however long.
HIDDEN = (
    (re.compile(r"(?<![\w.+'-])[\w.+'-]+@[\w-]+(\.[\w-]+)+"), "[adresse]"),
    (re.compile(r"\?[^\s\"']+"), "?[parametres]"),
    (
        re.compile(r"(?i)\b(password|passwd|secret|token|key|authorization|cookie)\b\s*[=:]\s*\S+"),
        r"\1=[masque]",
    ),
    (re.compile(r"\b[A-Za-z0-9_-]{32,}\b"), "[jeton]"),
    (re.compile(r"\b0[1-9]([ .-]?\d{2}){4}\b"), "[telephone]"),
)


def redact(text: str) -> str:
    for pattern, replacement in HIDDEN:
        text = pattern.sub(replacement, text)
    return text


class JsonFormatter(logging.Formatter):
    """Message redacted; of an exception, its class and where it came from, never its text.

    The text of a database error repeats the row, hence names and addresses.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])
            line["where"] = [f"{f.filename}:{f.lineno} {f.name}" for f in frames[-12:]]
        return json.dumps(line, ensure_ascii=False)


def configuration(level: str) -> dict[str, Any]:
    """The LOGGING setting."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "ensemblier.web.logs.JsonFormatter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        # Other people's libraries only when they worry.
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            # Django adds handlers of its own to these: ours is enough.
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": level, "propagate": True},
            "ensemblier": {"level": level},
        },
    }
