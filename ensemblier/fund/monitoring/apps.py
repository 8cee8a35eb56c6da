"""Django application: monitoring."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    name = "ensemblier.fund.monitoring"
    label = "monitoring"
    verbose_name = "Suivi"

    def ready(self) -> None:
        from ensemblier.fund.monitoring.received import reports_received
        from ensemblier.fund.review.evidence import register_check

        register_check("monitoring", reports_received)
