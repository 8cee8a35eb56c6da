"""argparse speaks French: the words it writes by itself."""

import argparse

WORDS = {
    "usage: ": "usage : ",
    "options": "options",
    "positional arguments": "arguments",
    "show this help message and exit": "affiche cette aide",
    "the following arguments are required: %s": "il manque : %s",
    "unrecognized arguments: %s": "arguments inconnus : %s",
    "expected one argument": "attend une valeur",
    "expected at least one argument": "attend au moins une valeur",
    "argument %(argument_name)s: %(message)s": "%(argument_name)s : %(message)s",
    "invalid choice: %(value)r (choose from %(choices)s)": (
        "%(value)r n'existe pas ; choisissez parmi %(choices)s"
    ),
    "invalid %(type)s value: %(value)r": "%(value)r n'est pas une valeur de la bonne forme",
    "%(prog)s: error: %(message)s\n": "%(prog)s : %(message)s\n",
}


def speak_french() -> None:
    """argparse asks gettext for each sentence; this answers instead."""
    argparse._ = lambda text: WORDS.get(text, text)  # type: ignore[attr-defined]
