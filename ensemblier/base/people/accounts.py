"""How accounts are made and found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import BaseUserManager
from django.db.models import QuerySet

from ensemblier.base.prepared import KEY, Prepared

if TYPE_CHECKING:
    from ensemblier.base.people.models import User


def _by_key(key: int) -> QuerySet[User]:
    return get_user_model().objects.filter(pk=key)


BY_KEY = Prepared(_by_key, key=KEY)


class UserManager(BaseUserManager["User"]):
    """Creates accounts by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get(self, *args: Any, **asked: Any) -> User:
        """By key, as every page asks for who is signed in: with a query compiled once."""
        if args or asked.keys() != {"pk"} or not isinstance(asked["pk"], int):
            return super().get(*args, **asked)
        for user in BY_KEY.found(key=asked["pk"]):
            return user
        raise self.model.DoesNotExist

    def get_by_natural_key(self, email: str | None) -> User:
        return self.get(email__iexact=email)
