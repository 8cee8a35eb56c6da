"""What billing says no to: a sale without a price, a document that would count a fact twice."""

from __future__ import annotations

from datetime import date

from ensemblier.base.pages.formats import euros
from ensemblier.base.refusal import Refusal


class PriceMissing(Refusal):
    """No price in force for this product that day."""

    def __init__(self, product: str, day: date) -> None:
        super().__init__(
            f"«\u00a0{product}\u00a0» n'a pas de tarif le {day:%d/%m/%Y}. Écrivez le prix de la "
            "ligne, ou ajoutez un tarif au catalogue.",
            field="price_cents",
        )


class OtherLot(Refusal):
    """The lot is of another product."""

    def __init__(self, number: str, product: str) -> None:
        super().__init__(
            f"Le lot {number} est du produit «\u00a0{product}\u00a0». Choisissez un lot du produit "
            "vendu.",
            field="lot",
        )


class NoPot(Refusal):
    """Something is given above the price, and no scheme is there to receive it."""

    def __init__(self) -> None:
        super().__init__(
            "Un don en plus va à la cagnotte d'un dispositif. Choisissez un dispositif, ou "
            "retirez le don.",
            field="extra_cents",
        )


class MandateMissing(Refusal):
    """The grower has not let this buyer write their invoices."""

    def __init__(self, grower: str, buyer: str, day: date, field: str = "grower") -> None:
        super().__init__(
            f"{grower} n'a pas donné à {buyer} de mandat de facturation en cours le "
            f"{day:%d/%m/%Y}. Faites-le signer, puis enregistrez-le.",
            field=field,
        )


class MandateKnown(Refusal):
    """A mandate signed that day is recorded, and says something else."""

    status = 409

    def __init__(self, grower: str, day: date) -> None:
        super().__init__(
            f"Un mandat de {grower} signé le {day:%d/%m/%Y} est déjà enregistré, avec une autre "
            "fin ou une autre TVA. Pour le changer, faites-en signer un nouveau\u00a0: le dernier "
            "signé compte.",
            field="signed_on",
        )


class NothingToBill(Refusal):
    """No fact is left for this document."""

    def __init__(self, what: str, last: date) -> None:
        super().__init__(
            f"Il ne reste rien à mettre dans {what} jusqu'au {last:%d/%m/%Y}\u00a0: tout est déjà "
            "dans une pièce, ou rien n'a eu lieu. Regardez les pièces déjà écrites."
        )


class AlreadyBilled(Refusal):
    """One of the facts is in a document of this kind."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "Une des lignes est déjà dans une pièce de cette nature. Rechargez la page pour voir "
            "ce qui reste."
        )


class DocumentKeyReused(Refusal):
    """This key froze another document."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "Cette demande a déjà servi pour une autre pièce. Rechargez la page, vérifiez les "
            "pièces écrites, puis recommencez si besoin."
        )


class PayerWithoutAddress(Refusal):
    """Nobody is known behind the payer, so nobody can be called."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Aucune organisation n'est nommée derrière «\u00a0{name}\u00a0». Nommez-la dans le "
            "dispositif, puis refaites l'appel de fonds.",
            field="payer",
        )


class BadPeriod(Refusal):
    """The period is upside down or not over."""


class DatedInTheFuture(BadPeriod):
    """A document says the day it is written, never one that has not come."""

    def __init__(self, day: date, today: date) -> None:
        super().__init__(
            f"La pièce serait datée du {day:%d/%m/%Y}, un jour qui n'est pas encore venu. Datez-la "
            f"d'aujourd'hui, le {today:%d/%m/%Y}, ou d'un jour passé.",
            field="day",
        )


class DatedBefore(BadPeriod):
    """A later number never has an earlier date (CGI, annexe II, art. 242 nonies A)."""

    def __init__(self, day: date, last: date, number: str) -> None:
        super().__init__(
            f"La pièce {number} de la même suite est datée du {last:%d/%m/%Y}\u00a0: la suivante "
            f"ne peut pas être datée d'avant, le {day:%d/%m/%Y} (code général des impôts, annexe "
            f"II, art. 242 nonies A). Choisissez le {last:%d/%m/%Y} ou un jour d'après.",
            field="day",
        )


class BadGift(Refusal):
    """Food that a tax receipt cannot count."""


class NotADonee(Refusal):
    """Companies, insertion companies among them, write no tax receipt."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} est une entreprise\u00a0: elle ne peut pas délivrer de reçu fiscal (code "
            "général des impôts, art. 238 bis). Le don passe par une association ou un autre "
            "organisme d'intérêt général.",
            field="keeper",
        )


class NotAuthorised(Refusal):
    """No authorisation for food aid covered the gifts: they lower nobody's tax."""

    def __init__(self, name: str, day: date) -> None:
        super().__init__(
            f"{name} n'a pas d'habilitation à l'aide alimentaire en cours le {day:%d/%m/%Y}, le "
            "jour du don\u00a0: sans elle, un don de denrées n'ouvre pas droit à la réduction "
            "d'impôt du donateur (code de l'action sociale et des familles, art. L. 266-2). "
            "Enregistrez l'habilitation sur la page de l'organisation, ou demandez à la tête de "
            "réseau habilitée de la désigner, puis refaites le reçu.",
            field="keeper",
        )


class NotCredited(Refusal):
    """Only an invoice that the chain wrote is corrected by a credit note."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"Une pièce de nature «\u00a0{what}\u00a0» ne se corrige pas par un avoir d'ici. Ce "
            "qui a été annulé revient dans l'appel de fonds suivant\u00a0; pour une facture reçue, "
            "demandez l'avoir au vendeur."
        )


class SiretMissing(Refusal):
    """An electronic invoice names its parties by their SIRET."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(
            f"Il manque le SIRET de {' et de '.join(names)}\u00a0: sans lui, une facture "
            "électronique ne peut pas s'écrire. Complétez la fiche de l'organisation, puis "
            "recommencez."
        )


class NotElectronic(Refusal):
    """The document is not an invoice, or cannot be written as one."""


class SettlementRefused(Refusal):
    """Money that cannot be noted as it was asked."""


class NothingToSettle(SettlementRefused):
    """Nobody pays this kind of document."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"Une pièce de nature « {what} » ne se règle pas : notez le règlement sur la facture "
            "ou l'appel de fonds."
        )


class TooMuch(SettlementRefused):
    """More than what is left."""

    def __init__(self, due_cents: int) -> None:
        super().__init__(
            f"Il reste {euros(due_cents)} à régler. Notez ce montant au plus ; ce qui dépasse est "
            "à rendre, ou à noter sur une autre pièce.",
            field="cents",
        )


class PaidByAgreement(SettlementRefused):
    """The parts were taken from an agreement's own account."""

    def __init__(self, account: str) -> None:
        super().__init__(
            f"Les parts de cet appel sont déjà prises sur « {account} » dans le livre : il n'y a "
            "pas de règlement à noter ici."
        )


class AlreadyNoted(SettlementRefused):
    """This line of the bank settled something before."""

    status = 409

    def __init__(self, reference: str) -> None:
        super().__init__(
            f"La référence « {reference[:60]} » est déjà notée : ce règlement compte déjà. "
            "Regardez les règlements de la pièce.",
            field="bank_reference",
        )


class SettlementKeyReused(SettlementRefused):
    """This key noted another settlement."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "Cette demande a déjà servi pour un autre règlement. Rechargez la page, vérifiez les "
            "règlements notés, puis recommencez si besoin."
        )
