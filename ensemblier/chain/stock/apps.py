"""Django application: stock of the chains."""

from django.apps import AppConfig


class StockConfig(AppConfig):
    name = "ensemblier.chain.stock"
    label = "stock"
    verbose_name = "Lots et stock"
