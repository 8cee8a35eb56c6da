"""What distribution says no to: the card, the right, and the line itself."""

from __future__ import annotations

from datetime import date

from ensemblier.base.refusal import Refusal
from ensemblier.chain.distribution.rules import quantity


class BadLine(Refusal):
    """A quantity, a price or a place that cannot be."""


class OtherChain(Refusal):
    """A product, a place or a card of another chain."""

    def __init__(self, what: str, field: str) -> None:
        super().__init__(f"{what} est d'une autre filière. Choisissez dans celle-ci.", field=field)


class LineKeyReused(Refusal):
    """This key wrote another line."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "Cette demande a déjà écrit une autre ligne. Rechargez la page, vérifiez ce qui est "
            "enregistré, puis recommencez si besoin."
        )


class CardMissing(Refusal):
    """The scheme asks for a card."""

    def __init__(self, scheme: str) -> None:
        super().__init__(
            f"Le dispositif «\u00a0{scheme}\u00a0» demande une carte. Lisez la carte de la "
            "personne, ou choisissez un dispositif sans carte.",
            field="card",
        )


class CardBlocked(Refusal):
    """The card was blocked."""

    def __init__(self, number: str) -> None:
        super().__init__(
            f"La carte {number} est bloquée. Qui l'a remise peut en donner une autre.",
            field="card",
        )


class NoEntitlement(Refusal):
    """No right for this scheme on this card that day."""

    def __init__(self, number: str, scheme: str, starts: date | None) -> None:
        when = f" avant le {starts:%d/%m/%Y}" if starts else ""
        super().__init__(
            f"La carte {number} n'ouvre pas droit au dispositif «\u00a0{scheme}\u00a0»{when}. "
            "Demandez à la structure qui oriente, ou vendez la ligne hors dispositif.",
            field="card",
        )


class EntitlementExpired(Refusal):
    """The right has ended."""

    def __init__(self, number: str, scheme: str, ends: date) -> None:
        super().__init__(
            f"Le droit de la carte {number} au dispositif «\u00a0{scheme}\u00a0» s'est terminé "
            f"le {ends:%d/%m/%Y}. Il se renouvelle auprès de qui a remis la carte.",
            field="card",
        )


class QuotaReached(Refusal):
    """More than the month's quota leaves."""

    def __init__(self, left: int, asked: int) -> None:
        super().__init__(
            f"Il reste {quantity(left)} ce mois-ci sur cette carte, et la ligne en demande "
            f"{quantity(asked)}. Réduisez la quantité.",
            field="milli",
        )


class RightMismatch(Refusal):
    """What is typed is not what the right says."""

    def __init__(self, what: str, typed: str, right: str) -> None:
        super().__init__(
            f"La ligne dit {what} «\u00a0{typed}\u00a0» et le droit de la carte dit "
            f"«\u00a0{right}\u00a0». Laissez ce champ vide, ou corrigez le droit.",
            field=what,
        )


class BadEntitlement(Refusal):
    """A right that cannot be written."""


class CannotUndo(Refusal):
    """The line was undone already, or undoes another."""

    status = 409
