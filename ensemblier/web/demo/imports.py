"""A table of five requests that an instructor read and has not applied: two lines to correct."""

from __future__ import annotations

from ensemblier.fund.applications.models import HelpMandate
from ensemblier.fund.calls.models import Call
from ensemblier.fund.intake import actions
from ensemblier.web.demo.accounts import DOMAIN
from ensemblier.web.demo.carriers import example_siret
from ensemblier.web.demo.people import Cast
from ensemblier.web.demo.plan import Clock

HEADING = (
    "Association;SIRET;Représentant légal;Courriel;Commune;Titre;Résumé;Étape;Personnes;60;64;70;"
    "Téléphone"
)
# Name, commune, stage, people: the second counts them in words, the fourth has no such commune.
LINES = (
    ("Jardin d'exemple du Doubs", "25056", "amorçage", "120"),
    ("Épicerie d'exemple de la Loue", "25056", "amorçage", "une centaine"),
    ("Cuisine d'exemple du Dessoubre", "25056", "amorçage", "80"),
    ("Marché d'exemple du Cusancin", "Ville-d'exemple", "amorçage", "60"),
    ("Verger d'exemple de la Lison", "25056", "amorçage", "45"),
)


def table() -> bytes:
    """As a spreadsheet would save it in CSV."""
    rows = [
        f"{name};{example_siret(f'import-{rank}')};Personne d'exemple {rank};"
        f"import-{rank}@{DOMAIN};{commune};Paniers solidaires {rank};"
        f"Des paniers de saison pour les familles du quartier. Exemple.;{stage};{people};"
        "18000;32000;12000;"
        for rank, (name, commune, stage, people) in enumerate(LINES, start=1)
    ]
    return "\n".join([HEADING, *rows]).encode()


def one_table(call: Call, cast: Cast, clock: Clock) -> None:
    """Read, shown line by line, not applied."""
    actions.read(
        call=call,
        content=table(),
        name="demandes-recues-sur-papier.csv",
        quality=HelpMandate.Quality.OFFICER,
        statement="Accord donné à la permanence, feuille d'émargement gardée. Exemple.",
        given_on=clock.day(3),
        mapping=None,
        actor=cast["instructeur"],
        now=clock.ago(2),
    )
