"""Django application: intake."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "ensemblier.fund.intake"
    label = "intake"
    verbose_name = "Imports de dossiers"

    def ready(self) -> None:
        from ensemblier.base.journal.retention import Rule, register
        from ensemblier.fund.intake.reading import purge_pages

        register(
            Rule(
                "demarche_pages",
                "Pages lues d'une démarche, quand la lecture s'est arrêtée",
                "1 jour",
                "RGPD, article 5 : le temps de reprendre la lecture",
                purge_pages,
            )
        )
