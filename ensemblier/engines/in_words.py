"""Sums in letters, as French acts write them: « douze mille trois cents euros »."""

from __future__ import annotations

SMALL = (
    *("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"),
    *("dix", "onze", "douze", "treize", "quatorze", "quinze", "seize"),
    *("dix-sept", "dix-huit", "dix-neuf"),
)
TENS = {2: "vingt", 3: "trente", 4: "quarante", 5: "cinquante", 6: "soixante"}
MOST = 10**12


def _under_100(number: int) -> str:
    if number < 20:
        return SMALL[number]
    if number >= 80:
        return "quatre-vingts" if number == 80 else f"quatre-vingt-{SMALL[number - 80]}"
    ten, one = divmod(number, 10)
    if ten == 7:
        return "soixante et onze" if one == 1 else f"soixante-{SMALL[10 + one]}"
    if one == 0:
        return TENS[ten]
    return f"{TENS[ten]} et un" if one == 1 else f"{TENS[ten]}-{SMALL[one]}"


def _under_1000(number: int, *, last: bool) -> str:
    """`last`: nothing follows, so that "cent" and "vingt" may take their s."""
    hundreds, rest = divmod(number, 100)
    words = []
    if hundreds:
        plural = "s" if hundreds > 1 and not rest and last else ""
        words.append(f"cent{plural}" if hundreds == 1 else f"{SMALL[hundreds]} cent{plural}")
    if rest:
        tail = _under_100(rest)
        words.append("quatre-vingt" if tail == "quatre-vingts" and not last else tail)
    return " ".join(words)


def in_words(number: int) -> str:
    """A whole number from 0 to 999 999 999 999."""
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < MOST:
        raise ValueError("un nombre entier, de zéro à mille milliards")
    if number == 0:
        return SMALL[0]
    words = []
    for size, name in ((10**9, "milliard"), (10**6, "million")):
        count, number = divmod(number, size)
        if count:
            words.append(f"{_under_1000(count, last=True)} {name}{'s' if count > 1 else ''}")
    thousands, number = divmod(number, 1000)
    if thousands:
        words.append("mille" if thousands == 1 else f"{_under_1000(thousands, last=False)} mille")
    if number:
        words.append(_under_1000(number, last=True))
    return " ".join(words)


def euros_in_words(cents: int) -> str:
    """« douze mille euros », « deux millions d'euros », « un euro et cinquante centimes »."""
    if isinstance(cents, bool) or not isinstance(cents, int) or cents < 0:
        raise ValueError("un nombre entier de centimes, zéro ou plus")
    whole, rest = divmod(cents, 100)
    parts = []
    if whole or not rest:
        link = "d'" if whole and whole % 10**6 == 0 else ""
        parts.append(f"{in_words(whole)} {link}euro{'s' if whole > 1 else ''}")
    if rest:
        parts.append(f"{in_words(rest)} centime{'s' if rest > 1 else ''}")
    return " et ".join(parts)
