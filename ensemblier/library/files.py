"""Reads the sheets committed in `sheets/`: one TOML file each."""

import hashlib
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

SHEETS = Path(__file__).parent / "sheets"


class SheetFile(NamedTuple):
    """The content of a file, and its digest."""

    content: dict[str, Any]
    digest: str


def read_sheets(folder: Path = SHEETS) -> Iterator[SheetFile]:
    """Every sheet of the folder, in the order of the numbers."""
    for path in sorted(folder.glob("*.toml")):
        raw = path.read_bytes()
        yield SheetFile(tomllib.loads(raw.decode("utf-8")), hashlib.sha256(raw).hexdigest())
