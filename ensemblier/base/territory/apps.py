"""Django application: territory."""

from django.apps import AppConfig


class TerritoryConfig(AppConfig):
    name = "ensemblier.base.territory"
    label = "territory"
    verbose_name = "Territoires"
