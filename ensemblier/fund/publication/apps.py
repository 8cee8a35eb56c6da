"""Django application: publication."""

from django.apps import AppConfig


class PublicationConfig(AppConfig):
    name = "ensemblier.fund.publication"
    label = "publication"
    verbose_name = "Publication"
