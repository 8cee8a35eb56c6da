"""Django application: cofinancing of the chains."""

from django.apps import AppConfig


class CofinancingConfig(AppConfig):
    name = "ensemblier.chain.cofinancing"
    label = "cofinancing"
    verbose_name = "Cofinancement"
