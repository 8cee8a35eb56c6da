"""Django application: agreements."""

from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    name = "ensemblier.fund.agreements"
    label = "agreements"
    verbose_name = "Conventions"

    def ready(self) -> None:
        from ensemblier.base.files.serving import serve_rule
        from ensemblier.fund.agreements import access, aid
        from ensemblier.fund.review.evidence import register_check

        register_check("agreements", aid.used_before)

        serve_rule["agreement"] = access.may_read_pdf
        serve_rule["agreement_paper"] = access.may_read_paper
