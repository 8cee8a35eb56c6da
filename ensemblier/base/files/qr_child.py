"""Reads the QR codes of one scan in a process of its own, held to little memory and time.

Run as a script: the file's bytes come in, one JSON line goes out. Nothing of ours is imported.
A scanned PDF is a picture on each page: the pictures are taken out, never drawn again.
"""

import io
import json
import resource
import sys
from collections.abc import Iterator
from typing import Any

MEMORY = 1024 * 1024 * 1024
CPU_SECONDS = 30
MAX_PAGES = 60
MAX_PIXELS = 40_000_000
FIRST_SIDE = 2_400  # big scans are read smaller first


class NotAScan(Exception):
    """What is wrong with the file, in French."""


def pictures(content: bytes) -> Iterator[list[Any]]:
    """The pictures of each page."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    if not content.startswith(b"%PDF-"):
        yield [Image.open(io.BytesIO(content))]
        return
    import pikepdf

    with pikepdf.open(io.BytesIO(content)) as pdf:
        if len(pdf.pages) > MAX_PAGES:
            raise NotAScan(f"Ce PDF a plus de {MAX_PAGES} pages : coupez-le.")
        for page in pdf.pages:
            yield [picture for picture in _of_page(page, pikepdf)]


def _of_page(page: Any, pikepdf: Any) -> Iterator[Any]:
    for raw in page.images.values():
        if int(raw.get("/Width", 0)) * int(raw.get("/Height", 0)) > MAX_PIXELS:
            raise NotAScan("Une page est trop grande : numérisez à 300 points par pouce au plus.")
        try:
            yield pikepdf.PdfImage(raw).as_pil_image()
        except (pikepdf.PdfError, NotImplementedError, ValueError, OSError):
            continue


def codes_of(picture: Any) -> set[str]:
    import zxingcpp
    from PIL import ImageFilter

    if picture.width * picture.height > MAX_PIXELS:
        raise NotAScan("Une page est trop grande : numérisez à 300 points par pouce au plus.")
    grey = picture.convert("L")
    small = grey.copy()
    small.thumbnail((FIRST_SIDE, FIRST_SIDE))
    tries = (
        lambda: small,
        lambda: small.filter(ImageFilter.MedianFilter(3)),
        lambda: small.filter(ImageFilter.GaussianBlur(1.2)),
        lambda: grey,
        lambda: small.resize((small.width * 2, small.height * 2)),
    )
    for attempt in tries:
        found = zxingcpp.read_barcodes(attempt(), formats=zxingcpp.BarcodeFormat.QRCode)
        texts = {code.text for code in found if code.text}
        if texts:
            return texts
    return set()


def read(content: bytes) -> dict[str, Any]:
    codes: set[str] = set()
    pages = read_pages = 0
    for pictures_of_page in pictures(content):
        pages += 1
        found: set[str] = set()
        for picture in pictures_of_page:
            found |= codes_of(picture)
        read_pages += bool(found)
        codes |= found
    return {"codes": sorted(codes), "pages": pages, "read": read_pages}


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    content = sys.stdin.buffer.read()
    try:
        answer: dict[str, Any] = read(content)
    except NotAScan as refusal:
        answer = {"fault": str(refusal)}
    except (MemoryError, RecursionError):
        answer = {"fault": "Ce fichier demande trop de mémoire pour être lu."}
    except Exception as error:  # noqa: BLE001
        answer = {"broken": type(error).__name__}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
