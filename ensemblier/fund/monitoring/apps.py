"""Django application: monitoring."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    name = "ensemblier.fund.monitoring"
    label = "monitoring"
    verbose_name = "Suivi"
