"""Declares the tour to Django, for its templates."""

from django.apps import AppConfig


class TourConfig(AppConfig):
    name = "ensemblier.web.tour"
    label = "tour"
    verbose_name = "Visite guidée"
