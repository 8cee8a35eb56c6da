"""Django application: atelier."""

from django.apps import AppConfig


class AtelierConfig(AppConfig):
    name = "ensemblier.atelier"
    label = "atelier"
    verbose_name = "Atelier du modèle économique"

    def ready(self) -> None:
        from ensemblier.atelier.freezing import plan_annex
        from ensemblier.atelier.panels import plan_panel
        from ensemblier.fund.applications.content import annexes
        from ensemblier.fund.applications.panels import register_panel

        register_panel(plan_panel)
        if plan_annex not in annexes:
            annexes.append(plan_annex)
