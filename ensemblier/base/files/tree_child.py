"""Reads one XML file in a process of its own, held to little memory and time (see trees.py).

Run as a script: the file's bytes come in, one JSON line goes out. Nothing of ours is imported.
"""

import json
import resource
import sys
from typing import Any
from xml.parsers import expat

MEMORY = 512 * 1024 * 1024
CPU_SECONDS = 10
MAX_ELEMENTS = 200_000
MAX_DEPTH = 40
MAX_TEXT = 2_000


class NotATree(Exception):
    """What is wrong with the file, in French."""


class Tree:
    """What expat says, kept as nested lists: name, text, attributes, children."""

    def __init__(self) -> None:
        self.namespace = ""
        self.top: list[Any] = ["", "", {}, []]
        self.open = [self.top]
        self.count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        self.count += 1
        if self.count > MAX_ELEMENTS:
            raise NotATree(
                "Ce fichier XML est trop grand : demandez à la banque un jour à la fois."
            )
        if len(self.open) > MAX_DEPTH:
            raise NotATree("Ce fichier XML est construit d'une façon inattendue.")
        if self.count == 1:
            self.namespace = namespace[:200]
        kept = {key[:50]: value[:200] for key, value in list(attributes.items())[:10]}
        node: list[Any] = [local[:100], "", kept, []]
        self.open[-1][3].append(node)
        self.open.append(node)

    def end(self, name: str) -> None:
        node = self.open.pop()
        node[1] = node[1].strip()[:MAX_TEXT]

    def text(self, words: str) -> None:
        node = self.open[-1]
        if len(node[1]) < MAX_TEXT:
            node[1] += words[:MAX_TEXT]


def refuse(*_: Any) -> None:
    raise NotATree(
        "Ce fichier XML contient des définitions (DOCTYPE ou entités) qu'un fichier de banque ne "
        "contient jamais. Reprenez-le sur le site de votre banque, sans l'ouvrir ailleurs."
    )


def read(content: bytes) -> dict[str, Any]:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.buffer_text = True
    tree = Tree()
    parser.StartElementHandler, parser.EndElementHandler = tree.start, tree.end
    parser.CharacterDataHandler = tree.text
    for handler in (
        "StartDoctypeDeclHandler",
        "EntityDeclHandler",
        "UnparsedEntityDeclHandler",
        "ExternalEntityRefHandler",
        "SkippedEntityHandler",
    ):
        setattr(parser, handler, refuse)
    parser.Parse(content, True)
    return {"namespace": tree.namespace, "root": tree.top[3][0]}


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    content = sys.stdin.buffer.read()
    try:
        answer = read(content)
    except NotATree as refusal:
        answer = {"fault": str(refusal)}
    except (MemoryError, RecursionError):
        answer = {"fault": "Ce fichier demande trop de mémoire pour être lu."}
    except Exception as error:  # noqa: BLE001
        answer = {"broken": type(error).__name__}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
