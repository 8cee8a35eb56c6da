"""Django application: orientation. It has no table: nothing is kept about anybody."""

from django.apps import AppConfig


class OrientationConfig(AppConfig):
    name = "ensemblier.fund.orientation"
    label = "orientation"
    verbose_name = "Orientation"
