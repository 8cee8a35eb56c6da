"""Which errors are the machine's, not the page's: database away, disk full, update under way."""

from __future__ import annotations

import errno
import sqlite3
from dataclasses import dataclass

import psycopg
from django.db import InterfaceError


@dataclass(frozen=True)
class Outage:
    """What does not answer; `word` is for machines, `sentence` for people."""

    word: str
    sentence: str


DATABASE = Outage("down", "La base de données ne répond pas.")
FULL = Outage("full", "Le disque du serveur est plein : plus rien ne peut être enregistré.")
BUSY = Outage("busy", "Trop de personnes enregistrent en même temps.")
UPDATE = Outage("update", "Une mise à jour est en cours.")

FULL_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
SICK_DISK = (errno.EROFS, errno.EIO)
# The last two: the index of the write-ahead log could not be made.
SQLITE_FULL = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_SHMOPEN,
    sqlite3.SQLITE_IOERR_SHMSIZE,
)
SQLITE_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
SQLITE_DOWN = (
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_NOTADB,
)
# By SQLSTATE, else by its class (two characters).
POSTGRESQL = {
    "53100": FULL,
    "25006": DATABASE,  # a replica, or a server put in read-only
    "42P01": UPDATE,
    "42703": UPDATE,
    "55P03": BUSY,
    "40": BUSY,
    "08": DATABASE,
    "53": DATABASE,
    "57": DATABASE,
    "58": DATABASE,
}
DEPTH = 8  # an error behind an error behind an error


def outage_behind(error: BaseException | None) -> Outage | None:
    """The outage that this error comes from; None for a mistake of ours."""
    for _ in range(DEPTH):
        if error is None:
            return None
        found = outage_of(error)
        if found:
            return found
        error = error.__cause__ or error.__context__
    return None


def outage_of(error: BaseException) -> Outage | None:
    if isinstance(error, sqlite3.Error):
        return of_sqlite(error)
    if isinstance(error, psycopg.Error):
        return of_postgresql(error)
    if isinstance(error, InterfaceError):  # Django's own: the connection is closed already
        return DATABASE
    if isinstance(error, OSError):
        if error.errno in FULL_DISK:
            return FULL
        return DATABASE if error.errno in SICK_DISK else None
    return None


def of_sqlite(error: sqlite3.Error) -> Outage | None:
    code = getattr(error, "sqlite_errorcode", None) or 0
    if code in SQLITE_FULL:
        return FULL
    primary = code & 0xFF
    if primary in SQLITE_BUSY:
        return BUSY
    if primary in SQLITE_DOWN:
        return DATABASE
    lacks = primary == sqlite3.SQLITE_ERROR and str(error).startswith("no such")
    return UPDATE if lacks else None


def of_postgresql(error: psycopg.Error) -> Outage | None:
    if error.sqlstate:
        return POSTGRESQL.get(error.sqlstate) or POSTGRESQL.get(error.sqlstate[:2])
    lost = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return DATABASE if lost else None
