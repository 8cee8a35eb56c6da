"""`ensemblier retention`: show the table of durations, or apply it."""

import argparse
from typing import Any

from django.utils import timezone

from ensemblier.base.journal import retention
from ensemblier.base.journal.actions import run_retention


def register(subparsers: Any) -> None:
    command = subparsers.add_parser("retention", help="durées de conservation des données")
    verbs = command.add_subparsers(title="verbes", metavar="VERBE", required=True)
    run = verbs.add_parser("run", help="efface ce qui a dépassé sa durée")
    run.set_defaults(run=run_rules)
    table = verbs.add_parser("table", help="montre les durées et leur source")
    table.set_defaults(run=show_table)


def show_table(arguments: argparse.Namespace) -> int:
    for rule in retention.table():
        print(f"{rule.what}\n    {rule.duration} ({rule.source})")
    return 0


def run_rules(arguments: argparse.Namespace) -> int:
    outcome = run_retention(now=timezone.now())
    for key, count in outcome.counts.items():
        print(f"{key} : {count}")
    for key, error in outcome.errors.items():
        print(f"{key} : ÉCHEC ({error})")
    return 1 if outcome.errors else 0
