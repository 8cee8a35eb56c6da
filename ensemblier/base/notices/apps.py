"""Django application: notices."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "ensemblier.base.notices"
    label = "notices"
    verbose_name = "Messages"

    def ready(self) -> None:
        from ensemblier.base.journal.retention import Rule, register
        from ensemblier.base.notices.actions import purge_messages

        register(
            Rule(
                "messages",
                "Courriels envoyés par le site",
                "6 mois après l'envoi",
                "RGPD, article 5 : preuve d'envoi pendant les délais de recours",
                purge_messages,
            )
        )
