"""Sessions in Django's own table, read with a query compiled once: every page asks for one."""

from __future__ import annotations

from datetime import datetime

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from ensemblier.base.prepared import MOMENT, TEXT, Prepared


def _open(key: str, now: datetime) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key, expire_date__gt=now)


OPEN = Prepared(_open, key=TEXT, now=MOMENT)


class SessionStore(db.SessionStore):
    """The same name as Django's: it salts the signature of what is kept."""

    def _get_session_from_db(self) -> Session | None:
        found = OPEN.found(key=self.session_key, now=timezone.now())
        if not found:
            self._session_key = None
            return None
        return found[0]
