"""Commands of whoever runs the site: run, serve, worker, tick, backup, restore."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from ensemblier.base.people.models import User
from ensemblier.web import serve
from ensemblier.web.checks import refuse_if_unsafe
from ensemblier.web.operations import actions, backup, jobs, resealing


def register(subparsers: Any) -> None:
    _register_servers(subparsers)
    tick = subparsers.add_parser("tick", help="met en file les tâches dont l'heure est venue")
    tick.set_defaults(run=run_tick)
    save = subparsers.add_parser("backup", help="sauvegarde la base et les fichiers")
    save.add_argument("--out", type=Path, required=True, metavar="DOSSIER")
    save.add_argument("--recipient", default="", metavar="CLE", help="chiffre avec age")
    save.set_defaults(run=run_backup)
    keys = subparsers.add_parser(
        "reseal", help="chiffre de nouveau avec la nouvelle clé (IBAN, seconds facteurs, jetons)"
    )
    keys.add_argument("--check", action="store_true", help="dit ce qui reste, ne change rien")
    keys.set_defaults(run=run_reseal)
    back = subparsers.add_parser("restore", help="restaure une sauvegarde, puis la vérifie")
    back.add_argument("archive", type=Path, metavar="ARCHIVE")
    back.add_argument("--identity", default="", metavar="FICHIER", help="clé privée age")
    back.add_argument("--seals", default="", metavar="FICHIER", help="sceaux gardés au dehors")
    back.set_defaults(run=run_restore)


def _register_servers(subparsers: Any) -> None:
    demo = subparsers.add_parser("run", help="ouvre la démonstration sur cette machine")
    demo.add_argument("--port", type=int, default=8000, metavar="PORT")
    demo.set_defaults(run=run_demo)
    server = subparsers.add_parser("serve", help="lance le serveur web (production)")
    server.add_argument("--host", default="127.0.0.1", metavar="ADRESSE")
    server.add_argument("--port", type=int, default=8000, metavar="PORT")
    server.add_argument("--workers", type=int, default=os.cpu_count() or 2, metavar="NOMBRE")
    server.add_argument("--threads", type=int, default=2, metavar="NOMBRE")
    server.set_defaults(run=run_server)
    worker = subparsers.add_parser("worker", help="exécute les tâches en file")
    worker.set_defaults(run=run_worker)


def run_demo(arguments: argparse.Namespace) -> int:
    if settings.MODE == "production":
        print("La démonstration ne s'ouvre pas en production : utilisez « serve ».")
        return 1
    return serve.run_demo(port=arguments.port, var=settings.VAR, is_empty=is_empty())


def is_empty() -> bool:
    """No account yet, or not even a table: the demo is to be loaded."""
    known = User._meta.db_table in connection.introspection.table_names()
    empty = not (known and User.objects.exists())
    connection.close()
    return empty


def run_server(arguments: argparse.Namespace) -> int:
    """Check the settings, then become the web server."""
    refuse_if_unsafe(settings, ask_server=True)
    command = serve.granian(
        host=arguments.host,
        port=arguments.port,
        workers=arguments.workers,
        threads=arguments.threads,
    )
    os.execv(command[0], command)


def run_worker(arguments: argparse.Namespace) -> int:
    refuse_if_unsafe(settings)
    call_command("db_worker", verbosity=0)
    return 0


def run_tick(arguments: argparse.Namespace) -> int:
    actions.tick(now=timezone.now())
    return 0


def run_backup(arguments: argparse.Namespace) -> int:
    now = timezone.now()
    try:
        archive = backup.make(folder=arguments.out, now=now, recipient=arguments.recipient)
    except backup.BackupFailed as failure:
        actions.note_run(job="backup", now=now, succeeded=False, note=failure.message)
        print(failure.message, file=sys.stderr)
        return 1
    actions.note_run(job="backup", now=now, succeeded=True, note=archive.name)
    print(f"Sauvegarde écrite : {archive}")
    return 0


def run_restore(arguments: argparse.Namespace) -> int:
    """Restore, bring to this version, and check the books of what was put back."""
    try:
        manifest = backup.restore(archive=arguments.archive, identity=arguments.identity)
        call_command("migrate", verbosity=0)
        kept = ["--seals", arguments.seals] if arguments.seals else []
        verdict = jobs.own_command("verify", *kept)
    except (backup.BackupFailed, jobs.JobFailed) as failure:
        said = getattr(failure, "detail", "") or failure
        print(f"Restauration refusée : {said}", file=sys.stderr)
        return 1
    print(f"Restauré : sauvegarde du {manifest['made_at']}, version {manifest['version']}.")
    print(verdict)
    return 0


def run_reseal(arguments: argparse.Namespace) -> int:
    """After a change of SECRET_KEY; see deploy/README.md."""
    try:
        counts = resealing.old_ones() if arguments.check else resealing.reseal()
    except resealing.KeyMissing as refusal:
        print(refusal.message, file=sys.stderr)
        return 1
    for label, count in counts.items():
        print(f"{label} : {count} {'à chiffrer' if arguments.check else 'chiffré(s)'} de nouveau")
    if arguments.check:
        left = sum(counts.values())
        print("Lancez « ensemblier reseal »." if left else "Rien ne reste sous une ancienne clé.")
        return 1 if left else 0
    return 0
