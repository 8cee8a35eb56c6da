"""Django application: one report per recipient, frozen when sent."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "ensemblier.reports"
    label = "reports"
    verbose_name = "Comptes rendus aux financeurs"

    def ready(self) -> None:
        from ensemblier.base.chains.closing import closed_days
        from ensemblier.base.notices import topics
        from ensemblier.reports.actions import closed_until
        from ensemblier.reports.telling import TOPIC

        closed_days.append(closed_until)
        topics.register(topics.Topic(TOPIC, "Comptes rendus des filières que je reçois"))
