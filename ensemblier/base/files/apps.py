"""Django application: files."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "ensemblier.base.files"
    label = "files"
    verbose_name = "Fichiers"

    def ready(self) -> None:
        from ensemblier.base.files.actions import purge_files
        from ensemblier.base.journal.retention import Rule, register

        register(
            Rule(
                "files",
                "Pièces déposées",
                "Jusqu'à la date fixée au dépôt (10 ans pour une pièce qui justifie une dépense)",
                "RGPD, article 5 ; Code de commerce, article L123-22",
                purge_files,
            )
        )
