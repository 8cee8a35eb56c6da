"""French words brought back to their stem, without accents: what the search compares. Pure."""

from functools import cache

from ensemblier.base.territory.models import plain

# Words of grammar: everywhere, so they sort nothing.
EMPTY = frozenset(
    """
    a afin ai ainsi alors apres au aucun aussi autre autres aux avant avec avoir beaucoup c
    car ce cela ces cet cette ceux chaque chez ci comme comment d dans de des deux dont du
    elle elles en entre est et etaient etait etc ete etre eux fait font il ils j je l la le
    les leur leurs lors lui m ma mais me meme mes moi mon n ne ni non nos notre nous on ont
    ou par parce pas peu peut plus pour pourquoi qu quand que quel quelle quels qui s sa
    sans se sera ses si soi soit son sont sous sur t ta te tes toi ton tous tout toute
    toutes tres tu un une vers vos votre vous y
    """.split()  # noqa: SIM905 (a list of 110 quoted words reads worse)
)
SHORT = 4  # a stem this long also finds the longer words that start with it


@cache
def _stem(word: str) -> str:
    from snowballstemmer import stemmer  # its fifty languages, for whoever searches only

    return stemmer("french").stemWord(word)


def stems(text: str) -> list[str]:
    """The stems of a text, in order, once each: "Légumes bio" -> ["legum", "bio"]."""
    kept = [_stem(word) for word in plain(text).split() if word not in EMPTY]
    return list(dict.fromkeys(kept))


def stored(*texts: str) -> str:
    """Stems between spaces, ready for `needle`."""
    return f" {' '.join(stems(' '.join(texts)))} "


def needle(stem: str) -> str:
    """What to look for in a stored text: a whole stem when it is short, else its beginning."""
    return f" {stem}" if len(stem) >= SHORT else f" {stem} "
