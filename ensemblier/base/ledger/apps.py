"""Django application: ledger."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "ensemblier.base.ledger"
    label = "ledger"
    verbose_name = "Livre"

    def ready(self) -> None:
        from ensemblier.base.ledger import checks  # noqa: F401
