"""Django application: monitoring."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    name = "ensemblier.fund.monitoring"
    label = "monitoring"
    verbose_name = "Suivi"

    def ready(self) -> None:
        from ensemblier.base.files.serving import serve_rule
        from ensemblier.fund.monitoring.access import may_read_pdf
        from ensemblier.fund.monitoring.received import reports_received
        from ensemblier.fund.review.evidence import register_check

        register_check("monitoring", reports_received)
        serve_rule["report"] = may_read_pdf
