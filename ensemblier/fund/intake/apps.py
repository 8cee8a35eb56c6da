"""Django application: intake."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "ensemblier.fund.intake"
    label = "intake"
    verbose_name = "Imports de dossiers"
