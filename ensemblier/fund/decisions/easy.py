"""Letters in plain words, beside the letters of law: for those who read with difficulty."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from ensemblier.fund.decisions.letters import BLANK

DATA = Path(__file__).parent / "data" / "easy_letters.toml"
TITLE = "Cette lettre en mots simples"
WARNING = "Ces mots simples aident à comprendre. Seule la lettre compte."
NOT_REREAD = "Ce texte n'a pas été relu par des personnes concernées."


@cache
def easy_words() -> dict[str, str]:
    return tomllib.loads(DATA.read_text(encoding="utf-8"))


def easy_lines(kind: str, facts: dict[str, str]) -> list[str]:
    """The lines of one letter, then what this text is worth. A value is never read again."""
    text = BLANK.sub(lambda found: facts.get(found[1], ""), easy_words()[kind])
    return [*(line for line in text.splitlines() if line), WARNING, NOT_REREAD]
