"""Django application: commitments of the chains."""

from django.apps import AppConfig


class CommitmentsConfig(AppConfig):
    name = "ensemblier.chain.commitments"
    label = "commitments"
    verbose_name = "Promesses"
