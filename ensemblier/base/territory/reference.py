"""Reads the tables committed in `data/` (see SOURCES.toml): one dictionary per row."""

import csv
import gzip
import io
from collections.abc import Iterator
from pathlib import Path

DATA = Path(__file__).parent / "data"


def rows_of(name: str, folder: Path = DATA) -> Iterator[dict[str, str]]:
    """Rows of a committed CSV, compressed or not."""
    raw = (folder / name).read_bytes()
    if name.endswith(".gz"):
        raw = gzip.decompress(raw)
    return csv.DictReader(io.StringIO(raw.decode("utf-8"), newline=""))
