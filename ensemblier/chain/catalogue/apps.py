"""Django application: catalogue of the chains."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "ensemblier.chain.catalogue"
    label = "catalogue"
    verbose_name = "Catalogue"
