"""Refuses to start in production with settings that would let someone in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MIN_KEY_LENGTH = 50
MIN_KEY_VARIETY = 12


def problems(settings: Any) -> list[str]:
    """What must be mended before production, in French; empty when all is well."""
    found = [*_key_problems(settings), *_host_problems(settings)]
    if settings.DEBUG:
        found.append("DEBUG est activé : retirez la variable DEBUG ou mettez-la à « false ».")
    found += _database_problems(settings.DATABASES["default"])
    return found


def _key_problems(settings: Any) -> list[str]:
    key = settings.SECRET_KEY
    advice = "Donnez à SECRET_KEY une valeur tirée au hasard (voir deploy/README.md)."
    if key == settings.DEFAULT_KEY:
        return [f"SECRET_KEY est la clé par défaut, connue de tous. {advice}"]
    if len(key) < MIN_KEY_LENGTH or len(set(key)) < MIN_KEY_VARIETY:
        return [f"SECRET_KEY est trop courte ou trop simple. {advice}"]
    return []


def _host_problems(settings: Any) -> list[str]:
    hosts = settings.ALLOWED_HOSTS
    if not hosts:
        return ["ALLOWED_HOSTS est vide : donnez le nom du site, par exemple « fonds.exemple.fr »."]
    if any("*" in host or host.strip() in ("", ".") for host in hosts):
        return ["ALLOWED_HOSTS accepte n'importe quel nom : donnez celui du site, sans étoile."]
    return []


def _database_problems(database: Mapping[str, Any]) -> list[str]:
    if database["ENGINE"].endswith("sqlite3"):
        options = database.get("OPTIONS", {})
        start = options.get("init_command", "")
        if options.get("transaction_mode") != "IMMEDIATE" or "synchronous=FULL" not in start:
            return ["SQLite n'écrit pas de façon sûre : gardez les options de web/databases.py."]
        return []
    options = str(database.get("OPTIONS", {}).get("options", ""))
    if "synchronous_commit=off" in options.replace(" ", "") or "fsync=off" in options:
        return ["PostgreSQL confirme avant d'avoir écrit : retirez synchronous_commit=off."]
    return []


def server_problems() -> list[str]:
    """What the database server itself answers about its safety."""
    from django.db import connection

    from ensemblier.base.ledger.checks import database_faults

    return [f"{fault} (voir deploy/README.md)." for fault in database_faults(connection)]


def refuse_if_unsafe(settings: Any, *, ask_server: bool = False) -> None:
    """End the program with the list of problems, in production; elsewhere do nothing."""
    if settings.MODE != "production":
        return
    found = problems(settings)
    if ask_server and not found:
        found = server_problems()
    if found:
        lines = "\n".join(f"  - {each}" for each in found)
        raise SystemExit(f"Ensemblier refuse de démarrer en production :\n{lines}")
