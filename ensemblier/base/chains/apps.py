"""Django application: food chains, their members and their places."""

from django.apps import AppConfig


class ChainsConfig(AppConfig):
    name = "ensemblier.base.chains"
    label = "chains"
    verbose_name = "Filières"
