"""Django application: files."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "ensemblier.base.files"
    label = "files"
    verbose_name = "Fichiers"
