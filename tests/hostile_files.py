"""Builds files to throw at the upload field: good ones, and ones that lie or bite."""

import io
import zipfile
import zlib
from collections.abc import Iterator

import pikepdf
from PIL import Image

from ensemblier.base.files import limits

OFFICE_TYPES = "[Content_Types].xml"


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 30), *, exif: bool = False) -> bytes:
    image = Image.new("RGB", size, (200, 120, 40))
    out = io.BytesIO()
    if exif:
        marks = Image.Exif()
        marks[0x010F] = "CANARI appareil"
        image.save(out, kind, exif=marks)
    else:
        image.save(out, kind)
    return out.getvalue()


def pdf(pages: int = 1, script: str = "") -> bytes:
    with pikepdf.new() as document:
        for _ in range(pages):
            document.add_blank_page()
        if script:
            document.Root.OpenAction = pikepdf.Dictionary(
                S=pikepdf.Name("/JavaScript"), JS=pikepdf.String(script)
            )
        out = io.BytesIO()
        document.save(out)
    return out.getvalue()


def locked_pdf() -> bytes:
    with pikepdf.new() as document:
        document.add_blank_page()
        out = io.BytesIO()
        document.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    return out.getvalue()


def package(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def odt(extra: dict[str, bytes] | None = None) -> bytes:
    return package({"mimetype": limits.ODT.encode(), "content.xml": b"<a/>", **(extra or {})})


def ods() -> bytes:
    return package({"mimetype": limits.ODS.encode(), "content.xml": b"<a/>"})


def docx(extra: dict[str, bytes] | None = None) -> bytes:
    return package({OFFICE_TYPES: b"<a/>", "word/document.xml": b"<a/>", **(extra or {})})


def xlsx() -> bytes:
    return package({OFFICE_TYPES: b"<a/>", "xl/workbook.xml": b"<a/>"})


def lying_bomb() -> bytes:
    """A package whose directory declares 10 bytes for a part that holds 150 MB."""
    big = docx({"word/media/a.bin": bytes(150_000_000)})
    real, false = (150_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little")
    return big.replace(real, false)


def huge_picture() -> bytes:
    """A PNG of a few bytes that announces 60,000 x 60,000 points."""
    head = b"\x89PNG\r\n\x1a\n"
    body = (60_000).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    chunk = b"IHDR" + body
    crc = zlib.crc32(chunk).to_bytes(4, "big")
    return head + len(body).to_bytes(4, "big") + chunk + crc


def good() -> dict[str, tuple[bytes, str]]:
    """Name -> content and the type it must be recognised as."""
    return {
        "photo.jpg": (picture(), limits.JPEG),
        "photo-sans-extension": (picture("PNG"), limits.PNG),
        "devis.pdf": (pdf(), limits.PDF),
        "statuts.odt": (odt(), limits.ODT),
        "budget.ods": (ods(), limits.ODS),
        "projet.docx": (docx(), limits.DOCX),
        "plan.xlsx": (xlsx(), limits.XLSX),
    }


def _programs() -> Iterator[tuple[str, bytes]]:
    signatures = {
        "exe": b"MZ" + bytes(200),
        "elf": b"\x7fELF" + bytes(200),
        "java": b"\xca\xfe\xba\xbe" + bytes(200),
        "script": b"#!/bin/sh\nrm -rf /\n",
        "html": b"<!doctype html><script>alert(1)</script>",
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        "xml": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        "eicar": b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
        "doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "rtf": b"{\\rtf1 {\\object\\objocx}}",
        "gif": b"GIF89a" + bytes(60),
        "webp": b"RIFF\x10\x00\x00\x00WEBPVP8 " + bytes(60),
        "tiff": b"II*\x00" + bytes(60),
        "gzip": b"\x1f\x8b\x08" + bytes(60),
        "7z": b"7z\xbc\xaf\x27\x1c" + bytes(60),
        "rar": b"Rar!\x1a\x07\x00" + bytes(60),
        "iso": bytes(32769) + b"CD001",
        "text": b"Bonjour, ceci est un texte.",
        "zeros": bytes(5000),
        "late pdf": b"GIF89a" + pdf(),
    }
    # Each under its own name and under seven names of accepted kinds: only content counts.
    for name, content in signatures.items():
        for extension in ("", *limits.EXTENSIONS.values()):
            yield f"{name}.{extension}", content


def bad() -> dict[str, bytes]:
    """About 200 files, none of which may enter."""
    found = dict(_programs())
    found["vide.pdf"] = b""
    found["script.pdf"] = pdf(script="app.alert('CANARI')")
    found["protege.pdf"] = locked_pdf()
    found["501 pages.pdf"] = pdf(501)
    found["macro.docx"] = docx({"word/vbaProject.bin": b"x"})
    found["macro.odt"] = odt({"Basic/Standard/script.xml": b"x"})
    found["sortie.docx"] = docx({"../../etc/passwd": b"x"})
    found["racine.odt"] = odt({"/etc/passwd": b"x"})
    found["bombe.docx"] = docx({"word/media/a.bin": bytes(110_000_000)})
    found["bombe menteuse.docx"] = lying_bomb()
    found["parties.docx"] = docx({f"p/{n}": b"" for n in range(limits.MAX_ENTRIES + 1)})
    found["zip nu.docx"] = package({"a.txt": b"x"})
    found["apk.docx"] = package({"AndroidManifest.xml": b"x", "classes.dex": b"x"})
    found["geante.png"] = huge_picture()
    found["trop lourd.pdf"] = b"%PDF-1.7" + bytes(limits.MAX_BYTES)
    whole = {name: content for name, (content, _) in good().items()}
    for name, content in whole.items():
        for share in (2, 3, 5):
            found[f"coupé {share} {name}"] = content[: max(12, len(content) // share)]
    return found
