"""Django application: decisions."""

from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    name = "ensemblier.fund.decisions"
    label = "decisions"
    verbose_name = "Décisions"
