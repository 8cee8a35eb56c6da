"""The `ensemblier` command: one subcommand per concept, each registered by its own module."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from ensemblier.cli.french import speak_french

# Each names a module with `register(subparsers)`; its commands set `run(arguments) -> int`.
COMMANDS = (
    "ensemblier.base.people.commands",
    "ensemblier.base.territory.commands",
    "ensemblier.base.ledger.commands",
    "ensemblier.base.journal.commands",
    "ensemblier.base.notices.commands",
    "ensemblier.fund.orientation.commands",
    "ensemblier.fund.programme.commands",
    "ensemblier.fund.applications.commands",
    "ensemblier.fund.intake.commands",
    "ensemblier.fund.printing.commands",
    "ensemblier.fund.decisions.commands",
    "ensemblier.fund.agreements.commands",
    "ensemblier.fund.monitoring.commands",
    "ensemblier.fund.publication.commands",
    "ensemblier.fund.boards.commands",
    "ensemblier.chain.billing.commands",
    "ensemblier.chain.billing.month_end_command",
    "ensemblier.library.commands",
    "ensemblier.web.operations.commands",
    "ensemblier.cli.reference",
    "ensemblier.web.demo.commands",
    "ensemblier.cli.split",
    "ensemblier.cli.allocate",
    "ensemblier.cli.certify",
)


def parser() -> argparse.ArgumentParser:
    """The whole command line, in French."""
    speak_french()
    top = argparse.ArgumentParser(
        prog="ensemblier",
        description="Ensemblier : les filières solidaires de l'alimentation et leur fonds.",
    )
    subparsers = top.add_subparsers(title="commandes", metavar="COMMANDE", required=True)
    for name in COMMANDS:
        importlib.import_module(name).register(subparsers)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0 when it went well."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ensemblier.web.settings")
    import django

    django.setup()
    arguments = parser().parse_args(argv)
    return int(arguments.run(arguments) or 0)


if __name__ == "__main__":
    sys.exit(main())
