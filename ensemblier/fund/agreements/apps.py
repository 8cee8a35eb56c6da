"""Django application: agreements."""

from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    name = "ensemblier.fund.agreements"
    label = "agreements"
    verbose_name = "Conventions"
