"""Django application: review."""

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "ensemblier.fund.review"
    label = "review"
    verbose_name = "Instruction"
