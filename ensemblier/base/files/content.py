"""Looks inside a file to say what it is, and refuses what is not plainly a document or a picture.

Only the content counts: the name and the type announced by the browser are never believed.
"""

from __future__ import annotations

import hashlib
import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import filetype
import pikepdf
from PIL import Image, ImageOps

from ensemblier.base.files import limits
from ensemblier.base.files.sound import SoundRefused, only_sound
from ensemblier.base.refusal import Refusal

# Pillow itself warns above this and refuses above twice as much.
Image.MAX_IMAGE_PIXELS = limits.MAX_PIXELS
# Main part of an Office Open XML package -> what the package is.
OFFICE_PARTS = {"word/document.xml": limits.DOCX, "xl/workbook.xml": limits.XLSX}
ACTIVE_PARTS = re.compile(r"vbaproject|activex|oleobject[^/]*\.bin|^basic/|^scripts/", re.I)
# In a part made of XML: an entity (read from a disk or a network, or multiplied), or a model taken
# from elsewhere when the text is opened.
TRAPS = re.compile(rb"<!ENTITY|attachedTemplate[^>]*TargetMode=.External", re.I)
CARRIED = (".xml", ".csv")
PDF_ACTIONS = {"/JavaScript", "/Launch", "/ImportData", "/SubmitForm"}


class FileRefused(Refusal):
    """The file is too large, of a kind not accepted, or unsafe."""


@dataclass(frozen=True)
class CheckedFile:
    """A file that may be stored: its bytes as they will be kept, and what they are."""

    original_name: str
    content: bytes
    media_type: str

    @property
    def size(self) -> int:
        return len(self.content)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def check(upload: Any, *, sounds: bool = False) -> CheckedFile:
    """Read an uploaded file whole, once its size is known to be right, and check its content."""
    if getattr(upload, "too_big", False) or upload.size > limits.MAX_BYTES:
        raise too_big(upload.size)
    upload.seek(0)
    return check_bytes(content=upload.read(), name=upload.name or "", sounds=sounds)


def too_big(size: int) -> FileRefused:
    return FileRefused(
        f"Ce fichier fait {limits.in_french(size)}. "
        f"La limite est de {limits.in_french(limits.MAX_BYTES)}. "
        "Réduisez-le (une photo plus petite, un PDF allégé) ou déposez-le en plusieurs parties. "
        "Le reste de votre saisie est conservé."
    )


def check_bytes(*, content: bytes, name: str, sounds: bool = False) -> CheckedFile:
    """The file, cleaned, or a refusal that says what to do."""
    if not content:
        raise FileRefused("Ce fichier est vide. Vérifiez-le, puis déposez-le de nouveau.")
    if len(content) > limits.MAX_BYTES:
        raise too_big(len(content))
    kind = filetype.guess(content)
    media_type = kind.mime if kind else ""
    if media_type in limits.IMAGES:
        content = _clean_picture(content, media_type)
    elif content.startswith(b"%PDF-"):
        media_type = limits.PDF
        _check_pdf(content)
    elif content.startswith(b"PK\x03\x04"):
        media_type = _check_package(content)
    elif sounds and media_type in limits.SOUNDS:
        content = _only_sound(content)
    else:
        raise FileRefused(
            f"Ce type de fichier n'est pas accepté. Déposez un fichier {limits.KINDS}."
        )
    return CheckedFile(_safe_name(name, media_type), content, media_type)


def _only_sound(content: bytes) -> bytes:
    try:
        return only_sound(content)
    except SoundRefused as refusal:
        raise FileRefused(refusal.message) from refusal


def _safe_name(name: str, media_type: str) -> str:
    """The name to give back: no path, no control character, and the extension of the content."""
    bare = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in bare if c.isprintable() and c not in '<>:"|?*;')
    stem = kept.rsplit(".", 1)[0].strip(". ")[:100] or "document"
    return f"{stem}.{limits.NAMES[media_type]}"


def _clean_picture(content: bytes, media_type: str) -> bytes:
    """Draw the picture again: metadata (place, device) and anything hidden after it are gone."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=["JPEG", "PNG"])
        _measure(picture, media_type)
        picture.load()
        ImageOps.exif_transpose(picture, in_place=True)
        clean = io.BytesIO()
        if media_type == limits.JPEG:
            _in_mode(picture, "RGB").save(clean, "JPEG", quality=90)
        else:
            _in_mode(picture, _mode_of_png(picture)).save(clean, "PNG", optimize=False)
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(limits.MAX_PIXELS) from error
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
        raise FileRefused(
            "Cette image est abîmée. Ouvrez-la, enregistrez-la de nouveau, puis déposez-la."
        ) from error
    return clean.getvalue()


def _measure(picture: Any, media_type: str) -> None:
    """Refuse what would take too much memory, before any of it is unpacked; halve large photos."""
    most = limits.MAX_PIXELS if media_type == limits.JPEG else limits.MAX_PIXELS_WHOLE
    if picture.info.get("progressive"):
        most = limits.MAX_PIXELS_IN_PASSES
    pixels = picture.width * picture.height
    if pixels > most:
        raise _too_many_pixels(most)
    if media_type == limits.JPEG and pixels > limits.HALVED_ABOVE:
        picture.draft("RGB", (picture.width // 2, picture.height // 2))


def _mode_of_png(picture: Image.Image) -> str:
    return "RGBA" if "A" in picture.mode or "transparency" in picture.info else "RGB"


def _in_mode(picture: Image.Image, mode: str) -> Image.Image:
    """Without its metadata; drawn again only when its colours are coded otherwise."""
    clean = picture if picture.mode == mode else picture.convert(mode)
    clean.info = {}
    return clean


def _too_many_pixels(most: int) -> FileRefused:
    return FileRefused(
        f"Cette image est trop grande : plus de {most // 1_000_000} millions de points. "
        "Réduisez ses dimensions, puis déposez-la de nouveau."
    )


def _check_pdf(content: bytes) -> None:
    if b"%%EOF" not in content[-2048:]:
        raise _damaged_pdf()
    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            if len(pdf.pages) > limits.MAX_PAGES:
                raise FileRefused(
                    f"Ce PDF compte plus de {limits.MAX_PAGES} pages. "
                    "Déposez-le en plusieurs parties."
                )
            if any(_is_active(each) for thing in pdf.objects for each in _within(thing)):
                raise FileRefused(
                    "Ce PDF contient un programme. Enregistrez-le de nouveau "
                    "par « Imprimer en PDF », puis déposez cette copie."
                )
    except pikepdf.PasswordError as error:
        raise FileRefused(
            "Ce PDF est protégé par un mot de passe. Enlevez la protection, puis déposez-le."
        ) from error
    except (pikepdf.PdfError, ValueError, RecursionError, MemoryError) as error:
        raise _damaged_pdf() from error


def _damaged_pdf() -> FileRefused:
    return FileRefused("Ce PDF est abîmé. Ouvrez-le, enregistrez-le de nouveau, puis déposez-le.")


def _within(thing: Any) -> Iterator[Any]:
    """An object and those written inside it; objects it refers to have their own turn."""
    waiting = [thing]
    while waiting:
        each = waiting.pop()
        yield each
        if isinstance(each, pikepdf.Array):
            waiting += [child for child in each if not getattr(child, "is_indirect", False)]
        elif isinstance(each, (pikepdf.Dictionary, pikepdf.Stream)):
            waiting += [v for v in dict(each).values() if not getattr(v, "is_indirect", False)]


def _is_active(thing: Any) -> bool:
    """A PDF dictionary that runs something, starts a program or sends data away."""
    if not isinstance(thing, (pikepdf.Dictionary, pikepdf.Stream)):
        return False
    if "/JS" in thing or "/XFA" in thing or str(thing.get("/Subtype", "")) == "/RichMedia":
        return True
    # An invoice carries its data as XML (Factur-X), and its lines as a table; nothing else is
    # carried inside a PDF.
    carried = str(thing.get("/UF", thing.get("/F", ""))) if "/EF" in thing else ".xml"
    return str(thing.get("/S", "")) in PDF_ACTIONS or not carried.lower().endswith(CARRIED)


def _check_package(content: bytes) -> str:
    """Media type of a text or spreadsheet made of zipped parts; macros and bombs are refused."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
            _check_parts(parts)
            media_type = _package_type(package, {part.filename for part in parts})
            _check_unpacked(package, parts)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise FileRefused(
            "Ce document est abîmé. Ouvrez-le, enregistrez-le de nouveau, puis déposez-le."
        ) from error
    except ValueError as error:
        raise FileRefused("Ce document est abîmé ou piégé. Déposez-en une version PDF.") from error
    return media_type


def _check_parts(parts: list[zipfile.ZipInfo]) -> None:
    if len(parts) > limits.MAX_ENTRIES or _declared(parts) > limits.MAX_UNPACKED_BYTES:
        raise _unpacks_too_large()
    for part in parts:
        path = part.filename.replace("\\", "/")
        if path.startswith("/") or ".." in path.split("/") or part.flag_bits & 1:
            raise FileRefused("Ce document est protégé ou piégé. Déposez-en une version PDF.")
        if ACTIVE_PARTS.search(path):
            raise FileRefused(
                "Ce document contient des macros. Enregistrez-le sans macro, ou en PDF, "
                "puis déposez-le."
            )


def _declared(parts: list[zipfile.ZipInfo]) -> int:
    return sum(part.file_size for part in parts)


def _unpacks_too_large() -> FileRefused:
    return FileRefused(
        "Une fois ouvert, ce document dépasse 100 Mo. Allégez ses images ou déposez-en un PDF."
    )


def _package_type(package: zipfile.ZipFile, names: set[str]) -> str:
    found = ""
    if "mimetype" in names and package.getinfo("mimetype").file_size < 200:
        found = package.read("mimetype").decode("ascii", "replace").strip()
    elif "[Content_Types].xml" in names:
        found = next((OFFICE_PARTS[part] for part in OFFICE_PARTS if part in names), "")
    if found not in limits.EXTENSIONS:
        raise FileRefused(
            f"Ce type de fichier n'est pas accepté. Déposez un fichier {limits.KINDS}."
        )
    return found


def _check_unpacked(package: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> None:
    """Count what really comes out: the sizes written in the archive may lie."""
    total = 0
    for part in parts:
        with package.open(part) as opened:
            is_xml = part.filename.lower().endswith((".xml", ".rels", ".rdf"))
            while chunk := opened.read(1_000_000):
                total += len(chunk)
                # Without the zeros of UTF-16: what hides there is read too.
                if is_xml and TRAPS.search(chunk.replace(b"\0", b"")):
                    raise ValueError("an entity or a model from elsewhere")
                if total > limits.MAX_UNPACKED_BYTES:
                    raise _unpacks_too_large()
