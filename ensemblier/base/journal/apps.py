"""Django application: journal."""

from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "ensemblier.base.journal"
    label = "journal"
    verbose_name = "Journal"

    def ready(self) -> None:
        from ensemblier.base.journal.purges import register_rules

        register_rules()
