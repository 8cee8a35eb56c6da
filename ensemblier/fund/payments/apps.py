"""Django application: payments."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "ensemblier.fund.payments"
    label = "payments"
    verbose_name = "Versements"

    def ready(self) -> None:
        from ensemblier.base.files.serving import serve_rule
        from ensemblier.fund.applications.panels import register_panel
        from ensemblier.fund.payments.access import may_read_account_paper
        from ensemblier.fund.payments.banking import PURPOSE
        from ensemblier.fund.payments.panels import money_panel

        register_panel(money_panel)
        serve_rule[PURPOSE] = may_read_account_paper

        from ensemblier.fund.agreements import ties
        from ensemblier.fund.payments import recoveries, sums

        ties.money_of.append(recoveries.money_of)
        ties.taken.append(recoveries.taken_among)
        ties.given_back.append(sums.given_back_since)
        ties.tracks.append(recoveries.opened_and_paid)
