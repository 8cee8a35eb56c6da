"""XML files given by people: read in a bounded child process, without any definition of theirs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ensemblier.base.files import bounded, limits
from ensemblier.base.refusal import Refusal

CHILD = Path(__file__).with_name("tree_child.py")
MAX_BYTES = 5 * limits.MEGABYTE
UNREADABLE = (
    "Ce fichier n'est pas du XML lisible : il est abîmé, coupé ou d'un autre format. Reprenez-le "
    "sur le site de votre banque, puis recommencez."
)


class TreeRefused(Refusal):
    """The file is not XML, is too large, or carries definitions."""


class Node(NamedTuple):
    """One element: its name without namespace, its text, its attributes, what it holds."""

    name: str
    text: str
    attributes: dict[str, str]
    children: list[Node]

    def all(self, path: str) -> Iterator[Node]:
        """Every element at the end of a path of names, « Refs/EndToEndId »."""
        name, _, rest = path.partition("/")
        for child in self.children:
            if child.name == name:
                yield from child.all(rest) if rest else (child,)

    def one(self, *paths: str) -> Node | None:
        """The first element found, the paths in order."""
        return next((node for path in paths for node in self.all(path)), None)

    def words(self, *paths: str) -> str:
        """The text of the first element found; "" when there is none."""
        return next((node.text for path in paths for node in self.all(path) if node.text), "")


class Tree(NamedTuple):
    namespace: str
    root: Node


def read_tree(*, content: bytes) -> Tree:
    """Read an XML file: no DOCTYPE, no entity, bounded in size, depth and time."""
    if not content:
        raise TreeRefused("Ce fichier est vide. Vérifiez-le, puis déposez-le de nouveau.")
    if len(content) > MAX_BYTES:
        raise TreeRefused(
            f"Ce fichier fait {limits.in_french(len(content))}. La limite est de "
            f"{limits.in_french(MAX_BYTES)} : demandez à la banque une période plus courte."
        )
    answer = bounded.ask(CHILD, content)
    if fault := answer.get("fault"):
        raise TreeRefused(fault)
    if "root" not in answer:
        raise TreeRefused(UNREADABLE)
    return Tree(answer["namespace"], _node(answer["root"]))


def _node(row: list[Any]) -> Node:
    name, text, attributes, children = row
    return Node(name, text, attributes, [_node(child) for child in children])
