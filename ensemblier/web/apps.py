"""The web layer: pages that look at several concepts at once."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "ensemblier.web"
    label = "web"
    verbose_name = "Site"
