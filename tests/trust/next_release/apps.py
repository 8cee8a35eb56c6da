"""Django application: the next release, in tests only."""

from django.apps import AppConfig


class NextReleaseConfig(AppConfig):
    name = "tests.trust.next_release"
    label = "next_release"
    default_auto_field = "django.db.models.BigAutoField"
