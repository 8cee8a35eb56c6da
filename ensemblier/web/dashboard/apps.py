"""Declares the dashboard to Django, for the templates."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "ensemblier.web.dashboard"
    label = "dashboard"
    verbose_name = "Tableau de bord"
