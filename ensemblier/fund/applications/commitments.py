"""The republican commitment: its seven commitments, as the decree titles them."""

from typing import NamedTuple

SOURCE = "Loi n° 2000-321, article 10-1 ; décret n° 2021-1947 du 31 décembre 2021, annexe"


class Commitment(NamedTuple):
    """A title of the decree, and what it means in plain words."""

    title: str
    meaning: str


COMMITMENTS = (
    Commitment(
        "Le respect des lois de la République",
        "L'association respecte la loi et ne s'en dispense pas pour une croyance.",
    ),
    Commitment(
        "La liberté de conscience",
        "Chacun croit ou ne croit pas, librement ; personne n'est forcé ni convaincu de force.",
    ),
    Commitment(
        "La liberté des membres de l'association",
        "Chacun peut la quitter quand il veut et n'en est pas exclu de façon arbitraire.",
    ),
    Commitment(
        "L'égalité et la non-discrimination",
        "Tous sont égaux devant la loi ; personne n'est traité moins bien à cause de ce qu'il est.",
    ),
    Commitment(
        "La fraternité et la prévention de la violence",
        "L'association agit pour l'entraide et rejette la haine et la violence.",
    ),
    Commitment(
        "Le respect de la dignité de la personne humaine",
        "Elle protège la santé et l'intégrité de tous, et ne met personne en danger.",
    ),
    Commitment(
        "Le respect des symboles de la République",
        "Elle respecte le drapeau, l'hymne et la devise.",
    ),
)
