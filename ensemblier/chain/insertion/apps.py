"""Django application: insertion of the chains."""

from django.apps import AppConfig


class InsertionConfig(AppConfig):
    name = "ensemblier.chain.insertion"
    label = "insertion"
    verbose_name = "Insertion"
