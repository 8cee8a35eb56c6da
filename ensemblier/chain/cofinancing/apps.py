"""Django application: cofinancing of the chains."""

from django.apps import AppConfig


class CofinancingConfig(AppConfig):
    name = "ensemblier.chain.cofinancing"
    label = "cofinancing"
    verbose_name = "Cofinancement"

    def ready(self) -> None:
        from ensemblier.chain.cofinancing.retention import register_rules

        register_rules()
