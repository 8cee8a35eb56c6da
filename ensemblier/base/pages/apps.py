"""Django application: pages."""

from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "ensemblier.base.pages"
    label = "pages"
    verbose_name = "Pages"
