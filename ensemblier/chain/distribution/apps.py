"""Django application: distribution of the chains."""

from django.apps import AppConfig


class DistributionConfig(AppConfig):
    name = "ensemblier.chain.distribution"
    label = "distribution"
    verbose_name = "Distribution"
