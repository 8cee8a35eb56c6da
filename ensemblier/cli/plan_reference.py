"""The reference page of the format of a five-year plan, from what its reader knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ensemblier.engines.economics import terms
from ensemblier.engines.economics.activities import ACTIVITIES
from ensemblier.engines.economics.cells import KINDS
from ensemblier.engines.economics.format import TABLES, TOP, UNCERTAINTY, Field

WORDS = {
    "Maillons": terms.LINKS,
    "Types de dépense": terms.CLASSES,
    "Publics": terms.AUDIENCES,
    "Certitudes": terms.CERTAINTIES,
    "Natures": terms.NATURES,
    "Formes juridiques": terms.FORMS,
    "Rythmes": terms.PAYMENTS,
    "Indices": terms.INDEXES,
    "Effets utiles": terms.EFFECTS,
    "Activités": {activity.key: activity.label for activity in ACTIVITIES},
}
INTRO = (
    "Un fichier TOML en UTF-8 : des clés, puis des tables répétées. Les 25 plans du dossier "
    "`plans/` en sont les exemples. Un nombre s'écrit sans guillemets, avec un point ; un mois "
    "avec guillemets. Les règles de calcul et de hasard sont dans la "
    "[décision 0014](../decisions/0014-a-plan-of-sixty-months.md).\n"
)


def plan_page(note: str) -> str:
    """Every table and key, then the words that some keys take."""
    return "\n".join(
        [
            "# Le format d'un plan à cinq ans\n",
            note,
            INTRO,
            *table("Le plan", TOP),
            *table("Hasard : `[uncertainty]`", UNCERTAINTY),
            *(
                line
                for name, kept in TABLES.items()
                for line in table(f"{kept.says} : `[[{name}]]`", kept.fields)
            ),
            "## Les mots\n",
            *(f"{title} : {listed(words)}.\n" for title, words in WORDS.items()),
            *kinds(),
            "",
        ]
    )


def table(title: str, fields: Mapping[str, Field]) -> Iterator[str]:
    yield f"## {title}\n"
    yield "| Clé | S'écrit | Ce que c'est |"
    yield "|---|---|---|"
    for key, field in fields.items():
        needed = " (obligatoire)" if field.required else ""
        yield f"| `{key}`{needed} | {KINDS[field.kind].says} | {field.says} |"
    yield ""


def listed(words: Mapping[str, str]) -> str:
    return ", ".join(f"`{key}` ({label})" for key, label in words.items() if key)


def kinds() -> Iterator[str]:
    yield "## Les sortes de charges (`kind`)\n"
    yield "Ligne, type, maillon et indice sont ceux-ci, sauf si la charge dit autre chose.\n"
    yield "| Sorte | Libellé | Ligne | Type de dépense | Maillon | Indice |"
    yield "|---|---|---|---|---|---|"
    for key, kind in terms.KINDS.items():
        implied = (terms.CLASSES[kind.expense_class], terms.LINKS[kind.link])
        follows = terms.INDEXES[kind.follows]
        yield f"| `{key}` | {kind.label} | {kind.code} | {' | '.join(implied)} | {follows} |"
