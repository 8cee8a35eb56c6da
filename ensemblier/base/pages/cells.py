"""What a cell of a spreadsheet holds: no text is read as a formula, no figure loses a digit."""

import re

# What a spreadsheet takes for a formula when a cell starts with it (OWASP), full-width forms too.
LIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# An amount below zero, as our exports write it: a spreadsheet adds it, and computes nothing.
BELOW_ZERO = re.compile(r"-(0|[1-9][0-9]{0,14})([.,][0-9]+)?", re.ASCII)
# A tab or a return would start another cell where the file is opened with other separators.
CUTS = str.maketrans({"\t": " ", "\r": " "})


def harmless(text: str) -> str:
    """The same words, in one cell, behind an apostrophe where they would be computed; a number
    stays a number."""
    if BELOW_ZERO.fullmatch(text):
        return text
    words = text.replace("\r\n", "\n").translate(CUTS)
    return f"'{words}" if words.lstrip(" \u00a0").startswith(LIVE) else words


def decimal(value: int, places: int) -> str:
    """A whole number of parts, with a comma: 1500 on three places -> 1,500."""
    units, rest = divmod(abs(value), 10**places)
    return f"{'-' if value < 0 else ''}{units},{rest:0{places}d}"
