"""Django application: printing."""

from django.apps import AppConfig


class PrintingConfig(AppConfig):
    name = "ensemblier.fund.printing"
    label = "printing"
    verbose_name = "Impressions"
