"""Django application: review."""

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "ensemblier.fund.review"
    label = "review"
    verbose_name = "Instruction"

    def ready(self) -> None:
        from ensemblier.base.files.serving import serve_rule
        from ensemblier.base.journal.retention import Rule
        from ensemblier.base.journal.retention import register as register_rule
        from ensemblier.base.notices import topics
        from ensemblier.fund.applications.panels import register_panel
        from ensemblier.fund.applications.readers import extra_readers
        from ensemblier.fund.review.access import is_expert
        from ensemblier.fund.review.experts import purge_invitations
        from ensemblier.fund.review.thread import PURPOSE, may_read_file, panel

        serve_rule[PURPOSE] = may_read_file
        extra_readers.append(is_expert)
        register_panel(panel)
        topics.register(topics.Topic(topics.THREAD, "Nouveaux messages de mes dossiers"))
        topics.register(topics.Topic(topics.REMINDERS, "Rappels avant une date à tenir"))
        topics.register(
            topics.Topic(
                "complements",
                "Demandes de compléments et leurs réponses",
                is_due=True,
                source="code des relations entre le public et l'administration, art. L. 114-5",
            )
        )
        topics.register(
            topics.Topic(
                "decision",
                "Décisions, conventions et versements",
                is_due=True,
                source="code des relations entre le public et l'administration, art. L. 221-8",
            )
        )
        register_rule(
            Rule(
                "expert_invitations",
                "Adresses des experts invités qui ne sont pas venus",
                "1 an après la fin de l'invitation",
                "RGPD, article 5 : durée nécessaire à l'instruction",
                purge_invitations,
            )
        )
