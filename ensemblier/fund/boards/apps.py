"""Django application: boards."""

from django.apps import AppConfig


class BoardsConfig(AppConfig):
    name = "ensemblier.fund.boards"
    label = "boards"
    verbose_name = "Pilotage"

    def ready(self) -> None:
        from ensemblier.base.notices import topics

        topics.register(
            topics.Topic("call_notices", "Avis publiés sur un appel où j'ai un dossier")
        )
        topics.register(topics.Topic("desk", "Dossiers déposés à mon guichet"))
