"""The QR code printed on each page of a text, and the reading of the scans that come back."""

from __future__ import annotations

import io
import re
from typing import NamedTuple

import segno
from django.conf import settings

from ensemblier.base.files.codes import NothingRead, read_codes
from ensemblier.base.refusal import Refusal

PATH = "/conventions/papier/"
CODE = re.compile(rf"{PATH}([A-Z2-9]{{16}})/?$")
RESCAN = (
    "Numérisez de nouveau toutes les pages, bien à plat, à 150 points par pouce au moins, sans "
    "couper le coin du haut où se trouve le code, puis déposez le PDF."
)


class ScanUnreadable(Refusal):
    """No QR code of ours was read in the file."""


class Scan(NamedTuple):
    """What was read: the codes of our texts, and how many pages had one."""

    codes: tuple[str, ...]
    pages: int
    read: int


def address_of(code: str) -> str:
    """What the QR code says: an address that opens the agreement, for a phone too."""
    return f"{settings.SITE_URL}{PATH}{code}/"


def svg_of(code: str) -> str:
    """The QR code as SVG; level Q holds a quarter of damage: a fold, a stamp, a staple."""
    out = io.BytesIO()
    segno.make(address_of(code), error="q", micro=False).save(
        out, kind="svg", border=2, xmldecl=False
    )
    return out.getvalue().decode()


def read_scan(content: bytes) -> Scan:
    """Read a scan in a bounded child process: a hostile file costs seconds of another process."""
    try:
        answer = read_codes(content)
    except NothingRead as error:
        raise ScanUnreadable(f"Ce fichier n'a pas pu être lu. {RESCAN}", field="scan") from error
    if fault := answer.get("fault"):
        raise ScanUnreadable(f"{fault} {RESCAN}", field="scan")
    found = {match[1] for text in answer.get("codes", ()) if (match := CODE.search(text))}
    if not found:
        raise ScanUnreadable(f"Aucun code QR de convention n'a été lu. {RESCAN}", field="scan")
    return Scan(tuple(sorted(found)), answer["pages"], answer["read"])
