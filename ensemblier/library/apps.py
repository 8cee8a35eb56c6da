"""Django application: library."""

from django.apps import AppConfig


class LibraryConfig(AppConfig):
    name = "ensemblier.library"
    label = "library"
    verbose_name = "Fiches d'expérience"
