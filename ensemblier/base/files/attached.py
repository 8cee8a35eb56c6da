"""XML carried inside a PDF given by people: taken out in a bounded child process."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from ensemblier.base.files import bounded
from ensemblier.base.refusal import Refusal

CHILD = Path(__file__).with_name("attached_child.py")


class NothingAttached(Refusal):
    """The PDF carries no such file, is damaged, or costs too much to read."""


def attached_xml(*, content: bytes, names: Sequence[str]) -> bytes:
    """The first of these files (lower case) that the PDF carries."""
    answer = bounded.ask(CHILD, json.dumps(list(names)).encode() + b"\n" + content)
    if fault := answer.get("fault"):
        raise NothingAttached(fault)
    if "text" not in answer:
        raise NothingAttached(
            "Ce PDF ne se lit pas : il est abîmé ou protégé. Demandez-en une autre copie."
        )
    text: str = answer["text"]
    return text.encode()
