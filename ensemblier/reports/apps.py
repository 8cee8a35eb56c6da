"""Django application: one report per recipient, frozen when sent."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "ensemblier.reports"
    label = "reports"
    verbose_name = "Comptes rendus aux financeurs"
