"""Django application: applications."""

from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "ensemblier.fund.applications"
    label = "applications"
    verbose_name = "Dossiers de demande"

    def ready(self) -> None:
        from ensemblier.base.files.serving import serve_rule
        from ensemblier.fund.applications.access import may_read_paper
        from ensemblier.fund.applications.actions import PURPOSE

        serve_rule[PURPOSE] = may_read_paper
