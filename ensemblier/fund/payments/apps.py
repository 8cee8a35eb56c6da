"""Django application: payments."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "ensemblier.fund.payments"
    label = "payments"
    verbose_name = "Versements"
