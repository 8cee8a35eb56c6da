"""Django application: jury."""

from django.apps import AppConfig


class JuryConfig(AppConfig):
    name = "ensemblier.fund.jury"
    label = "jury"
    verbose_name = "Jury"

    def ready(self) -> None:
        from ensemblier.base.files.serving import serve_rule
        from ensemblier.base.notices import topics
        from ensemblier.fund.jury.access import may_hear
        from ensemblier.fund.jury.cards import PURPOSE

        serve_rule[PURPOSE] = may_hear
        topics.register(topics.Topic("jury", "Jury : suites données aux projets"))
