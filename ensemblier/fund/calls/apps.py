"""Django application: calls."""

from django.apps import AppConfig


class CallsConfig(AppConfig):
    name = "ensemblier.fund.calls"
    label = "calls"
    verbose_name = "Appels à projets"
