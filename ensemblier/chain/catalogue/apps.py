"""Django application: catalogue of the chains."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "ensemblier.chain.catalogue"
    label = "catalogue"
    verbose_name = "Catalogue"

    def ready(self) -> None:
        from ensemblier.base.files.serving import serve_rule
        from ensemblier.chain.catalogue.access import may_read_proof
        from ensemblier.chain.catalogue.actions import PROOF

        serve_rule[PROOF] = may_read_proof
