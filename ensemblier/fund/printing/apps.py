"""Django application: printing."""

from django.apps import AppConfig


class PrintingConfig(AppConfig):
    name = "ensemblier.fund.printing"
    label = "printing"
    verbose_name = "Impressions"

    def ready(self) -> None:
        from ensemblier.fund.applications.panels import register_panel
        from ensemblier.fund.printing.panels import print_panel

        register_panel(print_panel)
