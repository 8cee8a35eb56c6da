"""Django application: gallery."""

from django.apps import AppConfig


class GalleryConfig(AppConfig):
    name = "ensemblier.web.gallery"
    label = "gallery"
    verbose_name = "Composants"
