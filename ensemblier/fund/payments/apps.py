"""Django application: payments."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "ensemblier.fund.payments"
    label = "payments"
    verbose_name = "Versements"

    def ready(self) -> None:
        from ensemblier.base.files.serving import serve_rule
        from ensemblier.fund.payments.access import may_read_account_paper
        from ensemblier.fund.payments.banking import PURPOSE

        serve_rule[PURPOSE] = may_read_account_paper
