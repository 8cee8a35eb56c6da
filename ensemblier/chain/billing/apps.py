"""Django application: billing of the chains."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "ensemblier.chain.billing"
    label = "billing"
    verbose_name = "Pièces et factures"
