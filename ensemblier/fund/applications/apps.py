"""Django application: applications."""

from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "ensemblier.fund.applications"
    label = "applications"
    verbose_name = "Dossiers de demande"
