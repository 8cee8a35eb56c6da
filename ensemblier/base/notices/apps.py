"""Django application: notices."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "ensemblier.base.notices"
    label = "notices"
    verbose_name = "Messages"
