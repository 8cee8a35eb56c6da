"""Where a scheme's text is wrong: the messages of the TOML reader in French, and the line."""

from __future__ import annotations

import re

AT = re.compile(r"^(.*) \(at (?:line (\d+), column (\d+)|end of document)\)$", re.S)
# What the reader of the standard library says, and what to do about it.
WORDS = (
    (r"Cannot overwrite a value", "cette clé est déjà écrite plus haut : gardez-en une seule"),
    (r"Cannot declare .* twice", "cette table est déjà ouverte plus haut : réunissez les deux"),
    (r"Cannot (mutate|redefine)", "cette table est déjà écrite autrement : réunissez les deux"),
    (r"Duplicate inline table key", "cette clé est écrite deux fois entre les accolades"),
    (r"Expected '=' after a key", "il manque un signe = après le nom de la clé"),
    (r"Expected '\]\]'", "fermez le titre par deux crochets : ]]"),
    (r"Expected '\]'", "fermez le titre par un crochet : ]"),
    (r"Expected newline", "il y a quelque chose en trop à la fin : une seule valeur par ligne"),
    (
        r"Unclosed array",
        "une liste n'est pas fermée, ou il manque une virgule juste avant : […, …]",
    ),
    (r"Unclosed inline table", "une accolade n'est pas fermée, ou il manque une virgule : {…, …}"),
    (r"Unterminated string", "un guillemet n'est pas fermé"),
    (r"Expected", "un guillemet n'est pas fermé"),
    (r"Invalid date", "cette date n'existe pas : écrivez-la 2026-01-31, sans guillemets"),
    (r"Invalid value", 'il manque une valeur, ou des guillemets autour d\'un texte : "…"'),
    (r"Invalid (statement|initial)", "cette ligne ne se comprend pas : écrivez clé = valeur"),
    (r"Un?escaped|Invalid hex|Escaped", "écrivez deux barres \\\\ pour en avoir une"),
    (
        r"(Found invalid|Illegal) character",
        "un caractère n'est pas permis ici : fermez le guillemet",
    ),
)
# The words of a refusal that say in which table it is, and the opening of that table.
TABLES = (
    (r"l'étape (\d+)", r"\[\[\s*step\s*\]\]"),
    (r"l'enveloppe (\d+)", r"\[\[\s*envelope\s*\]\]"),
    (r"le payeur (\d+)", r"\[\[\s*payer\s*\]\]"),
    (r"\[exhausted\]", r"\[\s*exhausted\s*\]"),
    (r"surcharge", r"\[\s*surcharge\s*\]"),
    (r"\bscope\b", r"\[\s*scope\s*\]"),
    (r"\bvalid\b", r"valid\s*=|\[\s*valid\s*\]"),
    (r"\[person\]|barème|crédit|percent|cents_per_unit|la personne", r"\[\s*person\s*\]"),
)
OWNER = re.compile(r"\((?!règlement|of)([^()]+)\)|l'étape \d+, (.+?) est|foyer de (.+?) est")
QUOTED = re.compile(r"« (.+?) »")
KEY = re.compile(
    r"\b(cap_per_unit|cap_per_household|up_to_percent|up_to_cents_per_unit|at_most_\w+"
    r"|percent|cents_per_unit|coefficient|cents|weight|kind|rule|by|per|carry|fed"
    r"|nature|legal_basis|farm_goods|then|tiers|pot|name)\b"
)


def in_french(message: str) -> str:
    """A message of the TOML reader, with its line."""
    found = AT.match(message)
    what, line = (found[1], found[2]) if found else (message, None)
    words = next((french for english, french in WORDS if re.match(english, what)), what)
    return f"ligne {line}, {words}" if line else f"à la fin du texte, {words}"


def line_of(text: str, message: str) -> int | None:
    """The line that a refusal is about, as far as its words tell; counted from 1."""
    if found := re.search(r"TOML valable : ligne (\d+)", message):
        return int(found[1])
    lines = text.splitlines()
    if "TOML valable : à la fin" in message:
        return len(lines) or None
    first, last = _table(lines, message)
    words = [quoted[1] for quoted in QUOTED.finditer(message)]
    words += [key[1] for key in KEY.finditer(message)]
    if "de minimis général" in message:
        words, first, last = ["general_de_minimis"], 0, len(lines)
    named = OWNER.search(message)
    owner = next((part for part in named.groups() if part), "") if named else ""
    for word in words:
        for who, after in ((owner, r"\s*="), (owner, ""), ("", r"\s*="), ("", "")):
            if at := _with(lines, first, last, word, who, after):
                return at
    return _with(lines, first, last, owner, "") if owner else first + 1 if first else None


def _with(
    lines: list[str], first: int, last: int, word: str, owner: str, after: str = ""
) -> int | None:
    """The first line of a table that holds these words, counted from 1."""
    for place in range(first, last):
        bare = lines[place].split("#")[0]
        if re.search(rf'(?<!\w){re.escape(word)}(?!\w)"?{after}', bare) and owner in bare:
            return place + 1
    return None


def _table(lines: list[str], message: str) -> tuple[int, int]:
    """From the opening of the table that a message names to the next one; else the whole text."""
    for words, opening in TABLES:
        found = re.search(words, message)
        if not found:
            continue
        wanted = int(found[1]) if found.re.groups else 1
        places = [n for n, line in enumerate(lines) if re.match(rf"\s*(?:{opening})", line)]
        if len(places) < wanted:
            continue
        first = places[wanted - 1]
        after = (n for n in range(first + 1, len(lines)) if re.match(r"\s*\[", lines[n]))
        return first, next(after, len(lines))
    return 0, len(lines)
