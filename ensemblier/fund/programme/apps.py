"""Django application: programme."""

from django.apps import AppConfig


class ProgrammeConfig(AppConfig):
    name = "ensemblier.fund.programme"
    label = "programme"
    verbose_name = "Programme"
