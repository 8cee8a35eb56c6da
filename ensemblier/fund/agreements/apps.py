"""Django application: agreements."""

from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    name = "ensemblier.fund.agreements"
    label = "agreements"
    verbose_name = "Conventions"

    def ready(self) -> None:
        from ensemblier.base.files.serving import serve_rule
        from ensemblier.fund.agreements.access import may_read_pdf

        serve_rule["agreement"] = may_read_pdf
