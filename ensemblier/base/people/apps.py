"""Django application: people."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "ensemblier.base.people"
    label = "people"
    verbose_name = "Personnes et organisations"

    def ready(self) -> None:
        from ensemblier.base.files.serving import serve_rule
        from ensemblier.base.people.access import may_read_proof
        from ensemblier.base.people.retention import register_rules

        register_rules()
        serve_rule["claim"] = may_read_proof
