"""Safe options of the two databases, and the second connection for sessions and access rows."""

from typing import Any

SQLITE_START = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
    "PRAGMA busy_timeout=20000; PRAGMA cache_size=-64000;"
)
# A server that no longer answers is told away after seconds, not hours.
IMPATIENCE = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 15_000,
}
SIDE = "side"
SIDE_MODELS = {
    ("sessions", "session"),
    ("journal", "access"),
    ("journal", "refusedattempt"),
    ("django_cache", "cacheentry"),
}
CACHE_TABLE = "ensemblier_cache"  # counters of tries, shared by all workers
SIDE_TABLES = {"django_session", "journal_access", "journal_refusedattempt", CACHE_TABLE}


def with_safe_options(main: dict[str, Any], *, test_suffix: str) -> dict[str, dict[str, Any]]:
    """The DATABASES setting: `default` with durable options, and `side`, the same database."""
    if main["ENGINE"].endswith("sqlite3"):
        main["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": SQLITE_START,
        }
        # A file, not memory: races and the browser's server thread open several connections.
        main["TEST"] = {"NAME": str(main["NAME"]) + f".test{test_suffix}"}
    else:
        main["OPTIONS"] = {**IMPATIENCE, **main.get("OPTIONS", {})}
        main["CONN_MAX_AGE"] = 60
        main["CONN_HEALTH_CHECKS"] = True
        main["TEST"] = {"NAME": f"test_{main['NAME']}{test_suffix}"}
    side = {**main, "TEST": {"MIRROR": "default"}}
    return {"default": main, SIDE: side}


class SideRouter:
    """Sends sessions and access rows through `side`; both aliases are one database."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return self._side(model)

    def db_for_write(self, model: Any, **hints: Any) -> str | None:
        return self._side(model)

    def allow_relation(self, first: Any, second: Any, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == "default"

    def _side(self, model: Any) -> str | None:
        return SIDE if (model._meta.app_label, model._meta.model_name) in SIDE_MODELS else None
