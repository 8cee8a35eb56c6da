"""Django application: distribution of the chains."""

from django.apps import AppConfig


class DistributionConfig(AppConfig):
    name = "ensemblier.chain.distribution"
    label = "distribution"
    verbose_name = "Distribution"

    def ready(self) -> None:
        from ensemblier.chain.distribution.retention import register_rules

        register_rules()
