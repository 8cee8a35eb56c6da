"""The bill of materials, in CycloneDX, of what the lock files pin (`make sbom`).

    python requirements/sbom.py [dist/sbom.json]

Read from the lock files alone, without network: each package with its version and every hash that
an installation accepts. `scope` says what an installation needs (required) and what only tests and
benchmarks need (excluded). No download address: packages are named by their purl.
"""

import re
import sys
from pathlib import Path
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

HERE = Path(__file__).resolve().parent
OUT = HERE.parent / "dist" / "sbom.json"
LOCKS = ("uv", "run", "dev", "bench")
NEEDED = ("uv", "run")
BLOCK = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]+\])?==(\S+)([^\n]*(?:\n[ ]+[^\n]*)*)", re.M)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class Pinned(NamedTuple):
    """One package of a lock file."""

    name: str
    version: str
    hashes: tuple[str, ...]


def pinned(lock: str, folder: Path = HERE) -> list[Pinned]:
    text = (folder / f"{lock}.txt").read_text()
    return [Pinned(n, v, tuple(HASH.findall(rest))) for n, v, rest in BLOCK.findall(text)]


def bill(folder: Path = HERE) -> str:
    """The document; the same lock files give the same bytes."""
    from cyclonedx.model import HashAlgorithm, HashType, Property
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component, ComponentScope, ComponentType
    from cyclonedx.output import make_outputter
    from cyclonedx.schema import OutputFormat, SchemaVersion
    from packageurl import PackageURL

    locks: dict[Pinned, list[str]] = {}
    for lock in LOCKS:
        for row in pinned(lock, folder):
            locks.setdefault(row, []).append(lock)
    bom = Bom(serial_number=uuid5(NAMESPACE_URL, repr(sorted(locks))))
    bom.metadata.timestamp = None
    bom.metadata.component = Component(
        name="ensemblier", type=ComponentType.APPLICATION, bom_ref="ensemblier"
    )
    for row, where in locks.items():
        needed = bool(set(where) & set(NEEDED))
        purl = PackageURL(type="pypi", name=row.name, version=row.version)
        component = Component(
            name=row.name,
            version=row.version,
            type=ComponentType.LIBRARY,
            bom_ref=str(purl),
            purl=purl,
            scope=ComponentScope.REQUIRED if needed else ComponentScope.EXCLUDED,
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=found) for found in row.hashes],
            properties=[Property(name="ensemblier:lock", value=lock) for lock in where],
        )
        bom.components.add(component)
        bom.register_dependency(bom.metadata.component, [component])
    return make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1)


def main(target: Path = OUT) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(bill() + "\n")
    print(f"{target} : {sum(1 for lock in LOCKS for _ in pinned(lock))} lignes épinglées")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
