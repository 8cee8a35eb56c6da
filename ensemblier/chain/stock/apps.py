"""Django application: stock of the chains."""

from django.apps import AppConfig


class StockConfig(AppConfig):
    name = "ensemblier.chain.stock"
    label = "stock"
    verbose_name = "Lots et stock"

    def ready(self) -> None:
        from ensemblier.base.ledger import proofs
        from ensemblier.chain.stock.proof import prove

        proofs.register("les stocks", prove, app=self.label)
