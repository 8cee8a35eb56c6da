"""What `ensemblier verify` proves besides the books: each concept above registers its own."""

from __future__ import annotations

from collections.abc import Callable

# A proof gives (where, what) of each fault, in French.
Proof = Callable[[], list[tuple[str, str]]]
_proofs: dict[str, Proof] = {}


def register(name: str, proof: Proof) -> None:
    """Called by a concept when the application starts; `name` is read after « Vérifié aussi »."""
    _proofs[name] = proof


def table() -> dict[str, Proof]:
    """Every proof by name."""
    return dict(sorted(_proofs.items()))
