"""Django application: people."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "ensemblier.base.people"
    label = "people"
    verbose_name = "Personnes et organisations"
