"""Django application: decisions."""

from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    name = "ensemblier.fund.decisions"
    label = "decisions"
    verbose_name = "Décisions"

    def ready(self) -> None:
        from ensemblier.base.files.serving import serve_rule
        from ensemblier.fund.decisions import access, vehicles, ways

        serve_rule["decision_letter"] = access.may_read_letter_file
        serve_rule["decision_notice"] = access.may_read_notice_file
        if vehicles.other_vehicles not in ways.vehicles:
            ways.vehicles.append(vehicles.other_vehicles)
