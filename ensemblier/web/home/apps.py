"""Django application: public pages."""

from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "ensemblier.web.home"
    label = "home"
    verbose_name = "Pages publiques"
