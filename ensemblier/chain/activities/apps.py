"""Django application: activities of the chains."""

from django.apps import AppConfig


class ActivitiesConfig(AppConfig):
    name = "ensemblier.chain.activities"
    label = "activities"
    verbose_name = "Activités"
