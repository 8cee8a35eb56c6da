"""Django application: applications."""

from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    name = "ensemblier.fund.applications"
    label = "applications"
    verbose_name = "Dossiers de demande"

    def ready(self) -> None:
        from ensemblier.base.files.serving import serve_rule
        from ensemblier.base.journal.retention import Rule
        from ensemblier.base.journal.retention import register as register_rule
        from ensemblier.base.notices import topics
        from ensemblier.fund.applications import seats
        from ensemblier.fund.applications.access import may_read_paper
        from ensemblier.fund.applications.actions import PURPOSE
        from ensemblier.fund.applications.comments import TOPIC
        from ensemblier.fund.applications.company_panels import company_panel, shared_panel
        from ensemblier.fund.applications.panels import register_panel

        serve_rule[PURPOSE] = may_read_paper
        topics.register(topics.Topic(TOPIC, "Commentaires sur mes dossiers"))
        register_panel(company_panel)
        register_panel(shared_panel)
        register_rule(
            Rule(
                "seat_invitations",
                "Adresses invitées sur un dossier qui ne sont pas venues",
                "1 an après la fin de l'invitation",
                "RGPD, article 5 : durée nécessaire à l'invitation",
                seats.purge_invitations,
            )
        )
        register_rule(
            Rule(
                "presences",
                "Qui a une page d'un dossier ouverte",
                "1 jour",
                "RGPD, article 5 : durée nécessaire à l'affichage",
                seats.purge_presences,
            )
        )
