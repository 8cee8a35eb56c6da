"""The questions asked of the people concerned: plain words, answers to count, nothing personal."""

from __future__ import annotations

from typing import NamedTuple

BEFORE, AFTER = "before", "after"
YES_NO = (("yes", "oui"), ("partly", "un peu"), ("no", "non"), ("unknown", "je ne sais pas"))


class Question(NamedTuple):
    """One question, its answers, and when it is asked. `effect`: the useful effect it speaks of."""

    code: str
    text: str
    effect: str
    answers: tuple[tuple[str, str], ...] = YES_NO
    moments: tuple[str, ...] = (AFTER,)
    is_optional: bool = False


QUESTIONS = (
    Question("eats_better", "Grâce au projet, mangez-vous mieux ?", "health"),
    Question("chooses", "Pouvez-vous choisir ce que vous mangez ?", "democratisation"),
    Question("respected", "Êtes-vous bien accueilli·e, avec respect ?", "social_link"),
    Question("meets", "Avez-vous rencontré des gens grâce au projet ?", "social_link"),
    Question("decides", "Votre avis compte-t-il dans le projet ?", "democratisation"),
    Question("learned", "Avez-vous appris ou partagé quelque chose ?", "skills"),
    Question("goes_on", "Voulez-vous que le projet continue ?", ""),
    # The four answers of the Crédoc and Insee surveys on food sufficiency.
    Question(
        "enough",
        "Chez vous, laquelle de ces phrases est la plus vraie ?",
        "health",
        (
            ("all_liked", "nous avons assez à manger, et ce que nous aimons"),
            ("not_liked", "nous avons assez, mais pas ce que nous aimons"),
            ("sometimes", "parfois, nous n'avons pas assez"),
            ("often", "souvent, nous n'avons pas assez"),
        ),
        (BEFORE, AFTER),
        True,
    ),
)
