"""What the stock refuses, shared by its verbs; each says what is wrong, where, what to do."""

from __future__ import annotations

from datetime import date

from ensemblier.base.chains.models import Site
from ensemblier.base.refusal import Refusal
from ensemblier.chain.catalogue.rules import written, written_day
from ensemblier.chain.stock.models import Lot


class BadMovement(Refusal):
    """A word, a place or a date of the movement is missing or wrong."""


class NumberTaken(Refusal):
    """Another lot of the chain has this number."""


class NotEnough(Refusal):
    """Less is left of the lot at this place, then or on a later day."""

    def __init__(self, lot: Lot, site: Site, spare: int, asked: int, day: date) -> None:
        unit = lot.product.get_unit_display()
        super().__init__(
            f"Au {written_day(day)}, il reste {written(max(0, spare), unit)} du {lot} à "
            f"« {site} », sorties déjà écrites comptées, et vous en sortez "
            f"{written(asked, unit)}. Réduisez la quantité, ou écrivez d'abord ce qui est arrivé.",
            field="quantity",
        )
        self.spare = spare


class PastItsDate(Refusal):
    """Nothing comes in or goes out after its use-by date."""

    def __init__(self, name: object, use_by: date, day: date) -> None:
        super().__init__(
            f"La DLC de {name} est le {written_day(use_by)} : le {written_day(day)}, "
            "il ne peut plus être reçu, cuisiné, vendu ni donné. Écrivez-le en perte.",
            field="lot",
        )


class NoFreezer(Refusal):
    """Frozen food comes to a place that has no freezer."""

    def __init__(self, lot: Lot, site: Site) -> None:
        super().__init__(
            f"{lot.product} est surgelé, et « {site} » n'a pas de froid négatif : la chaîne du "
            "froid serait rompue. Choisissez un autre lieu, ou notez le congélateur de celui-ci "
            "dans sa fiche.",
            field="site",
        )


class UseByMissing(Refusal):
    """This product carries a use-by date."""


class OnHold(Refusal):
    """The lot, or one it was made from, is in quarantine or recalled."""


class GiftOnly(Refusal):
    """What was given to be given is not sold, nor what was made of it."""


class AidOnly(Refusal):
    """Kept for food aid: it goes to who is authorised for it."""


class MassUnknown(Refusal):
    """Nobody weighed a unit of this product: its mass cannot be balanced."""


class MassNotBalanced(Refusal):
    """What came out and was lost does not weigh what went in."""

    def __init__(self, used: int, made: int, lost: int) -> None:
        gap = used - made - lost
        more = "manquent" if gap > 0 else "sont en trop"
        super().__init__(
            f"Entrée : {_kg(used)} ; sortie : {_kg(made)} ; perte : {_kg(lost)}. "
            f"{_kg(abs(gap))} {more}. Corrigez les quantités, ou écrivez la perte.",
            field="lost_grams",
        )
        self.gap = gap


class AlreadyUndone(Refusal):
    """This movement was undone before."""

    status = 409


class CannotUndo(Refusal):
    """The undoing of a movement is not undone: write the movement again."""


class NotHeld(Refusal):
    """The lot is neither in quarantine nor recalled."""

    status = 409


def _kg(grams: int) -> str:
    return written(grams, "kg")
