"""Django application: allocation."""

from django.apps import AppConfig


class AllocationConfig(AppConfig):
    name = "ensemblier.fund.allocation"
    label = "allocation"
    verbose_name = "Répartition"
