"""Django application: operations."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "ensemblier.web.operations"
    label = "operations"
    verbose_name = "Exploitation"

    def ready(self) -> None:
        from ensemblier.base.journal.retention import Rule, register
        from ensemblier.web.operations.actions import purge_runs

        register(
            Rule(
                "tasks",
                "Suivi des tâches techniques",
                "30 jours",
                "RGPD, article 5 : le temps de comprendre une panne",
                purge_runs,
            )
        )
