"""Text for a cell of a spreadsheet: no program reads it as a formula."""

# What a spreadsheet takes for a formula when a cell starts with it (OWASP), full-width forms too.
LIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# A tab or a return would start another cell where the file is opened with other separators.
CUTS = str.maketrans({"\t": " ", "\r": " "})


def harmless(text: str) -> str:
    """The same words, in one cell, behind an apostrophe where they would be computed."""
    words = text.replace("\r\n", "\n").translate(CUTS)
    return f"'{words}" if words.lstrip(" \u00a0").startswith(LIVE) else words
