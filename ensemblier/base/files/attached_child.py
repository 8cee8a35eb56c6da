"""Takes the XML out of one PDF in a process of its own, held to little memory and time.

Run as a script (see attached.py): the PDF comes in, one JSON line goes out. Nothing of ours is
imported.
"""

import io
import json
import resource
import sys
from typing import Any

MEMORY = 512 * 1024 * 1024
CPU_SECONDS = 10
MAX_FILES = 20
MAX_XML = 5_000_000


class NothingInside(Exception):
    """What is wrong with the file, in French."""


def read(content: bytes, wanted: list[str]) -> str:
    import pikepdf

    with pikepdf.open(io.BytesIO(content)) as pdf:
        found = {}
        for name, spec in list(pdf.attachments.items())[:MAX_FILES]:
            if name.lower() in wanted:
                found[name.lower()] = spec
        for name in wanted:
            if name in found:
                data = found[name].get_file().read_bytes()
                if len(data) > MAX_XML:
                    raise NothingInside("Le fichier XML de ce PDF est trop grand.")
                return data.decode("utf-8")
    raise NothingInside(
        "Ce PDF ne contient pas de facture électronique. Demandez au vendeur un fichier Factur-X, "
        "ou déposez son fichier XML."
    )


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    head, _, content = sys.stdin.buffer.read().partition(b"\n")
    try:
        answer: dict[str, Any] = {"text": read(content, json.loads(head))}
    except NothingInside as refusal:
        answer = {"fault": str(refusal)}
    except (MemoryError, RecursionError):
        answer = {"fault": "Ce fichier demande trop de mémoire pour être lu."}
    except Exception as error:  # noqa: BLE001
        answer = {"broken": type(error).__name__}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
