"""The whole file as a zip, sent as it is made: the PDF, the papers, the content, the digests.

Names are made here, from a number and plain letters: nothing typed by anyone becomes a path. Each
paper is read through the rule of its purpose, as a download would be, and its digest is computed
again on the way: the manifest, last, says what was found.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from ensemblier.base.files.limits import EXTENSIONS, MEGABYTE, in_french
from ensemblier.base.files.models import ScanState, StoredFile
from ensemblier.base.files.serving import serve_rule
from ensemblier.base.people.access import Actor
from ensemblier.base.refusal import Refusal
from ensemblier.fund.applications.content import whole_content
from ensemblier.fund.applications.models import Application
from ensemblier.fund.printing.whole import whole_file_pdf

MOST = 300 * MEGABYTE
PIECE = 64 * 1024
LONGEST = 60


class TooBig(Refusal):
    """The papers are too heavy for one archive."""


class Paper(NamedTuple):
    """A paper on its way: the name it takes, where its bytes are, the digest it must have."""

    name: str
    path: Path
    sha256: str


class Contents(NamedTuple):
    """Everything the archive holds, read from the database before the first byte leaves."""

    made_at: datetime
    texts: dict[str, bytes]
    papers: list[Paper]
    left_out: list[str]


def gather(application: Application, actor: Actor, *, now: datetime) -> Contents:
    """What this person may read of the file; refused when it is too heavy for one archive."""
    stored = [
        (paper.get_kind_display(), paper.file)
        for paper in application.attachments.select_related("file")
    ]
    size = sum(file.size for _, file in stored)
    if size > MOST:
        raise TooBig(
            f"Les pièces de ce dossier pèsent {in_french(size)}, plus que les {in_french(MOST)} "
            "d'une archive. Téléchargez-les une à une sur la page du dossier."
        )
    papers, left_out = [], []
    for rank, (kind, file) in enumerate(stored, start=1):
        name = paper_name(rank, kind, file)
        if not _may_take(actor, file):
            left_out.append(f"{name} : contrôle en cours, ou pièce qui ne vous est pas ouverte")
        elif not file.path.is_file():
            left_out.append(f"{name} : cette pièce n'est plus conservée")
        else:
            papers.append(Paper(name, file.path, file.sha256))
    content = json.dumps(whole_content(application), ensure_ascii=False, indent=2, sort_keys=True)
    texts = {
        "dossier.pdf": whole_file_pdf(application, now=now),
        "contenu.json": content.encode(),
    }
    return Contents(now, texts, papers, left_out)


def _may_take(actor: Actor, file: StoredFile) -> bool:
    rule = serve_rule.get(file.purpose)
    return bool(rule and rule(actor, file).allowed and file.scan == ScanState.CLEAN)


def paper_name(rank: int, kind: str, file: StoredFile) -> str:
    """pieces/03-statuts-association-voisins.pdf: plain letters, the extension of its true kind."""
    stem = plain(f"{kind}-{Path(file.original_name).stem}") or "piece"
    return f"pieces/{rank:02d}-{stem}.{EXTENSIONS.get(file.media_type, 'bin')}"


def plain(text: str) -> str:
    """Lower-case letters, figures and dashes only."""
    bare = unicodedata.normalize("NFKD", text.replace("œ", "oe")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", bare.lower()).strip("-")[:LONGEST].strip("-")


def stream(contents: Contents) -> Iterator[bytes]:
    """The archive, piece by piece: memory holds one piece and the PDF, whatever the papers."""
    out = _Out()
    digests: list[tuple[str, str]] = []
    warnings = [*contents.left_out]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        for name, data in contents.texts.items():
            archive.writestr(_info(name, contents.made_at), data)
            digests.append((name, hashlib.sha256(data).hexdigest()))
            yield out.take()
        for paper in contents.papers:
            found = hashlib.sha256()
            with (
                open(paper.path, "rb") as source,
                archive.open(_info(paper.name, contents.made_at), "w") as target,
            ):
                while piece := source.read(PIECE):
                    found.update(piece)
                    target.write(piece)
                    yield out.take()
            digests.append((paper.name, found.hexdigest()))
            if found.hexdigest() != paper.sha256:
                warnings.append(f"{paper.name} : son contenu n'est plus celui qui a été déposé")
        archive.writestr(_info("empreintes.txt", contents.made_at), manifest(digests, warnings))
    yield out.take()


def manifest(digests: list[tuple[str, str]], warnings: list[str]) -> str:
    """As `sha256sum --check` reads it; what is missing or wrong is said first, as comments."""
    said = [f"# ATTENTION {line}" for line in warnings]
    return "\n".join([*said, *(f"{digest}  {name}" for name, digest in digests)]) + "\n"


def _info(name: str, at: datetime) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, at.timetuple()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info


class _Out:
    """Where the archive is written: bytes are taken away as soon as they are there."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []

    def write(self, data: Any) -> int:
        self.kept.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits."""

    def take(self) -> bytes:
        data = b"".join(self.kept)
        self.kept.clear()
        return data
