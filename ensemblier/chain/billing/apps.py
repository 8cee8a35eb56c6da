"""Django application: billing of the chains."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "ensemblier.chain.billing"
    label = "billing"
    verbose_name = "Pièces et factures"

    def ready(self) -> None:
        from ensemblier.base.files.serving import serve_rule
        from ensemblier.base.ledger import proofs
        from ensemblier.chain.billing.access import PURPOSE, may_read_received
        from ensemblier.chain.billing.proof import prove
        from ensemblier.chain.billing.retention import register_rules

        proofs.register("les pièces", prove, app=self.label)
        serve_rule[PURPOSE] = may_read_received
        register_rules()
