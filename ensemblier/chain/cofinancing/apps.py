"""Django application: cofinancing of the chains."""

from django.apps import AppConfig


class CofinancingConfig(AppConfig):
    name = "ensemblier.chain.cofinancing"
    label = "cofinancing"
    verbose_name = "Cofinancement"

    def ready(self) -> None:
        from ensemblier.base.ledger import proofs
        from ensemblier.chain.cofinancing.proof import prove
        from ensemblier.chain.cofinancing.retention import register_rules

        register_rules()
        proofs.register("les partages", prove, app=self.label)
