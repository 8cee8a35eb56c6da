"""`ensemblier docs`: the reference pages that are written by the code itself (`make docs`)."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ensemblier.base.journal import retention
from ensemblier.cli.plan_reference import plan_page

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"
NOTE = "Page écrite par `make docs` : ne la modifiez pas à la main.\n"


def register(subparsers: Any) -> None:
    command = subparsers.add_parser("docs", help="écrit les pages de référence de docs/")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text)
        print(f"docs/reference/{name}")
    return 0


def pages() -> dict[str, str]:
    """File name -> content."""
    return {
        "conservation.md": retention_page(),
        "commandes.md": commands_page(),
        "plan.md": plan_page(NOTE),
    }


def retention_page() -> str:
    lines = [f"| {rule.what} | {rule.duration} | {rule.source} |" for rule in retention.table()]
    return "\n".join(
        [
            "# Durées de conservation\n",
            NOTE,
            "`ensemblier retention run` les applique chaque nuit et note combien il efface.\n",
            "| Données | Durée | Texte |",
            "|---|---|---|",
            *lines,
            "",
        ]
    )


def commands_page() -> str:
    from ensemblier.cli.main import parser

    lines = [f"| `{name}` | {words} |" for name, words in verbs(parser(), "ensemblier")]
    return "\n".join(
        ["# Commandes\n", NOTE, "| Commande | Ce qu'elle fait |", "|---|---|", *lines, ""]
    )


def verbs(parser: argparse.ArgumentParser, prefix: str) -> Iterator[tuple[str, str]]:
    """Each command that does something, with its help."""
    for action in parser._actions:
        if not isinstance(action, argparse._SubParsersAction):
            continue
        helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
        for name, child in action.choices.items():
            inner = list(verbs(child, f"{prefix} {name}"))
            yield from inner or [(f"{prefix} {name}", helps.get(name, ""))]
